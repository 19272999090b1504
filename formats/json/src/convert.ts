/**
 * One JSON scalar to one SQL value: which types take which tokens, as Flink's converters do. Numbers may stand in strings; a whole-number column
 * takes a fraction and drops it; text takes anything as it is written.
 */
import {
  dayMillis,
  decodeBase64,
  type DecodedColumn,
  encodeUtf8,
  makeInstant,
  type MutableInstant,
  parseDateBytes,
  parseDecimal,
  parseF64Bytes,
  parseI64Bytes,
  parseTimeBytes,
  parseTimestampBytes,
  parseWideBytes
} from "@millrace/core/internal"
import type { Tokens } from "./tokens.ts"

/**
 * Write the scalar `tokens.bytes[start … tokens.at)` to row `row` of `column`. Gives what was wanted instead when the value does not fit
 * the type, else undefined. Objects and arrays are scalars to a text column only.
 */
export type Converter = (
  tokens: Tokens,
  start: number,
  column: DecodedColumn,
  row: number
) => string | undefined

interface Piece {
  bytes: Uint8Array
  start: number
  length: number
}

/** The converter for one way of writing timestamps; `separator` is the byte between date and time. */
export function makeConverter(separator: number): Converter {
  const instant = makeInstant()
  const piece: Piece = { bytes: new Uint8Array(0), start: 0, length: 0 }
  return (tokens, start, column, row) => {
    const first = tokens.bytes[start]!
    const { kind } = column.type
    if (kind === "CHAR" || kind === "VARCHAR") {
      writeText(tokens, start, first, column, row)
      return undefined
    }
    if (first === 123 || first === 91) return name(kind)
    cut(tokens, start, first, piece)
    switch (kind) {
      case "DATE":
      case "TIME":
      case "TIMESTAMP":
      case "TIMESTAMP_LTZ":
        return writeTime(piece, column, row, separator, instant)
      case "BINARY":
      case "VARBINARY":
        return writeBinary(first === 34, piece, tokens.bytes, column, row)
      case "BOOLEAN":
        return writeBoolean(piece, column, row)
      case "DECIMAL":
        return writeDecimal(trim(piece), column, row)
      case "FLOAT":
      case "DOUBLE":
        return writeDouble(trim(piece), column, row)
      default:
        return writeInteger(trim(piece), first !== 34, column, row)
    }
  }
}

function name(kind: string): string {
  return /^[AI]/.test(kind) ? `an ${kind}` : `a ${kind}`
}

function cut(tokens: Tokens, start: number, first: number, piece: Piece): void {
  const quoted = first === 34 ? 1 : 0
  if (quoted === 1 && tokens.bytes.subarray(start, tokens.at).includes(92)) {
    piece.bytes = encodeUtf8(tokens.text(start, tokens.at, true))
    piece.start = 0
    piece.length = piece.bytes.length
    return
  }
  piece.bytes = tokens.bytes
  piece.start = start + quoted
  piece.length = tokens.at - start - 2 * quoted
}

function trim(piece: Piece): Piece {
  while (piece.length > 0 && piece.bytes[piece.start]! <= 32) {
    piece.start++
    piece.length--
  }
  while (piece.length > 0 && piece.bytes[piece.start + piece.length - 1]! <= 32) piece.length--
  return piece
}

function latin(piece: Piece): string {
  let text = ""
  for (let i = 0; i < piece.length; i++) text += String.fromCharCode(piece.bytes[piece.start + i]!)
  return text
}

function writeText(
  tokens: Tokens,
  start: number,
  first: number,
  column: DecodedColumn,
  row: number
): void {
  const { bytes, at } = tokens
  if (first === 34 && bytes.subarray(start, at).includes(92)) {
    const text = encodeUtf8(tokens.text(start, at, true))
    column.setBytes(row, bytes, text, 0, text.length)
    return
  }
  if (first === 123 || first === 91) {
    const text = compact(bytes, start, at)
    column.setBytes(row, bytes, text, 0, text.length)
    return
  }
  const quoted = first === 34 ? 1 : 0
  if (column.own !== undefined) {
    column.setBytes(row, bytes, bytes, start + quoted, at - start - 2 * quoted)
    return
  }
  column.starts[row] = start + quoted
  column.lengths[row] = at - start - 2 * quoted
}

