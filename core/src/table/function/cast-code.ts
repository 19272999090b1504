/** The loop code of CAST: arithmetic for numbers and times, a call of the evaluator for the rest. */
import { dayMillis } from "../../type/civil.ts"
import { layoutOf, type LogicalType } from "../../type/logical-type.ts"
import { epochOfLocalMillis } from "../../type/zone.ts"
import { narrowInteger, scaleDown, scaleUp, settleCode } from "./arithmetic.ts"
import {
  castEvaluator,
  castMayFail,
  doubleToInteger,
  truncateMillis,
  truncateNanos
} from "./cast.ts"
import type { Emit, Value } from "./definition.ts"
import { decimalToDouble, powerOfTen } from "./exact.ts"
import { floorModulo } from "./instant.ts"
import {
  isApproximate,
  isBinary,
  isExact,
  isInteger,
  isText,
  isTimestamp,
  precisionOfTime,
  scaleOf
} from "./type-rule.ts"
import { typeBound, value, wideCode } from "./value.ts"

/** What a cast is made of. */
export interface CastUse {
  readonly to: LogicalType
  readonly attempt: boolean
  readonly text: string
}

function exactToApproximate(emit: Emit, item: Value, to: LogicalType): Value {
  const scale = scaleOf(item.type)
  let code: string
  if (item.form === "wide") code = `${emit.constant(decimalToDouble)}(${item.code}, ${scale})`
  else {code = scale === 0
      ? item.code
      : scale <= 22
      ? `${item.code} / ${10 ** scale}`
      : `${emit.constant(decimalToDouble)}(BigInt(${item.code}), ${scale})`}
  return value("f64", to, emit.store(to.kind === "FLOAT" ? `Math.fround(${code})` : code), item.nil)
}

function exactToInteger(emit: Emit, item: Value, to: LogicalType): Value {
  const scale = scaleOf(item.type)
  let whole = item
  if (scale > 0) {
    if (item.form === "wide" || scale > 15) {
      const code = emit.store(`${wideCode(emit, item)} / ${emit.constant(powerOfTen(scale))}`)
      whole = value("wide", to, code, item.nil)
    } else {
      whole = value(
        "narrow",
        to,
        emit.store(`Math.trunc(${item.code} / ${10 ** scale}) + 0`),
        item.nil,
        item.bound
      )
    }
  }
  if (layoutOf(to) === "i32") return narrowInteger(emit, whole, to)
  return settleCode(
    emit,
    whole.form === "i32" ? { ...whole, form: "narrow", type: to } : { ...whole, type: to },
    to
  )
}

function exactCast(emit: Emit, item: Value, to: LogicalType): Value {
  if (isApproximate(to)) return exactToApproximate(emit, item, to)
  if (isInteger(to)) return exactToInteger(emit, item, to)
  const from = scaleOf(item.type)
  const scale = scaleOf(to)
  const number = item.form === "i32" ? { ...item, form: "narrow" as const } : item
  const scaled = scale >= from
    ? scaleUp(emit, number, scale - from)
    : scaleDown(emit, number, from - scale)
  return settleCode(emit, { ...scaled, constant: undefined }, to)
}

/** Doubles to INT and smaller; BIGINT goes through its box, as it may be wide. */
function doubleToSmall(emit: Emit, item: Value, to: LogicalType): Value {
  const cut = emit.constant(doubleToInteger)
  return value(
    "i32",
    to,
    emit.store(`${cut}(${item.code}, ${emit.constant(to)})`),
    item.nil,
    typeBound(to)
  )
}

function moment(emit: Emit, to: LogicalType, millis: string, nanos: string, nil: string): Value {
  const precision = precisionOfTime(to)
  if (layoutOf(to) === "ts9") {
    const cut = precision >= 9 || nanos === "0"
      ? nanos
      : `${emit.constant(truncateNanos)}(${nanos}, ${precision})`
    return { ...value("ts9", to, emit.store(millis), nil), second: emit.store(cut) }
  }
  const code = precision >= 3 ? millis : `${emit.constant(truncateMillis)}(${millis}, ${precision})`
  return value("f64", to, emit.store(code), nil)
}

