/** What a message knows beside its key and value, as columns: gathered record by record, only what was asked for. */
import { BytesBuilder, Column, Dictionary, encodeUtf8, LogicalType } from "@millrace/core/internal"
import { eachHeader, type RecordCursor } from "../protocol/record-cursor.ts"

const { simple, string, withNullable } = LogicalType

const bytes: LogicalType.LogicalType = {
  kind: "VARBINARY",
  nullable: true,
  length: LogicalType.lengthMax
}
const text = withNullable(string, false)

/** Readable metadata, by key. */
export const readable: Readonly<Record<string, LogicalType.LogicalType>> = {
  topic: text,
  partition: simple("INT", false),
  headers: { kind: "MAP", nullable: false, key: string, value: bytes },
  "header-list": {
    kind: "ARRAY",
    nullable: false,
    element: {
      kind: "ROW",
      nullable: true,
      fields: [{ name: "key", type: string }, { name: "value", type: bytes }]
    }
  },
  "leader-epoch": simple("INT"),
  offset: simple("BIGINT", false),
  timestamp: { kind: "TIMESTAMP_LTZ", nullable: false, precision: 3 },
  "timestamp-type": text
}

const timestampTypes = ["CreateTime", "LogAppendTime"]

/** The rows of one batch; growing arrays, given out by {@link take}. */
export class MetadataColumns {
  private readonly keys: ReadonlyArray<string>
  private readonly wantsHeaders: boolean
  private rows = 0
  private offsets = new Float64Array(1024)
  private times = new Float64Array(1024)
  private epochs = new Int32Array(1024)
  private kinds = new Int32Array(1024)
  private starts = new Int32Array(1024)
  private lengths = new Int32Array(1024)
  private readonly headerKeys = new BytesBuilder()
  private readonly headerValues = new BytesBuilder()
  private headerColumns: readonly [Column, Column] | undefined = undefined

  constructor(keys: ReadonlyArray<string>) {
    this.keys = keys
    this.wantsHeaders = keys.some((key) => key.startsWith("header"))
  }

  /** `count` rows of the current record of `cursor`. */
  add(cursor: RecordCursor, count: number): void {
    if (this.keys.length === 0 || count === 0) return
    const from = this.headerKeys.rows
    if (this.wantsHeaders) this.addHeaders(cursor)
    this.ensure(this.rows + count)
    for (let i = this.rows; i < this.rows + count; i++) {
      this.offsets[i] = cursor.offset
      this.times[i] = cursor.timestampMillis
      this.epochs[i] = cursor.leaderEpoch
      this.kinds[i] = cursor.logAppendTime ? 1 : 0
      this.starts[i] = from
      this.lengths[i] = this.headerKeys.rows - from
    }
    this.rows += count
  }

  /** The columns of rows `from` to `to`. After the last rows call {@link clear}. */
  columns(from: number, to: number, topic: string, partition: number): ReadonlyArray<Column> {
    return this.keys.map((key) => this.column(key, from, to, topic, partition))
  }

  /** Begin anew. */
  clear(): void {
    this.rows = 0
    this.headerColumns = undefined
    this.headerKeys.finish()
    this.headerValues.finish()
  }

  private column(key: string, from: number, to: number, topic: string, partition: number): Column {
    const rows = to - from
    switch (key) {
      case "topic":
        return coded([topic], new Int32Array(rows))
      case "partition":
        return new Column({ layout: "i32", rows, values: new Int32Array(rows).fill(partition) })
      case "offset":
        return new Column({ layout: "i64", rows, values: this.offsets.slice(from, to) })
      case "timestamp":
        return new Column({ layout: "f64", rows, values: this.times.slice(from, to) })
      case "timestamp-type":
        return coded(timestampTypes, this.kinds.slice(from, to))
      case "leader-epoch": {
        const values = this.epochs.slice(from, to)
        const nulls = values.includes(-1)
          ? Uint8Array.from(values, (value) => value < 0 ? 1 : 0)
          : undefined
        return new Column({ layout: "i32", rows, values, nulls })
      }
      default:
        return this.headers(key, from, to)
    }
  }

  private headers(key: string, from: number, to: number): Column {
    const rows = to - from
    this.headerColumns ??= [this.headerKeys.finish(), this.headerValues.finish()]
    const [keys, values] = this.headerColumns
    const starts = this.starts.slice(from, to), lengths = this.lengths.slice(from, to)
    if (key === "headers") {
      return new Column({ layout: "map", rows, starts, lengths, children: [keys, values] })
    }
    const element = new Column({ layout: "row", rows: keys.rows, children: [keys, values] })
    return new Column({ layout: "list", rows, starts, lengths, children: [element] })
  }

  private addHeaders(cursor: RecordCursor): void {
    eachHeader(cursor, (keyFrom, keyLength, valueFrom, valueLength) => {
      this.headerKeys.push(cursor.bytes, keyFrom, keyLength)
      if (valueLength < 0) this.headerValues.pushNull()
      else this.headerValues.push(cursor.bytes, valueFrom, valueLength)
    })
  }

  private ensure(rows: number): void {
    if (rows <= this.offsets.length) return
    const size = Math.max(rows, this.offsets.length * 2)
    this.offsets = grown(this.offsets, new Float64Array(size))
    this.times = grown(this.times, new Float64Array(size))
    this.epochs = grown(this.epochs, new Int32Array(size))
    this.kinds = grown(this.kinds, new Int32Array(size))
    this.starts = grown(this.starts, new Int32Array(size))
    this.lengths = grown(this.lengths, new Int32Array(size))
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

function coded(texts: ReadonlyArray<string>, codes: Int32Array): Column {
  const parts = texts.map(encodeUtf8)
  const lengths = Int32Array.from(parts, (part) => part.length)
  const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  const starts = new Int32Array(parts.length)
  let at = 0
  parts.forEach((part, i) => {
    all.set(part, at)
    starts[i] = at
    at += part.length
  })
  const dictionary = new Dictionary(parts.length, all, starts, lengths)
  return new Column({ layout: "bytes", rows: codes.length, values: codes, dictionary })
}
