/** Queries: WITH, SELECT, VALUES, TABLE, set operations, ORDER BY and LIMIT. */
import type {
  Expression,
  GroupBy,
  GroupItem,
  OrderedQuery,
  Query,
  Select,
  SelectItem,
  SetOperation,
  Span,
  Star,
  Values,
  WithItem
} from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import { parseHints } from "./parse-hint.ts"
import { parseNumber } from "./parse-literal.ts"
import { parseFrom } from "./parse-table.ts"
import { parseOrderBy, parseWindow } from "./parse-window.ts"

/** A query with its ORDER BY, OFFSET, FETCH and LIMIT. */
export function parseQuery(cursor: Cursor): Query {
  const start = cursor.start
  const result = cursor.nested(() => parseQueryOrExpression(cursor, true))
  if (!("kind" in result)) return result.query
  if (result.kind === "subquery") return result.query
  throw cursor.fault("A query is wanted here", { start, end: cursor.end })
}

/** A query, or an expression, which may be a query in parentheses; with `queryOnly` an expression that is none fails early. */
export function parseQueryOrExpression(
  cursor: Cursor,
  queryOnly = false
): { readonly query: Query } | Expression {
  const start = cursor.start
  if (cursor.accept("WITH")) return { query: parseTail(cursor, parseWith(cursor, start), start) }
  const leaf = parseLeaf(cursor)
  if (leaf !== undefined) {
    return { query: parseTail(cursor, parseSetOperations(cursor, leaf, start), start) }
  }
  if (queryOnly && !cursor.at("(")) {
    for (const word of ["SELECT", "VALUES", "WITH"]) cursor.ask(word)
    throw cursor.unexpected()
  }
  const expression = queryOnly ? cursor.grammar.primary(cursor) : cursor.grammar.expression(cursor)
  if (expression.kind !== "subquery" || !atTail(cursor)) return expression
  const query = parseSetOperations(cursor, expression.query, start)
  return { query: parseTail(cursor, query, start) }
}

const tails: ReadonlySet<string> = new Set([
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "MINUS",
  "ORDER",
  "LIMIT",
  "OFFSET",
  "FETCH"
])

/** Whether something stands here that only a query takes behind it. */
export function atTail(cursor: Cursor): boolean {
  return tails.has(cursor.word())
}

/** Set operations, ORDER BY and LIMIT behind a query that was in parentheses. */
export function parseQueryTail(cursor: Cursor, query: Query, start: number): Query {
  return parseTail(cursor, parseSetOperations(cursor, query, start), start)
}

/** SELECT, VALUES or TABLE; undefined when none starts here. */
function parseLeaf(cursor: Cursor): Query | undefined {
  switch (cursor.word()) {
    case "SELECT":
      return parseSelect(cursor)
    case "VALUES":
    case "VALUE":
      return parseValues(cursor)
    case "TABLE": {
      const start = cursor.start
      cursor.index++
      return { kind: "explicitTable", name: cursor.name(), span: cursor.span(start) }
    }
    default:
      return undefined
  }
}

/** A leaf, or a query in parentheses, as operand of a set operation. */
function parseOperand(cursor: Cursor): Query {
  const leaf = parseLeaf(cursor)
  if (leaf !== undefined) return leaf
  const start = cursor.start
  if (!cursor.at("(")) {
    for (const word of ["SELECT", "VALUES"]) cursor.ask(word)
    throw cursor.unexpected()
  }
  const operand = cursor.grammar.primary(cursor)
  if (operand.kind === "subquery") return operand.query
  throw cursor.fault("A query is wanted here", { start, end: cursor.end })
}

function parseWith(cursor: Cursor, start: number): Query {
  const recursive = cursor.accept("RECURSIVE")
  const items = cursor.list(() => parseWithItem(cursor))
  const from = cursor.start
  const body = parseSetOperations(cursor, parseOperand(cursor), from)
  return { kind: "with", recursive, items, body, span: cursor.span(start) }
}

