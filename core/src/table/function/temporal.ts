/** Functions of times: the current one, parts, differences, conversions from and to epoch numbers. */
import { dayMillis } from "../../type/civil.ts"
import { layoutOf, type LogicalType, simple, timestamp } from "../../type/logical-type.ts"
import { boxedCall } from "./math.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  Literals,
  Moment,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import {
  addMonths,
  floorModulo,
  millisOf,
  partOf,
  unitMillis,
  unitMonths,
  unitOf,
  unitsBetween
} from "./instant.ts"
import {
  isInteger,
  isInterval,
  isNumeric,
  isTemporal,
  isText,
  precisionOfTime
} from "./type-rule.ts"
import { value } from "./value.ts"

/** TIMESTAMP_LTZ(precision). */
export function localTimestamp(precision: number, nullable: boolean): LogicalType {
  return { kind: "TIMESTAMP_LTZ", nullable, precision }
}

/** The wall clock of a boxed time as millis: LTZ in the session's zone, DATE at midnight, TIME on the first day. */
export function wallClock(type: LogicalType, call: Call): (a: Boxed) => number {
  if (type.kind === "DATE") return (a) => (a as number) * dayMillis
  if (type.kind !== "TIMESTAMP_LTZ") return millisOf
  const { zone } = call.environment
  return (a) => {
    const millis = millisOf(a)
    return millis + zone.offsetMillis(millis)
  }
}

function nanosOf(a: Boxed): number {
  return typeof a === "number" ? 0 : (a as Moment).nanos
}

/** A part of an interval, with its sign. */
function intervalPart(unit: string, type: LogicalType, amount: number): number {
  if (type.kind === "INTERVAL_YEAR_MONTH") {
    const months = unitMonths[unit] ?? 1
    if (unit === "YEAR") return Math.trunc(amount / 12)
    // Quarters count from 1.
    return Math.trunc(amount % 12 / months) + (unit === "QUARTER" ? 1 : 0)
  }
  if (unit === "DAY") return Math.trunc(amount / dayMillis)
  const clock = clockParts[unit]
  return clock === undefined ? amount % 1000 : Math.trunc(amount / clock[0]) % clock[1]
}

function evaluatePart(unit: string, call: Call, index: number): Evaluator {
  const type = call.args[index]!
  if (isInterval(type)) {
    return (_unit: Boxed, a: number): Boxed => BigInt(intervalPart(unit, type, a))
  }
  const clock = wallClock(call.args[index]!, call)
  const big = call.type.kind === "BIGINT"
  const compute = (a: Boxed): Boxed => {
    const part = partOf(unit, clock(a), nanosOf(a))!
    return big ? BigInt(part) : part
  }
  return index === 0 ? compute : (_unit: Boxed, a: Boxed): Boxed => compute(a)
}

const clockParts: Readonly<Record<string, readonly [number, number]>> = {
  HOUR: [3_600_000, 24],
  MINUTE: [60_000, 60],
  SECOND: [1000, 60]
}

/** Hours, minutes and seconds are plain arithmetic; other parts call {@link partOf}. */
function generatePart(emit: Emit, unit: string, item: Value, call: Call, nil: string): Value {
  const { type } = item
  if (type.kind === "TIMESTAMP_LTZ" || type.kind === "DATE") {
    const part = emit.constant(
      evaluatePart(unit, { ...call, args: [type], type: simple("INT") }, 0)
    )
    const millis = item.form === "ts9"
      ? `{ millis: ${item.code}, nanos: ${item.second} }`
      : item.code
    return finishPart(
      call,
      emit.store(nil === "false" ? `${part}(${millis})` : `(${nil}) ? 0 : ${part}(${millis})`),
      nil
    )
  }
  const clock = clockParts[unit]
  if (clock !== undefined) {
    const code = emit.store(`Math.trunc(${item.code} / ${clock[0]}) % ${clock[1]} + 0`)
    return finishPart(call, code, nil)
  }
  const nanos = item.form === "ts9" ? item.second : "0"
  const part = emit.constant((millis: number, more: number) => partOf(unit, millis, more))
  const invoke = `${part}(${item.code}, ${nanos})`
  return finishPart(call, emit.store(nil === "false" ? invoke : `(${nil}) ? 0 : ${invoke}`), nil)
}

