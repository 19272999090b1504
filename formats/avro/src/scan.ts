/**
 * What generated decoders call: numbers of more than one byte, text checks, values of schemas nobody asked for. Each reads at `at`, leaves
 * the place behind the value in `cursor.at` and throws a Problem when the bytes up to `end` do not hold one.
 */
import { isUtf8 } from "node:buffer"
import { type DecodedColumn, encodeUtf8, isText } from "@millrace/core/internal"
import { fail } from "./problem.ts"

export { fail } from "./problem.ts"
import { type Schema, sizeMin } from "./schema.ts"

/** Where reading stands, and the last 64-bit integer that no double could hold. */
export interface Cursor {
  at: number
  wide: bigint
}

/** Records within one another, in values that are passed. */
const depthMax = 128
/** Elements without any byte that a list may claim: they cost nothing to send. */
const emptyMax = 65536

/** "The record ends within …". */
export function ends(what: string): never {
  return fail(`Expected ${what} but the record ends`)
}

/** A zigzag varint within 32 bits. */
export function readInt(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  const value = readLong(bytes, at, end, cursor)
  if (!(value >= -2147483648 && value <= 2147483647)) {
    return fail("Expected an int but found a number beyond 32 bits")
  }
  return value
}

/** A zigzag varint: a double when its magnitude is at most 2^52, else NaN and `cursor.wide`. */
export function readLong(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  // A byte beyond the array is undefined: it counts as 0 and never ends a number, so that one check behind them all is enough.
  let byte = bytes[at]!
  let low = byte & 127
  if (byte < 128) return narrow(low, at + 1, end, cursor)
  byte = bytes[at + 1]!
  low |= (byte & 127) << 7
  if (byte < 128) return narrow(low, at + 2, end, cursor)
  byte = bytes[at + 2]!
  low |= (byte & 127) << 14
  if (byte < 128) return narrow(low, at + 3, end, cursor)
  byte = bytes[at + 3]!
  low |= (byte & 127) << 21
  if (byte < 128) return narrow(low, at + 4, end, cursor)
  byte = bytes[at + 4]!
  let high = byte & 127
  if (byte < 128) return zigzag(low, high, at + 5, end, cursor)
  byte = bytes[at + 5]!
  high |= (byte & 127) << 7
  if (byte < 128) return zigzag(low, high, at + 6, end, cursor)
  byte = bytes[at + 6]!
  high |= (byte & 127) << 14
  if (byte < 128) return zigzag(low, high, at + 7, end, cursor)
  byte = bytes[at + 7]!
  high |= (byte & 127) << 21
  if (byte < 128) return zigzag(low, high, at + 8, end, cursor)
  return readWide(bytes, at + 8, end, low, high, cursor)
}

function narrow(low: number, next: number, end: number, cursor: Cursor): number {
  if (next > end) return ends("a number")
  cursor.at = next
  return (low >>> 1) ^ -(low & 1)
}

