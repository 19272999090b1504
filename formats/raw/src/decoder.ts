/** Raw bytes to one column: a record is a message, a part of one, or what stands before a delimiter in a file. */
import {
  Batch,
  DecodedColumn,
  encodeUtf8,
  type FormatContext,
  type LogicalType,
  type OnBadRecord,
  type RowDecoder
} from "@millrace/core/internal"
import { isUtf8 } from "node:buffer"
import type { Charset } from "./charset.ts"

const excerptBytesMax = 65536

/** How records are read, from the format's options. */
export interface RawReading {
  readonly charset: Charset
  readonly littleEndian: boolean
  /** Ends a record; absent: a line feed in files, nothing in messages. */
  readonly delimiter: Uint8Array | undefined
}

/** Bytes of a value of a type, or undefined when any number will do. */
function sizeOf(kind: LogicalType.LogicalType["kind"]): number | undefined {
  switch (kind) {
    case "BOOLEAN":
    case "TINYINT":
      return 1
    case "SMALLINT":
      return 2
    case "INT":
    case "FLOAT":
      return 4
    case "BIGINT":
    case "DOUBLE":
      return 8
    default:
      return undefined
  }
}

/** A decoder of one file, or of the messages of one split. */
export class RawDecoder implements RowDecoder {
  rows = 0
  private readonly reading: RawReading
  private readonly column: DecodedColumn
  private readonly projection: number
  private readonly lineEnd: Uint8Array
  private readonly stripReturn: boolean
  private readonly onBad: OnBadRecord
  private readonly text: boolean
  private readonly size: number | undefined
  private record = 0
  private base: Uint8Array = new Uint8Array(0)
  private messages = false

  constructor(context: FormatContext, reading: RawReading, onBad: OnBadRecord) {
    const { type } = context.physical[0]!
    this.reading = reading
    this.column = new DecodedColumn(type)
    this.projection = context.projection.length
    this.text = type.kind === "CHAR" || type.kind === "VARCHAR"
    this.lineEnd = reading.delimiter ??
      (this.text ? reading.charset.encode?.("\n").slice(-reading.charset.unitBytes) : undefined) ??
      Uint8Array.of(10)
    this.stripReturn = reading.delimiter === undefined && this.lineEnd.length === 1
    this.size = sizeOf(type.kind)
    this.onBad = onBad
  }

  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number {
    this.base = bytes
    this.messages = false
    let at = from
    while (this.rows < limit && at < to) {
      const end = this.find(bytes, at, to, this.lineEnd)
      if (end < 0 && !last) break
      const stop = end < 0 ? to : end
      const strip = this.stripReturn && stop > at && bytes[stop - 1] === 13
      this.read(bytes, at, strip ? stop - 1 : stop, at)
      at = end < 0 ? to : end + this.lineEnd.length
    }
    return at
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    this.messages = true
    const { delimiter } = this.reading
    if (delimiter === undefined) return this.read(bytes, from, to, 0)
    for (let at = from; at < to;) {
      const end = this.find(bytes, at, to, delimiter)
      this.read(bytes, at, end < 0 ? to : end, 0)
      at = end < 0 ? to : end + delimiter.length
    }
  }

  take(): Batch | undefined {
    if (this.rows === 0) return undefined
    const { rows } = this
    const column = this.column.column(0, rows, this.base)
    this.column.renew()
    this.rows = 0
    return new Batch(rows, new Array(this.projection).fill(column))
  }

  /** Where `delimiter` next begins, at a whole character; -1 when it does not within the bytes. */
  private find(bytes: Uint8Array, from: number, to: number, delimiter: Uint8Array): number {
    const { unitBytes } = this.reading.charset
    const stop = to - delimiter.length
    for (let at = from; at <= stop;) {
      at = bytes.indexOf(delimiter[0]!, at)
      if (at < 0 || at > stop) return -1
      let same = (at - from) % unitBytes === 0
      for (let i = 1; same && i < delimiter.length; i++) same = bytes[at + i] === delimiter[i]
      if (same) return at
      at++
    }
    return -1
  }

  private read(bytes: Uint8Array, from: number, to: number, offset: number): void {
    this.record++
    const row = this.rows
    this.column.ensure(row)
    this.column.nulls[row] = 0
    const error = this.write(bytes, from, to, row)
    if (error === undefined) this.rows++
    else {
      this.onBad({
        bytes: bytes.slice(from, Math.min(to, from + excerptBytesMax)),
        offset,
        row: this.record,
        error
      })
    }
  }

  private write(bytes: Uint8Array, from: number, to: number, row: number): string | undefined {
    const { column, size } = this
    const length = to - from
    if (size === undefined) return this.writeBytes(bytes, from, length, row)
    if (length !== size) {
      return `Size of data received for deserializing ${column.type.kind} type is not ${size}: found ${length} bytes`
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + from, length)
    const little = this.reading.littleEndian
    switch (column.type.kind) {
      case "BOOLEAN":
        column.values[row] = view.getInt8(0) === 0 ? 0 : 1
        break
      case "TINYINT":
        column.values[row] = view.getInt8(0)
        break
      case "SMALLINT":
        column.values[row] = view.getInt16(0, little)
        break
      case "INT":
        column.values[row] = view.getInt32(0, little)
        break
      case "BIGINT":
        column.setBigint(row, view.getBigInt64(0, little))
        break
      case "FLOAT":
        column.values[row] = view.getFloat32(0, little)
        break
      default:
        column.values[row] = view.getFloat64(0, little)
    }
    return undefined
  }

  private writeBytes(
    bytes: Uint8Array,
    from: number,
    length: number,
    row: number
  ): string | undefined {
    const { column } = this
    const { charset } = this.reading
    if (this.text && !charset.utf8) {
      try {
        const text = encodeUtf8(charset.decode(bytes.subarray(from, from + length)))
        column.setBytes(row, this.base, text, 0, text.length)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        return `Expected text in the charset of 'raw.charset' but found ${error.message}`
      }
      return undefined
    }
    if (this.text && !isUtf8(bytes.subarray(from, from + length))) {
      return "Expected UTF-8 but found other bytes"
    }
    if (this.messages || column.own !== undefined) {
      column.setBytes(row, this.base, bytes, from, length)
    } else {
      column.starts[row] = from
      column.lengths[row] = length
    }
    return undefined
  }
}
