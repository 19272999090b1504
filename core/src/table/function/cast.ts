/**
 * What CAST does to one value that is not NULL. A value that the target cannot express at all is a failure (a fault by CAST, NULL by
 * TRY_CAST); a number (not text) that is too large for a DECIMAL is NULL.
 */
import { dayMillis } from "../../type/civil.ts"
import { format, layoutOf, type LogicalType } from "../../type/logical-type.ts"
import { epochOfLocalMillis } from "../../type/zone.ts"
import type { AnyEvaluator, Boxed, Environment, Moment } from "./definition.ts"
import { decimalToDouble, fits, powerOfTen, rescale, wrapInteger } from "./exact.ts"
import { excerpt, ExpressionFault } from "./fault.ts"
import { floorModulo, millisOf } from "./instant.ts"
import { fromText, toText } from "./cast-text.ts"
import {
  isApproximate,
  isBinary,
  isExact,
  isInteger,
  isInterval,
  isNumeric,
  isText,
  isTimestamp,
  precisionOfTime,
  scaleOf
} from "./type-rule.ts"

/** Undefined: the value cannot be cast. */
export type Converter = (a: Boxed) => Boxed | undefined

/** A timestamp with no more digits than its precision; cut toward zero, as Flink does. */
export function truncateMillis(millis: number, precision: number): number {
  if (precision >= 3) return millis
  const unit = 10 ** (3 - precision)
  return Math.floor(millis / unit) * unit + 0
}

/** Nanos within the milli with no more digits than the precision. */
export function truncateNanos(nanos: number, precision: number): number {
  if (precision >= 9) return nanos
  if (precision <= 3) return 0
  const unit = 10 ** (9 - precision)
  return Math.floor(nanos / unit) * unit
}

/** The box of a timestamp type for millis and nanos. */
function boxMoment(millis: number, nanos: number, type: LogicalType): Boxed {
  const precision = precisionOfTime(type)
  if (layoutOf(type) !== "ts9") return truncateMillis(millis, precision)
  return { millis, nanos: truncateNanos(nanos, precision) }
}

/** A double as an integer: cut, NaN 0, and held at the ends of INT or BIGINT; smaller types wrap after that. */
export function doubleToInteger(a: number, type: LogicalType): Boxed {
  if (a !== a) return type.kind === "BIGINT" ? 0n : 0
  if (type.kind === "BIGINT") {
    if (a >= 2 ** 63) return 9223372036854775807n
    return a <= -(2 ** 63) ? -9223372036854775808n : BigInt(Math.trunc(a))
  }
  const whole = Math.max(-2147483648, Math.min(2147483647, Math.trunc(a)))
  return wrapInteger(whole, type)
}

/** A double as a DECIMAL through its shortest digits; undefined for what is no number, null when it does not fit. */
function doubleToDecimal(
  a: number,
  precision: number,
  scale: number
): bigint | null | undefined {
  if (!Number.isFinite(a)) return undefined
  const [mantissa, exponent] = a.toExponential().split("e") as [string, string]
  const places = (mantissa.split(".")[1] ?? "").length
  const shift = Number(exponent) - places + scale
  if (shift > 40) return a === 0 ? 0n : null
  const unscaled = BigInt(mantissa.replace(".", ""))
  const value = shift >= 0
    ? unscaled * powerOfTen(shift)
    : shift < -60
    ? 0n
    : rescale(unscaled, -shift, 0)
  return fits(value, precision) ? value : null
}

function toNumber(from: LogicalType, to: LogicalType): Converter {
  if (from.kind === "BOOLEAN") return (a) => fromInteger(a === true ? 1n : 0n, 0, to)
  if (isExact(from)) {
    const scale = scaleOf(from)
    return (a) => fromInteger(BigInt(a as number | bigint), scale, to)
  }
  if (isInterval(from)) return (a) => fromInteger(BigInt(a as number), 0, to)
  if (isApproximate(to)) return to.kind === "FLOAT" ? (a) => Math.fround(a as number) : (a) => a
  if (to.kind === "DECIMAL") return (a) => doubleToDecimal(a as number, to.precision, to.scale)
  return (a) => doubleToInteger(a as number, to)
}

function fromInteger(a: bigint, scale: number, to: LogicalType): Boxed {
  if (to.kind === "DOUBLE") return decimalToDouble(a, scale)
  if (to.kind === "FLOAT") return Math.fround(decimalToDouble(a, scale))
  if (to.kind === "DECIMAL") {
    const value = rescale(a, scale, to.scale)
    return fits(value, to.precision) ? value : null
  }
  const whole = BigInt.asIntN(64, a / powerOfTen(scale))
  if (to.kind === "BIGINT") return whole
  if (to.kind === "INTERVAL_DAY_TIME") return Number(whole)
  return wrapInteger(Number(BigInt.asIntN(32, whole)), to)
}

