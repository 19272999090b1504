/**
 * The canonical text of a statement, as Flink prints what it has parsed: keywords in upper case, names in backticks, one clause a line. The text
 * can be read again, with the same meaning, and its text then is the same (but not where Flink writes what it does not read: group windows such
 * as $TUMBLE, and table arguments with PARTITION BY that have a name). Departures from Flink's text: the columns, keys and distribution of
 * REPLACE TABLE stay, and two or more PARTITION BY columns of a table argument stand in parentheses, without which they could not be read.
 */
import type {
  AlterCatalog,
  AlterFunction,
  CreateFunction,
  Expression,
  Insert,
  Query,
  Show,
  Statement,
  StatementSet
} from "./ast.ts"
import { unparseCall } from "./unparse-call.ts"
import {
  actionText,
  commentText,
  createMaterializedTableText,
  createTableText,
  keysText,
  materializedActionText,
  optionsText,
  optionText,
  partitionText
} from "./unparse-definition.ts"
import { optionalColumns, unparseExpression, type Unparser } from "./unparse-expression.ts"
import { columnsText, identifierText, nameText, stringText } from "./unparse-name.ts"
import { hintsText, unparseQuery } from "./unparse-query.ts"

const u: Unparser = {
  query: (query) => unparseQuery(u, query),
  expression: (expression, left, right) => unparseExpression(u, expression, left, right),
  call: (call, table) => unparseCall(u, call, table)
}

/** Text of a query. */
export function unparseQueryText(query: Query): string {
  return u.query(query)
}

/** Text of an expression. */
export function unparseScalar(expression: Expression): string {
  return u.expression(expression)
}

/** Text of a statement, without a semicolon behind it. **Errors** — never fails for a tree that the parser made. */
export function unparse(statement: Statement): string {
  switch (statement.kind) {
    case "query":
      return u.query(statement.query)
    case "insert":
      return insertText(statement)
    case "statementSet":
      return statementSetText(statement)
    case "execute":
      return `EXECUTE ${unparse(statement.statement)}`
    case "executePlan":
      return `EXECUTE PLAN ${stringText(statement.path)}`
    case "compilePlan": {
      const verb = statement.execute ? "COMPILE AND EXECUTE PLAN" : "COMPILE PLAN"
      const condition = statement.ifNotExists ? " IF NOT EXISTS" : ""
      return `${verb} ${stringText(statement.path)}${condition} FOR ${unparse(statement.statement)}`
    }
    case "explain": {
      const modes = statement.modes.length === 0 ? "" : ` ${statement.modes.join(", ")}`
      return `EXPLAIN${modes} ${unparse(statement.statement)}`
    }
    case "beginStatementSet":
      return "BEGIN STATEMENT SET"
    case "endStatementSet":
      return "END"
    case "update":
    case "delete":
    case "truncateTable":
      return changeText(statement)
    case "createTable":
      return createTableText(u, statement)
    case "createMaterializedTable":
      return createMaterializedTableText(u, statement)
    case "createView":
    case "createCatalog":
    case "createDatabase":
    case "createFunction":
      return createText(statement)
    case "alterTable":
    case "alterMaterializedTable":
    case "alterView":
    case "alterCatalog":
    case "alterDatabase":
    case "alterFunction":
      return alterText(statement)
    case "show":
      return showText(statement)
    default:
      return otherText(statement)
  }
}

type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>

function insertText(insert: Insert): string {
  const verb = insert.upsert ? "UPSERT" : "INSERT"
  const hints = insert.hints.length === 0 ? "" : `\n${hintsText(insert.hints)}`
  const columns = insert.columns === undefined ? "" : `(${insert.columns.map(nameText).join(", ")})`
  const partitioned = insert.partition.length > 0
  const partition = partitioned ? ` ${partitionText(u, insert.partition)}\n${columns}` : ""
  const list = partitioned || columns === "" ? partition : ` ${columns}`
  const head = `${verb} ${insert.overwrite ? "OVERWRITE" : "INTO"} ${
    nameText(insert.table)
  }${hints}`
  const conflict = insert.onConflict === undefined ? "" : `\nON CONFLICT DO ${insert.onConflict}`
  return `${head}${list}\n${u.query(insert.query)}${conflict}`
}

