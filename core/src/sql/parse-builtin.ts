/** Functions with a grammar of their own: CAST, EXTRACT, TRIM, SUBSTRING and the like. Their words become plain arguments. */
import type { Expression, SymbolArgument, TimeUnit } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import { parseArguments, parseFunctionName, plainCall } from "./parse-call.ts"
import { parseJson } from "./parse-json.ts"
import { parseSignedLiteral } from "./parse-literal.ts"
import { parseCastType } from "./parse-type.ts"

type Read = (cursor: Cursor) => ReadonlyArray<Expression>

/** What stands between the parentheses, by function. */
const forms: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["EXTRACT", readExtract],
  ["POSITION", readPosition],
  ["OVERLAY", readOverlay],
  ["SUBSTRING", readSubstring],
  ["TRIM", readTrim],
  ["FLOOR", readRounding],
  ["CEIL", readRounding],
  ["CEILING", readRounding],
  ["TRANSLATE", (cursor) => cursor.list(() => cursor.grammar.expression(cursor))],
  ["TIMESTAMPADD", readUnitFirst],
  ["TIMESTAMPDIFF", readUnitFirst],
  ["DATE_DIFF", readUnitLast],
  ["DATETIME_DIFF", readUnitLast],
  ["TIMESTAMP_DIFF", readUnitLast],
  ["TIME_DIFF", readUnitLast],
  ["TIMESTAMP_TRUNC", readUnitLast],
  ["DATETIME_TRUNC", readUnitLast],
  ["TIME_TRUNC", readUnitLast],
  ["DATE_TRUNC", readUnitLast],
  ["DATE", parseArguments],
  ["TIME", parseArguments],
  ["TIMESTAMP", parseArguments],
  ["DATETIME", parseArguments],
  ["CLASSIFIER", () => []],
  ["MATCH_NUMBER", () => []],
  ["FIRST", readNavigation],
  ["LAST", readNavigation],
  ["PREV", readNavigation],
  ["NEXT", readNavigation]
])

/** A call of such a function, or undefined when none starts here. */
export function parseBuiltin(cursor: Cursor): Expression | undefined {
  const word = cursor.word()
  if (word === "RUNNING" || word === "FINAL") return parseModified(cursor, word)
  if (cursor.word(1) !== "(") return undefined
  if (word === "CAST" || word === "TRY_CAST") return parseCast(cursor, word === "TRY_CAST")
  const json = parseJson(cursor, word)
  if (json !== undefined) return json
  const read = forms.get(word)
  if (read === undefined) return undefined
  const name = parseFunctionName(cursor)
  cursor.expect("(")
  const args = cursor.nested(() => read(cursor))
  cursor.expect(")")
  return plainCall(cursor, name, args)
}

/** `RUNNING LAST(a)`, `FINAL SUM(a)`, of MATCH_RECOGNIZE. */
function parseModified(cursor: Cursor, operator: "RUNNING" | "FINAL"): Expression | undefined {
  const called = cursor.word(2) === "(" && (cursor.atName(1) || cursor.kind(1) === Kind.reserved)
  if (!called) return undefined
  const start = cursor.start
  cursor.index++
  const operand = cursor.grammar.expression(cursor)
  if (operand.kind !== "call") throw cursor.fault(`${operator} wants a function`, operand.span)
  return { kind: "unary", operator, operand, span: cursor.span(start) }
}

function parseCast(cursor: Cursor, safe: boolean): Expression {
  return cursor.nested(() => {
    const start = cursor.start
    cursor.index++
    cursor.expect("(")
    const operand = cursor.grammar.expression(cursor)
    cursor.expect("AS")
    const type = parseCastType(cursor)
    cursor.expect(")")
    return { kind: "cast", operand, type, safe, span: cursor.span(start) }
  })
}

function expression(cursor: Cursor): Expression {
  return cursor.grammar.expression(cursor)
}

const units: ReadonlySet<string> = new Set<TimeUnit>([
  "NANOSECOND",
  "MICROSECOND",
  "MILLISECOND",
  "SECOND",
  "MINUTE",
  "HOUR",
  "DAY",
  "DOW",
  "DOY",
  "ISODOW",
  "ISOYEAR",
  "WEEK",
  "MONTH",
  "QUARTER",
  "YEAR",
  "DECADE",
  "CENTURY",
  "MILLENNIUM",
  "EPOCH"
])

/** A unit of time, or a name that the catalog may know as one. */
function unit(cursor: Cursor): SymbolArgument {
  const start = cursor.start
  const word = cursor.word()
  if (units.has(word)) cursor.index++
  else if (!cursor.atName()) {
    cursor.ask("a unit of time")
    throw cursor.unexpected()
  } else cursor.identifier()
  const value = units.has(word) ? word : cursor.text.slice(start, cursor.end)
  return { kind: "symbol", value, span: cursor.span(start) }
}

function readExtract(cursor: Cursor): ReadonlyArray<Expression> {
  const field = unit(cursor)
  cursor.expect("FROM")
  return [field, expression(cursor)]
}

/** The first argument is a primary, since IN behind it parts the arguments and is no predicate. */
function readPosition(cursor: Cursor): ReadonlyArray<Expression> {
  const needle = cursor.grammar.primary(cursor)
  cursor.expect("IN")
  const args = [needle, expression(cursor)]
  if (cursor.accept("FROM")) args.push(expression(cursor))
  return args
}

function readOverlay(cursor: Cursor): ReadonlyArray<Expression> {
  const args = [expression(cursor)]
  cursor.expect("PLACING")
  args.push(expression(cursor))
  cursor.expect("FROM")
  args.push(expression(cursor))
  if (cursor.accept("FOR")) args.push(expression(cursor))
  return args
}

function readSubstring(cursor: Cursor): ReadonlyArray<Expression> {
  const args = [expression(cursor)]
  cursor.expectAny("FROM", ",")
  args.push(expression(cursor))
  if (cursor.acceptAny("FOR", ",") !== undefined) args.push(expression(cursor))
  return args
}

function readTrim(cursor: Cursor): ReadonlyArray<Expression> {
  const start = cursor.start
  const side = cursor.acceptAny("BOTH", "LEADING", "TRAILING")
  const symbol: SymbolArgument = { kind: "symbol", value: side ?? "BOTH", span: cursor.span(start) }
  if (side !== undefined && cursor.accept("FROM")) return [symbol, expression(cursor)]
  const first = expression(cursor)
  if (cursor.accept("FROM")) return [symbol, first, expression(cursor)]
  if (side !== undefined) throw cursor.unexpected()
  return [first]
}

function readRounding(cursor: Cursor): ReadonlyArray<Expression> {
  const value = expression(cursor)
  return cursor.accept("TO") ? [value, unit(cursor)] : [value]
}

function readUnitFirst(cursor: Cursor): ReadonlyArray<Expression> {
  const field = unit(cursor)
  cursor.expect(",")
  const first = expression(cursor)
  cursor.expect(",")
  return [field, first, expression(cursor)]
}

function readUnitLast(cursor: Cursor): ReadonlyArray<Expression> {
  const args: Array<Expression> = [expression(cursor)]
  while (cursor.accept(",")) {
    const last = units.has(cursor.word()) && cursor.word(1) === ")"
    args.push(last ? unit(cursor) : expression(cursor))
  }
  return args
}

/** `LAST(a.price, 1)`: a whole offset may follow the value. */
function readNavigation(cursor: Cursor): ReadonlyArray<Expression> {
  const value = expression(cursor)
  return cursor.accept(",") ? [value, parseSignedLiteral(cursor)] : [value]
}
