/** ALTER of tables, materialized tables, views, catalogs, databases and functions. */
import type { AlterMaterializedTable, AlterTableAction, Statement } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import {
  parseComment,
  parseDistribution,
  parseIfExists,
  parseIfNotExists,
  parseOptionKeys,
  parseOptions,
  parsePartition,
  parseSchemaChange,
  parseWithOptions
} from "./parse-column.ts"
import { parseFreshness, parseRefreshMode } from "./parse-create-table.ts"
import { parseImplementation } from "./parse-create.ts"

/** An ALTER statement; the present token is ALTER. */
export function parseAlter(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("ALTER")
  switch (cursor.word()) {
    case "TABLE":
      return parseAlterTable(cursor, start)
    case "MATERIALIZED":
      return parseAlterMaterializedTable(cursor, start)
    case "VIEW":
      return parseAlterView(cursor, start)
    case "CATALOG":
      return parseAlterCatalog(cursor, start)
    case "DATABASE": {
      cursor.index++
      const name = cursor.name()
      cursor.expect("SET")
      const options = parseOptions(cursor)
      return { kind: "alterDatabase", name, options, span: cursor.span(start) }
    }
    case "TEMPORARY":
    case "FUNCTION":
      return parseAlterFunction(cursor, start)
    case "MODEL":
      throw cursor.fault("ALTER MODEL is not supported")
  }
  for (const word of ["TABLE", "VIEW", "DATABASE", "CATALOG", "FUNCTION"]) cursor.ask(word)
  throw cursor.unexpected()
}

function parseAlterTable(cursor: Cursor, start: number): Statement {
  cursor.expect("TABLE")
  const ifExists = parseIfExists(cursor)
  const name = cursor.name()
  const action = parseAction(cursor)
  return { kind: "alterTable", name, ifExists, action, span: cursor.span(start) }
}

function parseAction(cursor: Cursor): AlterTableAction {
  switch (cursor.expectAny("RENAME", "RESET", "SET", "ADD", "MODIFY", "DROP")) {
    case "RENAME": {
      if (cursor.accept("TO")) return { kind: "renameTable", to: cursor.name() }
      const from = cursor.name()
      cursor.expect("TO")
      return { kind: "renameColumn", from, to: cursor.name() }
    }
    case "RESET":
      return { kind: "resetOptions", keys: parseOptionKeys(cursor) }
    case "SET":
      return { kind: "setOptions", options: parseOptions(cursor) }
    case "ADD":
      return parseAdd(cursor)
    case "MODIFY":
      if (cursor.accept("DISTRIBUTION")) {
        return { kind: "modifyDistribution", distribution: parseDistribution(cursor) }
      }
      return { kind: "modifySchema", ...parseSchemaChange(cursor) }
    case "DROP":
      return parseDropAction(cursor)
  }
}

function parseAdd(cursor: Cursor): AlterTableAction {
  if (cursor.accept("DISTRIBUTION")) {
    return { kind: "addDistribution", distribution: parseDistribution(cursor) }
  }
  const ifNotExists = parseIfNotExists(cursor)
  if (!ifNotExists && !cursor.at("PARTITION")) {
    return { kind: "addSchema", ...parseSchemaChange(cursor) }
  }
  const partitions = []
  do {
    cursor.expect("PARTITION")
    const values = parsePartition(cursor)
    partitions.push({ values, options: parseWithOptions(cursor) })
  } while (cursor.at("PARTITION"))
  return { kind: "addPartitions", ifNotExists, partitions }
}

function parseDropAction(cursor: Cursor): AlterTableAction {
  const ifExists = parseIfExists(cursor)
  if (ifExists || cursor.at("PARTITION")) {
    const partitions = cursor.list(() => {
      cursor.expect("PARTITION")
      return parsePartition(cursor)
    })
    return { kind: "dropPartitions", ifExists, partitions }
  }
  switch (cursor.acceptAny("PRIMARY", "CONSTRAINT", "DISTRIBUTION", "WATERMARK")) {
    case "PRIMARY":
      cursor.expect("KEY")
      return { kind: "dropPrimaryKey" }
    case "CONSTRAINT":
      return { kind: "dropConstraint", name: cursor.identifier() }
    case "DISTRIBUTION":
      return { kind: "dropDistribution" }
    case "WATERMARK":
      return { kind: "dropWatermark" }
  }
  const parentheses = cursor.at("(")
  const columns = parentheses ? cursor.parenthesised(() => cursor.name()) : [cursor.name()]
  return { kind: "dropColumns", columns, parentheses }
}

function parseAlterMaterializedTable(cursor: Cursor, start: number): Statement {
  cursor.expect("MATERIALIZED", "TABLE")
  const name = cursor.name()
  const action = parseMaterializedAction(cursor)
  return { kind: "alterMaterializedTable", name, action, span: cursor.span(start) }
}

function parseMaterializedAction(cursor: Cursor): AlterMaterializedTable["action"] {
  if (cursor.accept("SUSPEND")) return { kind: "suspend" }
  if (cursor.accept("RESUME")) return { kind: "resume", options: parseWithOptions(cursor) }
  if (cursor.accept("REFRESH")) {
    const partition = cursor.accept("PARTITION") ? parsePartition(cursor) : []
    return { kind: "refresh", partition }
  }
  if (cursor.accept("AS")) return { kind: "asQuery", query: cursor.grammar.query(cursor) }
  if (cursor.word() === "SET") {
    if (cursor.word(1) === "FRESHNESS") {
      cursor.index += 2
      return { kind: "setFreshness", freshness: parseFreshness(cursor) }
    }
    if (cursor.word(1) === "REFRESH_MODE") {
      cursor.index += 2
      return { kind: "setRefreshMode", mode: parseRefreshMode(cursor) }
    }
  }
  if (cursor.at("RENAME")) throw cursor.unexpected()
  return parseAction(cursor)
}

function parseAlterView(cursor: Cursor, start: number): Statement {
  cursor.expect("VIEW")
  const name = cursor.name()
  if (cursor.expectAny("RENAME", "AS") === "RENAME") {
    cursor.expect("TO")
    const to = cursor.name()
    return { kind: "alterView", name, to, query: undefined, span: cursor.span(start) }
  }
  const query = cursor.grammar.query(cursor)
  return { kind: "alterView", name, to: undefined, query, span: cursor.span(start) }
}

function parseAlterCatalog(cursor: Cursor, start: number): Statement {
  cursor.expect("CATALOG")
  const name = cursor.identifier()
  const comment = parseComment(cursor)
  if (comment !== undefined) {
    const action = { kind: "setComment", comment } as const
    return { kind: "alterCatalog", name, action, span: cursor.span(start) }
  }
  const action = cursor.expectAny("SET", "RESET") === "SET"
    ? { kind: "setOptions", options: parseOptions(cursor) } as const
    : { kind: "resetOptions", keys: parseOptionKeys(cursor) } as const
  return { kind: "alterCatalog", name, action, span: cursor.span(start) }
}

function parseAlterFunction(cursor: Cursor, start: number): Statement {
  const temporary = cursor.accept("TEMPORARY")
  const system = temporary && cursor.accept("SYSTEM")
  cursor.expect("FUNCTION")
  const ifExists = parseIfExists(cursor)
  const name = cursor.name()
  const { implementation, language } = parseImplementation(cursor)
  const span = cursor.span(start)
  return {
    kind: "alterFunction",
    name,
    temporary,
    system,
    ifExists,
    implementation,
    language,
    span
  }
}