function toTemporal(from: LogicalType, to: LogicalType, environment: Environment): Converter {
  const fromLocal = from.kind === "TIMESTAMP_LTZ"
  const toLocal = to.kind === "TIMESTAMP_LTZ"
  const nanosOf = (a: Boxed) => typeof a === "number" ? 0 : (a as Moment).nanos
  if (fromLocal && toLocal) return (a) => boxMoment(millisOf(a), nanosOf(a), to)
  const clock = (a: Boxed): number => {
    if (from.kind === "DATE") return (a as number) * dayMillis
    if (from.kind === "TIME") return a as number
    const millis = millisOf(a)
    return fromLocal ? millis + environment.zone.offsetMillis(millis) : millis
  }
  switch (to.kind) {
    case "DATE":
      // Toward zero before 1970, as in Flink.
      return (a) => Math.trunc(clock(a) / dayMillis) | 0
    case "TIME":
      return (a) => truncateMillis(floorModulo(clock(a), dayMillis), to.precision)
    default:
      return (a) => {
        const local = clock(a)
        return boxMoment(
          toLocal ? epochOfLocalMillis(environment.zone, local) : local,
          nanosOf(a),
          to
        )
      }
  }
}

function toBinary(from: LogicalType, to: LogicalType & { readonly length: number }): Converter {
  const encode = isText(from)
  return (a) => {
    const bytes = encode ? new TextEncoder().encode(a as string) : a as Uint8Array
    if (bytes.length > to.length) return bytes.subarray(0, to.length)
    if (to.kind !== "BINARY" || bytes.length === to.length) return bytes
    const padded = new Uint8Array(to.length)
    padded.set(bytes)
    return padded
  }
}

function toNested(from: LogicalType, to: LogicalType, environment: Environment): Converter {
  const all = (items: Boxed, converters: (i: number) => Converter): Boxed | undefined => {
    const cast = (items as ReadonlyArray<Boxed>).map((item, i) =>
      item === null ? null : converters(i)(item)
    )
    return cast.includes(undefined) ? undefined : cast as ReadonlyArray<Boxed>
  }
  if (from.kind === "ROW" && to.kind === "ROW") {
    const fields = from.fields.map((field, i) =>
      converter(field.type, to.fields[i]!.type, environment)
    )
    return (a) => all(a, (i) => fields[i]!)
  }
  if (from.kind === "ARRAY" && to.kind === "ARRAY") {
    const element = converter(from.element, to.element, environment)
    return (a) => all(a, () => element)
  }
  const key = from.kind === "MAP" && to.kind === "MAP"
    ? converter(from.key, to.key, environment)
    : same
  const value = from.kind === "MAP" && to.kind === "MAP"
    ? converter(from.value, to.value, environment)
    : same
  return (a) => all(a, () => (pair) => all(pair, (i) => i === 0 ? key : value))
}

const same: Converter = (a) => a

/** How values of `from` become values of `to`; the types must be castable. */
function converter(from: LogicalType, to: LogicalType, environment: Environment): Converter {
  if (isText(to)) return toText(from, to as LogicalType & { readonly length: number }, environment)
  if (isBinary(to)) return toBinary(from, to as LogicalType & { readonly length: number })
  if (isText(from)) return fromText(to, environment)
  if (to.kind === "BOOLEAN") return from.kind === "BOOLEAN" ? same : (a) => a != 0
  if (isNumeric(to)) return toNumber(from, to)
  if (isInterval(to)) return isInteger(from) ? toNumber(from, to) : same
  if (isTimestamp(to) || to.kind === "DATE" || to.kind === "TIME") {
    return toTemporal(from, to, environment)
  }
  return from.kind === to.kind ? toNested(from, to, environment) : same
}

/** CAST (`attempt` false) or TRY_CAST as a function of a box that is not NULL. `text` names the expression in the fault. */
export function castEvaluator(
  from: LogicalType,
  to: LogicalType,
  attempt: boolean,
  environment: Environment,
  text: string
): AnyEvaluator {
  const convert = converter(from, to, environment)
  return (a: Boxed): Boxed => {
    const result = convert(a)
    if (result !== undefined) return result
    if (attempt) return null
    const shown = typeof a === "string" ? excerpt(a) : String(a)
    throw new ExpressionFault({
      expression: text,
      reason: `${shown} is no value of ${
        format({ ...to, nullable: true })
      }; TRY_CAST gives NULL instead`
    })
  }
}

/** Whether a cast can meet a value that it cannot express, or that a DECIMAL cannot hold. */
export function castMayFail(from: LogicalType, to: LogicalType): boolean {
  if (isText(from)) return !isText(to) && !isBinary(to)
  return to.kind === "DECIMAL" && isApproximate(from)
}
