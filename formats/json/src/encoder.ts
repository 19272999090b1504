/**
 * Columns to JSON, in the forms that Flink's Jackson gives them: fractions of seconds without zeros at their end, doubles as Java prints
 * them, BYTES in base64. Bytes go straight from the column to the sink; no value becomes an object.
 */
import {
  type Batch,
  type ByteSink,
  type Column,
  decimalText,
  encodeUtf8,
  Fault,
  type FaultClass,
  formatDate,
  formatDouble,
  formatFloat,
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

/** How values are written, from the format's options. */
export interface Writing {
  /** The byte between date and time: a space, or `T`. */
  readonly separator: number
  readonly nullKeys: string
  readonly nullKey: string
  readonly plainDecimals: boolean
  readonly ignoreNulls: boolean
}

const NullKeyBase: FaultClass<"JsonNullKey", { column: string }> = Fault<{ column: string }>()(
  "JsonNullKey",
  "user",
  "never"
)

/** A map has an entry without a key, and the options say to fail. */
export class JsonNullKey extends NullKeyBase {
  override get message(): string {
    return `Cannot write a map of column "${this.column}" as JSON: it has an entry whose key is NULL. Set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'`
  }
}

type Write = (column: Column, row: number, out: ByteSink) => void

const digits = "0123456789abcdef"

/** Encodes the columns of one table. */
export class JsonEncoder implements RowEncoder {
  private readonly leads: ReadonlyArray<Uint8Array>
  private readonly writers: ReadonlyArray<Write>
  private readonly ignoreNulls: boolean

  constructor(physical: LogicalType.RowType, writing: Writing) {
    this.leads = leadsOf(physical)
    this.writers = physical.map((field) => makeWriter(field.name, field.type, writing))
    this.ignoreNulls = writing.ignoreNulls
  }

  encodeRow(columns: ReadonlyArray<Column>, row: number, out: ByteSink): void {
    writeFields(columns, row, out, this.leads, this.writers, this.ignoreNulls)
  }

  encodeStream(batch: Batch, out: ByteSink): void {
    const { columns, rows } = batch
    for (let row = 0; row < rows; row++) {
      writeFields(columns, row, out, this.leads, this.writers, this.ignoreNulls)
      writeByte(out, 10)
    }
  }
}

/** `,"name":` of each field. */
function leadsOf(fields: LogicalType.RowType): ReadonlyArray<Uint8Array> {
  return fields.map((field) => encodeUtf8(`,${JSON.stringify(field.name)}:`))
}

function writeFields(
  columns: ReadonlyArray<Column>,
  row: number,
  out: ByteSink,
  leads: ReadonlyArray<Uint8Array>,
  writers: ReadonlyArray<Write>,
  ignoreNulls: boolean
): void {
  const start = out.length
  for (let i = 0; i < writers.length; i++) {
    const column = columns[i]!
    const missing = column.nulls !== undefined && column.nulls[row] === 1
    if (missing && ignoreNulls) continue
    const lead = leads[i]!
    writeBytes(out, lead, 0, lead.length)
    if (missing) writeAscii(out, "null")
    else writers[i]!(column, row, out)
  }
  if (out.length === start) writeByte(out, 123)
  else out.bytes[start] = 123
  writeByte(out, 125)
}

function makeWriter(path: string, type: LogicalType.LogicalType, writing: Writing): Write {
  switch (type.kind) {
    case "BOOLEAN":
      return (column, row, out) => writeAscii(out, column.values[row] === 1 ? "true" : "false")
    case "CHAR":
    case "VARCHAR":
      return writeString
    case "BINARY":
    case "VARBINARY":
      return writeBinary
    case "FLOAT":
      return (column, row, out) => writeNumber(out, column.values[row] as number, formatFloat)
    case "DOUBLE":
      return (column, row, out) => writeNumber(out, column.values[row] as number, formatDouble)
    case "DECIMAL":
      return makeDecimal(type.scale, writing.plainDecimals)
    case "DATE":
      return (column, row, out) => writeAscii(out, `"${formatDate(column.values[row] as number)}"`)
    case "TIME":
      return (column, row, out) => {
        writeByte(out, 34)
        writeClock(out, column.values[row] as number, 0)
        writeByte(out, 34)
      }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return makeTimestamp(writing.separator, type.kind === "TIMESTAMP_LTZ")
    case "ARRAY":
      return makeArray(makeWriter(`${path}[]`, type.element, writing))
    case "MAP":
      return makeMap(path, makeWriter(`${path}[]`, type.value, writing), writing)
    case "MULTISET":
      return makeMap(path, writeWhole, writing)
    case "ROW":
      return makeRow(path, type.fields, writing)
    case "NULL":
    case "OBJECT":
      return (_column, _row, out) => writeAscii(out, "null")
    default:
      return writeWhole
  }
}

function writeWhole(column: Column, row: number, out: ByteSink): void {
  const value = column.values[row] as number | bigint
  if (typeof value === "bigint") writeAscii(out, String(value))
  else writeInteger(out, value)
}

function writeNumber(out: ByteSink, value: number, format: (value: number) => string): void {
  if (Number.isFinite(value)) writeAscii(out, format(value))
  else writeAscii(out, `"${value}"`)
}

function makeDecimal(scale: number, plain: boolean): Write {
  return (column, row, out) =>
    writeAscii(out, decimalText(BigInt(column.values[row] as number | bigint), scale, plain))
}

function makeTimestamp(separator: number, local: boolean): Write {
  const write = timestampWriter(separator)
  return (column, row, out) => {
    writeByte(out, 34)
    write(out, column.values[row] as number, column.layout === "ts9" ? column.nanos[row]! : 0)
    if (local) writeByte(out, 90)
    writeByte(out, 34)
  }
}

function writeBinary(column: Column, row: number, out: ByteSink): void {
  const { dictionary } = column
  const code = dictionary === undefined ? row : column.values[row] as number
  const { bytes, starts, lengths } = dictionary ?? column
  writeByte(out, 34)
  writeBase64(out, bytes, starts[code]!, lengths[code]!)
  writeByte(out, 34)
}

function writeString(column: Column, row: number, out: ByteSink): void {
  const { dictionary } = column
  const code = dictionary === undefined ? row : column.values[row] as number
  const { bytes, starts, lengths } = dictionary ?? column
  writeQuoted(out, bytes, starts[code]!, lengths[code]!)
}

/** Append UTF-8 text in quotes; only what JSON demands is escaped. */
function writeQuoted(out: ByteSink, bytes: Uint8Array, start: number, length: number): void {
  out.reserve(length * 6 + 2)
  const target = out.bytes
  let at = out.length
  target[at++] = 34
  for (let i = start, end = start + length; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 32 && byte !== 34 && byte !== 92) target[at++] = byte
    else at = escape(target, at, byte)
  }
  target[at++] = 34
  out.length = at
}

