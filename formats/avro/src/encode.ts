/**
 * What generated encoders call for values that are rare or long. Each appends to `out` and makes its own room.
 */
import type { ByteSink, Column } from "@millrace/core/internal"

/** Append a zigzag varint of a whole number of magnitude at most 2^52. */
export function putNumber(out: ByteSink, value: number): void {
  out.reserve(10)
  const { bytes } = out
  let at = out.length
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  out.length = at
}

/** Append a zigzag varint of a 64-bit integer. */
export function putBigint(out: ByteSink, value: bigint): void {
  out.reserve(10)
  const { bytes } = out
  let at = out.length
  let rest = value >= 0n ? value << 1n : (-value << 1n) - 1n
  while (rest > 127n) {
    bytes[at++] = Number(rest & 127n) | 128
    rest >>= 7n
  }
  bytes[at++] = Number(rest)
  out.length = at
}

/** Append the length and the bytes of a row of a text column. */
export function putBytes(out: ByteSink, column: Column, row: number): void {
  const coded = column.dictionary
  const source = coded ?? column
  const at = coded === undefined ? row : column.values[row] as number
  const start = source.starts[at]!
  const length = source.lengths[at]!
  putNumber(out, length)
  out.reserve(length)
  out.bytes.set(source.bytes.subarray(start, start + length), out.length)
  out.length += length
}

/** Append an unscaled decimal as the fewest bytes of two's complement, after their number. */
export function putDecimal(out: ByteSink, column: Column, row: number): void {
  let value = BigInt(column.values[row] as number)
  let count = 1
  for (let bound = 128n; value >= bound || value < -bound; bound <<= 8n) count++
  putNumber(out, count)
  out.reserve(count)
  for (let i = count - 1; i >= 0; i--) {
    out.bytes[out.length + i] = Number(value & 255n)
    value >>= 8n
  }
  out.length += count
}

/** Append an unscaled decimal as a fixed of `size` bytes. Throws a RangeError when it does not fit. */
export function putFixedDecimal(out: ByteSink, column: Column, row: number, size: number): void {
  let value = BigInt(column.values[row] as number)
  if (BigInt.asIntN(size * 8, value) !== value) {
    throw new RangeError(`Cannot write a decimal in ${size} bytes: it needs more`)
  }
  out.reserve(size)
  for (let i = size - 1; i >= 0; i--) {
    out.bytes[out.length + i] = Number(value & 255n)
    value >>= 8n
  }
  out.length += size
}

/** Append a timestamp in units of which `perMilli` make a millisecond. */
export function putTimestamp(out: ByteSink, column: Column, row: number, perMilli: number): void {
  const millis = column.values[row] as number
  const nanos = column.layout === "ts9" ? column.nanos[row]! : 0
  const rest = Math.floor(nanos / (1000000 / perMilli))
  const value = millis * perMilli + rest
  if (value >= -4503599627370496 && value <= 4503599627370496) putNumber(out, value)
  else putBigint(out, BigInt(millis) * BigInt(perMilli) + BigInt(rest))
}
