/**
 * The inner loops over JSON bytes that generated scanners call. Each takes the place of a token and gives the place after it,
 * or -1 when the token is not what a fast path understands: then the record goes to the exact reader, which decides.
 *
 * They rely on two facts that the decoder ensures: the record is followed by a line feed, at which every loop stops, and
 * at least three more bytes may be read after it. The bytes are known to be valid UTF-8.
 */
import {
  type DecodedColumn,
  parseDecimal,
  parseF64Bytes,
  parseWideBytes
} from "@millrace/core/internal"

/** `null` as four bytes. */
export const nullWord = 0x6c6c756e
const trueWord = 0x65757274
const alsWord = 0x65736c61

/** The first byte at or after `at` that is a quote, a backslash or a control character; looks at four bytes at a time. */
export function plainEnd(view: DataView, at: number): number {
  for (;;) {
    const word = view.getInt32(at, true)
    const hits = ((word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) |
      ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080
    if (hits !== 0) return at + ((31 - Math.clz32(hits & -hits)) >> 3)
    at += 4
  }
}

function isHex(byte: number): boolean {
  const lower = byte | 32
  return (byte >= 48 && byte <= 57) || (lower >= 97 && lower <= 102)
}

/** The closing quote of a string, from a place where {@link plainEnd} stopped; -1 for a control character or a bad escape. */
export function escapedEnd(bytes: Uint8Array, view: DataView, at: number): number {
  for (;;) {
    const byte = bytes[at]!
    if (byte === 34) return at
    if (byte !== 92) return -1
    const next = bytes[at + 1]!
    if (next === 117) {
      for (let i = at + 2; i < at + 6; i++) if (!isHex(bytes[i]!)) return -1
      at += 6
    } else if (
      next === 34 || next === 92 || next === 47 || next === 98 || next === 102 || next === 110 ||
      next === 114 || next === 116
    ) at += 2
    else return -1
    at = plainEnd(view, at)
  }
}

/** The place after a number, or -1. */
export function numberEnd(bytes: Uint8Array, at: number): number {
  let byte = bytes[at]!
  if (byte === 45) byte = bytes[++at]!
  if (byte === 48) byte = bytes[++at]!
  else {
    if (!(byte >= 49 && byte <= 57)) return -1
    while ((byte = bytes[++at]!) >= 48 && byte <= 57);
  }
  if (byte === 46) {
    byte = bytes[++at]!
    if (!(byte >= 48 && byte <= 57)) return -1
    while ((byte = bytes[++at]!) >= 48 && byte <= 57);
  }
  if (byte === 101 || byte === 69) {
    byte = bytes[++at]!
    if (byte === 43 || byte === 45) byte = bytes[++at]!
    if (!(byte >= 48 && byte <= 57)) return -1
    while ((byte = bytes[++at]!) >= 48 && byte <= 57);
  }
  return at
}

/** The place after a string, number or literal, or -1: also for objects and arrays. */
export function scalarEnd(bytes: Uint8Array, view: DataView, at: number): number {
  const byte = bytes[at]!
  if (byte === 34) {
    at = plainEnd(view, at + 1)
    if (bytes[at] !== 34) at = escapedEnd(bytes, view, at)
    return at < 0 ? -1 : at + 1
  }
  if (byte === 110) return view.getInt32(at, true) === nullWord ? at + 4 : -1
  if (byte === 116) return view.getInt32(at, true) === trueWord ? at + 4 : -1
  if (byte === 102) return view.getInt32(at + 1, true) === alsWord ? at + 5 : -1
  return numberEnd(bytes, at)
}

/** Read `true` or `false` into `column`. */
export function readBoolean(
  view: DataView,
  at: number,
  column: DecodedColumn,
  row: number
): number {
  if (view.getInt32(at, true) === trueWord) {
    column.values[row] = 1
    return at + 4
  }
  column.values[row] = 0
  return view.getInt32(at, true) === 0x736c6166 && view.getUint8(at + 4) === 101 ? at + 5 : -1
}

/** Read a whole number that is zero, negative or beyond 2^52 into a BIGINT column: what the generated loop leaves. */
export function readBigint(
  bytes: Uint8Array,
  at: number,
  column: DecodedColumn,
  row: number
): number {
  const end = numberEnd(bytes, at)
  if (end < 0) return -1
  const value = parseWideBytes(bytes, at, end - at)
  if (value === undefined) return -1
  column.setBigint(row, value)
  return end
}

/** Read a number into a DOUBLE or FLOAT column. */
export function readDouble(
  bytes: Uint8Array,
  at: number,
  column: DecodedColumn,
  row: number,
  single: boolean
): number {
  const end = numberEnd(bytes, at)
  if (end < 0) return -1
  const value = parseF64Bytes(bytes, at, end - at)
  column.values[row] = single ? Math.fround(value) : value
  return end
}

const latin = new TextDecoder("latin1")

/** Read a number into a DECIMAL column, exactly; -1 also when it does not fit. */
export function readDecimal(
  bytes: Uint8Array,
  at: number,
  column: DecodedColumn,
  row: number,
  precision: number,
  scale: number
): number {
  const end = numberEnd(bytes, at)
  if (end < 0 || end - at > 1000) return -1
  const value = parseDecimal(latin.decode(bytes.subarray(at, end)), precision, scale)
  if (value === undefined) return -1
  column.setBigint(row, value)
  return end
}
