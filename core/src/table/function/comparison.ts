/**
 * Comparisons, BETWEEN, IN and the tests for NULL. Text compares by its UTF-8 bytes, exact numbers by value whatever their
 * scales, NaN equals nothing, and what is compared with NULL is UNKNOWN.
 */
import { compareBytes } from "../../batch/utf8.ts"
import { layoutOf, type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  Moment,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import { scaleUp } from "./arithmetic.ts"
import { exactOf, powerOfTen } from "./exact.ts"
import { anyNullable, either, unlessNil, value } from "./value.ts"
import {
  commonType,
  isBinary,
  isExact,
  isInteger,
  isNested,
  isNumeric,
  isTemporal,
  isText,
  scaleOf
} from "./type-rule.ts"
import { compareText, compareViews, sameViews, startsAt } from "./text-order.ts"

/** The six comparisons. */
export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">="

/** The types to which values must be cast to be compared, or what is wrong. */
export function comparable(args: ReadonlyArray<LogicalType>): ReadonlyArray<LogicalType> | string {
  const known = args.filter((type) => type.kind !== "NULL")
  if (known.length === 0) return args.map(() => simple("INT"))
  const keep = (type: LogicalType) =>
    args.map((arg) => withNullable(type, arg.nullable || arg.kind === "NULL"))
  if (known.every(isExact) && !known.every(isInteger)) {
    return args.map((arg) => arg.kind === "NULL" ? withNullable(known[0]!, true) : arg)
  }
  const temporal = known.find((type) => isTemporal(type) || type.kind === "BOOLEAN")
  if (temporal !== undefined && known.some(isText)) {
    const others = known.filter((type) => !isText(type))
    const common = commonType(others)
    return common === undefined ? incomparable(known) : keep(common)
  }
  const common = commonType(known)
  if (common === undefined || common.kind === "OBJECT") return incomparable(known)
  if (isText(common) || isBinary(common)) {
    return args.map((arg) => arg.kind === "NULL" ? withNullable(common, true) : arg)
  }
  return keep(common)
}

function incomparable(types: ReadonlyArray<LogicalType>): string {
  const names = [...new Set(types.map((type) => type.kind))]
  return `Values of ${names.join(" and ")} cannot be compared: cast one of them`
}

/** Order of two non-NULL boxes of comparable types: negative, zero, positive; NaN for NaN. */
export function compareBoxed(a: Boxed, b: Boxed, left: LogicalType, right: LogicalType): number {
  if (isExact(left) && isExact(right)) {
    const s1 = scaleOf(left)
    const s2 = scaleOf(right)
    const x = exactOf(a as bigint) * powerOfTen(Math.max(0, s2 - s1))
    const y = exactOf(b as bigint) * powerOfTen(Math.max(0, s1 - s2))
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (typeof a === "string") return compareText(a, b as string)
  if (a instanceof Uint8Array) {
    const other = b as Uint8Array
    return compareBytes(a, 0, a.length, other, 0, other.length)
  }
  if (typeof a === "boolean") return Number(a) - Number(b)
  if (typeof a === "number") {
    return a < (b as number) ? -1 : a > (b as number) ? 1 : a === b ? 0 : NaN
  }
  if (Array.isArray(a)) return sameNested(a, b as ReadonlyArray<Boxed>, left, right) ? 0 : 1
  const x = a as Moment
  const y = b as Moment
  return x.millis - y.millis || x.nanos - y.nanos
}

function sameOrNull(a: Boxed, b: Boxed, left: LogicalType, right: LogicalType): boolean {
  return a === null || b === null ? a === b : compareBoxed(a, b, left, right) === 0
}

/** Equality of arrays, rows and maps; NULL elements equal each other, the order of map entries does not count. */
function sameNested(
  a: ReadonlyArray<Boxed>,
  b: ReadonlyArray<Boxed>,
  left: LogicalType,
  right: LogicalType
): boolean {
  if (a.length !== b.length) return false
  if (left.kind === "ARRAY" && right.kind === "ARRAY") {
    return a.every((item, i) => sameOrNull(item, b[i]!, left.element, right.element))
  }
  if (left.kind === "ROW" && right.kind === "ROW") {
    return a.every((item, i) =>
      sameOrNull(item, b[i]!, left.fields[i]!.type, right.fields[i]!.type)
    )
  }
  const [key, item] = entryTypes(left)
  const [otherKey, otherItem] = entryTypes(right)
  return (a as ReadonlyArray<[Boxed, Boxed]>).every(([k, v]) =>
    (b as ReadonlyArray<[Boxed, Boxed]>).some(([k2, v2]) =>
      sameOrNull(k, k2, key, otherKey) && sameOrNull(v, v2, item, otherItem)
    )
  )
}

function entryTypes(type: LogicalType): [LogicalType, LogicalType] {
  return type.kind === "MAP"
    ? [type.key, type.value]
    : [(type as { element: LogicalType }).element, simple("INT", false)]
}

/** Whether an order satisfies a comparison. NaN satisfies only `<>`. */
function satisfies(comparison: Comparison, order: number): boolean {
  switch (comparison) {
    case "=":
      return order === 0
    case "<>":
      return order !== 0
    case "<":
      return order < 0
    case "<=":
      return order <= 0
    case ">":
      return order > 0
    case ">=":
      return order >= 0
  }
}

const operators: Readonly<Record<Comparison, string>> = {
  "=": "===",
  "<>": "!==",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">="
}

function viewCode(emit: Emit, item: Value): string {
  if (typeof item.constant === "string" || item.constant instanceof Uint8Array) {
    const bytes = typeof item.constant === "string"
      ? new TextEncoder().encode(item.constant)
      : item.constant
    return `${emit.constant(bytes)}, 0, ${bytes.length}`
  }
  return item.form === "view"
    ? `${item.code}, ${item.second}, ${item.third}`
    : `${item.second}.bytes, ${item.second}.starts[${item.code}], ${item.second}.lengths[${item.code}]`
}

function lengthCode(item: Value): string {
  return item.form === "view" ? item.third : `${item.second}.lengths[${item.code}]`
}

function constantLength(item: Value): number | undefined {
  if (typeof item.constant === "string") return new TextEncoder().encode(item.constant).length
  return item.constant instanceof Uint8Array ? item.constant.length : undefined
}

function hasBytes(item: Value): boolean {
  return item.form === "view" || item.form === "coded" || typeof item.constant === "string" ||
    item.constant instanceof Uint8Array
}

function compareBytesCode(emit: Emit, comparison: Comparison, a: Value, b: Value): string {
  if (!hasBytes(a) || !hasBytes(b)) {
    if (!isText(a.type)) {
      const order = emit.constant((x: Uint8Array, y: Uint8Array) =>
        compareBytes(x, 0, x.length, y, 0, y.length)
      )
      return `${order}(${emit.box(a)}, ${emit.box(b)}) ${operators[comparison]} 0`
    }
    const left = emit.text(a)
    const right = emit.text(b)
    if (comparison === "=" || comparison === "<>") {
      return `${left} ${operators[comparison]} ${right}`
    }
    return `${emit.constant(compareText)}(${left}, ${right}) ${operators[comparison]} 0`
  }
  if (comparison === "=" || comparison === "<>") {
    const not = comparison === "=" ? "" : "!"
    const [item, literal] = constantLength(a) === undefined ? [a, b] : [b, a]
    const length = constantLength(literal)
    if (length !== undefined && constantLength(item) === undefined) {
      const bytes = viewCode(emit, literal).split(",")[0]
      const view = viewCode(emit, item).split(", ")
      const starts = `${emit.constant(startsAt)}(${view[0]}, ${view[1]}, ${bytes})`
      return `${not}(${lengthCode(item)} === ${length} && ${starts})`
    }
    return `${not}${emit.constant(sameViews)}(${viewCode(emit, a)}, ${viewCode(emit, b)})`
  }
  return `${emit.constant(compareViews)}(${viewCode(emit, a)}, ${viewCode(emit, b)}) ${
    operators[comparison]
  } 0`
}

/** A boolean expression that compares two values that are not NULL. */
export function compareCode(emit: Emit, comparison: Comparison, a: Value, b: Value): string {
  const symbol = operators[comparison]
  if (isExact(a.type) && isExact(b.type)) {
    const scale = Math.max(scaleOf(a.type), scaleOf(b.type))
    const left = scaleUp(emit, a, scale - scaleOf(a.type)).code
    const right = scaleUp(emit, b, scale - scaleOf(b.type)).code
    if (comparison === "=" || comparison === "<>") {
      // Only the loose operators compare a number with a bigint.
      const loose = comparison === "=" ? "==" : "!="
      return `${left} ${loose} ${right}`
    }
    return `${left} ${symbol} ${right}`
  }
  if (isNested(a.type)) {
    const types = `${emit.constant(a.type)}, ${emit.constant(b.type)}`
    return `${emit.constant(compareBoxed)}(${emit.box(a)}, ${emit.box(b)}, ${types}) ${symbol} 0`
  }
  if (layoutOf(a.type) === "bytes") return compareBytesCode(emit, comparison, a, b)
  if (a.form === "ts9") {
    const same = `${a.code} === ${b.code}`
    if (comparison === "=") return `${same} && ${a.second} === ${b.second}`
    if (comparison === "<>") return `!(${same} && ${a.second} === ${b.second})`
    return `(${same} ? ${a.second} ${symbol} ${b.second} : ${a.code} ${symbol} ${b.code})`
  }
  return `${a.code} ${symbol} ${b.code}`
}

function inferComparison(args: ReadonlyArray<LogicalType>, ordered: boolean): Signature | string {
  const types = comparable(args)
  if (typeof types === "string") return types
  if (ordered && types.some(isNested)) return `Values of ${types[0]!.kind} have no order`
  return { type: simple("BOOLEAN", anyNullable(types)), args: types }
}

/** Code that touches bytes must not run on what stands at a NULL row of a computed value. */
function booleanCode(emit: Emit, nil: string, type: LogicalType, code: string): string {
  const plain = isNumeric(type) || isTemporal(type) || type.kind === "BOOLEAN"
  return plain ? emit.store(code) : emit.store(unlessNil(nil, code))
}

function comparison(name: string, symbol: Comparison, description: string): ScalarFunction {
  return {
    name,
    sql: symbol === "<>" ? ["<>", "!="] : [symbol],
    description,
    infer: (args) =>
      args.length === 2
        ? inferComparison(args, symbol !== "=" && symbol !== "<>")
        : `"${symbol}" wants 2 arguments`,
    evaluate: (call) => {
      const [left, right] = call.args as [LogicalType, LogicalType]
      return (a: Boxed, b: Boxed): Boxed => satisfies(symbol, compareBoxed(a, b, left, right))
    },
    generate: (emit, [a, b], call, nil) =>
      value(
        "bool",
        call.type,
        booleanCode(emit, nil, a!.type, compareCode(emit, symbol, a!, b!)),
        nil
      )
  }
}

function isNullTest(name: string, sql: string, isNull: boolean): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: `Whether the value is ${isNull ? "" : "not "}NULL.`,
    strict: false,
    infer: (args) =>
      args.length === 1 ? { type: simple("BOOLEAN", false), args } : `${sql} wants 1 argument`,
    evaluate: () => (a: Boxed): Boxed => (a === null) === isNull,
    generate: (emit, [a], call) =>
      value("bool", call.type, emit.store(isNull ? a!.nil : `!(${a!.nil})`), "false")
  }
}