function statementSetText(set: StatementSet): string {
  return `STATEMENT SET BEGIN\n${
    set.inserts.map((insert) => `${insertText(insert)}\n;\n`).join("")
  }END`
}

function changeText(statement: Of<"update" | "delete" | "truncateTable">): string {
  if (statement.kind === "truncateTable") return `TRUNCATE TABLE ${nameText(statement.table)}`
  const alias = statement.alias === undefined ? "" : ` AS ${identifierText(statement.alias)}`
  const where = statement.where === undefined ? "" : `\nWHERE ${u.expression(statement.where)}`
  if (statement.kind === "delete") return `DELETE FROM ${nameText(statement.table)}${alias}${where}`
  const assignments = statement.assignments.map(({ column, value }) =>
    `${nameText(column)} = ${u.expression(value)}`
  )
  return `UPDATE ${nameText(statement.table)}${alias} SET ${assignments.join(",\n")}${where}`
}

function createText(
  statement: Of<"createView" | "createCatalog" | "createDatabase" | "createFunction">
): string {
  const condition = statement.ifNotExists ? "IF NOT EXISTS " : ""
  switch (statement.kind) {
    case "createView": {
      const words = statement.orReplace ? "CREATE OR REPLACE " : "CREATE "
      const temporary = statement.temporary ? "TEMPORARY " : ""
      const columns = optionalColumns(statement.columns)
      const comment = commentText(statement.comment, "\n")
      return `${words}${temporary}VIEW ${condition}${
        nameText(statement.name)
      }${columns}${comment}\nAS\n${u.query(statement.query)}`
    }
    case "createCatalog":
    case "createDatabase": {
      const [object, name] = statement.kind === "createCatalog"
        ? ["CATALOG", identifierText(statement.name)]
        : ["DATABASE", nameText(statement.name)]
      const options = statement.options.length === 0
        ? ""
        : `\nWITH ${optionsText(statement.options)}`
      return `CREATE ${object} ${condition}${name}${commentText(statement.comment, "\n")}${options}`
    }
    case "createFunction": {
      const resources = statement.resources.map(({ type, path }) => `${type} ${stringText(path)}`)
        .join(", ")
      const using = resources === "" ? "" : ` USING ${resources}`
      const options = statement.options.length === 0
        ? ""
        : `\nWITH ${optionsText(statement.options)}`
      return `CREATE ${functionText(statement, condition)}${using}${options}`
    }
  }
}

function functionText(definition: CreateFunction | AlterFunction, condition: string): string {
  const temporary = definition.temporary ? "TEMPORARY " : ""
  const system = definition.system ? "SYSTEM " : ""
  const language = definition.language === undefined ? "" : ` LANGUAGE ${definition.language}`
  const name = nameText(definition.name)
  return `${temporary}${system}FUNCTION ${condition}${name} AS ${
    stringText(definition.implementation)
  }${language}`
}

function alterText(
  statement: Of<
    | "alterTable"
    | "alterMaterializedTable"
    | "alterView"
    | "alterCatalog"
    | "alterDatabase"
    | "alterFunction"
  >
): string {
  switch (statement.kind) {
    case "alterTable": {
      const condition = statement.ifExists ? "IF EXISTS " : ""
      return `ALTER TABLE ${condition}${nameText(statement.name)}${actionText(u, statement.action)}`
    }
    case "alterMaterializedTable":
      return `ALTER MATERIALIZED TABLE ${nameText(statement.name)}${
        materializedActionText(u, statement.action)
      }`
    case "alterView": {
      const name = nameText(statement.name)
      if (statement.to !== undefined) {
        return `ALTER VIEW ${name} RENAME TO ${nameText(statement.to)}`
      }
      return `ALTER VIEW ${name}\nAS\n${
        statement.query === undefined ? "" : u.query(statement.query)
      }`
    }
    case "alterCatalog":
      return `ALTER CATALOG ${identifierText(statement.name)} ${
        catalogActionText(statement.action)
      }`
    case "alterDatabase":
      return `ALTER DATABASE ${nameText(statement.name)} SET ${optionsText(statement.options)}`
    case "alterFunction":
      return `ALTER ${functionText(statement, statement.ifExists ? "IF EXISTS " : "")}`
  }
}