function parseWithItem(cursor: Cursor): WithItem {
  const start = cursor.start
  const name = cursor.identifier()
  const columns = cursor.at("(") ? cursor.identifierList() : []
  cursor.expect("AS", "(")
  const query = parseQuery(cursor)
  cursor.expect(")")
  return { name, columns, query, span: cursor.span(start) }
}

/** UNION and EXCEPT from left to right, INTERSECT before them. */
function parseSetOperations(cursor: Cursor, first: Query, start: number): Query {
  let left = parseIntersections(cursor, first, start)
  for (;;) {
    const word = cursor.acceptAny("UNION", "EXCEPT", "MINUS")
    if (word === undefined) return left
    cursor.grow()
    const all = cursor.acceptAny("ALL", "DISTINCT") === "ALL"
    const from = cursor.start
    const right = parseIntersections(cursor, parseOperand(cursor), from)
    const operator = word === "UNION" ? "UNION" : "EXCEPT"
    left = setOperation(operator, all, left, right, cursor.span(start))
  }
}

function parseIntersections(cursor: Cursor, first: Query, start: number): Query {
  let left = first
  while (cursor.accept("INTERSECT")) {
    cursor.grow()
    const all = cursor.acceptAny("ALL", "DISTINCT") === "ALL"
    left = setOperation("INTERSECT", all, left, parseOperand(cursor), cursor.span(start))
  }
  return left
}

function setOperation(
  operator: SetOperation["operator"],
  all: boolean,
  left: Query,
  right: Query,
  span: Span
): SetOperation {
  return { kind: "setOperation", operator, all, left, right, span }
}

/** ORDER BY, then LIMIT and OFFSET in either order, or OFFSET and FETCH. */
function parseTail(cursor: Cursor, body: Query, start: number): Query {
  const orderBy = parseOrderBy(cursor)
  let offset: OrderedQuery["offset"]
  let fetch: OrderedQuery["fetch"]
  let limited = false
  if (cursor.accept("LIMIT")) {
    limited = true
    fetch = cursor.accept("ALL") ? undefined : parseCount(cursor)
    if (fetch !== undefined && cursor.at(",")) {
      throw cursor.fault("LIMIT start, count is not taken; write LIMIT count OFFSET start")
    }
  }
  if (cursor.accept("OFFSET")) {
    offset = parseCount(cursor)
    cursor.acceptAny("ROW", "ROWS")
    if (!limited && cursor.accept("LIMIT")) {
      limited = true
      fetch = cursor.accept("ALL") ? undefined : parseCount(cursor)
    }
  }
  if (!limited && cursor.accept("FETCH")) {
    cursor.expectAny("FIRST", "NEXT")
    fetch = parseCount(cursor)
    cursor.expectAny("ROW", "ROWS")
    cursor.expect("ONLY")
  }
  if (orderBy.length === 0 && offset === undefined && fetch === undefined) return body
  return { kind: "ordered", body, orderBy, offset, fetch, span: cursor.span(start) }
}

/** A number without sign, or a parameter. */
function parseCount(cursor: Cursor): Expression {
  const start = cursor.start
  if (!cursor.accept("?")) return parseNumber(cursor)
  return { kind: "parameter", index: cursor.parameters++, span: cursor.span(start) }
}

function parseSelect(cursor: Cursor): Select {
  const start = cursor.start
  cursor.expect("SELECT")
  const hints = parseHints(cursor)
  const stream = cursor.accept("STREAM")
  const quantifier = cursor.acceptAny("DISTINCT", "ALL")
  const items = cursor.list(() => parseSelectItem(cursor))
  let from: Select["from"]
  let where: Select["where"]
  let groupBy: Select["groupBy"]
  let having: Select["having"]
  let windows: Select["windows"] = []
  let qualify: Select["qualify"]
  if (cursor.accept("FROM")) {
    from = parseFrom(cursor)
    if (cursor.accept("WHERE")) where = cursor.grammar.expression(cursor)
    groupBy = parseGroupBy(cursor)
    if (cursor.accept("HAVING")) having = cursor.grammar.expression(cursor)
    if (cursor.accept("WINDOW")) windows = cursor.list(() => parseNamedWindow(cursor))
    if (cursor.accept("QUALIFY")) qualify = cursor.grammar.expression(cursor)
  }
  return {
    kind: "select",
    hints,
    quantifier,
    stream,
    items,
    from,
    where,
    groupBy,
    having,
    windows,
    qualify,
    span: cursor.span(start)
  }
}

