/** What expressions are made of: literals, columns, calls, constructors, CASE, and anything in parentheses. */
import type { Case, Expression, Identifier } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import { parseBuiltin } from "./parse-builtin.ts"
import { contextFunctions, parseCall, reservedFunctions } from "./parse-call.ts"
import { intervalSign, parseIntervalQualifier, parseLiteral, parseNumber } from "./parse-literal.ts"

/** An expression without operators around it; with `scalarOnly` it may not be a query in parentheses. */
export function parsePrimary(cursor: Cursor, scalarOnly: boolean): Expression {
  const word = cursor.word()
  if (word === "(") return parseParentheses(cursor, scalarOnly)
  const literal = parseLiteral(cursor)
  if (literal !== undefined) return literal
  const special = parseSpecial(cursor, word)
  if (special !== undefined) return special
  const builtin = parseBuiltin(cursor)
  if (builtin !== undefined) return builtin
  if (cursor.atName()) return parsePath(cursor)
  if (cursor.kind() === Kind.reserved) {
    if (reservedFunctions.has(word) && cursor.word(1) === "(") return parseCall(cursor)
    if (contextFunctions.has(word)) return parseContextFunction(cursor)
  }
  cursor.ask("an expression")
  throw cursor.unexpected()
}

/** Forms that a keyword or symbol opens. */
function parseSpecial(cursor: Cursor, word: string): Expression | undefined {
  switch (word) {
    case "?": {
      const start = cursor.start
      cursor.index++
      return { kind: "parameter", index: cursor.parameters++, span: cursor.span(start) }
    }
    case "CASE":
      return parseCase(cursor)
    case "INTERVAL":
      return parseIntervalExpression(cursor)
    case "ROW":
      return parseRowConstructor(cursor)
    case "ARRAY":
    case "MULTISET":
      return parseCollection(cursor, word)
    case "MAP":
      return cursor.word(1) === "[" || cursor.word(1) === "("
        ? parseCollection(cursor, word)
        : undefined
    case "PERIOD":
      return parsePeriod(cursor)
    default:
      return undefined
  }
}

/** `(query)`, `(expression)` or `(a, b)`, which is a row. */
function parseParentheses(cursor: Cursor, scalarOnly: boolean): Expression {
  return cursor.nested(() => {
    const start = cursor.start
    cursor.expect("(")
    const inner = cursor.start
    const first = cursor.grammar.queryOrExpression(cursor)
    if (!("kind" in first)) {
      if (scalarOnly) {
        throw cursor.fault("A query may not stand here", { start: inner, end: cursor.end })
      }
      cursor.expect(")")
      return { kind: "subquery", query: first.query, span: cursor.span(start) }
    }
    if (scalarOnly && first.kind === "subquery") {
      throw cursor.fault("A query may not stand here", first.span)
    }
    if (cursor.accept(")")) return first
    const items = [first]
    while (cursor.accept(",")) items.push(cursor.grammar.expression(cursor))
    cursor.expect(")")
    return { kind: "row", items, explicit: false, span: cursor.span(start) }
  })
}

function parseRowConstructor(cursor: Cursor): Expression {
  const start = cursor.start
  cursor.expect("ROW", "(")
  const items = cursor.list(() => parseItem(cursor))
  cursor.expect(")")
  return { kind: "row", items, explicit: true, span: cursor.span(start) }
}

/** An item of a row: an expression, or DEFAULT. */
function parseItem(cursor: Cursor): Expression {
  const start = cursor.start
  if (cursor.accept("DEFAULT")) return { kind: "default", span: cursor.span(start) }
  const first = cursor.grammar.queryOrExpression(cursor)
  if ("kind" in first) return first
  return { kind: "subquery", query: first.query, span: cursor.span(start) }
}

/** `a`, `t.a`, `t.*`, or a call when parentheses follow. */
function parsePath(cursor: Cursor): Expression {
  let last = 0
  while (cursor.word(last + 1) === "." && cursor.atName(last + 2)) last += 2
  if (cursor.word(last + 1) === "(") return parseCall(cursor)
  const start = cursor.start
  const path: Array<Identifier> = [cursor.identifier()]
  for (; last > 0; last -= 2) {
    cursor.index++
    path.push(cursor.identifier())
  }
  if (cursor.word() === "." && cursor.word(1) === "*") {
    cursor.index += 2
    return { kind: "star", qualifier: path, span: cursor.span(start) }
  }
  return { kind: "column", path, span: cursor.span(start) }
}

