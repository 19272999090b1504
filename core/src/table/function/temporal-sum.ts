/** `+`, `-` and `*` where an argument is a time or an interval. Months are added to the calendar, days and seconds to the clock. */
import { layoutOf, type LogicalType, simple } from "../../type/logical-type.ts"
import { dayMillis } from "../../type/civil.ts"
import type { Boxed, Call, Emit, Evaluator, Moment, Signature, Value } from "./definition.ts"
import { addMonths, floorModulo, millisOf } from "./instant.ts"
import { isInteger, isInterval, isTemporal, isTimestamp } from "./type-rule.ts"
import { value } from "./value.ts"

type Shape =
  | "time-interval"
  | "interval-time"
  | "interval-interval"
  | "interval-number"
  | "number-interval"
  | "time-time"

function shapeOf(operator: string, a: LogicalType, b: LogicalType): Shape | undefined {
  if (operator === "times") {
    if (isInterval(a) && isInteger(b)) return "interval-number"
    return isInteger(a) && isInterval(b) ? "number-interval" : undefined
  }
  if (isTemporal(a) && isInterval(b)) return "time-interval"
  if (isInterval(a) && isTemporal(b) && operator === "plus") return "interval-time"
  if (isInterval(a) && a.kind === b.kind) return "interval-interval"
  if (operator === "minus" && isTemporal(a) && a.kind === b.kind) return "time-time"
  return undefined
}

/** The signature of a sum with times or intervals; undefined when there is neither among the arguments. */
export function inferTemporalSum(
  operator: string,
  args: ReadonlyArray<LogicalType>
): Signature | string | undefined {
  const [a, b] = args
  if (a === undefined || b === undefined) return undefined
  if (![a, b].some((type) => isTemporal(type) || isInterval(type))) return undefined
  const nullable = a.nullable || b.nullable
  switch (shapeOf(operator, a, b)) {
    case "time-interval":
      if (a.kind === "TIME" && b.kind === "INTERVAL_YEAR_MONTH") break
      return { type: { ...a, nullable }, args }
    case "interval-time":
      if (b.kind === "TIME" && a.kind === "INTERVAL_YEAR_MONTH") break
      return { type: { ...b, nullable }, args }
    case "interval-interval":
    case "interval-number":
      return { type: { ...a, nullable }, args }
    case "number-interval":
      return { type: { ...b, nullable }, args }
    case "time-time":
      return { type: simple("INTERVAL_DAY_TIME", nullable), args }
  }
  const word = operator === "plus" ? "Adding" : operator === "minus" ? "Subtracting" : "Multiplying"
  return `${word} ${a.kind} and ${b.kind} has no meaning`
}

/** `time + sign × interval` on boxes. */
function shift(
  time: LogicalType,
  interval: LogicalType,
  sign: number,
  at: Boxed,
  by: number
): Boxed {
  if (interval.kind === "INTERVAL_YEAR_MONTH") {
    if (time.kind === "DATE") {
      return (addMonths((at as number) * dayMillis, sign * by) / dayMillis) | 0
    }
    return typeof at === "number"
      ? addMonths(at, sign * by)
      : { millis: addMonths(millisOf(at), sign * by), nanos: (at as Moment).nanos }
  }
  if (time.kind === "DATE") return ((at as number) + Math.trunc(sign * by / dayMillis)) | 0
  if (time.kind === "TIME") return floorModulo((at as number) + sign * by, dayMillis)
  return typeof at === "number"
    ? at + sign * by
    : { millis: millisOf(at) + sign * by, nanos: (at as Moment).nanos }
}

function evaluate(operator: string, call: Call): Evaluator {
  const [a, b] = call.args as [LogicalType, LogicalType]
  const sign = operator === "minus" ? -1 : 1
  const months = call.type.kind === "INTERVAL_YEAR_MONTH"
  switch (shapeOf(operator, a, b)!) {
    case "time-interval":
      return (x: Boxed, y: number): Boxed => shift(a, b, sign, x, y)
    case "interval-time":
      return (x: number, y: Boxed): Boxed => shift(b, a, 1, y, x)
    case "interval-interval":
      return (x: number, y: number): Boxed => months ? (x + sign * y) | 0 : x + sign * y
    case "interval-number":
    case "number-interval":
      return (x: number | bigint, y: number | bigint): Boxed => {
        const product = Number(x) * Number(y) + 0
        return months ? product | 0 : product
      }
    case "time-time":
      return a.kind === "DATE"
        ? (x: number, y: number): Boxed => (x - y) * dayMillis
        : (x: Boxed, y: Boxed): Boxed => millisOf(x) - millisOf(y)
  }
}

function generateShift(emit: Emit, at: Value, by: Value, sign: string, nil: string): Value {
  const { type } = at
  const months = by.type.kind === "INTERVAL_YEAR_MONTH"
  const add = months ? emit.constant(addMonths) : ""
  if (type.kind === "DATE") {
    const code = months
      ? `(${add}(${at.code} * ${dayMillis}, ${sign}${by.code}) / ${dayMillis}) | 0`
      : `(${at.code} + Math.trunc(${sign}${by.code} / ${dayMillis})) | 0`
    return value("i32", type, emit.store(code), nil, 2147483648)
  }
  if (type.kind === "TIME") {
    const code = `${emit.constant(floorModulo)}(${at.code} + ${sign}${by.code}, ${dayMillis})`
    return value("i32", type, emit.store(code), nil, dayMillis)
  }
  const code = emit.store(
    months
      ? `${add}(${at.code}, ${sign}${by.code})`
      : `${at.code} ${sign === "-" ? "-" : "+"} ${by.code}`
  )
  return { ...at, code, nil, constant: undefined }
}

function generate(
  operator: string,
  emit: Emit,
  args: ReadonlyArray<Value>,
  call: Call,
  nil: string
): Value {
  const [a, b] = args as [Value, Value]
  const sign = operator === "minus" ? "-" : ""
  const { type } = call
  const form = layoutOf(type) === "i32" ? "i32" : "f64"
  const whole = (code: string) =>
    value(form, type, emit.store(form === "i32" ? `(${code}) | 0` : code), nil, 2147483648)
  switch (shapeOf(operator, call.args[0]!, call.args[1]!)!) {
    case "time-interval":
      return { ...generateShift(emit, a, b, sign, nil), type }
    case "interval-time":
      return { ...generateShift(emit, b, a, "", nil), type }
    case "interval-interval":
      return whole(`${a.code} ${sign === "" ? "+" : "-"} ${b.code}`)
    case "interval-number":
    case "number-interval":
      return whole(`Number(${a.code}) * Number(${b.code}) + 0`)
    case "time-time":
      return isTimestamp(a.type) || a.type.kind === "TIME"
        ? whole(`${a.code} - ${b.code}`)
        : whole(`(${a.code} - ${b.code}) * ${dayMillis}`)
  }
}

/** Meaning and code of the sums that {@link inferTemporalSum} admits. */
export const temporalSum: {
  readonly evaluate: (operator: string, call: Call) => Evaluator
  readonly generate: (
    operator: string,
    emit: Emit,
    args: ReadonlyArray<Value>,
    call: Call,
    nil: string
  ) => Value
} = { evaluate, generate }
