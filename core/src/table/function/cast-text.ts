/** Values as text and text as values, in Flink's forms. */
import { layoutOf, lengthMax, type LogicalType } from "../../type/logical-type.ts"
import {
  formatDate,
  formatDecimal,
  formatDouble,
  formatFloat,
  formatTime,
  formatTimestamp,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp
} from "../../type/text.ts"
import { epochOfLocalMillis } from "../../type/zone.ts"
import type { Boxed, Environment, Moment } from "./definition.ts"
import { powerOfTen, wrapInteger } from "./exact.ts"
import { millisOf } from "./instant.ts"
import { scaleOf } from "./type-rule.ts"

type Converter = (a: Boxed) => Boxed | undefined

const two = (n: number) => String(n).padStart(2, "0")

function intervalText(type: LogicalType, amount: number): string {
  const sign = amount < 0 ? "-" : "+"
  const size = Math.abs(amount)
  if (type.kind === "INTERVAL_YEAR_MONTH") {
    return `${sign}${Math.floor(size / 12)}-${two(size % 12)}`
  }
  const seconds = Math.floor(size / 1000)
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${
    two(seconds % 60)
  }`
  return `${sign}${Math.floor(seconds / 86400)} ${clock}.${String(size % 1000).padStart(3, "0")}`
}

function nanosOf(a: Boxed): number {
  return typeof a === "number" ? 0 : (a as Moment).nanos
}

/** One value of any type as text; NULL within nested values is `NULL`. */
function textOf(type: LogicalType, environment: Environment, a: Boxed): string {
  if (a === null) return "NULL"
  switch (type.kind) {
    case "BOOLEAN":
      return a === true ? "TRUE" : "FALSE"
    case "DECIMAL":
      return formatDecimal(BigInt(a as bigint), scaleOf(type))
    case "FLOAT":
      return formatFloat(a as number)
    case "DOUBLE":
      return formatDouble(a as number)
    case "DATE":
      return formatDate(a as number)
    case "TIME":
      return formatTime(a as number, type.precision)
    case "TIMESTAMP":
      return formatTimestamp(millisOf(a), nanosOf(a), type.precision)
    case "TIMESTAMP_LTZ": {
      const millis = millisOf(a)
      return formatTimestamp(
        millis + environment.zone.offsetMillis(millis),
        nanosOf(a),
        type.precision
      )
    }
    case "INTERVAL_DAY_TIME":
    case "INTERVAL_YEAR_MONTH":
      return intervalText(type, a as number)
    case "BINARY":
    case "VARBINARY":
      return new TextDecoder().decode(a as Uint8Array)
    case "ARRAY":
      return `[${
        (a as ReadonlyArray<Boxed>).map((item) => textOf(type.element, environment, item)).join(
          ", "
        )
      }]`
    case "ROW":
      return `(${
        type.fields.map((field, i) =>
          textOf(field.type, environment, (a as ReadonlyArray<Boxed>)[i]!)
        ).join(", ")
      })`
    case "MAP":
    case "MULTISET":
      return mapText(type, environment, a as ReadonlyArray<readonly [Boxed, Boxed]>)
    default:
      return String(a)
  }
}

function mapText(
  type: LogicalType & { readonly kind: "MAP" | "MULTISET" },
  environment: Environment,
  entries: ReadonlyArray<readonly [Boxed, Boxed]>
): string {
  const key = type.kind === "MAP" ? type.key : type.element
  const value: LogicalType = type.kind === "MAP" ? type.value : { kind: "INT", nullable: false }
  const parts = entries.map(([k, v]) =>
    `${textOf(key, environment, k)}=${textOf(value, environment, v)}`
  )
  return `{${parts.join(", ")}}`
}

/** CAST to CHAR or VARCHAR: cut to the length, CHAR filled up with spaces. */
export function toText(
  from: LogicalType,
  to: LogicalType & { readonly length: number },
  environment: Environment
): Converter {
  const text = from.kind === "CHAR" || from.kind === "VARCHAR"
    ? (a: Boxed) => a as string
    : (a: Boxed) => textOf(from, environment, a)
  if (to.length === lengthMax) return text
  const { length } = to
  return (a) => {
    const whole = text(a)
    const cut = whole.length <= length ? whole : Array.from(whole).slice(0, length).join("")
    if (to.kind !== "CHAR" || cut.length >= length) return cut
    return cut + " ".repeat(length - Array.from(cut).length)
  }
}

const truths: ReadonlySet<string> = new Set(["t", "true", "y", "yes", "1"])
const untruths: ReadonlySet<string> = new Set(["f", "false", "n", "no", "0"])

function toBoolean(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase()
  return truths.has(lower) ? true : untruths.has(lower) ? false : undefined
}

const integerForm = /^([+-]?\d+)(?:\.\d*)?$|^([+-]?)\.\d+$/
const integerBits: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INT: 32,
  BIGINT: 64
}

/** A whole number; digits after a point are left out. Undefined when it is none or too large. */
function toInteger(text: string, type: LogicalType): Boxed | undefined {
  const match = integerForm.exec(text.trim())
  if (match === null) return undefined
  const digits = match[1] ?? "0"
  if (digits.length > 40) return undefined
  const value = BigInt(digits.startsWith("+") ? digits.slice(1) : digits)
  if (BigInt.asIntN(integerBits[type.kind]!, value) !== value) return undefined
  return type.kind === "BIGINT" ? value : wrapInteger(Number(value), type)
}

const doubleForm = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|Infinity)$/

function toDouble(text: string): number | undefined {
  const trimmed = text.trim()
  if (!doubleForm.test(trimmed)) return undefined
  return trimmed.endsWith("NaN") ? NaN : Number(trimmed)
}

function toMoment(
  text: string,
  type: LogicalType & { readonly precision: number },
  environment: Environment
): Boxed | undefined {
  // Neither a T between nor spaces around it: that is what Flink's CAST takes.
  const read = text.includes("T") ? undefined : parseTimestamp(text)
  if (read === undefined) return undefined
  const local = type.kind === "TIMESTAMP_LTZ"
  const millis = local ? epochOfLocalMillis(environment.zone, read.millis) : read.millis
  if (layoutOf(type) === "ts9") {
    const unit = 10 ** (9 - type.precision)
    return { millis, nanos: Math.floor(read.nanos / unit) * unit }
  }
  const unit = 10 ** (3 - type.precision)
  return Math.floor(millis / unit) * unit + 0
}

/** CAST from CHAR or VARCHAR to anything but text and bytes. */
export function fromText(to: LogicalType, environment: Environment): Converter {
  switch (to.kind) {
    case "BOOLEAN":
      return (a) => toBoolean(a as string)
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return (a) => toInteger(a as string, to)
    case "DECIMAL":
      return (a) => parseDecimal(a as string, to.precision, to.scale)
    case "FLOAT":
      return (a) => {
        const value = toDouble(a as string)
        return value === undefined ? undefined : Math.fround(value)
      }
    case "DOUBLE":
      return (a) => toDouble(a as string)
    case "DATE":
      return (a) => parseDate((a as string).trim())
    case "TIME":
      return (a) => {
        const value = parseTime((a as string).trim())
        if (value === undefined) return undefined
        const unit = Number(powerOfTen(Math.max(0, 3 - to.precision)))
        return Math.floor(value / unit) * unit
      }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (a) => toMoment(a as string, to, environment)
    default:
      return () => undefined
  }
}
