/**
 * Times and decimals written as the text formats (JSON, CSV) write them: no zeros at the end of a fraction. They differ from the
 * casts of `text.ts`, which print as many digits as the type has.
 */
import { type Writable, writeAscii, writeByte } from "../batch/byte-sink.ts"
import { dayMillis } from "./civil.ts"
import { formatDate } from "./text.ts"

/**
 * A decimal without the zeros at its end, as Java's `BigDecimal.toString` gives it: with an exponent where the digits stand far from
 * the point, unless `plain`.
 */
export function decimalText(unscaled: bigint, scale: number, plain: boolean): string {
  if (unscaled === 0n) return "0"
  const sign = unscaled < 0n ? "-" : ""
  let text = String(unscaled < 0n ? -unscaled : unscaled)
  while (text.endsWith("0")) {
    text = text.slice(0, -1)
    scale--
  }
  const exponent = text.length - 1 - scale
  if (plain || (scale >= 0 && exponent >= -6)) {
    if (scale <= 0) return sign + text + "0".repeat(-scale)
    const padded = text.padStart(scale + 1, "0")
    const at = padded.length - scale
    return `${sign}${padded.slice(0, at)}.${padded.slice(at)}`
  }
  const mantissa = text.length === 1 ? text : `${text[0]}.${text.slice(1)}`
  return `${sign}${mantissa}E${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`
}

/** Append `HH:mm:ss[.fffffffff]` of millis of the day and nanos of the milli. */
export function writeClock(out: Writable, millis: number, nanos: number): void {
  out.reserve(32)
  const { bytes } = out
  const seconds = Math.floor(millis / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  let at = out.length
  for (let i = 0; i < 3; i++) {
    if (i > 0) bytes[at++] = 58
    bytes[at++] = 48 + (parts[i]! / 10 | 0)
    bytes[at++] = 48 + parts[i]! % 10
  }
  let fraction = (millis - seconds * 1000) * 1_000_000 + nanos
  if (fraction > 0) {
    bytes[at++] = 46
    for (let unit = 100_000_000; fraction > 0; unit /= 10) {
      const digit = Math.floor(fraction / unit)
      bytes[at++] = 48 + digit
      fraction -= digit * unit
    }
  }
  out.length = at
}

/**
 * A function that appends `yyyy-MM-dd HH:mm:ss[.fffffffff]` of epoch millis and nanos of the milli, with `separator` (a byte) before the
 * time. It remembers the text of the last day.
 */
export function timestampWriter(
  separator: number
): (out: Writable, millis: number, nanos: number) => void {
  let lastDay = NaN
  let lastText = ""
  return (out, millis, nanos) => {
    const day = Math.floor(millis / dayMillis)
    if (day !== lastDay) {
      lastDay = day
      lastText = formatDate(day)
    }
    writeAscii(out, lastText)
    writeByte(out, separator)
    writeClock(out, millis - day * dayMillis, nanos)
  }
}
