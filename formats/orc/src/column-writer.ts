/** Writes one column of a stripe: presence and values of each row, into streams of their own; nested columns write their parts. */
import {
  type Column,
  FileValueFault,
  GrowingBytes,
  type LogicalType,
  writeBytes
} from "@millrace/core/internal"
import { RunBitsWriter, RunBytesWriter } from "./byte-writer.ts"
import { StreamKind, type TypeKind } from "./footer.ts"
import { IntegerWriter, writeDecimalVarint } from "./integer-writer.ts"
import { Statistics, type StatisticsKind } from "./statistics.ts"

type Type = LogicalType.LogicalType

/** A stream of a stripe. */
export interface WrittenStream {
  readonly kind: number
  readonly column: number
  readonly bytes: Uint8Array
}

/** How a column's values are written. */
interface Values {
  readonly size: () => number
  /** Append row `row` of `column`, which is not NULL. */
  readonly add: (column: Column, row: number, statistics: Statistics) => void
  readonly streams: () => ReadonlyArray<readonly [kind: number, bytes: Uint8Array]>
  readonly version: 0 | 2
}

/** Seconds from 1970 to the file's epoch, 2015. */
const epochSeconds = 1420070400

/** See the head of this file. `number` counts all columns in pre-order; `path` is for messages. */
export class ColumnWriter {
  readonly number: number
  readonly kind: TypeKind
  readonly type: Type
  readonly children: ReadonlyArray<ColumnWriter>
  readonly path: string
  statistics: Statistics
  private readonly present = new RunBitsWriter()
  private readonly values: Values

  constructor(
    type: Type,
    path: string,
    number: number,
    children: ReadonlyArray<ColumnWriter>
  ) {
    this.type = type
    this.path = path
    this.number = number
    this.children = children
    this.kind = kindOf(type)
    this.statistics = new Statistics(statisticsOf(this.kind))
    this.values = makeValues(this.kind, type, children)
  }

  /** Append row `row` of `column`. */
  add(column: Column, row: number): void {
    if (column.nulls !== undefined && column.nulls[row] === 1) {
      if (!this.type.nullable) {
        throw new FileValueFault({
          column: this.path,
          wanted: `${this.type.kind} NOT NULL`,
          detail: "a value is NULL. Write rows without it, or declare the column without NOT NULL"
        })
      }
      this.present.add(0)
      this.statistics.addNull()
    } else {
      this.present.add(1)
      this.values.add(column, row, this.statistics)
    }
  }

  /** Roughly the bytes held, with those of its parts. */
  get size(): number {
    let size = this.present.size + this.values.size()
    for (const child of this.children) size += child.size
    return size
  }

  /** The version of the integers' run lengths, as the file tells the encoding. */
  get encoding(): 0 | 2 {
    return this.values.version
  }

  /** The streams of this stripe and those of the parts, and begin anew. */
  streams(): ReadonlyArray<WrittenStream> {
    const column = this.number
    const { anyZero } = this.present
    const present = this.present.finish()
    const own = this.values.streams().map(([kind, bytes]) => ({ kind, column, bytes }))
    return [
      ...anyZero ? [{ kind: StreamKind.present, column, bytes: present }] : [],
      ...own,
      ...this.children.flatMap((child) => child.streams())
    ]
  }
}

function kindOf(type: Type): TypeKind {
  switch (type.kind) {
    case "TINYINT":
      return "BYTE"
    case "SMALLINT":
      return "SHORT"
    case "BIGINT":
      return "LONG"
    case "VARCHAR":
      return type.length === 2147483647 ? "STRING" : "VARCHAR"
    case "VARBINARY":
      return "BINARY"
    case "TIMESTAMP_LTZ":
      return "TIMESTAMP_INSTANT"
    case "ARRAY":
      return "LIST"
    case "ROW":
      return "STRUCT"
    default:
      return type.kind as TypeKind
  }
}

function statisticsOf(kind: TypeKind): StatisticsKind {
  switch (kind) {
    case "BYTE":
    case "SHORT":
    case "INT":
    case "LONG":
      return "integer"
    case "FLOAT":
    case "DOUBLE":
      return "double"
    case "STRING":
    case "VARCHAR":
    case "CHAR":
      return "text"
    case "DATE":
      return "date"
    case "TIMESTAMP":
    case "TIMESTAMP_INSTANT":
      return "timestamp"
    default:
      return "count"
  }
}

function makeValues(kind: TypeKind, type: Type, children: ReadonlyArray<ColumnWriter>): Values {
  switch (kind) {
    case "BOOLEAN":
      return booleans()
    case "BYTE":
      return bytes()
    case "FLOAT":
    case "DOUBLE":
      return floats(kind === "FLOAT" ? 4 : 8)
    case "DECIMAL":
      return decimals((type as Type & { readonly kind: "DECIMAL" }).scale)
    case "TIMESTAMP":
    case "TIMESTAMP_INSTANT":
      return timestamps()
    case "STRUCT":
      return rows(children)
    case "LIST":
    case "MAP":
      return lists(children)
    case "SHORT":
    case "INT":
    case "LONG":
    case "DATE":
      return integers()
    default:
      return texts()
  }
}