function distinctTest(name: string, sql: string, distinct: boolean): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: "Comparison in which NULL equals NULL.",
    strict: false,
    infer: (args) => {
      const signature = inferComparison(args, false)
      return typeof signature === "string"
        ? signature
        : { ...signature, type: simple("BOOLEAN", false) }
    },
    evaluate: (call) => {
      const [left, right] = call.args as [LogicalType, LogicalType]
      return (a: Boxed, b: Boxed): Boxed =>
        (a === null || b === null ? a === b : compareBoxed(a, b, left, right) === 0) !== distinct
    },
    generate: (emit, [a, b], call) => {
      const nil = either(a!.nil, b!.nil)
      const same = emit.store(unlessNil(nil, compareCode(emit, "=", a!, b!)))
      const code = nil === "false" ? same : `(${same} || ((${a!.nil}) && (${b!.nil})))`
      return value("bool", call.type, emit.store(distinct ? `!${code}` : code), "false")
    }
  }
}

/** Three-valued `low <= a AND a <= high`. */
function betweenTest(name: string, sql: string, negated: boolean): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: "Whether the value lies between two others, both included.",
    strict: false,
    infer: (args) => args.length === 3 ? inferComparison(args, true) : `${sql} wants 3 arguments`,
    evaluate: (call) => {
      const [type, lowType, highType] = call.args as [LogicalType, LogicalType, LogicalType]
      return (a: Boxed, low: Boxed, high: Boxed): Boxed => {
        if (a === null) return null
        const above = low === null ? null : compareBoxed(a, low, type, lowType) >= 0
        const below = high === null ? null : compareBoxed(a, high, type, highType) <= 0
        if (above === false || below === false) return negated
        return above === null || below === null ? null : !negated
      }
    },
    generate: (emit, [a, low, high], call) => {
      const bound = (item: Value, symbol: Comparison) => {
        const nil = either(a!.nil, item.nil)
        const code = emit.store(unlessNil(nil, compareCode(emit, symbol, a!, item)))
        return { code, nil }
      }
      const above = bound(low!, ">=")
      const below = bound(high!, "<=")
      const code = emit.store(`${above.code} && ${below.code}`)
      let nil = either(above.nil, below.nil)
      if (nil !== "false") {
        const no = (test: { code: string; nil: string }) => unlessNil(test.nil, `!${test.code}`)
        nil = emit.store(`(${nil}) && !(${no(above)}) && !(${no(below)})`)
      }
      return value("bool", call.type, negated ? emit.store(`!${code}`) : code, nil)
    }
  }
}

