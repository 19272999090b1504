/** One statement: the word that it begins with says which production reads it. */
import type { Drop, Execute, Explain, ExplainMode, Name, Statement } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import { parseAlter } from "./parse-alter.ts"
import {
  parseDelete,
  parseInsert,
  parseStatementSet,
  parseTruncate,
  parseUpdate
} from "./parse-change.ts"
import {
  parseIfExists,
  parseIfNotExists,
  parseOption,
  parsePartition,
  parseWithOptions
} from "./parse-column.ts"
import { parseCreateTable } from "./parse-create-table.ts"
import { parseCreate } from "./parse-create.ts"
import { atString, parsePlainString, parseString } from "./parse-literal.ts"
import { parseDescribe, parseShow } from "./parse-show.ts"

type Read = (cursor: Cursor) => Statement

const statements: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["SELECT", parseQueryStatement],
  ["WITH", parseQueryStatement],
  ["VALUES", parseQueryStatement],
  ["VALUE", parseQueryStatement],
  ["TABLE", parseQueryStatement],
  ["(", parseQueryStatement],
  ["INSERT", parseInsert],
  ["UPSERT", parseInsert],
  ["UPDATE", parseUpdate],
  ["DELETE", parseDelete],
  ["TRUNCATE", parseTruncate],
  ["CREATE", parseCreate],
  ["REPLACE", parseReplace],
  ["ALTER", parseAlter],
  ["DROP", parseDrop],
  ["SHOW", parseShow],
  ["DESCRIBE", parseDescribe],
  ["DESC", parseDescribe],
  ["EXPLAIN", parseExplain],
  ["EXECUTE", parseExecute],
  ["COMPILE", parseCompile],
  ["BEGIN", parseBegin],
  ["END", parseEnd],
  ["SET", parseSet],
  ["RESET", parseReset],
  ["USE", parseUse],
  ["ANALYZE", parseAnalyze],
  ["LOAD", parseModule],
  ["UNLOAD", parseModule],
  ["ADD", parseJar],
  ["REMOVE", parseJar],
  ["STOP", parseStop]
])

/** The statement that begins here. **Errors** — SqlFault. */
export function parseStatementHere(cursor: Cursor): Statement {
  const word = cursor.word()
  const read = statements.get(word)
  if (read !== undefined) return read(cursor)
  if (word === "CALL" || word === "MERGE") throw cursor.fault(`${word} is not supported`)
  for (const known of statements.keys()) cursor.ask(known)
  throw cursor.unexpected()
}

function parseQueryStatement(cursor: Cursor): Statement {
  const start = cursor.start
  const query = cursor.grammar.query(cursor)
  return { kind: "query", query, span: cursor.span(start) }
}

function parseReplace(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("REPLACE")
  return parseCreateTable(cursor, { start, temporary: cursor.accept("TEMPORARY"), mode: "replace" })
}

function parseDrop(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("DROP")
  const temporary = cursor.accept("TEMPORARY")
  if (cursor.at("MODEL")) throw cursor.fault("DROP MODEL is not supported")
  if (temporary && cursor.at("MATERIALIZED")) {
    throw cursor.fault("A materialized table is never temporary")
  }
  const system = cursor.accept("SYSTEM")
  let object: Drop["object"] = "FUNCTION"
  if (system) cursor.expect("FUNCTION")
  else if (cursor.accept("MATERIALIZED")) {
    cursor.expect("TABLE")
    object = "MATERIALIZED TABLE"
  } else if (temporary) {
    object = cursor.expectAny("TABLE", "VIEW", "FUNCTION", "CATALOG", "DATABASE")
  } else object = cursor.expectAny("TABLE", "VIEW", "CATALOG", "DATABASE", "FUNCTION")
  const ifExists = parseIfExists(cursor)
  const name = cursor.name()
  const behaviour = object === "DATABASE" ? cursor.acceptAny("RESTRICT", "CASCADE") : undefined
  const span = cursor.span(start)
  return { kind: "drop", object, name, temporary, system, ifExists, behaviour, span }
}

const modes: ReadonlyArray<ExplainMode> = [
  "ESTIMATED_COST",
  "CHANGELOG_MODE",
  "JSON_EXECUTION_PLAN",
  "PLAN_ADVICE"
]

function parseExplain(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("EXPLAIN")
  const found: Array<ExplainMode> = []
  if (!cursor.acceptAll("PLAN", "FOR")) {
    const first = cursor.acceptAny(...modes)
    if (first !== undefined) {
      found.push(first)
      while (cursor.accept(",")) {
        const mode = cursor.expectAny(...modes)
        if (found.includes(mode)) throw cursor.fault(`${mode} stands twice`)
        found.push(mode)
      }
    }
  }
  const statement = parseExplained(cursor)
  return { kind: "explain", modes: found, statement, span: cursor.span(start) }
}

