/** CREATE TABLE in all its forms, REPLACE TABLE and CREATE MATERIALIZED TABLE. */
import type { CreateMaterializedTable, CreateTable, Expression, LikeOption } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import {
  parseComment,
  parseDistribution,
  parseIfNotExists,
  parseSchema,
  parseWithOptions
} from "./parse-column.ts"

/** What was said before the word TABLE. */
export interface CreatePrefix {
  readonly start: number
  readonly temporary: boolean
  readonly mode: CreateTable["mode"]
}

/** A table; the present token is TABLE. */
export function parseCreateTable(cursor: Cursor, prefix: CreatePrefix): CreateTable {
  cursor.expect("TABLE")
  const ifNotExists = parseIfNotExists(cursor)
  const name = cursor.name()
  const schemaStart = cursor.start
  const schema = parseSchema(cursor)
  const schemaEnd = cursor.end
  const parts = parseParts(cursor)
  const like = prefix.mode !== "replace" && cursor.accept("LIKE") ? parseLike(cursor) : undefined
  let query: CreateTable["query"]
  if (like === undefined) {
    if (prefix.mode === "replace") cursor.expect("AS")
    if (prefix.mode === "replace" || cursor.accept("AS")) query = cursor.grammar.query(cursor)
  }
  if (query === undefined && schema.columns.some((column) => column.kind === "bareColumn")) {
    throw cursor.fault("Columns without a type stand only before AS SELECT", {
      start: schemaStart,
      end: schemaEnd
    })
  }
  const { temporary, mode } = prefix
  const span = cursor.span(prefix.start)
  return {
    kind: "createTable",
    name,
    temporary,
    ifNotExists,
    mode,
    ...schema,
    ...parts,
    like,
    query,
    span
  }
}

/** What follows the columns of both kinds of table. */
function parseParts(
  cursor: Cursor
): Pick<CreateTable, "comment" | "distribution" | "partitionedBy" | "options"> {
  const comment = parseComment(cursor)
  const distribution = cursor.accept("DISTRIBUTED") ? parseDistribution(cursor) : undefined
  let partitionedBy: CreateTable["partitionedBy"] = []
  if (cursor.accept("PARTITIONED")) {
    cursor.expect("BY")
    partitionedBy = cursor.identifierList()
  }
  const options = parseWithOptions(cursor)
  return { comment, distribution, partitionedBy, options }
}

function parseLike(cursor: Cursor): CreateTable["like"] {
  const table = cursor.name()
  const options: Array<LikeOption> = []
  if (cursor.accept("(")) {
    do options.push(parseLikeOption(cursor))
    while (!cursor.at(")"))
    cursor.expect(")")
  }
  return { table, options }
}

function parseLikeOption(cursor: Cursor): LikeOption {
  const start = cursor.start
  const merge = cursor.expectAny("INCLUDING", "EXCLUDING", "OVERWRITING")
  const feature = cursor.expectAny(
    "ALL",
    "CONSTRAINTS",
    "DISTRIBUTION",
    "GENERATED",
    "METADATA",
    "OPTIONS",
    "PARTITIONS",
    "WATERMARKS"
  )
  return { merge, feature, span: cursor.span(start) }
}

/** A materialized table; the present token is MATERIALIZED. */
export function parseCreateMaterializedTable(
  cursor: Cursor,
  start: number,
  orAlter: boolean
): CreateMaterializedTable {
  cursor.expect("MATERIALIZED", "TABLE")
  const name = cursor.name()
  const schema = parseSchema(cursor)
  const parts = parseParts(cursor)
  const freshness = cursor.accept("FRESHNESS") ? parseFreshness(cursor) : undefined
  const refreshMode = cursor.accept("REFRESH_MODE") ? parseRefreshMode(cursor) : undefined
  cursor.expect("AS")
  const query = cursor.grammar.query(cursor)
  const span = cursor.span(start)
  return {
    kind: "createMaterializedTable",
    name,
    orAlter,
    ...schema,
    ...parts,
    freshness,
    refreshMode,
    query,
    span
  }
}

/** `= INTERVAL '…' …`, behind FRESHNESS. */
export function parseFreshness(cursor: Cursor): Expression {
  cursor.expect("=")
  const freshness = cursor.grammar.expression(cursor, true)
  if (freshness.kind !== "interval") {
    throw cursor.fault("FRESHNESS wants an interval such as INTERVAL '1' MINUTE", freshness.span)
  }
  return freshness
}

/** `= FULL | CONTINUOUS`, behind REFRESH_MODE. */
export function parseRefreshMode(cursor: Cursor): "FULL" | "CONTINUOUS" {
  cursor.expect("=")
  return cursor.expectAny("FULL", "CONTINUOUS")
}
