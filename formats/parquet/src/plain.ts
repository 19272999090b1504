/**
 * Values of the PLAIN encoding, from bytes into the typed arrays of a compact column, without a boxed value per row. Every
 * decoder checks first that its bytes are there, so its loop needs no check.
 */
import { Column, Damage, narrowMax } from "@millrace/core/internal"

/** Decodes `count` values of `bytes[at … end)`. Throws {@link Damage} when there are too few bytes. */
export type PlainDecoder = (bytes: Uint8Array, at: number, end: number, count: number) => Column

/** The `length` bytes from `at`, in an array whose buffer offset is a multiple of 8; copied only when needed. */
export function aligned(bytes: Uint8Array, at: number, end: number, length: number): Uint8Array {
  if (at + length > end) {
    throw new Damage(`its values end early: ${end - at} bytes where ${length} are needed`)
  }
  const offset = bytes.byteOffset + at
  if ((offset & 7) === 0) return new Uint8Array(bytes.buffer, offset, length)
  const copy = new Uint8Array(length)
  copy.set(bytes.subarray(at, at + length))
  return copy
}

/** INT32 and FLOAT words. */
export function words(bytes: Uint8Array, at: number, end: number, count: number): Int32Array {
  const source = aligned(bytes, at, end, count * 4)
  return new Int32Array(source.buffer, source.byteOffset, count)
}

/** INT64 as pairs of words, low first. */
export function pairs(bytes: Uint8Array, at: number, end: number, count: number): Int32Array {
  const source = aligned(bytes, at, end, count * 8)
  return new Int32Array(source.buffer, source.byteOffset, count * 2)
}

/** BOOLEAN bits. */
export function plainBooleans(bytes: Uint8Array, at: number, end: number, count: number): Column {
  if (at + ((count + 7) >> 3) > end) throw new Damage("its values end early")
  const values = new Uint8Array(count)
  for (let i = 0; i < count; i++) values[i] = (bytes[at + (i >> 3)]! >> (i & 7)) & 1
  return new Column({ layout: "bool", rows: count, values })
}

/** INT32 as it is. */
export function plainInts(bytes: Uint8Array, at: number, end: number, count: number): Column {
  return new Column({ layout: "i32", rows: count, values: words(bytes, at, end, count) })
}

/** INT32 within the bounds of a smaller type. */
export function plainSmallInts(min: number, max: number, name: string): PlainDecoder {
  return (bytes, at, end, count) => {
    const values = words(bytes, at, end, count)
    for (let i = 0; i < count; i++) {
      if (values[i]! < min || values[i]! > max) {
        throw new Damage(`${values[i]} does not fit ${name}`)
      }
    }
    return new Column({ layout: "i32", rows: count, values })
  }
}

/** INT32 into a narrow `i64`. */
export function plainIntsAsLongs(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number
): Column {
  return new Column({
    layout: "i64",
    rows: count,
    values: Float64Array.from(words(bytes, at, end, count))
  })
}

/** Unsigned INT32 into a narrow `i64`. */
export function plainUintsAsLongs(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number
): Column {
  const source = words(bytes, at, end, count)
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) values[i] = source[i]! >>> 0
  return new Column({ layout: "i64", rows: count, values })
}

/** INT64 into a narrow `i64`, or a wide one when a value needs it. */
export function plainLongs(bytes: Uint8Array, at: number, end: number, count: number): Column {
  const source = pairs(bytes, at, end, count)
  const values = new Float64Array(count)
  return narrowLongs(source, values, count)
    ? new Column({ layout: "i64", rows: count, values })
    : new Column({ layout: "i64", rows: count, values: wideLongs(source) })
}

function wideLongs(source: Int32Array): BigInt64Array {
  return new BigInt64Array(source.buffer, source.byteOffset, source.length >> 1)
}

/** As {@link plainLongs} for UINT_64; values above BIGINT's largest are refused. */
export function plainUlongs(bytes: Uint8Array, at: number, end: number, count: number): Column {
  const source = pairs(bytes, at, end, count)
  for (let i = 1; i < source.length; i += 2) {
    if (source[i]! < 0) throw new Damage("an unsigned value does not fit BIGINT")
  }
  return plainLongs(bytes, at, end, count)
}