function parseExplained(cursor: Cursor): Explain["statement"] {
  switch (cursor.word()) {
    case "STATEMENT":
      return parseStatementSet(cursor)
    case "EXECUTE":
      return parseExecuteStatement(cursor)
    case "INSERT":
    case "UPSERT":
      return parseInsert(cursor)
    case "REPLACE":
      return parseReplace(cursor) as Extract<Statement, { kind: "createTable" }>
    case "CREATE": {
      const created = parseCreate(cursor)
      if (created.kind === "createTable" && created.query !== undefined) return created
      throw cursor.fault("EXPLAIN takes CREATE TABLE only with AS SELECT", created.span)
    }
    default: {
      for (const word of ["INSERT", "STATEMENT", "EXECUTE"]) cursor.ask(word)
      const start = cursor.start
      const query = cursor.grammar.query(cursor)
      return { kind: "query", query, span: cursor.span(start) }
    }
  }
}

function parseExecute(cursor: Cursor): Statement {
  const start = cursor.start
  if (cursor.word(1) !== "PLAN") return parseExecuteStatement(cursor)
  cursor.index += 2
  const path = parseString(cursor)
  return { kind: "executePlan", path, span: cursor.span(start) }
}

function parseExecuteStatement(cursor: Cursor): Execute {
  const start = cursor.start
  cursor.expect("EXECUTE")
  if (cursor.at("STATEMENT")) {
    const statement = parseStatementSet(cursor)
    return { kind: "execute", statement, span: cursor.span(start) }
  }
  if (cursor.at("INSERT") || cursor.at("UPSERT")) {
    const statement = parseInsert(cursor)
    return { kind: "execute", statement, span: cursor.span(start) }
  }
  const from = cursor.start
  const query = cursor.grammar.query(cursor)
  const statement = { kind: "query", query, span: cursor.span(from) } as const
  return { kind: "execute", statement, span: cursor.span(start) }
}

function parseCompile(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("COMPILE")
  const execute = cursor.acceptAll("AND", "EXECUTE")
  cursor.expect("PLAN")
  const path = parseString(cursor)
  const ifNotExists = !execute && parseIfNotExists(cursor)
  cursor.expect("FOR")
  if (!cursor.at("STATEMENT") && !cursor.at("INSERT") && !cursor.at("UPSERT")) {
    throw cursor.unexpected()
  }
  const statement = cursor.at("STATEMENT") ? parseStatementSet(cursor) : parseInsert(cursor)
  return { kind: "compilePlan", execute, path, ifNotExists, statement, span: cursor.span(start) }
}

function parseBegin(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("BEGIN", "STATEMENT", "SET")
  return { kind: "beginStatementSet", span: cursor.span(start) }
}

function parseEnd(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("END")
  return { kind: "endStatementSet", span: cursor.span(start) }
}

function parseSet(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("SET")
  const pair = atString(cursor) ? parseOption(cursor) : undefined
  return { kind: "set", pair, span: cursor.span(start) }
}

function parseReset(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("RESET")
  const key = atString(cursor) ? parseString(cursor) : undefined
  return { kind: "reset", key, span: cursor.span(start) }
}

function parseUse(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("USE")
  if (cursor.accept("MODULES")) {
    const names = cursor.list(() => plainName(cursor))
    return { kind: "use", object: "MODULES", names, span: cursor.span(start) }
  }
  const catalog = cursor.accept("CATALOG")
  const name = catalog ? plainName(cursor) : cursor.name()
  const object = catalog ? "CATALOG" : "DATABASE"
  return { kind: "use", object, names: [name], span: cursor.span(start) }
}

/** A name of one part. */
function plainName(cursor: Cursor): Name {
  const part = cursor.identifier()
  return { kind: "name", parts: [part], span: part.span }
}

function parseAnalyze(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("ANALYZE", "TABLE")
  const table = cursor.name()
  const partition = cursor.accept("PARTITION") ? parsePartition(cursor, true) : []
  cursor.expect("COMPUTE", "STATISTICS")
  let columns: Extract<Statement, { kind: "analyzeTable" }>["columns"] = []
  let allColumns = false
  if (cursor.accept("FOR")) {
    allColumns = cursor.accept("ALL")
    cursor.expect("COLUMNS")
    if (!allColumns) columns = cursor.list(() => cursor.identifier())
  }
  return { kind: "analyzeTable", table, partition, columns, allColumns, span: cursor.span(start) }
}

function parseModule(cursor: Cursor): Statement {
  const start = cursor.start
  const action = cursor.expectAny("LOAD", "UNLOAD")
  cursor.expect("MODULE")
  const name = cursor.identifier()
  const options = action === "LOAD" ? parseWithOptions(cursor) : []
  return { kind: "module", action, name, options, span: cursor.span(start) }
}

function parseJar(cursor: Cursor): Statement {
  const start = cursor.start
  const action = cursor.expectAny("ADD", "REMOVE")
  cursor.expect("JAR")
  const path = parsePlainString(cursor)
  return { kind: "jar", action, path, span: cursor.span(start) }
}

function parseStop(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("STOP", "JOB")
  const job = parsePlainString(cursor)
  const savepoint = cursor.acceptAll("WITH", "SAVEPOINT")
  if (!savepoint && cursor.atAll("WITH", "DRAIN")) {
    throw cursor.fault("WITH DRAIN stands only behind WITH SAVEPOINT")
  }
  const drain = cursor.acceptAll("WITH", "DRAIN")
  if (!savepoint && cursor.kind() !== Kind.end && cursor.at("WITH")) throw cursor.unexpected()
  return { kind: "stopJob", job, savepoint, drain, span: cursor.span(start) }
}