function finishPart(call: Call, code: string, nil: string): Value {
  return value(call.type.kind === "BIGINT" ? "narrow" : "i32", call.type, code, nil, 2 ** 48)
}

function inferTime(sql: string, type: LogicalType | undefined): string | undefined {
  return type !== undefined && (isTemporal(type))
    ? undefined
    : `${sql} wants a DATE, TIME or TIMESTAMP`
}

const extract: ScalarFunction = {
  name: "extract",
  sql: ["EXTRACT"],
  description: "A part of a time: EXTRACT(HOUR FROM ts).",
  infer: (args) => {
    if (args.length !== 2 || !isText(args[0]!)) return "EXTRACT wants a unit and a time"
    const problem = isInterval(args[1]!) ? undefined : inferTime("EXTRACT", args[1])
    return problem ?? { type: simple("BIGINT", args[1]!.nullable), args }
  },
  evaluate: (call) => evaluatePart(unitOf(String(call.constants[0])), call, 1),
  generate: (emit, args, call, nil) =>
    isInterval(call.args[1]!)
      ? boxedCall(emit, args, call, nil, extract.evaluate(call))
      : generatePart(emit, unitOf(String(call.constants[0])), args[1]!, call, nil)
}

function part(sql: string, unit: string): ScalarFunction {
  return {
    name: sql.toLowerCase(),
    sql: [sql],
    description: `The ${unit.toLowerCase()} of a time.`,
    infer: (args) => {
      const problem = args.length === 1 ? inferTime(sql, args[0]) : `${sql} wants 1 argument`
      return problem ?? { type: simple("BIGINT", args[0]!.nullable), args }
    },
    evaluate: (call) => evaluatePart(unit, call, 0),
    generate: (emit, [a], call, nil) => generatePart(emit, unit, a!, call, nil)
  }
}

/** Whether a value of the clock is one for a whole query in batch mode, or new for each row in any. */
type Pace = "query" | "row"

/** Times take a precision up to 3; timestamps have 3 digits whatever is asked for, as in Flink. */
function inferClock(
  sql: string,
  type: LogicalType,
  args: ReadonlyArray<LogicalType>,
  literals: Literals
): Signature | string {
  if (args.length === 0) return { type, args }
  const digits = Number(literals[0] ?? NaN)
  if (args.length > 1 || !isInteger(args[0]!) || !(digits > 0)) {
    return `${sql} wants no argument, or a precision from 1 on as a literal`
  }
  if (type.kind !== "TIME") return { type, args }
  if (digits > 3) return `The precision of ${sql} is at most 3, not ${digits}`
  return { type: { ...type, precision: digits }, args }
}

/** A value of the clock. `compute` makes it from epoch millis. */
function current(
  name: string,
  sql: ReadonlyArray<string>,
  type: LogicalType,
  pace: Pace,
  description: string,
  compute: (nowMillis: number, call: Call) => number
): ScalarFunction {
  const started = (call: Call) => pace === "query" ? call.environment.startMillis : undefined
  return {
    name,
    sql,
    description,
    deterministic: false,
    infer: (args, literals) => inferClock(sql[0]!, type, args, literals),
    evaluate: (call) => (): Boxed => compute(started(call) ?? call.environment.nowMillis(), call),
    generate: (emit, _args, call) => {
      const make = emit.constant((nowMillis: number) => compute(nowMillis, call))
      const start = started(call)
      return value(
        layoutOf(type) === "i32" ? "i32" : "f64",
        call.type,
        emit.store(`${make}(${start ?? emit.now()})`),
        "false"
      )
    }
  }
}

function localMillis(nowMillis: number, call: Call): number {
  return nowMillis + call.environment.zone.offsetMillis(nowMillis)
}

const instantNow = (nowMillis: number) => nowMillis
const time: LogicalType = { kind: "TIME", nullable: false, precision: 0 }