function literalSet(call: Call): ReadonlyArray<Boxed> | undefined {
  const rest = call.constants.slice(1)
  return rest.every((item) => item !== undefined && item !== null)
    ? rest as ReadonlyArray<Boxed>
    : undefined
}

function generateIn(emit: Emit, args: ReadonlyArray<Value>, call: Call, negated: boolean): Value {
  const [a, ...items] = args as [Value, ...Array<Value>]
  const literals = literalSet(call)
  const simpleKey = a.form === "i32" || a.form === "f64" || isText(a.type) ||
    (a.form === "narrow" && call.args.every((type) => scaleOf(type) === scaleOf(a.type)))
  let code: string
  let nil = a.nil
  if (literals !== undefined && simpleKey && items.length > 6) {
    const keys = new Set(literals.map((item) => typeof item === "bigint" ? Number(item) : item))
    const key = isText(a.type) ? emit.text(a) : a.code
    code = emit.store(unlessNil(a.nil, `${emit.constant(keys)}.has(${key})`))
  } else {
    const tests = items.map((item) =>
      emit.store(unlessNil(either(a.nil, item.nil), compareCode(emit, "=", a, item)))
    )
    code = emit.store(tests.join(" || "))
    const unknown = items.reduce((all, item) => either(all, item.nil), "false")
    if (unknown !== "false") nil = emit.store(`${either(a.nil, unknown)} ? !${code} : false`)
  }
  return value("bool", call.type, negated ? emit.store(`!${code}`) : code, nil)
}

