/** One field of CSV to one SQL value. Numbers may have spaces around them; everything else is taken as it stands. */
import {
  ascii,
  dayMillis,
  daysOfMonth,
  decodeBase64,
  type DecodedColumn,
  type LogicalType,
  makeInstant,
  type MutableInstant,
  parseDateBytes,
  parseDecimal,
  parseF64Bytes,
  parseI64Bytes,
  parseTimeBytes,
  parseTimestamp,
  parseWideBytes
} from "@millrace/core/internal"

const instant: MutableInstant = makeInstant()

/** Where a field's text stands. */
export interface Piece {
  /** The array that views of this batch point into. */
  base: Uint8Array
  bytes: Uint8Array
  start: number
  length: number
}

/**
 * Write the field to row `row` of `column`, which is no ARRAY and no ROW. Gives what was wanted instead when the text does not fit the
 * type, else undefined.
 */
export function convert(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  const { type } = column
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      if (piece.bytes !== piece.base || column.own !== undefined) {
        column.setBytes(row, piece.base, piece.bytes, piece.start, piece.length)
      } else {
        column.starts[row] = piece.start
        column.lengths[row] = piece.length
      }
      return undefined
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "INTERVAL_YEAR_MONTH":
    case "BIGINT":
    case "INTERVAL_DAY_TIME":
      return writeInteger(trim(piece), type.kind, column, row)
    case "FLOAT":
    case "DOUBLE":
      return writeDouble(trim(piece), column, row)
    case "DECIMAL":
      return writeDecimal(trim(piece), type, column, row)
    case "BOOLEAN":
      return writeBoolean(trim(piece), column, row)
    case "DATE":
      return writeDate(piece, column, row)
    case "TIME":
      return writeTime(piece, type.precision, column, row)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return writeTimestamp(piece, type.kind === "TIMESTAMP_LTZ", column, row)
    case "BINARY":
    case "VARBINARY":
      return writeBinary(piece, column, row)
    default:
      column.setNull(row)
      return undefined
  }
}

function trim(piece: Piece): Piece {
  const { bytes } = piece
  while (piece.length > 0 && bytes[piece.start]! <= 32) {
    piece.start++
    piece.length--
  }
  while (piece.length > 0 && bytes[piece.start + piece.length - 1]! <= 32) piece.length--
  return piece
}

function text(piece: Piece): string {
  return ascii(piece.bytes, piece.start, piece.length)
}

function writeInteger(
  piece: Piece,
  kind: string,
  column: DecodedColumn,
  row: number
): string | undefined {
  const value = parseI64Bytes(piece.bytes, piece.start, piece.length)
  if (column.layout === "i32") {
    const limit = kind === "TINYINT" ? 128 : kind === "SMALLINT" ? 32768 : 2147483648
    if (!(value >= -limit && value < limit)) return kind === "INT" ? "an INT" : `a ${kind}`
  }
  if (value === value) {
    column.values[row] = value
    return undefined
  }
  const wide = parseWideBytes(piece.bytes, piece.start, piece.length)
  if (wide === undefined) return "a BIGINT"
  if (column.layout === "f64") column.values[row] = Number(wide)
  else column.setBigint(row, wide)
  return undefined
}

function writeDouble(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  let value = parseF64Bytes(piece.bytes, piece.start, piece.length)
  if (value !== value) {
    const word = piece.length > 9 ? "" : text(piece)
    if (/^[+-]?Infinity$/.test(word)) value = word[0] === "-" ? -Infinity : Infinity
    else if (word !== "NaN") return "a number"
  }
  column.values[row] = column.type.kind === "FLOAT" ? Math.fround(value) : value
  return undefined
}

function writeDecimal(
  piece: Piece,
  type: LogicalType.LogicalType & { kind: "DECIMAL" },
  column: DecodedColumn,
  row: number
): string | undefined {
  const { precision, scale } = type
  const value = piece.length > 1000 ? undefined : parseDecimal(text(piece), precision, scale)
  if (value === undefined) return `a DECIMAL(${precision}, ${scale})`
  column.setBigint(row, value)
  return undefined
}

function writeBoolean(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  const word = piece.length > 5 ? "" : text(piece).toLowerCase()
  if (word !== "true" && word !== "false") return "true or false"
  column.values[row] = word === "true" ? 1 : 0
  return undefined
}

function writeDate(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  let days = parseDateBytes(piece.bytes, piece.start, piece.length, false)
  if (days !== days && piece.length < 10) {
    days = looseMillis(text(piece)) / dayMillis
  }
  if (days !== days) return "a date 'yyyy-MM-dd'"
  column.values[row] = days
  return undefined
}

/** A date or timestamp whose month, day or time have single digits; NaN when it is none. Fills `instant`. */
function looseMillis(word: string): number {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: |$)/.exec(word)
  if (match === null || Number(match[3]) > daysOfMonth(Number(match[1]), Number(match[2]))) {
    return NaN
  }
  const found = parseTimestamp(word)
  if (found === undefined) return NaN
  instant.nanos = found.nanos
  return found.millis
}

function writeTime(
  piece: Piece,
  precision: number,
  column: DecodedColumn,
  row: number
): string | undefined {
  if (
    !parseTimeBytes(piece.bytes, piece.start, piece.length, true, instant) ||
    instant.millis === dayMillis
  ) return "a time 'HH:mm:ss'"
  const unit = precision === 0 ? 1000 : precision === 1 ? 100 : precision === 2 ? 10 : 1
  column.values[row] = instant.millis - instant.millis % unit
  return undefined
}

function writeTimestamp(
  piece: Piece,
  local: boolean,
  column: DecodedColumn,
  row: number
): string | undefined {
  const { bytes, start } = piece
  let { length } = piece
  const wanted = `a timestamp 'yyyy-MM-dd HH:mm:ss.SSS${local ? "Z" : ""}'`
  if (local) {
    if (length === 0 || bytes[start + length - 1] !== 90) return wanted
    length--
  }
  let millis = NaN
  if (length >= 19 && bytes[start + 10] === 32) {
    const days = parseDateBytes(bytes, start, 10, false)
    if (days === days && parseTimeBytes(bytes, start + 11, length - 11, false, instant)) {
      millis = days * dayMillis + instant.millis
    }
  }
  if (millis !== millis && length >= 14 && length <= 29) {
    millis = looseMillis(ascii(bytes, start, length))
  }
  if (millis !== millis) return wanted
  column.values[row] = millis
  if (column.layout === "ts9") column.nanos[row] = instant.nanos
  return undefined
}

function writeBinary(piece: Piece, column: DecodedColumn, row: number): string | undefined {
  const value = decodeBase64(piece.bytes, piece.start, piece.length)
  if (value === undefined) return "base64"
  column.setBytes(row, piece.base, value, 0, value.length)
  return undefined
}