function catalogActionText(action: AlterCatalog["action"]): string {
  switch (action.kind) {
    case "setOptions":
      return `SET ${optionsText(action.options)}`
    case "resetOptions":
      return `RESET ${keysText(action.keys)}`
    case "setComment":
      return `COMMENT ${stringText(action.comment)}`
  }
}

/** Lists whose patterns Flink prints in upper case. */
const shouting: ReadonlySet<string> = new Set([
  "CATALOGS",
  "TABLES",
  "VIEWS",
  "MATERIALIZED TABLES"
])

function showText(show: Show): string {
  const preposition = show.preposition === undefined ? "" : ` ${show.preposition}`
  const name = show.name === undefined ? "" : ` ${nameText(show.name)}`
  const partition = show.partition.length === 0 ? "" : ` ${partitionText(u, show.partition)}`
  let like = ""
  if (show.like !== undefined) {
    const pattern = stringText(show.like.pattern)
    const text = shouting.has(show.object) ? pattern.toUpperCase() : pattern
    like = ` ${show.like.negated ? "NOT " : ""}${show.like.operator} ${text}`
  }
  return `SHOW ${show.object}${preposition}${name}${partition}${like}`
}

function otherText(
  statement: Of<
    "drop" | "analyzeTable" | "describe" | "use" | "set" | "reset" | "module" | "jar" | "stopJob"
  >
): string {
  switch (statement.kind) {
    case "drop": {
      const words = ["DROP"]
      if (statement.temporary) words.push("TEMPORARY")
      if (statement.system) words.push("SYSTEM")
      words.push(statement.object)
      if (statement.ifExists) words.push("IF EXISTS")
      words.push(nameText(statement.name))
      if (statement.object === "DATABASE") words.push(statement.behaviour ?? "RESTRICT")
      return words.join(" ")
    }
    case "analyzeTable": {
      const partition = statement.partition.length === 0
        ? ""
        : ` ${partitionText(u, statement.partition)}`
      const columns = statement.columns.length === 0
        ? ""
        : ` FOR COLUMNS ${columnsText(statement.columns).slice(1, -1)}`
      const all = statement.allColumns ? " FOR ALL COLUMNS" : ""
      return `ANALYZE TABLE ${
        nameText(statement.table)
      }${partition} COMPUTE STATISTICS${columns}${all}`
    }
    case "describe": {
      if (statement.job !== undefined) return `DESCRIBE JOB ${stringText(statement.job)}`
      const object = statement.object === "TABLE" ? "" : ` ${statement.object}`
      const name = statement.name === undefined ? "" : ` ${nameText(statement.name)}`
      return `DESCRIBE${object}${statement.extended ? " EXTENDED" : ""}${name}`
    }
    case "use": {
      const object = statement.object === "DATABASE" ? "" : ` ${statement.object}`
      return `USE${object} ${statement.names.map(nameText).join(", ")}`
    }
    case "set":
      return statement.pair === undefined ? "SET" : `SET ${optionText(statement.pair)}`
    case "reset":
      return statement.key === undefined ? "RESET" : `RESET ${stringText(statement.key)}`
    case "module": {
      const options = statement.options.length === 0
        ? ""
        : `\nWITH ${optionsText(statement.options)}`
      return `${statement.action} MODULE ${identifierText(statement.name)}${options}`
    }
    case "jar":
      return `${statement.action} JAR ${stringText(statement.path)}`
    case "stopJob": {
      const savepoint = statement.savepoint ? " WITH SAVEPOINT" : ""
      return `STOP JOB ${stringText(statement.job)}${savepoint}${
        statement.drain ? " WITH DRAIN" : ""
      }`
    }
  }
}