function escape(target: Uint8Array, at: number, byte: number): number {
  target[at++] = 92
  if (byte === 34 || byte === 92) target[at++] = byte
  else if (byte === 10) target[at++] = 110
  else if (byte === 13) target[at++] = 114
  else if (byte === 9) target[at++] = 116
  else if (byte === 8) target[at++] = 98
  else if (byte === 12) target[at++] = 102
  else {
    const hex = `u00${digits[byte >> 4]}${digits[byte & 15]!}`.toUpperCase()
    target[at++] = 117
    for (let i = 1; i < 5; i++) target[at++] = hex.charCodeAt(i)
  }
  return at
}

function makeArray(write: Write): Write {
  return (column, row, out) => {
    const elements = column.children[0]!
    const start = column.starts[row]!
    writeByte(out, 91)
    for (let i = start, end = start + column.lengths[row]!; i < end; i++) {
      if (i > start) writeByte(out, 44)
      if (elements.nulls !== undefined && elements.nulls[i] === 1) writeAscii(out, "null")
      else write(elements, i, out)
    }
    writeByte(out, 93)
  }
}

function makeMap(path: string, write: Write, writing: Writing): Write {
  const literal = encodeUtf8(writing.nullKey)
  return (column, row, out) => {
    const keys = column.children[0]!, values = column.children[1]!
    const start = column.starts[row]!
    let first = true
    writeByte(out, 123)
    for (let i = start, end = start + column.lengths[row]!; i < end; i++) {
      const missing = keys.nulls !== undefined && keys.nulls[i] === 1
      if (missing && writing.nullKeys === "DROP") continue
      if (missing && writing.nullKeys === "FAIL") throw new JsonNullKey({ column: path })
      if (!first) writeByte(out, 44)
      first = false
      if (missing) writeQuoted(out, literal, 0, literal.length)
      else writeString(keys, i, out)
      writeByte(out, 58)
      if (values.nulls !== undefined && values.nulls[i] === 1) writeAscii(out, "null")
      else write(values, i, out)
    }
    writeByte(out, 125)
  }
}

function makeRow(path: string, fields: LogicalType.RowType, writing: Writing): Write {
  const leads = leadsOf(fields)
  const writers = fields.map((field) => makeWriter(`${path}.${field.name}`, field.type, writing))
  return (column, row, out) =>
    writeFields(column.children, row, out, leads, writers, writing.ignoreNulls)
}
