/**
 * One row as a message: key, value, headers, topic, time. The bytes of a row stand in buffers that the next row writes over; whoever
 * keeps them copies.
 */
import {
  bytesOf,
  type Column,
  type FormatContext,
  GrowingBytes,
  isNull,
  LogicalType,
  type RowEncoder,
  textOf
} from "@millrace/core/internal"
import type { Half, KeyValue } from "../key-value.ts"

/** Writable metadata, by key. */
export const writable: Readonly<Record<string, LogicalType.LogicalType>> = {
  topic: LogicalType.string,
  headers: {
    kind: "MAP",
    nullable: true,
    key: LogicalType.string,
    value: { kind: "VARBINARY", nullable: true, length: LogicalType.lengthMax }
  },
  "header-list": {
    kind: "ARRAY",
    nullable: true,
    element: {
      kind: "ROW",
      nullable: true,
      fields: [
        { name: "key", type: LogicalType.string },
        {
          name: "value",
          type: { kind: "VARBINARY", nullable: true, length: LogicalType.lengthMax }
        }
      ]
    }
  },
  timestamp: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 3 }
}

/** Where the columns of a written batch go. */
export interface RowPlaces {
  /** Places of the key's columns among those written. */
  readonly key: ReadonlyArray<number>
  readonly value: ReadonlyArray<number>
  /** Places of metadata columns, by key. */
  readonly metadata: ReadonlyMap<string, number>
}

/** See the head of this file. */
export class MessageEncoder {
  readonly key: GrowingBytes = new GrowingBytes(1024)
  readonly value: GrowingBytes = new GrowingBytes(4096)
  private readonly places: RowPlaces
  private readonly keyEncoder: RowEncoder | undefined
  private readonly valueEncoder: RowEncoder
  private keyColumns: ReadonlyArray<Column> = []
  private valueColumns: ReadonlyArray<Column> = []
  private topics: Column | undefined = undefined
  private times: Column | undefined = undefined
  private headersOf: Column | undefined = undefined
  private readonly headerBytes: GrowingBytes = new GrowingBytes(256)
  /** A topic's text by code or, of plain columns, the last one. */
  private lastTopic: { readonly bytes: Uint8Array; readonly text: string } | undefined = undefined

  constructor(keyValue: KeyValue, places: RowPlaces, table: string, timeZone: string) {
    this.places = places
    const encoderOf = ({ format, physical }: Half): RowEncoder => {
      const context: FormatContext = {
        options: format.options,
        physical,
        projection: [],
        timeZone,
        table
      }
      return format.factory.encoder!(context)
    }
    this.keyEncoder = keyValue.key === undefined ? undefined : encoderOf(keyValue.key)
    this.valueEncoder = encoderOf(keyValue.value)
  }

  /** The batch whose rows follow. */
  begin(columns: ReadonlyArray<Column>): void {
    const { key, value, metadata } = this.places
    this.keyColumns = key.map((place) => columns[place]!)
    this.valueColumns = value.map((place) => columns[place]!)
    const of = (name: string): Column | undefined => {
      const place = metadata.get(name)
      return place === undefined ? undefined : columns[place]
    }
    this.topics = of("topic")
    this.times = of("timestamp")
    this.headersOf = of("headers") ?? of("header-list")
  }

  /** Write the key of a row to `key`; false: the table has none. */
  encodeKey(row: number): boolean {
    if (this.keyEncoder === undefined) return false
    this.key.length = 0
    this.keyEncoder.encodeRow(this.keyColumns, row, this.key)
    return true
  }

  /** Write the value of a row to `value`. */
  encodeValue(row: number): void {
    this.value.length = 0
    this.valueEncoder.encodeRow(this.valueColumns, row, this.value)
  }

  /** The row's own topic; undefined: it names none. */
  topic(row: number): string | undefined {
    const { topics } = this
    if (topics === undefined || isNull(topics, row)) return undefined
    const bytes = bytesOf(topics, row)
    if (this.lastTopic !== undefined && equal(this.lastTopic.bytes, bytes)) {
      return this.lastTopic.text
    }
    const text = textOf(topics, row)
    this.lastTopic = { bytes: bytes.slice(), text }
    return text
  }

  /** The row's own time, epoch millis; undefined: it has none. */
  timeMillis(row: number): number | undefined {
    const { times } = this
    return times === undefined || isNull(times, row) ? undefined : times.values[row] as number
  }

  /** The row's headers as on the wire, with their count; undefined: none. */
  headers(row: number): Uint8Array | undefined {
    const column = this.headersOf
    if (column === undefined || isNull(column, row)) return undefined
    const from = column.starts[row]!
    const to = from + column.lengths[row]!
    if (to === from) return undefined
    const element = column.layout === "list" ? column.children[0]! : column
    const [keys, values] = element.children as [Column, Column]
    const out = this.headerBytes
    out.length = 0
    let count = 0
    for (let i = from; i < to; i++) {
      if (column.layout === "list" && isNull(element, i)) continue
      if (isNull(keys, i)) continue
      count++
      appendPiece(out, bytesOf(keys, i))
      if (isNull(values, i)) appendVarint(out, -1)
      else appendPiece(out, bytesOf(values, i))
    }
    const head = new GrowingBytes(5)
    appendVarint(head, count)
    const whole = new Uint8Array(head.length + out.length)
    whole.set(head.view())
    whole.set(out.view(), head.length)
    return whole
  }
}

function appendPiece(out: GrowingBytes, bytes: Uint8Array): void {
  appendVarint(out, bytes.length)
  out.reserve(bytes.length)
  out.bytes.set(bytes, out.length)
  out.length += bytes.length
}

function appendVarint(out: GrowingBytes, value: number): void {
  out.reserve(5)
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 127) {
    out.bytes[out.length++] = (rest & 127) | 128
    rest >>>= 7
  }
  out.bytes[out.length++] = rest
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