/** An object or array without the white space between its tokens. */
function compact(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start)
  let length = 0, inside = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (inside && byte === 92) out[length++] = bytes[at++]!
    else if (byte === 34) inside = !inside
    else if (!inside && byte <= 32) continue
    out[length++] = bytes[at]!
  }
  return out.subarray(0, length)
}

function writeBinary(
  quoted: boolean,
  piece: Piece,
  base: Uint8Array,
  column: DecodedColumn,
  row: number
): string | undefined {
  const value = quoted ? decodeBase64(piece.bytes, piece.start, piece.length) : undefined
  if (value === undefined) return "base64 in a string"
  column.setBytes(row, base, value, 0, value.length)
  return undefined
}

function writeBoolean(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  const text = latin(trim(piece)).toLowerCase()
  if (text !== "true" && text !== "false") return "true or false"
  column.values[row] = text === "true" ? 1 : 0
  return undefined
}

function writeDouble(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  let value = parseF64Bytes(piece.bytes, piece.start, piece.length)
  if (value !== value) {
    const text = latin(piece)
    if (/^[+-]?Infinity$/.test(text)) value = text[0] === "-" ? -Infinity : Infinity
    else if (text !== "NaN") return "a number"
  }
  column.values[row] = column.type.kind === "FLOAT" ? Math.fround(value) : value
  return undefined
}

function writeDecimal(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  const { type } = column
  if (type.kind !== "DECIMAL") return "a number"
  const value = piece.length > 1000
    ? undefined
    : parseDecimal(latin(piece), type.precision, type.scale)
  if (value === undefined) return `a DECIMAL(${type.precision}, ${type.scale})`
  column.setBigint(row, value)
  return undefined
}

function writeInteger(
  piece: Piece,
  number: boolean,
  column: DecodedColumn,
  row: number
): string | undefined {
  const { kind } = column.type
  const value = parseI64Bytes(piece.bytes, piece.start, piece.length)
  const limit = kind === "TINYINT" ? 128 : kind === "SMALLINT" ? 32768 : 2147483648
  if (column.layout === "i32") {
    const whole = value === value || !number || limit < 2147483648
      ? value
      : Math.trunc(parseF64Bytes(piece.bytes, piece.start, piece.length))
    if (!(whole >= -limit && whole < limit)) return name(kind)
    column.values[row] = whole
    return undefined
  }
  if (value === value) {
    column.values[row] = value
    return undefined
  }
  const wide = parseWideBytes(piece.bytes, piece.start, piece.length) ??
    (number && piece.length <= 1000 ? wholePart(latin(piece)) : undefined)
  if (wide === undefined || BigInt.asIntN(64, wide) !== wide) return name(kind)
  if (column.layout === "f64") column.values[row] = Number(wide)
  else column.setBigint(row, wide)
  return undefined
}

/** The digits before the point of a JSON number, exactly; undefined for one beyond 64 bits. */
function wholePart(text: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return undefined
  const digits = match[2]! + (match[3] ?? "")
  const point = match[2]!.length + Number(match[4] ?? 0)
  if (/^0+$/.test(digits) || point <= 0) return 0n
  if (point > 1000) return undefined
  const whole = BigInt(digits.slice(0, point).padEnd(point, "0"))
  return match[1] === "-" ? -whole : whole
}

function writeTime(
  piece: Piece,
  column: DecodedColumn,
  row: number,
  separator: number,
  instant: MutableInstant
): string | undefined {
  const { kind } = column.type
  const { bytes, start } = piece
  let { length } = piece
  if (kind === "DATE") {
    const days = parseDateBytes(bytes, start, length, false)
    if (days !== days) return "a date 'yyyy-MM-dd'"
    column.values[row] = days
    return undefined
  }
  if (kind === "TIME") {
    if (!parseTimeBytes(bytes, start, length, false, instant)) return "a time 'HH:mm:ss'"
    column.values[row] = instant.millis % dayMillis
    return undefined
  }
  const local = kind === "TIMESTAMP_LTZ"
  const zoned = length > 0 && bytes[start + length - 1] === 90
  if (zoned) length--
  if (zoned !== local || !parseTimestampBytes(bytes, start, length, separator, instant)) {
    return `a timestamp 'yyyy-MM-dd${separator === 84 ? "T" : " "}HH:mm:ss.SSS${local ? "Z" : ""}'`
  }
  column.values[row] = instant.millis
  if (column.layout === "ts9") column.nanos[row] = instant.nanos
  return undefined
}
