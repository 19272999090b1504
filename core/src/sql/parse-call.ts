/** Calls of functions by name, with their arguments and what may follow them: IGNORE NULLS, WITHIN GROUP, FILTER, OVER. */
import type { Call, Expression, Identifier, Name, Query, SortItem } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseType } from "./parse-type.ts"
import { parseOrderBy, parseSortItem, parseWindow, parseWithinGroup } from "./parse-window.ts"

/** Reserved words that are functions when parentheses follow. */
export const reservedFunctions: ReadonlySet<string> = new Set([
  "ABS",
  "ARRAY",
  "ARRAY_CONCAT_AGG",
  "AVG",
  "CARDINALITY",
  "CEILING",
  "CHAR",
  "CHARACTER_LENGTH",
  "CHAR_LENGTH",
  "COALESCE",
  "COLLECT",
  "COUNT",
  "COVAR_POP",
  "COVAR_SAMP",
  "CUME_DIST",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "DENSE_RANK",
  "ELEMENT",
  "EVERY",
  "EXP",
  "FIRST_VALUE",
  "FLOOR",
  "FUSION",
  "GROUPING",
  "GROUP_CONCAT",
  "HOUR",
  "INTERSECTION",
  "LAG",
  "LAST_VALUE",
  "LEAD",
  "LEFT",
  "LN",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "LOWER",
  "MAX",
  "MIN",
  "MINUTE",
  "MOD",
  "MONTH",
  "NTH_VALUE",
  "NTILE",
  "NULLIF",
  "OCTET_LENGTH",
  "PERCENTILE_CONT",
  "PERCENTILE_DISC",
  "PERCENT_RANK",
  "POWER",
  "RANK",
  "REGR_COUNT",
  "REGR_SXX",
  "REGR_SYY",
  "RIGHT",
  "ROW_NUMBER",
  "SECOND",
  "SOME",
  "SQRT",
  "STDDEV_POP",
  "STDDEV_SAMP",
  "STRING_AGG",
  "SUM",
  "TRUNCATE",
  "UPPER",
  "USER",
  "VAR_POP",
  "VAR_SAMP",
  "YEAR"
])

/** Reserved words that are functions without parentheses. */
export const contextFunctions: ReadonlySet<string> = new Set([
  "CURRENT_CATALOG",
  "CURRENT_DATE",
  "CURRENT_DEFAULT_TRANSFORM_GROUP",
  "CURRENT_PATH",
  "CURRENT_ROLE",
  "CURRENT_SCHEMA",
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "CURRENT_USER",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "SESSION_USER",
  "SYSTEM_USER",
  "USER"
])

/** Aggregates that take ORDER BY between their parentheses. */
const ordered: ReadonlySet<string> = new Set([
  "ARRAY_AGG",
  "ARRAY_CONCAT_AGG",
  "GROUP_CONCAT",
  "STRING_AGG"
])

/** A call; the present token is the first part of its name. */
export function parseCall(cursor: Cursor): Expression {
  const start = cursor.start
  const word = cursor.word()
  if (word === "DESCRIPTOR" && cursor.word(1) === "(") return parseDescriptor(cursor)
  const name = parseFunctionName(cursor)
  cursor.expect("(")
  let args: ReadonlyArray<Expression> = []
  let quantifier: Call["quantifier"]
  let orderBy: ReadonlyArray<SortItem> = []
  let nullTreatment: Call["nullTreatment"]
  if (cursor.word() === "*" && cursor.word(1) === ")") {
    args = [{ kind: "star", qualifier: [], span: { start: cursor.start, end: cursor.start + 1 } }]
    cursor.index++
  } else if (!cursor.at(")")) {
    quantifier = cursor.acceptAny("DISTINCT", "ALL")
    args = cursor.nested(() => parseArguments(cursor))
    if (ordered.has(word)) {
      nullTreatment = parseNullTreatment(cursor)
      orderBy = parseOrderBy(cursor)
    }
  }
  cursor.expect(")")
  nullTreatment = parseNullTreatment(cursor) ?? nullTreatment
  const withinGroup = parseWithinGroup(cursor)
  const filter = parseFilter(cursor)
  const over = parseOver(cursor)
  return {
    kind: "call",
    name,
    args,
    quantifier,
    parentheses: true,
    orderBy,
    withinGroup,
    nullTreatment,
    filter,
    over,
    span: cursor.span(start)
  }
}

/** A call without anything behind its parentheses, of arguments that are already read. */
export function plainCall(cursor: Cursor, name: Name, args: ReadonlyArray<Expression>): Call {
  return {
    kind: "call",
    name,
    args,
    quantifier: undefined,
    parentheses: true,
    orderBy: [],
    withinGroup: [],
    nullTreatment: undefined,
    filter: undefined,
    over: undefined,
    span: cursor.span(name.span.start)
  }
}

