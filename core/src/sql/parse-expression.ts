/**
 * Expressions by precedence climbing. Binding powers, weakest first: OR, AND, NOT, IS, comparison, IN / LIKE / BETWEEN, + −, * / % ||, sign, [ ] and
 * dot. All binary operators group to the left. Primaries stand in `parse-primary.ts`.
 */
import type { Binary, BinaryOperator, Expression, IsTest, Like, Quantified } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parsePrimary } from "./parse-primary.ts"

/** Binding powers. A right operand is read with the power of its operator plus one. */
const power = {
  multisetUnion: 14,
  multisetIntersect: 18,
  or: 22,
  and: 24,
  not: 26,
  is: 28,
  comparison: 30,
  in: 32,
  sum: 40,
  product: 60,
  sign: 80
} as const

/** Operators that are one word or symbol. */
const binary: ReadonlyMap<string, readonly [BinaryOperator, number]> = new Map<
  string,
  readonly [BinaryOperator, number]
>([
  ["OR", ["OR", power.or]],
  ["AND", ["AND", power.and]],
  ["=", ["=", power.comparison]],
  ["<>", ["<>", power.comparison]],
  ["!=", ["!=", power.comparison]],
  ["<", ["<", power.comparison]],
  ["<=", ["<=", power.comparison]],
  [">", [">", power.comparison]],
  [">=", [">=", power.comparison]],
  ["CONTAINS", ["CONTAINS", power.comparison]],
  ["OVERLAPS", ["OVERLAPS", power.comparison]],
  ["EQUALS", ["EQUALS", power.comparison]],
  ["PRECEDES", ["PRECEDES", power.comparison]],
  ["SUCCEEDS", ["SUCCEEDS", power.comparison]],
  ["+", ["+", power.sum]],
  ["-", ["-", power.sum]],
  ["*", ["*", power.product]],
  ["/", ["/", power.product]],
  ["%", ["%", power.product]],
  ["||", ["||", power.product]]
])

/** An expression; with `scalarOnly` it may not begin with a query in parentheses. */
export function parseExpression(cursor: Cursor, scalarOnly = false): Expression {
  return cursor.nested(() => parseOperators(cursor, 0, scalarOnly))
}

/** Operators that bind at least as strongly as `least`. */
function parseOperators(cursor: Cursor, least: number, scalarOnly: boolean): Expression {
  const start = cursor.start
  let left = parsePrefix(cursor, scalarOnly)
  for (;;) {
    const next = parseOperator(cursor, left, start, least)
    if (next === undefined) return left
    cursor.grow()
    left = next
  }
}

/** Signs and NOT, then a primary with its field and item accesses. */
function parsePrefix(cursor: Cursor, scalarOnly: boolean): Expression {
  const start = cursor.start
  const word = cursor.word()
  if (word !== "-" && word !== "+" && word !== "NOT") {
    if (word === "EXISTS" || word === "UNIQUE") return parseExists(cursor, word)
    return parseAccess(cursor, parsePrimary(cursor, scalarOnly), start)
  }
  cursor.index++
  const least = word === "NOT" ? power.not : power.sign
  const operand = cursor.nested(() => parseOperators(cursor, least, scalarOnly))
  return { kind: "unary", operator: word, operand, span: cursor.span(start) }
}

function parseExists(cursor: Cursor, test: "EXISTS" | "UNIQUE"): Expression {
  const start = cursor.start
  cursor.index++
  const operand = parseAccess(cursor, parsePrimary(cursor, false), cursor.start)
  if (operand.kind !== "subquery") {
    throw cursor.fault(`${test} wants a query in parentheses`, operand.span)
  }
  return { kind: "exists", test, query: operand.query, span: cursor.span(start) }
}

