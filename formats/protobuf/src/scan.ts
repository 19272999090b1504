/** What generated decoders call: numbers of several bytes, text checks, fields that nobody asked for. As in all decoders damage is a Problem. */
import { type DecodedColumn, isText } from "@millrace/core/internal"
import { fail } from "./problem.ts"

export { fail } from "./problem.ts"

/** Where reading stands, and the last 64-bit integer that no double could hold. */
export interface Cursor {
  at: number
  wide: bigint
}

const depthMax = 100

/** "The message ends within …". */
export function ends(what: string): never {
  return fail(`Expected ${what} but the message ends`)
}

/** A varint of at most 10 bytes, of which the lower 32 bits count, as a signed number. */
export function readVarint32(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  let value = 0
  for (let i = 0; i < 10; i++) {
    if (at + i >= end) return ends("a number")
    const byte = bytes[at + i]!
    if (i < 5) value |= (byte & 127) << (7 * i)
    if (byte < 128) {
      cursor.at = at + i + 1
      return value
    }
  }
  return fail("Expected a number but found one of more than 10 bytes")
}

/** A varint as a signed 64-bit number: a double when its magnitude is at most 2^52, else NaN and `cursor.wide`. */
export function readVarint64(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  let low = 0
  let high = 0
  let last = 0
  for (let i = 0; i < 10; i++) {
    if (at + i >= end) return ends("a number")
    const byte = bytes[at + i]!
    if (i < 4) low |= (byte & 127) << (7 * i)
    else if (i < 8) high |= (byte & 127) << (7 * (i - 4))
    else last |= (byte & 127) << (7 * (i - 8))
    if (byte < 128) {
      cursor.at = at + i + 1
      if (last === 0 && high < 2 ** 24) return high * 268435456 + low
      const all = BigInt(low) | (BigInt(high) << 28n) | (BigInt(last) << 56n)
      return narrowed(BigInt.asIntN(64, all), cursor)
    }
  }
  return fail("Expected a number but found one of more than 10 bytes")
}

function narrowed(value: bigint, cursor: Cursor): number {
  if (value >= -4503599627370496n && value <= 4503599627370496n) return Number(value)
  cursor.wide = value
  return NaN
}

/** As {@link readVarint64}, zigzag. */
export function readZigzag64(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  const value = readVarint64(bytes, at, end, cursor)
  const all = BigInt.asUintN(64, value === value ? BigInt(value) : cursor.wide)
  return narrowed((all >> 1n) ^ -(all & 1n), cursor)
}

/** Eight bytes as {@link readVarint64}. */
export function readFixed64(view: DataView, at: number, cursor: Cursor): number {
  return narrowed(view.getBigInt64(at, true), cursor)
}

/** The length of a part that is whole; it stands at `cursor.at` afterwards. */
export function readLength(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  const length = readVarint64(bytes, at, end, cursor)
  if (!(length >= 0 && length <= end - cursor.at)) return ends("a part of the length given")
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

/** Pass the value behind a tag. */
export function skipField(
  bytes: Uint8Array,
  at: number,
  end: number,
  tag: number,
  cursor: Cursor,
  depth: number
): number {
  if (tag >>> 3 === 0) return fail("Expected a field but found the number 0")
  switch (tag & 7) {
    case 0:
      readVarint32(bytes, at, end, cursor)
      return cursor.at
    case 1:
      return at + 8 <= end ? at + 8 : ends("8 bytes")
    case 2: {
      const length = readLength(bytes, at, end, cursor)
      return cursor.at + length
    }
    case 5:
      return at + 4 <= end ? at + 4 : ends("4 bytes")
    case 3: {
      if (depth > depthMax) return fail(`Expected at most ${depthMax} groups within one another`)
      for (let place = at;;) {
        const inner = readVarint32(bytes, place, end, cursor) >>> 0
        if ((inner & 7) === 4) {
          if (inner >>> 3 !== tag >>> 3) fail("Expected the end of a group but found another's")
          return cursor.at
        }
        place = skipField(bytes, cursor.at, end, inner, cursor, depth + 1)
      }
    }
    default:
      return fail(`Expected a field but found the wire type ${tag & 7}`)
  }
}

/** The name of an enum's value as text; false: it has none. */
export function setName(
  column: DecodedColumn,
  row: number,
  base: Uint8Array,
  names: ReadonlyMap<number, Uint8Array>,
  number: number
): boolean {
  const name = names.get(number)
  if (name === undefined) return false
  column.setBytes(row, base, name, 0, name.length)
  return true
}
