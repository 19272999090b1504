/**
 * SQL values as text and back, in the forms of Flink's casts to and from STRING. Formats that have forms of their own
 * (JSON, CSV) build on the same pieces. Nothing here throws on bad text: the answer is undefined.
 */
import {
  type CivilDate,
  civilOfDays,
  dayMillis,
  daysOfCivil,
  daysOfMonth,
  makeCivilDate
} from "./civil.ts"

/** A point in time: epoch millis and the nanos within the milli, 0…999,999. */
export interface Instant {
  readonly millis: number
  readonly nanos: number
}

function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function formatCivil(date: CivilDate): string {
  const year = date.year < 0
    ? `-${String(-date.year).padStart(4, "0")}`
    : String(date.year).padStart(4, "0")
  return `${year}-${pad2(date.month)}-${pad2(date.day)}`
}

/** `yyyy-MM-dd` of days since 1970-01-01. */
export function formatDate(days: number): string {
  const date = makeCivilDate()
  civilOfDays(days, date)
  return formatCivil(date)
}

function formatClock(millis: number): string {
  const seconds = Math.floor(millis / 1000)
  return `${pad2(Math.floor(seconds / 3600))}:${pad2(Math.floor(seconds / 60) % 60)}:${
    pad2(seconds % 60)
  }`
}

/**
 * `yyyy-MM-dd HH:mm:ss` and a fraction of at least `precision` digits; digits beyond the precision that are not zero are
 * printed too. `millis` is the wall clock (for TIMESTAMP_LTZ: after the zone's offset was added).
 */
export function formatTimestamp(millis: number, nanos: number, precision: number): string {
  const days = Math.floor(millis / dayMillis)
  const rest = millis - days * dayMillis
  let fraction = String((rest % 1000) * 1_000_000 + nanos).padStart(9, "0")
  let length = 9
  while (length > precision && fraction.charCodeAt(length - 1) === 48) length--
  fraction = fraction.slice(0, length)
  const text = `${formatDate(days)} ${formatClock(rest)}`
  return length === 0 ? text : `${text}.${fraction}`
}

/** `HH:mm:ss` and, from precision 1 up, one to `precision` digits of the fraction: zeros at its end are left out but the first. */
export function formatTime(millis: number, precision: number): string {
  const text = formatClock(millis)
  if (precision === 0) return text
  const fraction = String(millis % 1000).padStart(3, "0").slice(0, Math.min(precision, 3))
  return `${text}.${fraction[0]}${fraction.slice(1).replace(/0+$/, "")}`
}

const timestampForm =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?$/

/**
 * `yyyy-M-d` or `yyyy-M-d H:m:s[.fffffffff]` (also with `T` between) as a wall clock. As in Flink a day up to 31 beyond
 * the end of its month means the month's last, and 24:00:00 the next midnight.
 */
export function parseTimestamp(text: string): Instant | undefined {
  const match = timestampForm.exec(text)
  if (match === null) return undefined
  const year = Number(match[1]), month = Number(match[2])
  let day = Number(match[3])
  const hour = Number(match[4] ?? 0), minute = Number(match[5] ?? 0), second = Number(match[6] ?? 0)
  if (month < 1 || month > 12 || day < 1 || day > 31 || minute > 59 || second > 59) return undefined
  const fraction = Number((match[7] ?? "").padEnd(9, "0"))
  if (hour > 24 || (hour === 24 && (minute > 0 || second > 0 || fraction > 0))) return undefined
  if (day > 28) day = Math.min(day, daysOfMonth(year, month))
  const milli = Math.floor(fraction / 1_000_000)
  return {
    millis: daysOfCivil(year, month, day) * dayMillis +
      ((hour * 60 + minute) * 60 + second) * 1000 + milli,
    nanos: fraction - milli * 1_000_000
  }
}

/** `yyyy[-M[-d]]`, with whatever follows a space left out, as days since 1970-01-01. Undefined for a day that does not exist. */
export function parseDate(text: string): number | undefined {
  const space = text.indexOf(" ")
  const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*(?:-\s*(\d+)\s*)?)?$/.exec(
    space > 0 ? text.slice(0, space) : text
  )
  if (match === null) return undefined
  const year = Number(match[1]), month = Number(match[2] ?? 1), day = Number(match[3] ?? 1)
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) {
    return undefined
  }
  return daysOfCivil(year, month, day)
}

/** `H[:m[:s[.fff]]]` as millis of the day; a fourth digit of the fraction rounds. */
export function parseTime(text: string): number | undefined {
  const match = /^\s*(\d+)\s*(?::\s*(\d+)\s*(?::\s*(\d+)\s*(?:\.\s*(\d*)\s*)?)?)?$/.exec(text)
  if (match === null) return undefined
  const hour = Number(match[1]), minute = Number(match[2] ?? 0), second = Number(match[3] ?? 0)
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const fraction = (match[4] ?? "").padEnd(4, "0")
  const milli = Number(fraction.slice(0, 3)) + (fraction[3]! >= "5" ? 1 : 0)
  const millis = ((hour * 60 + minute) * 60 + second) * 1000 + milli
  return millis < dayMillis ? millis : undefined
}

/** Plain digits of `unscaled` × 10^-`scale`, with exactly `scale` digits after the point. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0")
  const at = digits.length - scale
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}`
}

const decimalForm = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?\s*$/

/**
 * The unscaled value, rounded half up (away from zero) to `scale`, of a number in plain or exponent form. Undefined when it is not a
 * number or needs more than `precision` digits. Cost is bounded whatever the exponent.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint | undefined {
  const match = decimalForm.exec(text)
  if (match === null) return undefined
  const whole = match[2]!, part = match[3] ?? ""
  if (whole === "" && part === "") return undefined
  const digits = (whole + part).replace(/^0+/, "")
  if (digits === "") return 0n
  const exponent = Number(match[4] ?? 0) - part.length
  const shift = exponent + scale
  const kept = digits.length + shift
  if (kept > precision) return undefined
  if (kept < 0) return 0n
  let unscaled: bigint
  if (shift >= 0) unscaled = BigInt(digits + "0".repeat(shift))
  else {
    unscaled = kept === 0 ? 0n : BigInt(digits.slice(0, kept))
    if (digits.charCodeAt(kept) >= 53) unscaled += 1n
    if (String(unscaled).length > precision) return undefined
  }
  return match[1] === "-" ? -unscaled : unscaled
}

/** A double as Java prints it: `1.0`, `1.0E10`, `1.5E-5`, `NaN`, `-Infinity`; the shortest digits that read back the same. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0"
  const size = Math.abs(value)
  if (size >= 0.001 && size < 1e7) {
    const text = String(value)
    return text.includes(".") ? text : `${text}.0`
  }
  return javaExponent(value.toExponential())
}

/** A FLOAT (a double that holds a 32-bit value) as Java prints it: the shortest digits that read back the same 32 bits. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value)
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) {
      const size = Math.abs(value)
      return size >= 0.001 && size < 1e7 ? formatDouble(Number(text)) : javaExponent(text)
    }
  }
  return formatDouble(value)
}

function javaExponent(text: string): string {
  const at = text.indexOf("e")
  const head = text.slice(0, at)
  const mantissa = head.includes(".") ? head : `${head}.0`
  return `${mantissa}E${text.slice(text[at + 1] === "+" ? at + 2 : at + 1)}`
}