/** `.field` and `[index]` behind a primary. */
function parseAccess(cursor: Cursor, primary: Expression, start: number): Expression {
  let operand = primary
  for (;;) {
    if (cursor.word() === "." && cursor.atName(1)) {
      cursor.index++
      const field = cursor.identifier()
      operand = { kind: "field", operand, field, span: cursor.span(start) }
    } else if (cursor.accept("[")) {
      const index = parseExpression(cursor)
      cursor.expect("]")
      operand = { kind: "index", operand, index, span: cursor.span(start) }
    } else {
      return operand
    }
    cursor.grow()
  }
}

/** `left` with the operator that comes next, or undefined when none comes that binds strongly enough. */
function parseOperator(
  cursor: Cursor,
  left: Expression,
  start: number,
  least: number
): Expression | undefined {
  const word = cursor.word()
  const known = binary.get(word)
  if (known !== undefined) {
    const [operator, strength] = known
    if (strength < least) return undefined
    cursor.index++
    if (strength === power.comparison && isQuantifier(cursor)) {
      return parseQuantified(cursor, operator as Quantified["operator"], left, start)
    }
    return parseBinary(cursor, left, operator, strength, start)
  }
  switch (word) {
    case "IS":
      return least <= power.comparison ? parseIs(cursor, left, start, least) : undefined
    case "NOT":
    case "IN":
    case "BETWEEN":
    case "LIKE":
    case "ILIKE":
    case "RLIKE":
    case "SIMILAR":
      return least <= power.in ? parsePredicate(cursor, left, start, least) : undefined
    case "MEMBER":
    case "SUBMULTISET":
    case "IMMEDIATELY":
      return least <= power.comparison ? parseTwoWords(cursor, left, start) : undefined
    case "MULTISET":
      return parseMultiset(cursor, left, start, least)
    default:
      return undefined
  }
}

function parseBinary(
  cursor: Cursor,
  left: Expression,
  operator: BinaryOperator,
  strength: number,
  start: number
): Binary {
  const right = cursor.beside(() => parseOperators(cursor, strength + 1, false))
  return { kind: "binary", operator, left, right, span: cursor.span(start) }
}

function isQuantifier(cursor: Cursor): boolean {
  const word = cursor.word()
  return (word === "SOME" || word === "ANY" || word === "ALL") && cursor.word(1) === "("
}

function parseQuantified(
  cursor: Cursor,
  operator: Quantified["operator"],
  operand: Expression,
  start: number
): Expression {
  const quantifier = cursor.expectAny("SOME", "ANY", "ALL") === "ALL" ? "ALL" : "SOME"
  const { query, list } = parseQueryOrList(cursor)
  const span = cursor.span(start)
  return { kind: "quantified", operator, quantifier, operand, query, list, span }
}

/** `(query)` or `(a, b)` behind IN and quantifiers. */
function parseQueryOrList(
  cursor: Cursor
): Pick<Quantified, "query" | "list"> {
  cursor.expect("(")
  const first = cursor.grammar.queryOrExpression(cursor)
  if (!("kind" in first)) {
    cursor.expect(")")
    return { query: first.query, list: undefined }
  }
  const list = [first]
  while (cursor.accept(",")) list.push(parseExpression(cursor))
  cursor.expect(")")
  if (list.length === 1 && first.kind === "subquery") {
    return { query: first.query, list: undefined }
  }
  return { query: undefined, list }
}

const isTests: ReadonlyArray<IsTest["test"]> = ["NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY"]

function parseIs(
  cursor: Cursor,
  left: Expression,
  start: number,
  least: number
): Expression | undefined {
  const distance = cursor.word(1) === "NOT" ? 2 : 1
  if (cursor.word(distance) === "DISTINCT" && cursor.word(distance + 1) === "FROM") {
    cursor.index += distance + 2
    const operator = distance === 2 ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM"
    return parseBinary(cursor, left, operator, power.comparison, start)
  }
  if (least > power.is) return undefined
  cursor.expect("IS")
  const negated = cursor.accept("NOT")
  const make = (test: IsTest["test"]): Expression => {
    return { kind: "is", operand: left, test, negated, span: cursor.span(start) }
  }
  for (const test of isTests) if (cursor.accept(test)) return make(test)
  if (cursor.acceptAll("A", "SET")) return make("A SET")
  cursor.expect("JSON")
  const form = cursor.acceptAny("VALUE", "OBJECT", "ARRAY", "SCALAR") ?? "VALUE"
  return make(`JSON ${form}`)
}