function zigzag(low: number, high: number, next: number, end: number, cursor: Cursor): number {
  if (next > end) return ends("a number")
  cursor.at = next
  // Bits 0 to 27 in low, 28 to 55 in high; the whole is below 2^56.
  if (high >= 2 ** 25) {
    setWide(BigInt(high) * 268435456n + BigInt(low), cursor)
    return NaN
  }
  const value = high * 268435456 + low
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function readWide(
  bytes: Uint8Array,
  at: number,
  end: number,
  low: number,
  high: number,
  cursor: Cursor
): number {
  let value = BigInt(high) * 268435456n + BigInt(low)
  let place = at
  for (let shift = 56n; shift < 70n; shift += 7n) {
    if (place >= end) return ends("a number")
    const byte = bytes[place++]!
    value |= BigInt(byte & 127) << shift
    if (byte < 128) {
      if (value >= 2n ** 64n) return fail("Expected a long but found a number beyond 64 bits")
      cursor.at = place
      setWide(value, cursor)
      const { wide } = cursor
      return wide >= -4503599627370496n && wide <= 4503599627370496n ? Number(wide) : NaN
    }
  }
  return fail("Expected a long but found a number beyond 64 bits")
}

function setWide(value: bigint, cursor: Cursor): void {
  cursor.wide = (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n)
}

/** The length of text or bytes, which stand at `cursor.at` afterwards and are whole. */
export function readLength(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  const length = readLong(bytes, at, end, cursor)
  if (!(length >= 0)) return fail(`Expected a length but found ${length}`)
  if (length > end - cursor.at) return ends(`${length} bytes`)
  return length
}

/** Fails unless the bytes are UTF-8. */
export function checkText(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  path: string
): void {
  if (!isText(bytes, view, at, length)) fail(`Expected UTF-8 text in field '${path}'`)
}

/** The number of elements in the next block of an array or map; 0 is its end. */
export function readCount(
  bytes: Uint8Array,
  at: number,
  end: number,
  cursor: Cursor,
  elementBytesMin: number
): number {
  let count = readLong(bytes, at, end, cursor)
  if (count < 0) {
    count = -count
    const size = readLong(bytes, cursor.at, end, cursor)
    if (!(size >= 0 && size <= end - cursor.at)) return ends("a block of elements")
  }
  const room = elementBytesMin === 0 ? emptyMax : (end - cursor.at) / elementBytesMin
  if (!(count <= room)) return ends(`${count} elements`)
  return count
}

/** Pass a value of `schema`. */
export function skip(
  schema: Schema,
  bytes: Uint8Array,
  at: number,
  end: number,
  cursor: Cursor,
  depth: number
): number {
  if (depth > depthMax) fail(`Expected at most ${depthMax} records within one another`)
  switch (schema.type) {
    case "null":
      return at
    case "boolean":
      if (at < end && bytes[at]! > 1) fail("Expected a boolean but found another byte")
      return room(at, 1, end)
    case "int":
      readInt(bytes, at, end, cursor)
      return cursor.at
    case "long":
      readLong(bytes, at, end, cursor)
      return cursor.at
    case "enum": {
      const index = readInt(bytes, at, end, cursor)
      if (!(index >= 0 && index < schema.symbols.length)) badIndex("an enum", index)
      return cursor.at
    }
    case "float":
      return room(at, 4, end)
    case "double":
      return room(at, 8, end)
    case "fixed":
      return room(at, schema.size, end)
    case "bytes":
    case "string": {
      const length = readLength(bytes, at, end, cursor)
      if (schema.type === "string" && !isUtf8(bytes.subarray(cursor.at, cursor.at + length))) {
        fail("Expected UTF-8 text in a field that the table does not have")
      }
      return cursor.at + length
    }
    case "union": {
      const index = readInt(bytes, at, end, cursor)
      const branch = schema.branches[index]
      if (branch === undefined) return badIndex("a union", index)
      return skip(branch, bytes, cursor.at, end, cursor, depth + 1)
    }
    case "record": {
      let place = at
      for (const field of schema.fields) {
        place = skip(field.schema, bytes, place, end, cursor, depth + 1)
      }
      return place
    }
    default:
      return skipElements(schema, bytes, at, end, cursor, depth)
  }
}

function skipElements(
  schema: Schema & { readonly type: "array" | "map" },
  bytes: Uint8Array,
  at: number,
  end: number,
  cursor: Cursor,
  depth: number
): number {
  const element = schema.type === "array" ? schema.items : schema.values
  const least = sizeMin(element) + (schema.type === "map" ? 1 : 0)
  let place = at
  for (let total = 0;;) {
    const count = readCount(bytes, place, end, cursor, least)
    place = cursor.at
    if (count === 0) return place
    total += count
    if (least === 0 && total > emptyMax) ends(`${total} elements`)
    for (let i = 0; i < count; i++) {
      if (schema.type === "map") {
        const length = readLength(bytes, place, end, cursor)
        place = cursor.at + length
      }
      place = skip(element, bytes, place, end, cursor, depth + 1)
    }
  }
}

function room(at: number, size: number, end: number): number {
  if (at + size > end) ends(`${size} bytes`)
  return at + size
}

/** An index of a union or enum that is none. */
export function badIndex(what: string, index: number): never {
  return fail(`Expected an index of ${what} but found ${index}`)
}

/** A symbol of an enum, stored as text. */
export function setSymbol(
  column: DecodedColumn,
  row: number,
  base: Uint8Array,
  symbols: ReadonlyArray<Uint8Array>,
  index: number
): void {
  const symbol = symbols[index]
  if (symbol === undefined) return badIndex("an enum", index)
  column.setBytes(row, base, symbol, 0, symbol.length)
}

const hex = encodeUtf8("0123456789abcdef")

/** The text of a UUID of 16 bytes. */
export function setUuid(column: DecodedColumn, row: number, bytes: Uint8Array, at: number): void {
  const text = new Uint8Array(36)
  let place = 0
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text[place++] = 45
    text[place++] = hex[bytes[at + i]! >>> 4]!
    text[place++] = hex[bytes[at + i]! & 15]!
  }
  column.setBytes(row, bytes, text, 0, 36)
}

/** A decimal: a big-endian two's complement number, which must have at most `precision` digits after `shift` zeros are appended. */
export function setDecimal(
  column: DecodedColumn,
  row: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  shift: number,
  precision: number
): void {
  if (length === 0) return fail("Expected a decimal but found no byte")
  if (length <= 6 && shift === 0 && column.layout === "i64") {
    let value = (bytes[at]! << 24) >> 24
    for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i]!
    const bound = 10 ** precision
    if (!(value < bound && value > -bound)) tooLarge(precision)
    column.values[row] = value
    return
  }
  if (length > 512) return tooLarge(precision)
  let value = BigInt((bytes[at]! << 24) >> 24)
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(bytes[at + i]!)
  if (shift > 0) value *= 10n ** BigInt(shift)
  const bound = 10n ** BigInt(precision)
  if (value >= bound || value <= -bound) return tooLarge(precision)
  column.setBigint(row, value)
}

function tooLarge(precision: number): never {
  return fail(`Expected a decimal of at most ${precision} digits but found a larger one`)
}

/** A timestamp of microseconds or nanoseconds: millis and the nanos within. Goes to a column of either layout. */
export function setTimestamp(
  column: DecodedColumn,
  row: number,
  value: number,
  wide: bigint,
  perMilli: number
): void {
  let millis: number
  let rest: number
  if (value === value) {
    millis = Math.floor(value / perMilli)
    rest = value - millis * perMilli
  } else {
    const per = BigInt(perMilli)
    let whole = wide / per
    if (wide < 0n && whole * per !== wide) whole--
    millis = Number(whole)
    rest = Number(wide - whole * per)
  }
  if (!(millis >= -8.64e15 && millis <= 8.64e15)) {
    fail("Expected a timestamp but found one beyond what a date can be")
  }
  column.values[row] = millis
  if (column.layout === "ts9") column.nanos[row] = perMilli === 1000 ? rest * 1000 : rest
}