/** Millis on the wall clock that the target's calendar reads. */
function clockCode(emit: Emit, item: Value): string {
  if (item.type.kind === "DATE") return emit.store(`${item.code} * ${dayMillis}`)
  if (item.type.kind !== "TIMESTAMP_LTZ") return item.code
  const zone = emit.constant(emit.environment.zone)
  return emit.store(`${item.code} + ${zone}.offsetMillis(${item.code})`)
}

function temporalCast(emit: Emit, item: Value, to: LogicalType): Value {
  const { nil } = item
  const nanos = item.form === "ts9" ? item.second : "0"
  if (item.type.kind === "TIMESTAMP_LTZ" && to.kind === "TIMESTAMP_LTZ") {
    return moment(emit, to, item.code, nanos, nil)
  }
  const clock = clockCode(emit, item)
  if (to.kind === "DATE") {
    return value("i32", to, emit.store(`Math.trunc(${clock} / ${dayMillis}) | 0`), nil, 2147483648)
  }
  if (to.kind === "TIME") {
    const rest = `${emit.constant(floorModulo)}(${clock}, ${dayMillis})`
    const code = to.precision >= 3
      ? rest
      : `${emit.constant(truncateMillis)}(${rest}, ${to.precision})`
    return value("i32", to, emit.store(code), nil, dayMillis)
  }
  if (to.kind !== "TIMESTAMP_LTZ") return moment(emit, to, clock, nanos, nil)
  const epoch = `${emit.constant(epochOfLocalMillis)}(${
    emit.constant(emit.environment.zone)
  }, ${clock})`
  return moment(emit, to, epoch, nanos, nil)
}

function isTime(type: LogicalType): boolean {
  return isTimestamp(type) || type.kind === "DATE" || type.kind === "TIME"
}

/** A cast that changes the type only, not what stands there. */
function isRelabel(from: LogicalType, to: LogicalType): boolean {
  if ((isText(from) && isText(to)) || (isBinary(from) && isBinary(to))) {
    const length = (to as { length: number }).length
    const fixed = to.kind === "CHAR" || to.kind === "BINARY"
    return fixed
      ? from.kind === to.kind && (from as { length: number }).length === length
      : (from as { length: number }).length <= length
  }
  if (from.kind === "DOUBLE" || from.kind === "FLOAT") {
    return to.kind === "DOUBLE" || from.kind === to.kind
  }
  return from.kind === to.kind && (from.kind === "BOOLEAN" || from.kind.startsWith("INTERVAL"))
}

/** The value of `CAST(item AS to)`. */
export function generateCast(emit: Emit, item: Value, use: CastUse): Value {
  const { to } = use
  const from = item.type
  if (item.constant === null || from.kind === "NULL") return emit.unbox("null", "true", to)
  if (isRelabel(from, to)) return { ...item, type: to }
  if (isExact(from) && (isExact(to) || isApproximate(to))) return exactCast(emit, item, to)
  if (isApproximate(from) && to.kind === "FLOAT") {
    return value("f64", to, emit.store(`Math.fround(${item.code})`), item.nil)
  }
  if (isApproximate(from) && isInteger(to) && to.kind !== "BIGINT") {
    return doubleToSmall(emit, item, to)
  }
  if (from.kind === "BOOLEAN" && isInteger(to)) {
    return value(
      layoutOf(to) === "i32" ? "i32" : "narrow",
      to,
      emit.store(`${item.code} ? 1 : 0`),
      item.nil,
      1
    )
  }
  if (isTime(from) && isTime(to)) return temporalCast(emit, item, to)
  const evaluator = emit.constant(castEvaluator(from, to, use.attempt, emit.environment, use.text))
  const invoke = `${evaluator}(${emit.box(item)})`
  const result = emit.store(item.nil === "false" ? invoke : `(${item.nil}) ? null : ${invoke}`)
  const sure = item.nil === "false" && !use.attempt && !castMayFail(from, to) &&
    to.kind !== "DECIMAL"
  return emit.unbox(result, sure ? "false" : emit.store(`${result} === null`), to)
}