function narrowLongs(source: Int32Array, values: Float64Array, count: number): boolean {
  let beyond = 0
  for (let i = 0; i < count; i++) {
    const value = source[2 * i + 1]! * 4294967296 + (source[2 * i]! >>> 0)
    values[i] = value
    if (value > narrowMax || value < -narrowMax) beyond = 1
  }
  return beyond === 0
}

/** FLOAT into `f64`. */
export function plainFloats(bytes: Uint8Array, at: number, end: number, count: number): Column {
  const source = aligned(bytes, at, end, count * 4)
  const floats = new Float32Array(source.buffer, source.byteOffset, count)
  return new Column({ layout: "f64", rows: count, values: Float64Array.from(floats) })
}

/** DOUBLE, as it is. */
export function plainDoubles(bytes: Uint8Array, at: number, end: number, count: number): Column {
  const source = aligned(bytes, at, end, count * 8)
  return new Column({
    layout: "f64",
    rows: count,
    values: new Float64Array(source.buffer, source.byteOffset, count)
  })
}

/** BYTE_ARRAY: views into `bytes`. */
export function plainBytes(bytes: Uint8Array, at: number, end: number, count: number): Column {
  if (count * 4 > end - at) throw new Damage("its values end early")
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  let p = at
  for (let i = 0; i < count; i++) {
    if (p + 4 > end) throw new Damage("its values end early")
    const length = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)
    p += 4
    if (length < 0 || p + length > end) throw new Damage("a value is longer than its page")
    starts[i] = p
    lengths[i] = length
    p += length
  }
  return new Column({ layout: "bytes", rows: count, bytes, starts, lengths })
}

/** FIXED_LEN_BYTE_ARRAY of `width` bytes: views into `bytes`. */
export function plainFixed(width: number): PlainDecoder {
  return (bytes, at, end, count) => {
    if (at + width * count > end) throw new Damage("its values end early")
    const starts = new Int32Array(count)
    for (let i = 0; i < count; i++) starts[i] = at + i * width
    return new Column({
      layout: "bytes",
      rows: count,
      bytes,
      starts,
      lengths: new Int32Array(count).fill(width)
    })
  }
}

/** Big-endian two's complement of a `bytes` column into an `i64` (the unscaled DECIMAL up to 18 digits). */
export function decimalsAsLongs(source: Column): Column {
  const count = source.rows
  const values = new Float64Array(count)
  let beyond = false
  for (let i = 0; i < count; i++) {
    const start = source.starts[i]!
    const length = source.lengths[i]!
    let value = length > 0 && source.bytes[start]! > 127 ? -1 : 0
    for (let k = 0; k < length; k++) value = value * 256 + source.bytes[start + k]!
    values[i] = value
    if (value > narrowMax || value < -narrowMax) beyond = true
  }
  if (!beyond) return new Column({ layout: "i64", rows: count, values })
  const wide = new BigInt64Array(count)
  for (let i = 0; i < count; i++) {
    const value = bigEndian(source.bytes, source.starts[i]!, source.lengths[i]!)
    if (BigInt.asIntN(64, value) !== value) {
      throw new Damage("a decimal has more digits than its type")
    }
    wide[i] = value
  }
  return new Column({ layout: "i64", rows: count, values: wide })
}

/** Big-endian two's complement of a `bytes` column into `big`. */
export function decimalsAsBig(source: Column): Column {
  const values = new Array<bigint>(source.rows)
  for (let i = 0; i < source.rows; i++) {
    values[i] = bigEndian(source.bytes, source.starts[i]!, source.lengths[i]!)
  }
  return new Column({ layout: "big", rows: source.rows, values })
}

/** An `i64` column as `big`. */
export function longsAsBig(source: Column): Column {
  const values = new Array<bigint>(source.rows)
  for (let i = 0; i < source.rows; i++) values[i] = BigInt((source.values as Float64Array)[i]!)
  return new Column({ layout: "big", rows: source.rows, values })
}

function bigEndian(bytes: Uint8Array, start: number, length: number): bigint {
  let value = length > 0 && bytes[start]! > 127 ? -1n : 0n
  for (let k = 0; k < length; k++) value = (value << 8n) | BigInt(bytes[start + k]!)
  return value
}