/** [NOT] IN, BETWEEN, LIKE and their kin. */
function parsePredicate(
  cursor: Cursor,
  left: Expression,
  start: number,
  least: number
): Expression | undefined {
  const negated = cursor.word() === "NOT"
  const word = cursor.word(negated ? 1 : 0)
  if (negated && word === "SUBMULTISET") {
    if (least > power.comparison) return undefined
    return parseTwoWords(cursor, left, start)
  }
  switch (word) {
    case "IN": {
      cursor.index += negated ? 2 : 1
      const { query, list } = parseQueryOrList(cursor)
      const span = cursor.span(start)
      return query !== undefined
        ? { kind: "inQuery", operand: left, query, negated, span }
        : { kind: "inList", operand: left, list: list ?? [], negated, span }
    }
    case "BETWEEN": {
      cursor.index += negated ? 2 : 1
      const symmetric = cursor.acceptAny("SYMMETRIC", "ASYMMETRIC") === "SYMMETRIC"
      const low = cursor.nested(() => parseOperators(cursor, power.and + 1, false))
      cursor.expect("AND")
      const high = cursor.beside(() => parseOperators(cursor, power.in + 1, false))
      const span = cursor.span(start)
      return { kind: "between", operand: left, low, high, symmetric, negated, span }
    }
    case "LIKE":
    case "ILIKE":
    case "RLIKE":
    case "SIMILAR":
      cursor.index += negated ? 2 : 1
      return parseLike(cursor, left, word, negated, start)
    default:
      return undefined
  }
}

function parseLike(
  cursor: Cursor,
  operand: Expression,
  word: "LIKE" | "ILIKE" | "RLIKE" | "SIMILAR",
  negated: boolean,
  start: number
): Like {
  if (word === "SIMILAR") cursor.expect("TO")
  const operator = word === "SIMILAR" ? "SIMILAR TO" : word
  const pattern = cursor.beside(() => parseOperators(cursor, power.in + 1, false))
  const escape = cursor.accept("ESCAPE") ? parseOperators(cursor, power.in + 1, false) : undefined
  return { kind: "like", operator, operand, pattern, escape, negated, span: cursor.span(start) }
}

/** MEMBER OF, [NOT] SUBMULTISET OF, IMMEDIATELY PRECEDES, IMMEDIATELY SUCCEEDS. */
function parseTwoWords(cursor: Cursor, left: Expression, start: number): Expression | undefined {
  let operator: BinaryOperator
  if (cursor.word() === "IMMEDIATELY") {
    const next = cursor.word(1)
    if (next !== "PRECEDES" && next !== "SUCCEEDS") return undefined
    cursor.index += 2
    operator = `IMMEDIATELY ${next}`
  } else {
    const negated = cursor.accept("NOT")
    const word = cursor.expectAny("MEMBER", "SUBMULTISET")
    cursor.expect("OF")
    operator = negated ? "NOT SUBMULTISET OF" : `${word} OF`
  }
  return parseBinary(cursor, left, operator, power.comparison, start)
}

function parseMultiset(
  cursor: Cursor,
  left: Expression,
  start: number,
  least: number
): Expression | undefined {
  const next = cursor.word(1)
  if (next !== "UNION" && next !== "INTERSECT" && next !== "EXCEPT") return undefined
  const strength = next === "INTERSECT" ? power.multisetIntersect : power.multisetUnion
  if (strength < least) return undefined
  cursor.index += 2
  const all = cursor.acceptAny("ALL", "DISTINCT") === "ALL"
  const operator: BinaryOperator = all ? `MULTISET ${next} ALL` : `MULTISET ${next}`
  return parseBinary(cursor, left, operator, strength, start)
}
