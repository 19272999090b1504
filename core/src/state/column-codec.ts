/**
 * Whole columns as bytes and back: how rows and keys stand in a snapshot. The reader needs the type and the number of
 * rows; dictionaries are written out, views are packed.
 */
import { Column } from "../batch/column.ts"
import { layoutOf } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Boxed, boxedAt, columnOfBoxed } from "./boxed.ts"
import type { ByteReader, ByteWriter } from "./byte-io.ts"
import { readPlain, writePlain } from "./plain-codec.ts"

const hasNulls = 1
const isWide = 2

/** Appends a column. Cost: runs of numbers are copied whole; nested types go value by value. */
export function writeColumn(writer: ByteWriter, type: LogicalType, column: Column): void {
  const wide = column.layout === "i64" && !column.narrow
  writer.u8((column.nulls === undefined ? 0 : hasNulls) | (wide ? isWide : 0))
  if (column.nulls !== undefined) writer.run(column.nulls.subarray(0, column.rows))
  switch (column.layout) {
    case "bool":
    case "i32":
    case "f64":
    case "i64":
      return writer.run(exact(column.values as Float64Array, column.rows))
    case "ts9":
      writer.run(exact(column.values as Float64Array, column.rows))
      return writer.run(column.nanos.subarray(0, column.rows))
    case "bytes":
      return writeViews(writer, column)
    default:
      writePlain(
        writer,
        Array.from({ length: column.rows }, (_, i) => boxedAt(type, column, i))
      )
  }
}

function exact(values: Float64Array, rows: number): Float64Array {
  return values.length === rows ? values : values.subarray(0, rows)
}

function writeViews(writer: ByteWriter, column: Column): void {
  const dictionary = column.dictionary
  const starts = dictionary?.starts ?? column.starts
  const lengths = dictionary?.lengths ?? column.lengths
  const bytes = dictionary?.bytes ?? column.bytes
  const codes = dictionary === undefined ? undefined : column.values as Int32Array
  for (let i = 0; i < column.rows; i++) writer.u32(lengths[codes === undefined ? i : codes[i]!]!)
  for (let i = 0; i < column.rows; i++) {
    const at = codes === undefined ? i : codes[i]!
    writer.raw(bytes, starts[at]!, lengths[at]!)
  }
}

/** Reads a column of `rows` rows that {@link writeColumn} wrote. */
export function readColumn(reader: ByteReader, type: LogicalType, rows: number): Column {
  const flags = reader.u8()
  const nulls = (flags & hasNulls) === 0 ? undefined : reader.run(new Uint8Array(rows))
  const layout = layoutOf(type)
  const common = { layout, rows, nulls }
  switch (layout) {
    case "bool":
      return new Column({ ...common, values: reader.run(new Uint8Array(rows)) })
    case "i32":
      return new Column({ ...common, values: reader.run(new Int32Array(rows)) })
    case "f64":
      return new Column({ ...common, values: reader.run(new Float64Array(rows)) })
    case "i64": {
      const wide = (flags & isWide) !== 0
      const values = wide ? new BigInt64Array(rows) : new Float64Array(rows)
      return new Column({ ...common, values: reader.run(values) })
    }
    case "ts9": {
      const values = reader.run(new Float64Array(rows))
      return new Column({ ...common, values, nanos: reader.run(new Int32Array(rows)) })
    }
    case "bytes":
      return new Column({ ...common, ...readViews(reader, rows) })
    default:
      return columnOfBoxed(type, readPlain(reader) as ReadonlyArray<Boxed>)
  }
}

function readViews(
  reader: ByteReader,
  rows: number
): { bytes: Uint8Array; starts: Int32Array; lengths: Int32Array } {
  const starts = new Int32Array(rows)
  const lengths = reader.run(new Int32Array(rows))
  let total = 0
  for (let i = 0; i < rows; i++) {
    starts[i] = total
    total += lengths[i]!
  }
  return { bytes: reader.raw(total), starts, lengths }
}