/** The name of a function: a path, or one reserved word. */
export function parseFunctionName(cursor: Cursor): Name {
  if (cursor.atName()) return cursor.name()
  const span = { start: cursor.start, end: cursor.tokens.ends[cursor.index]! }
  const name = cursor.text.slice(span.start, span.end)
  cursor.index++
  const part: Identifier = { kind: "identifier", name, quoted: false, span }
  return { kind: "name", parts: [part], span }
}

/** `a, b => c, TABLE t PARTITION BY d`: at least one argument. */
export function parseArguments(cursor: Cursor): ReadonlyArray<Expression> {
  let first = true
  return cursor.list(() => {
    const argument = parseArgument(cursor, first)
    first = false
    return argument
  })
}

/** Only the first argument may be a query without parentheses of its own. */
function parseArgument(cursor: Cursor, first: boolean): Expression {
  const start = cursor.start
  if (cursor.atName() && cursor.word(1) === "=>") {
    const name = cursor.identifier()
    cursor.expect("=>")
    const value = parseArgumentValue(cursor, first)
    return { kind: "namedArgument", name, value, span: cursor.span(start) }
  }
  return parseArgumentValue(cursor, first)
}

function parseArgumentValue(cursor: Cursor, queries: boolean): Expression {
  const start = cursor.start
  if (cursor.accept("DEFAULT")) return { kind: "default", span: cursor.span(start) }
  if (cursor.word() === "MODEL" && cursor.atName(1)) {
    throw cursor.fault("MODEL arguments are not supported")
  }
  if (cursor.word() === "TABLE" && cursor.atName(1)) {
    cursor.index++
    const name = cursor.name()
    return parseTableSemantics(
      cursor,
      { kind: "explicitTable", name, span: cursor.span(start) },
      start
    )
  }
  if (!queries) return cursor.grammar.expression(cursor)
  const first = cursor.grammar.queryOrExpression(cursor)
  if (!("kind" in first)) return parseTableSemantics(cursor, first.query, start)
  const follows = cursor.word() === "PARTITION" || cursor.word() === "ORDER"
  if (first.kind === "subquery" && follows) return parseTableSemantics(cursor, first.query, start)
  return first
}

/** PARTITION BY and ORDER BY behind a table argument. More than one sort key needs parentheses. */
function parseTableSemantics(cursor: Cursor, table: Query, start: number): Expression {
  let partitionBy: ReadonlyArray<Expression> = []
  let orderBy: ReadonlyArray<SortItem> = []
  if (cursor.accept("PARTITION")) {
    cursor.expect("BY")
    const names = cursor.at("(") ? cursor.identifierList() : [cursor.identifier()]
    partitionBy = names.map((name) => ({ kind: "column", path: [name], span: name.span }))
  }
  if (cursor.accept("ORDER")) {
    cursor.expect("BY")
    orderBy = cursor.at("(")
      ? cursor.parenthesised(() => parseSortItem(cursor))
      : [parseSortItem(cursor)]
  }
  const span = cursor.span(start)
  if (table.kind !== "explicitTable" && partitionBy.length + orderBy.length === 0) {
    return { kind: "subquery", query: table, span }
  }
  return { kind: "tableArgument", table, partitionBy, orderBy, span }
}

/** `DESCRIPTOR(a, b TYPE)`. */
function parseDescriptor(cursor: Cursor): Expression {
  const start = cursor.start
  cursor.index++
  const columns = cursor.parenthesised(() => {
    const name = cursor.name()
    const end = cursor.at(",") || cursor.at(")")
    return { name, type: end ? undefined : parseType(cursor) }
  })
  return { kind: "descriptor", columns, span: cursor.span(start) }
}

/** `IGNORE NULLS`, `RESPECT NULLS`. */
function parseNullTreatment(cursor: Cursor): Call["nullTreatment"] {
  if (cursor.acceptAll("IGNORE", "NULLS")) return "IGNORE NULLS"
  if (cursor.acceptAll("RESPECT", "NULLS")) return "RESPECT NULLS"
  return undefined
}

function parseFilter(cursor: Cursor): Expression | undefined {
  if (!cursor.accept("FILTER")) return undefined
  cursor.expect("(", "WHERE")
  const condition = cursor.grammar.expression(cursor)
  cursor.expect(")")
  return condition
}

function parseOver(cursor: Cursor): Call["over"] {
  if (!cursor.accept("OVER")) return undefined
  return cursor.atName() ? cursor.identifier() : parseWindow(cursor)
}