function parseNamedWindow(cursor: Cursor): Select["windows"][number] {
  const name = cursor.identifier()
  cursor.expect("AS")
  return { name, specification: parseWindow(cursor) }
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const start = cursor.start
  let expression: Expression
  if (cursor.accept("*")) {
    const star: Star = { kind: "star", qualifier: [], span: cursor.span(start) }
    expression = star
  } else {
    expression = cursor.grammar.expression(cursor)
  }
  const as = cursor.accept("AS")
  let alias: SelectItem["alias"]
  if (cursor.atName()) alias = cursor.identifier()
  else if (cursor.kind() === Kind.string) {
    throw cursor.fault("An alias is a name, not a string: write it without quotes or in backticks")
  } else if (as) throw cursor.unexpected()
  return { kind: "selectItem", expression, alias, span: cursor.span(start) }
}

function parseGroupBy(cursor: Cursor): GroupBy | undefined {
  const start = cursor.start
  if (!cursor.accept("GROUP")) return undefined
  cursor.expect("BY")
  const distinct = cursor.acceptAny("DISTINCT", "ALL") === "DISTINCT"
  const items = cursor.list(() => parseGroupItem(cursor))
  return { distinct, items, span: cursor.span(start) }
}

function parseGroupItem(cursor: Cursor): GroupItem {
  const start = cursor.start
  if (cursor.acceptAll("GROUPING", "SETS")) {
    const items = cursor.nested(() => cursor.parenthesised(() => parseGroupItem(cursor)))
    return { kind: "groupingSets", items, span: cursor.span(start) }
  }
  const word = cursor.acceptAny("ROLLUP", "CUBE")
  if (word !== undefined) {
    const items = cursor.parenthesised(() => parseGroupExpression(cursor))
    return { kind: word === "ROLLUP" ? "rollup" : "cube", items, span: cursor.span(start) }
  }
  if (cursor.word() === "(" && cursor.word(1) === ")") {
    cursor.index += 2
    return { kind: "groupSet", items: [], span: cursor.span(start) }
  }
  return parseGroupExpression(cursor)
}

/** An expression, or several in parentheses. */
function parseGroupExpression(cursor: Cursor): GroupItem {
  const start = cursor.start
  const expression = cursor.grammar.expression(cursor)
  const span = cursor.span(start)
  if (expression.kind === "row" && !expression.explicit) {
    return { kind: "groupSet", items: expression.items, span }
  }
  return { kind: "groupExpression", expression, span }
}

function parseValues(cursor: Cursor): Values {
  const start = cursor.start
  cursor.index++
  const rows = cursor.list(() => parseRow(cursor))
  return { kind: "values", rows, span: cursor.span(start) }
}

/** `(a, b)` with any DEFAULT, `ROW(a, b)`, or a single value. */
function parseRow(cursor: Cursor): Expression {
  if (!cursor.at("(") || cursor.word(1) === "ROW") return cursor.grammar.expression(cursor)
  const start = cursor.start
  const items = cursor.nested(() => cursor.parenthesised(() => parseRowItem(cursor)))
  return { kind: "row", items, explicit: false, span: cursor.span(start) }
}

function parseRowItem(cursor: Cursor): Expression {
  const start = cursor.start
  if (cursor.accept("DEFAULT")) return { kind: "default", span: cursor.span(start) }
  const item = parseQueryOrExpression(cursor)
  if ("kind" in item) return item
  return { kind: "subquery", query: item.query, span: cursor.span(start) }
}