const clocks: ReadonlyArray<ScalarFunction> = [
  current(
    "currentTimestamp",
    ["CURRENT_TIMESTAMP", "NOW"],
    localTimestamp(3, false),
    "query",
    "The current point in time.",
    instantNow
  ),
  current(
    "currentRowTimestamp",
    ["CURRENT_ROW_TIMESTAMP"],
    localTimestamp(3, false),
    "row",
    "The point in time at this row.",
    instantNow
  ),
  current(
    "proctime",
    ["PROCTIME"],
    localTimestamp(3, false),
    "row",
    "The processing time.",
    instantNow
  ),
  current(
    "localTimestamp",
    ["LOCALTIMESTAMP"],
    timestamp(3, false),
    "query",
    "The session's wall clock.",
    localMillis
  ),
  current(
    "currentDate",
    ["CURRENT_DATE"],
    simple("DATE", false),
    "query",
    "The session's date.",
    (now, call) => Math.floor(localMillis(now, call) / dayMillis)
  ),
  current(
    "currentTime",
    ["CURRENT_TIME", "LOCALTIME"],
    time,
    "query",
    "The session's time of day, in seconds or to a precision up to 3.",
    (now, call) => {
      const unit = 10 ** (3 - precisionOfTime(call.type))
      return Math.floor(floorModulo(localMillis(now, call), dayMillis) / unit) * unit
    }
  )
]

function inferAdd(args: ReadonlyArray<LogicalType>, literals: Literals): Signature | string {
  const [unit, count, at] = args
  if (args.length !== 3 || !isText(unit!) || !isInteger(count!) || !isTemporal(at!)) {
    return "TIMESTAMPADD wants a unit, a whole number and a time"
  }
  const size = unitMillis[unitOf(String(literals[0]))]
  // A DATE with hours, minutes or seconds added has a time of day.
  const type = at!.kind === "DATE" && size !== undefined && size < dayMillis ? timestamp(6) : at!
  const nullable = count!.nullable || at!.nullable
  const wanted = at!.kind === "DATE" ? { ...type, nullable: at!.nullable } : at!
  return { type: { ...type, nullable }, args: [unit!, simple("INT", count!.nullable), wanted] }
}

function evaluateAdd(call: Call): Evaluator {
  const unit = unitOf(String(call.constants[0]))
  const { kind } = call.args[2]!
  const size = unitMillis[unit]
  const shift = (millis: number, count: number) =>
    size === undefined ? addMonths(millis, count * unitMonths[unit]!) : millis + count * size
  return (_unit: string, count: number, at: Boxed): Boxed => {
    if (kind === "DATE") return Math.floor(shift((at as number) * dayMillis, count) / dayMillis) | 0
    if (kind === "TIME") return floorModulo(shift(at as number, count), dayMillis)
    return typeof at === "number"
      ? shift(at, count)
      : { millis: shift(millisOf(at), count), nanos: nanosOf(at) }
  }
}

const timestampAdd: ScalarFunction = {
  name: "timestampAdd",
  sql: ["TIMESTAMPADD"],
  description: "A time so many units later.",
  infer: inferAdd,
  evaluate: evaluateAdd
}

const timestampDiff: ScalarFunction = {
  name: "timestampDiff",
  sql: ["TIMESTAMPDIFF"],
  description: "Whole units from the first time to the second.",
  infer: (args) => {
    const [unit, from, to] = args
    if (args.length !== 3 || !isText(unit!) || !isTemporal(from!) || !isTemporal(to!)) {
      return "TIMESTAMPDIFF wants a unit and two times"
    }
    return { type: simple("INT", from!.nullable || to!.nullable), args }
  },
  evaluate: (call) => {
    const unit = unitOf(String(call.constants[0]))
    // Units of a fixed length are counted in time that passes, months by the calendar of the zone.
    const passing = unitMillis[unit] !== undefined &&
      call.args.slice(1).every((type) => type.kind === "TIMESTAMP_LTZ")
    const from = passing ? millisOf : wallClock(call.args[1]!, call)
    const to = passing ? millisOf : wallClock(call.args[2]!, call)
    return (_unit: string, a: Boxed, b: Boxed): Boxed => unitsBetween(unit, from(a), to(b)) | 0
  },
  generate: (emit, args, call, nil) => {
    const size = unitMillis[unitOf(String(call.constants[0]))]
    const [, a, b] = args as [Value, Value, Value]
    if (
      size === undefined || size === 7 * dayMillis || a.type.kind !== "TIMESTAMP" ||
      b.type.kind !== "TIMESTAMP"
    ) {
      return boxedCall(emit, args, call, nil, timestampDiff.evaluate(call))
    }
    const code = `Math.trunc((${b.code} - ${a.code}) / ${size}) | 0`
    return value("i32", call.type, emit.store(code), nil, 2147483648)
  }
}