function integers(): Values {
  const data = new IntegerWriter(true)
  return {
    version: 2,
    size: () => data.out.length,
    add: (column, row, statistics) => {
      const value = column.values[row] as number | bigint
      statistics.addNumber(value)
      if (typeof value === "number") data.add(value)
      else data.addWide(value)
    },
    streams: () => [[StreamKind.data, data.finish()]]
  }
}

function booleans(): Values {
  const data = new RunBitsWriter()
  return {
    version: 0,
    size: () => data.size,
    add: (column, row, statistics) => {
      statistics.addOne()
      data.add(column.values[row] === 1 ? 1 : 0)
    },
    streams: () => [[StreamKind.data, data.finish()]]
  }
}

function bytes(): Values {
  const data = new RunBytesWriter()
  return {
    version: 0,
    size: () => data.size,
    add: (column, row, statistics) => {
      const value = column.values[row] as number
      statistics.addNumber(value)
      data.add(value & 255)
    },
    streams: () => [[StreamKind.data, data.finish()]]
  }
}

function taken(out: GrowingBytes): Uint8Array {
  const all = out.view().slice()
  out.length = 0
  return all
}

function floats(width: 4 | 8): Values {
  const out = new GrowingBytes(1024)
  const bits = new DataView(new ArrayBuffer(8))
  const source = new Uint8Array(bits.buffer)
  return {
    version: 0,
    size: () => out.length,
    add: (column, row, statistics) => {
      const value = column.values[row] as number
      statistics.addNumber(value)
      if (width === 4) bits.setFloat32(0, value, true)
      else bits.setFloat64(0, value, true)
      writeBytes(out, source, 0, width)
    },
    streams: () => [[StreamKind.data, taken(out)]]
  }
}

function decimals(scale: number): Values {
  const out = new GrowingBytes(1024)
  const scales = new IntegerWriter(true)
  return {
    version: 2,
    size: () => out.length,
    add: (column, row, statistics) => {
      statistics.addOne()
      writeDecimalVarint(out, column.values[row] as number | bigint)
      scales.add(scale)
    },
    streams: () => [[StreamKind.data, taken(out)], [StreamKind.secondary, scales.finish()]]
  }
}

function texts(): Values {
  const out = new GrowingBytes(4096)
  const lengths = new IntegerWriter(false)
  return {
    version: 2,
    size: () => out.length + lengths.out.length,
    add: (column, row, statistics) => {
      const { dictionary } = column
      const at = dictionary === undefined ? row : column.values[row] as number
      const from = dictionary ?? column
      const start = from.starts[at]!, length = from.lengths[at]!
      if (statistics.kind === "text") statistics.addText(from.bytes, start, length)
      else statistics.addOne()
      writeBytes(out, from.bytes, start, length)
      lengths.add(length)
    },
    streams: () => [[StreamKind.data, taken(out)], [StreamKind.length, lengths.finish()]]
  }
}

/** Seconds before 1970 are cut towards it where they have a fraction, as readers expect; in the second just before it the fraction is negative. */
function timestamps(): Values {
  const data = new IntegerWriter(true)
  const nanosData = new IntegerWriter(false)
  return {
    version: 2,
    size: () => data.out.length + nanosData.out.length,
    add: (column, row, statistics) => {
      const millis = column.values[row] as number
      statistics.addNumber(millis)
      let seconds = Math.floor(millis / 1000)
      let nanos = (millis - seconds * 1000) * 1000000 +
        (column.layout === "ts9" ? column.nanos[row]! : 0)
      if (seconds === -1 && nanos > 999999) nanos -= 1e9
      if (seconds < 0 && (nanos > 999999 || nanos < 0)) seconds++
      data.add(seconds - epochSeconds)
      const packed = packNanos(nanos)
      if (packed >= 0) nanosData.add(packed)
      else nanosData.addWide(BigInt(packed))
    },
    streams: () => [
      [StreamKind.data, data.finish()],
      [StreamKind.secondary, nanosData.finish()]
    ]
  }
}

/** Without their last zeros, whose number minus one is in the lowest three bits. */
function packNanos(nanos: number): number {
  if (nanos === 0) return 0
  if (nanos % 100 !== 0) return nanos * 8
  let value = nanos / 100
  let zeros = 1
  while (value % 10 === 0 && zeros < 7) {
    value /= 10
    zeros++
  }
  return value * 8 + zeros
}

function rows(children: ReadonlyArray<ColumnWriter>): Values {
  return {
    version: 0,
    size: () => 0,
    add: (column, row, statistics) => {
      statistics.addOne()
      for (let i = 0; i < children.length; i++) children[i]!.add(column.children[i]!, row)
    },
    streams: () => []
  }
}

function lists(children: ReadonlyArray<ColumnWriter>): Values {
  const lengths = new IntegerWriter(false)
  return {
    version: 2,
    size: () => lengths.out.length,
    add: (column, row, statistics) => {
      statistics.addOne()
      const start = column.starts[row]!, length = column.lengths[row]!
      lengths.add(length)
      for (let i = start; i < start + length; i++) {
        for (let k = 0; k < children.length; k++) children[k]!.add(column.children[k]!, i)
      }
    },
    streams: () => [[StreamKind.length, lengths.finish()]]
  }
}
