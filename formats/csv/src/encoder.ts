/**
 * Columns to CSV, quoted where Flink's Jackson quotes: text of more than 24 characters, and text with a character up to the
 * delimiter or quote in ASCII order (a space too). What has no other form is escaped or refused, never written wrongly.
 */
import {
  type Batch,
  type ByteSink,
  type Column,
  decimalText,
  formatDate,
  formatDecimal,
  formatDouble,
  formatFloat,
  GrowingBytes,
  type LogicalType,
  type RowEncoder,
  timestampWriter,
  writeAscii,
  writeBase64,
  writeByte,
  writeBytes,
  writeClock,
  writeInteger
} from "@millrace/core/internal"
import type { Dialect } from "./dialect.ts"
import { CsvUnquoted } from "./fault.ts"

type Write = (column: Column, row: number, out: ByteSink) => void

const uncheckedCharactersMin = 25

/** Encodes the columns of one table. */
export class CsvEncoder implements RowEncoder {
  private readonly dialect: Dialect
  private readonly writers: ReadonlyArray<Write>
  private readonly nullText: Uint8Array

  constructor(physical: LogicalType.RowType, dialect: Dialect) {
    this.dialect = dialect
    this.writers = physical.map((field) => makeWriter(field.name, field.type, dialect))
    this.nullText = dialect.nullLiteral ?? new Uint8Array(0)
  }

  encodeRow(columns: ReadonlyArray<Column>, row: number, out: ByteSink): void {
    for (let i = 0; i < this.writers.length; i++) {
      if (i > 0) writeByte(out, this.dialect.delimiter)
      const column = columns[i]!
      if (column.nulls !== undefined && column.nulls[row] === 1) {
        writeBytes(out, this.nullText, 0, this.nullText.length)
      } else this.writers[i]!(column, row, out)
    }
  }

  encodeStream(batch: Batch, out: ByteSink): void {
    for (let row = 0; row < batch.rows; row++) {
      this.encodeRow(batch.columns, row, out)
      writeByte(out, 10)
    }
  }
}

function makeWriter(path: string, type: LogicalType.LogicalType, dialect: Dialect): Write {
  switch (type.kind) {
    case "BOOLEAN":
      return (column, row, out) => writeAscii(out, column.values[row] === 1 ? "true" : "false")
    case "CHAR":
    case "VARCHAR":
      return (column, row, out) => writeString(column, row, out, path, dialect)
    case "FLOAT":
      return (column, row, out) => writeAscii(out, formatFloat(column.values[row] as number))
    case "DOUBLE":
      return (column, row, out) => writeAscii(out, formatDouble(column.values[row] as number))
    case "DECIMAL": {
      const { scale } = type
      return (column, row, out) => {
        const unscaled = BigInt(column.values[row] as number | bigint)
        const { scientific } = dialect
        writeAscii(
          out,
          scientific ? decimalText(unscaled, scale, false) : formatDecimal(unscaled, scale)
        )
      }
    }
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
      return writeWhole
    case "NULL":
    case "OBJECT":
      return () => {}
    default:
      return makeQuoted(path, makePiece(path, type, dialect), dialect)
  }
}

/** A writer whose text is made first and quoted where needed. */
function makeQuoted(path: string, write: Write, dialect: Dialect): Write {
  const text = new GrowingBytes(256)
  return (column, row, out) => {
    text.length = 0
    write(column, row, text)
    writeField(out, text.bytes, 0, text.length, path, dialect)
  }
}

function makePiece(path: string, type: LogicalType.LogicalType, dialect: Dialect): Write {
  switch (type.kind) {
    case "BINARY":
    case "VARBINARY":
      return writeBinary
    case "CHAR":
    case "VARCHAR":
      return writePlain
    case "DATE":
      return (column, row, out) => writeAscii(out, formatDate(column.values[row] as number))
    case "TIME":
      return (column, row, out) => writeClock(out, column.values[row] as number, 0)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const write = timestampWriter(32)
      const local = type.kind === "TIMESTAMP_LTZ"
      return (column, row, out) => {
        write(out, column.values[row] as number, column.layout === "ts9" ? column.nanos[row]! : 0)
        if (local) writeByte(out, 90)
      }
    }
    case "ARRAY":
      return makeArray(makePiece(`${path}[]`, type.element, dialect), dialect)
    case "ROW":
      return makeRow(
        type.fields.map((field) => makePiece(`${path}.${field.name}`, field.type, dialect)),
        dialect
      )
    default:
      return makeWriter(path, type, dialect)
  }
}