/** Epoch seconds or millis to a point in time. NULL where the number is no time of the years 0 to 9999. */
function fromEpoch(a: number, unitSize: number): number | null {
  const millis = Math.floor(a) * unitSize + 0
  return millis >= -62167219200000 && millis <= 253402300799999 ? millis : null
}

/** The same for units below the milli: micros for precision 6, nanos for 9. */
function fromFineEpoch(a: bigint, perMilli: bigint): Moment | null {
  const rest = ((a % perMilli) + perMilli) % perMilli
  const millis = Number((a - rest) / perMilli)
  if (fromEpoch(millis, 1) === null) return null
  return { millis, nanos: Number(rest * (1_000_000n / perMilli)) }
}

function evaluateEpoch(call: Call): Evaluator {
  const precision = call.args.length === 1 ? 3 : call.constants[1]
  if (precision === 6 || precision === 9) {
    const perMilli = precision === 6 ? 1000n : 1_000_000n
    return (a: number | bigint): Boxed =>
      fromFineEpoch(BigInt(typeof a === "number" ? Math.floor(a) : a), perMilli)
  }
  return (a: number | bigint, digits = 3): Boxed => fromEpoch(Number(a), digits === 0 ? 1000 : 1)
}

const toTimestampLtzNumber: ScalarFunction = {
  name: "toTimestampLtzEpoch",
  sql: ["$TO_TIMESTAMP_LTZ_EPOCH"],
  description:
    "The point in time of an epoch number: seconds for precision 0, millis for 3, micros for 6, nanos for 9.",
  infer: (args, literals) => {
    const [a, precision] = args
    if (args.length > 2 || !isNumeric(a!)) return "TO_TIMESTAMP_LTZ wants a number and a precision"
    const types = [isInteger(a!) ? simple("BIGINT", a!.nullable) : simple("DOUBLE", a!.nullable)]
    if (precision === undefined) return { type: localTimestamp(3, true), args: types }
    const digits = literals[1]
    if (digits !== undefined && !["0", "3", "6", "9", null].includes(digits as string)) {
      return `The precision of TO_TIMESTAMP_LTZ is 0, 3, 6 or 9, not ${digits}`
    }
    types.push(simple("INT", precision.nullable))
    return { type: localTimestamp(Math.max(3, Number(digits ?? 3)), true), args: types }
  },
  evaluate: evaluateEpoch,
  generate: (emit, args, call, nil) => {
    const a = args[0]!
    const precision = call.constants[1]
    if (args.length === 2 && precision !== 0 && precision !== 3) {
      return boxedCall(emit, args, call, nil, toTimestampLtzNumber.evaluate(call))
    }
    const size = precision === 0 ? 1000 : 1
    const number = a.form === "wide" ? `Number(${a.code})` : a.code
    const code = emit.store(
      a.form === "f64" ? `Math.floor(${number}) * ${size} + 0` : `${number} * ${size}`
    )
    const outside = `${code} < -62167219200000 || ${code} > 253402300799999`
    return value(
      "f64",
      call.type,
      code,
      emit.store(nil === "false" ? outside : `${nil} || ${outside}`)
    )
  }
}

/** Functions of times. */
export const temporals: ReadonlyArray<ScalarFunction> = [
  extract,
  ...clocks,
  part("YEAR", "YEAR"),
  part("QUARTER", "QUARTER"),
  part("MONTH", "MONTH"),
  part("WEEK", "WEEK"),
  part("DAYOFYEAR", "DOY"),
  part("DAYOFMONTH", "DAY"),
  part("DAYOFWEEK", "DOW"),
  part("HOUR", "HOUR"),
  part("MINUTE", "MINUTE"),
  part("SECOND", "SECOND"),
  timestampAdd,
  timestampDiff,
  toTimestampLtzNumber
]
