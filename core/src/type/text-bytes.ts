/**
 * The byte twins of `text.ts`, for decoders: ASCII bytes of a number or a point in time to the value, with no string and no
 * allocation on the common path. Answers that need two values are written into an object that the caller keeps.
 */
import { dayMillis, daysOfCivil, daysOfMonth } from "./civil.ts"

/** A point in time to write into: epoch millis and nanos within the milli. */
export interface MutableInstant {
  millis: number
  nanos: number
}

/** A fresh {@link MutableInstant}. */
export function makeInstant(): MutableInstant {
  return { millis: 0, nanos: 0 }
}

/** Largest magnitude that {@link parseI64Bytes} gives: every such integer is exact in a double and so is a sum of two. */
const exactMax = 2 ** 52

/** Two digits at `at`, or -1 (for any `at`). */
function twoDigits(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! - 48, low = bytes[at + 1]! - 48
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : -1
}

/** Days since 1970-01-01 of `yyyy-MM-dd` at `start`, or NaN. With `clamp` a day up to 31 beyond its month's end means the month's last. */
export function parseDateBytes(
  bytes: Uint8Array,
  start: number,
  length: number,
  clamp: boolean
): number {
  if (length !== 10 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return NaN
  const century = twoDigits(bytes, start), year = twoDigits(bytes, start + 2)
  const month = twoDigits(bytes, start + 5)
  let day = twoDigits(bytes, start + 8)
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return NaN
  if (day > 28) {
    const days = daysOfMonth(century * 100 + year, month)
    if (day > days) {
      if (!clamp) return NaN
      day = days
    }
  }
  return daysOfCivil(century * 100 + year, month, day)
}

/**
 * `HH:mm:ss[.f…]` (up to nine digits) at `start` into `out`: millis of the day and nanos. 24:00:00 is 86,400,000. Answers whether it was one.
 * With `optionalSeconds` `HH:mm` will do, as in ISO-8601.
 */
export function parseTimeBytes(
  bytes: Uint8Array,
  start: number,
  length: number,
  optionalSeconds: boolean,
  out: MutableInstant
): boolean {
  if (length < 8 && !(optionalSeconds && length === 5)) return false
  const hour = twoDigits(bytes, start), minute = twoDigits(bytes, start + 3)
  const second = length === 5 ? 0 : twoDigits(bytes, start + 6)
  if (hour < 0 || minute < 0 || second < 0 || hour > 24 || minute > 59 || second > 59) return false
  if (bytes[start + 2] !== 58 || (length > 5 && bytes[start + 5] !== 58)) return false
  let fraction = 0
  if (length > 8) {
    if (bytes[start + 8] !== 46 || length > 18) return false
    let digits = 0
    for (let at = start + 9, end = start + length; at < end; at++, digits++) {
      const digit = bytes[at]! - 48
      if (digit < 0 || digit > 9) return false
      fraction = fraction * 10 + digit
    }
    for (; digits < 9; digits++) fraction *= 10
  }
  if (hour === 24 && (minute > 0 || second > 0 || fraction > 0)) return false
  const milli = fraction / 1_000_000 | 0
  out.millis = ((hour * 60 + minute) * 60 + second) * 1000 + milli
  out.nanos = fraction - milli * 1_000_000
  return true
}

/**
 * `yyyy-MM-dd`, then `separator` (a byte: 32 for a space, 84 for `T`), then a time as {@link parseTimeBytes}, into `out`.
 * Answers whether it was one. The SQL form (a space) clamps days to their month and takes 24:00:00, ISO-8601 does neither.
 */
export function parseTimestampBytes(
  bytes: Uint8Array,
  start: number,
  length: number,
  separator: number,
  out: MutableInstant
): boolean {
  if (length < 16 || bytes[start + 10] !== separator) return false
  const days = parseDateBytes(bytes, start, 10, separator === 32)
  if (days !== days) return false
  if (!parseTimeBytes(bytes, start + 11, length - 11, separator === 84, out)) return false
  if (separator === 84 && out.millis === dayMillis) return false
  out.millis += days * dayMillis
  return true
}

/** An integer `[+-]digits` of magnitude ≤ 2^52, or NaN: not an integer, or one for {@link parseWideBytes}. */
export function parseI64Bytes(bytes: Uint8Array, start: number, length: number): number {
  let at = start
  const end = start + length
  const sign = bytes[at]
  if (length > 0 && (sign === 45 || sign === 43)) at++
  if (at === end) return NaN
  let value = 0
  for (; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
    if (value > exactMax) return NaN
  }
  return sign === 45 ? 0 - value : value
}

/** Any integer `[+-]digits` of the 64-bit range, or undefined. For the few that {@link parseI64Bytes} does not give. */
export function parseWideBytes(
  bytes: Uint8Array,
  start: number,
  length: number
): bigint | undefined {
  if (length > 64) return undefined
  const text = ascii(bytes, start, length)
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text[0] === "+" ? text.slice(1) : text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

const powers: ReadonlyArray<number> = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/**
 * A decimal number `[+-]d*[.d*][e[+-]d+]` as the nearest double, or NaN when it is none. Up to 15 digits with a small exponent take one exact
 * multiplication or division; others go through the runtime's own conversion.
 */
export function parseF64Bytes(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length
  let at = start
  const sign = bytes[at]
  if (length > 0 && (sign === 45 || sign === 43)) at++
  let value = 0, digits = 0, scale = 0, seen = 0
  for (; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
    if (value !== 0) digits++
    seen++
  }
  if (at < end && bytes[at] === 46) {
    at++
    for (; at < end; at++) {
      const digit = bytes[at]! - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value !== 0) digits++
      scale++
      seen++
    }
  }
  if (seen === 0) return NaN
  if (at < end) return slowF64(bytes, start, length)
  if (digits > 15 || scale > 22) return slowF64(bytes, start, length)
  if (scale > 0) value /= powers[scale]!
  return sign === 45 ? -value : value
}

function slowF64(bytes: Uint8Array, start: number, length: number): number {
  const text = ascii(bytes, start, length)
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN
}

/** `length` bytes as a string, one character a byte. For short runs of ASCII. */
export function ascii(bytes: Uint8Array, start: number, length: number): string {
  let text = ""
  for (let at = start, end = start + length; at < end; at++) text += String.fromCharCode(bytes[at]!)
  return text
}