function makeArray(write: Write, dialect: Dialect): Write {
  return (column, row, out) => {
    const elements = column.children[0]!
    const start = column.starts[row]!
    for (let i = start, end = start + column.lengths[row]!; i < end; i++) {
      if (i > start) writeByte(out, dialect.elementDelimiter)
      writePart(elements, i, out, write, dialect)
    }
  }
}

function makeRow(writers: ReadonlyArray<Write>, dialect: Dialect): Write {
  return (column, row, out) => {
    for (let i = 0; i < writers.length; i++) {
      if (i > 0) writeByte(out, dialect.elementDelimiter)
      writePart(column.children[i]!, row, out, writers[i]!, dialect)
    }
  }
}

function writePart(
  column: Column,
  row: number,
  out: ByteSink,
  write: Write,
  dialect: Dialect
): void {
  if (column.nulls === undefined || column.nulls[row] === 0) write(column, row, out)
  else if (dialect.nullLiteral !== undefined) {
    writeBytes(out, dialect.nullLiteral, 0, dialect.nullLiteral.length)
  }
}

function writeWhole(column: Column, row: number, out: ByteSink): void {
  const value = column.values[row] as number | bigint
  if (typeof value === "bigint") writeAscii(out, String(value))
  else writeInteger(out, value)
}

function writeString(
  column: Column,
  row: number,
  out: ByteSink,
  path: string,
  dialect: Dialect
): void {
  const { dictionary } = column
  const code = dictionary === undefined ? row : column.values[row] as number
  const { bytes, starts, lengths } = dictionary ?? column
  writeField(out, bytes, starts[code]!, lengths[code]!, path, dialect)
}

function writePlain(column: Column, row: number, out: ByteSink): void {
  const { dictionary } = column
  const code = dictionary === undefined ? row : column.values[row] as number
  const { bytes, starts, lengths } = dictionary ?? column
  writeBytes(out, bytes, starts[code]!, lengths[code]!)
}

function writeBinary(column: Column, row: number, out: ByteSink): void {
  const { dictionary } = column
  const code = dictionary === undefined ? row : column.values[row] as number
  const { bytes, starts, lengths } = dictionary ?? column
  writeBase64(out, bytes, starts[code]!, lengths[code]!)
}

/** Append a field's text, quoted or escaped where it needs to be. */
function writeField(
  out: ByteSink,
  bytes: Uint8Array,
  start: number,
  length: number,
  path: string,
  dialect: Dialect
): void {
  const { quote, escape, delimiter } = dialect
  const safe = Math.max(delimiter, quote) + 1
  let plain = true, characters = 0
  for (let i = start, end = start + length; i < end; i++) {
    const byte = bytes[i]!
    if ((byte & 192) !== 128) characters++
    if (byte < safe || byte === escape) plain = false
  }
  if (quote < 0) return writeUnquoted(out, bytes, start, length, path, dialect)
  if (plain && characters < uncheckedCharactersMin) return writeBytes(out, bytes, start, length)
  out.reserve(2 * length + 2)
  const target = out.bytes
  let at = out.length
  target[at++] = quote
  for (let i = start, end = start + length; i < end; i++) {
    const byte = bytes[i]!
    if (byte === quote || byte === escape) target[at++] = byte
    target[at++] = byte
  }
  target[at++] = quote
  out.length = at
}

function writeUnquoted(
  out: ByteSink,
  bytes: Uint8Array,
  start: number,
  length: number,
  path: string,
  dialect: Dialect
): void {
  for (let i = start, end = start + length; i < end; i++) {
    const byte = bytes[i]!
    const ends = byte === 10 || byte === 13
    if (ends || byte === dialect.delimiter || byte === dialect.escape) {
      if (dialect.escape < 0) throw new CsvUnquoted({ column: path })
      writeByte(out, dialect.escape)
      writeByte(out, byte === 10 ? 110 : byte === 13 ? 114 : byte)
    } else writeByte(out, byte)
  }
}