function inTest(name: string, sql: string, negated: boolean): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: "Whether the value equals one of the others.",
    strict: false,
    infer: (args) => args.length < 2 ? `${sql} wants a list` : inferComparison(args, false),
    evaluate: (call): Evaluator => (a: Boxed, ...items: ReadonlyArray<Boxed>): Boxed => {
      if (a === null) return null
      let unknown = false
      for (let i = 0; i < items.length; i++) {
        const item = items[i]!
        if (item === null) unknown = true
        else if (compareBoxed(a, item, call.args[0]!, call.args[i + 1]!) === 0) return !negated
      }
      return unknown ? null : negated
    },
    generate: (emit, args, call) => generateIn(emit, args, call, negated)
  }
}

/** The comparisons. */
export const comparisons: ReadonlyArray<ScalarFunction> = [
  comparison("equals", "=", "Whether two values are equal."),
  comparison("notEquals", "<>", "Whether two values differ."),
  comparison("lessThan", "<", "Whether the first value is less."),
  comparison("lessThanOrEqual", "<=", "Whether the first value is not greater."),
  comparison("greaterThan", ">", "Whether the first value is greater."),
  comparison("greaterThanOrEqual", ">=", "Whether the first value is not less."),
  isNullTest("isNull", "IS NULL", true),
  isNullTest("isNotNull", "IS NOT NULL", false),
  distinctTest("isDistinctFrom", "IS DISTINCT FROM", true),
  distinctTest("isNotDistinctFrom", "IS NOT DISTINCT FROM", false),
  betweenTest("between", "BETWEEN", false),
  betweenTest("notBetween", "NOT BETWEEN", true),
  inTest("in", "IN", false),
  inTest("notIn", "NOT IN", true)
]