/** CURRENT_DATE and its kin, which take no parentheses. */
function parseContextFunction(cursor: Cursor): Expression {
  const span = { start: cursor.start, end: cursor.tokens.ends[cursor.index]! }
  const text = cursor.text.slice(span.start, span.end)
  cursor.index++
  const part: Identifier = { kind: "identifier", name: text, quoted: false, span }
  return {
    kind: "call",
    name: { kind: "name", parts: [part], span },
    args: [],
    quantifier: undefined,
    parentheses: false,
    orderBy: [],
    withinGroup: [],
    nullTreatment: undefined,
    filter: undefined,
    over: undefined,
    span
  }
}

function parseCase(cursor: Cursor): Case {
  const start = cursor.start
  cursor.expect("CASE")
  const operand = cursor.at("WHEN") ? undefined : cursor.grammar.expression(cursor)
  const branches: Array<Case["branches"][number]> = []
  do {
    cursor.expect("WHEN")
    const when = cursor.list(() => cursor.grammar.expression(cursor))
    cursor.expect("THEN")
    branches.push({ when, result: cursor.grammar.expression(cursor) })
  } while (cursor.at("WHEN"))
  const otherwise = cursor.accept("ELSE") ? cursor.grammar.expression(cursor) : undefined
  cursor.expect("END")
  return { kind: "case", operand, branches, otherwise, span: cursor.span(start) }
}

/** `INTERVAL 5 DAY`, `INTERVAL (a + b) HOUR`, `INTERVAL a MINUTE`. */
function parseIntervalExpression(cursor: Cursor): Expression {
  const start = cursor.start
  const sign = intervalSign(cursor)
  cursor.index += sign === 0 ? 1 : 2
  let value: Expression
  if (cursor.accept("(")) {
    value = cursor.grammar.expression(cursor)
    cursor.expect(")")
  } else if (cursor.atName()) {
    const name = cursor.name()
    value = { kind: "column", path: name.parts, span: name.span }
  } else {
    value = parseNumber(cursor)
  }
  const qualifier = parseIntervalQualifier(cursor, true)
  const span = cursor.span(start)
  return { kind: "intervalExpression", negative: sign < 0, value, qualifier, span }
}

/** `ARRAY[…]`, `MAP[…]`, `MULTISET[…]`, or of a query in parentheses; `ARRAY(a, b)` is a call. */
function parseCollection(cursor: Cursor, type: "ARRAY" | "MAP" | "MULTISET"): Expression {
  const start = cursor.start
  if (cursor.word(1) === "(") {
    const query = parseCollectionQuery(cursor, type)
    return query ?? parseCall(cursor)
  }
  cursor.index++
  cursor.expect("[")
  const empty = type !== "MULTISET" && cursor.at("]")
  const items = empty ? [] : cursor.list(() => cursor.grammar.expression(cursor, true))
  cursor.expect("]")
  return { kind: "collection", type, items, span: cursor.span(start) }
}

const queryWords: ReadonlySet<string> = new Set(["SELECT", "WITH", "VALUES", "VALUE", "TABLE"])

function parseCollectionQuery(
  cursor: Cursor,
  type: "ARRAY" | "MAP" | "MULTISET"
): Expression | undefined {
  let ahead = 2
  while (cursor.word(ahead) === "(") ahead++
  if (!queryWords.has(cursor.word(ahead))) return undefined
  const start = cursor.start
  cursor.index += 2
  const query = cursor.grammar.query(cursor)
  cursor.expect(")")
  return { kind: "collectionQuery", type, query, span: cursor.span(start) }
}

function parsePeriod(cursor: Cursor): Expression {
  const start = cursor.start
  cursor.expect("PERIOD", "(")
  const from = cursor.grammar.expression(cursor)
  cursor.expect(",")
  const to = cursor.grammar.expression(cursor)
  cursor.expect(")")
  return { kind: "period", start: from, end: to, span: cursor.span(start) }
}
