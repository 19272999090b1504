/**
 * CSV to columns. A record is cut into fields without a copy; fields of the projection are converted, others are not looked at.
 * Text without escapes stays a view into the given bytes.
 */
import {
  assert,
  type BadRecord,
  Batch,
  batchRowsMax,
  DecodedColumn,
  decodeUtf8,
  fieldOf,
  type FormatContext,
  type LogicalType,
  type OnBadRecord,
  type RowDecoder,
  slice
} from "@millrace/core/internal"
import { isUtf8 } from "node:buffer"
import { convert, type Piece } from "./convert.ts"
import type { Dialect } from "./dialect.ts"
import { CsvHeader } from "./fault.ts"
import { Form, Splitter, unescape, unfinished } from "./splitter.ts"

const excerptBytesMax = 65536

/** U+FEFF in UTF-8: no part of the first field. */
const mark: ReadonlyArray<number> = [0xef, 0xbb, 0xbf]

/** A record that does not end within this many bytes is bad: most likely a quote was never closed. */
export const recordBytesMax: number = 16 * 1024 * 1024

/** A decoder of one file, or of the messages of one split. */
export class CsvDecoder implements RowDecoder {
  private written = 0
  /** Rows beyond one batch that messages gave: handed out in parts. */
  private rest: Batch | undefined = undefined
  private restFrom = 0
  private readonly dialect: Dialect
  private readonly physical: LogicalType.RowType
  private readonly onBad: OnBadRecord
  private readonly splitter: Splitter
  private readonly columns: ReadonlyArray<DecodedColumn>
  /** Index into `physical` of each of `columns`. */
  private readonly indexes: ReadonlyArray<number>
  /** Field number of each of `columns`. */
  private fields: ReadonlyArray<number>
  private readonly outputs: ReadonlyArray<
    { readonly column: number; readonly path: ReadonlyArray<number> }
  >
  private width: number
  private headerRead = false
  /** Whether the file's beginning, where a byte order mark may stand, lies behind. */
  private begun = false
  private record = 0
  private base: Uint8Array = new Uint8Array(0)
  private checkedFrom = 0
  private checkedTo = 0
  private valid = false
  /** Records that begin before this place of `base` end with a line feed that three more bytes follow. */
  private plainTo = 0
  private view: DataView = new DataView(new ArrayBuffer(0))
  private readonly piece: Piece
  private scratch: Uint8Array = new Uint8Array(256)
  private arena: Uint8Array = new Uint8Array(0)
  private arenaLength = 0

  constructor(context: FormatContext, dialect: Dialect, onBad: OnBadRecord) {
    this.dialect = dialect
    this.physical = context.physical
    this.onBad = onBad
    this.splitter = new Splitter(dialect)
    this.indexes = [...new Set(context.projection.map((path) => path[0]!))]
    this.columns = this.indexes.map((index) => new DecodedColumn(context.physical[index]!.type))
    this.outputs = context.projection.map((path) => ({
      column: this.indexes.indexOf(path[0]!),
      path: path.slice(1)
    }))
    this.fields = this.indexes
    this.width = context.physical.length
    this.piece = { base: this.base, bytes: this.base, start: 0, length: 0 }
  }

  decodeHeader(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    this.begun = true
    if (!this.dialect.header) return from
    const end = this.splitter.split(bytes, from + markBytes(bytes, from, to), to, last)
    if (end === unfinished) return -1
    if (from < to) this.readHeader(bytes)
    return end
  }

  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number {
    assert(this.arenaLength === 0, "a batch is decoded from a stream or from messages")
    assert(bytes === this.base || this.written === 0, "the rows of a batch come from one array")
    this.look(bytes, from, to)
    let at = from
    if (this.dialect.header && !this.headerRead && from < to) {
      at = this.decodeHeader(bytes, from, to, last)
      if (at < 0) return from
    } else if (!this.begun && from < to) {
      if (!last && to - from < mark.length && bytes[from] === mark[0]) return from
      this.begun = true
      at += markBytes(bytes, from, to)
    }
    while (this.written < limit && at < to) {
      const end = this.next(bytes, at, to, last)
      if (end === unfinished) break
      at = end
    }
    return at
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    const start = this.arenaLength
    const length = to - from
    if (start + length > this.arena.length) {
      const bigger = new Uint8Array(Math.max(start + length, this.arena.length * 2, 65536))
      bigger.set(this.arena.subarray(0, start))
      this.arena = bigger
    }
    this.arena.set(bytes.subarray(from, to), start)
    this.arenaLength = start + length
    this.base = this.arena
    this.checkedFrom = start
    this.checkedTo = start + length
    this.valid = isUtf8(this.arena.subarray(start, start + length))
    this.plainTo = 0
    let at = start
    if (this.dialect.header) at = this.decodeHeader(this.arena, at, start + length, true)
    while (at < start + length) at = this.next(this.arena, at, start + length, true)
  }

  get rows(): number {
    return this.written + (this.rest === undefined ? 0 : this.rest.rows - this.restFrom)
  }

  take(): Batch | undefined {
    if (this.rest === undefined) {
      const batch = this.takeAll()
      if (batch === undefined || batch.rows <= batchRowsMax) return batch
      this.rest = batch
      this.restFrom = 0
    }
    const { rest, restFrom } = this
    const to = Math.min(rest.rows, restFrom + batchRowsMax)
    this.restFrom = to
    if (to === rest.rows) this.rest = undefined
    return new Batch(to - restFrom, rest.columns.map((column) => slice(column, restFrom, to)))
  }

  private takeAll(): Batch | undefined {
    if (this.written === 0) return undefined
    const { written: rows, base } = this
    const columns = this.columns.map((column) => column.column(0, rows, base))
    for (const column of this.columns) column.renew()
    this.written = 0
    if (this.arenaLength > 0) {
      this.arena = new Uint8Array(this.arena.length)
      this.arenaLength = 0
    }
    return new Batch(rows, this.outputs.map(({ column, path }) => fieldOf(columns[column]!, path)))
  }

  private look(bytes: Uint8Array, from: number, to: number): void {
    const known = bytes === this.base && from >= this.checkedFrom && from <= this.checkedTo
    const end = to <= from ? from : Math.max(from, bytes.lastIndexOf(10, to - 1) + 1)
    if (known && end === this.checkedTo) return
    this.base = bytes
    this.checkedFrom = from
    this.checkedTo = end
    this.valid = isUtf8(bytes.subarray(from, end))
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const sure = Math.min(end, bytes.length - 3)
    this.plainTo = this.dialect.trim || sure <= 0 ? 0 : bytes.lastIndexOf(10, sure - 1) + 1
  }

  private readHeader(bytes: Uint8Array): void {
    const { splitter } = this
    this.record++
    this.headerRead = true
    const names: Array<string> = []
    for (let i = 0; i < splitter.count; i++) {
      this.cut(bytes, i)
      names.push(decodeUtf8(this.piece.bytes, this.piece.start, this.piece.length).trim())
    }
    const missing = this.indexes.map((index) => this.physical[index]!.name)
      .filter((name) => !names.includes(name))
    if (missing.length > 0) throw new CsvHeader({ missing, found: names })
    this.fields = this.indexes.map((index) => names.indexOf(this.physical[index]!.name))
    this.width = names.length
  }

  /** Read the record at `at`; gives where the next one begins, or {@link unfinished}. */
  private next(bytes: Uint8Array, at: number, to: number, last: boolean): number {
    const { splitter, dialect } = this
    if (dialect.comments && bytes[at] === 35) {
      const end = bytes.indexOf(10, at)
      const inside = end >= 0 && end < to
      if (!inside && !last) return unfinished
      this.record++
      return inside ? end + 1 : to
    }
    let end = at < this.plainTo ? splitter.splitPlain(bytes, this.view, at) : -1
    if (end < 0) end = splitter.split(bytes, at, to, last)
    let problem = splitter.problem
    if (end === unfinished) {
      const line = bytes.indexOf(10, at)
      if (to - at < recordBytesMax || line < 0 || line >= to) return unfinished
      end = line + 1
      problem =
        `Expected a record of at most ${recordBytesMax} bytes but it goes on: a quote may not be closed`
    }
    this.record++
    if (this.blank(at, end)) return end
    problem ??= this.checkRecord(bytes, at, end) ?? this.readRow(bytes)
    if (problem !== undefined && !dialect.ignoreErrors) {
      const offset = this.arenaLength > 0 ? 0 : at
      const size = Math.min(lineEnd(bytes, at, end), at + excerptBytesMax)
      const bad: BadRecord = {
        bytes: bytes.slice(at, size),
        offset,
        row: this.record,
        error: problem
      }
      this.onBad(bad)
    }
    return end
  }

  /** Whether the record is an empty line of a table that has several columns. */
  private blank(at: number, end: number): boolean {
    const { splitter } = this
    return splitter.count === 1 && this.width > 1 && splitter.lengths[0] === 0 &&
      splitter.forms[0] === Form.plain && end - at <= 2
  }

  private checkRecord(bytes: Uint8Array, at: number, end: number): string | undefined {
    const { splitter, dialect, width } = this
    const { count } = splitter
    if (!(this.valid && end <= this.checkedTo) && !isUtf8(bytes.subarray(at, end))) {
      return "Expected UTF-8 but found other bytes"
    }
    if (count > width && !dialect.ignoreTrailing) {
      const trailing = count === width + 1 && splitter.lengths[width] === 0 &&
        splitter.forms[width] === Form.plain
      if (!trailing || !dialect.trailingDelimiter) return this.mismatch()
    }
    if (count < width && (!dialect.ignoreErrors || dialect.failOnMissing)) return this.mismatch()
    return undefined
  }

  private mismatch(): string {
    const { width } = this
    return `Expected ${width} field${
      width === 1 ? "" : "s"
    } but found ${this.splitter.count} in row ${this.record}`
  }

  private readRow(bytes: Uint8Array): string | undefined {
    const { columns, fields, rows } = this
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!
      column.ensure(rows)
      column.nulls[rows] = 0
      if (fields[i]! >= this.splitter.count) {
        column.setNull(rows)
        continue
      }
      this.cut(bytes, fields[i]!)
      const wanted = this.value(column, rows)
      if (wanted === undefined) continue
      if (!this.dialect.ignoreErrors) return this.mistyped(bytes, i, wanted)
      column.setNull(rows)
    }
    this.written = rows + 1
    return undefined
  }

  private mistyped(bytes: Uint8Array, index: number, wanted: string): string {
    this.cut(bytes, this.fields[index]!)
    const { piece } = this
    const found = decodeUtf8(piece.bytes, piece.start, Math.min(piece.length, 40))
    const name = this.physical[this.indexes[index]!]!.name
    const hint = piece.length === 0
      ? ". An empty field is NULL only with 'csv.empty-string-as-null' = 'true' or 'csv.null-literal' = ''"
      : ""
    return `Expected ${wanted} but found "${found}${
      piece.length > 40 ? "…" : ""
    }" in field '${name}'${hint}`
  }

  /** Make `piece` the text of field `index`. */
  private cut(bytes: Uint8Array, index: number): void {
    const { splitter, piece } = this
    const start = splitter.starts[index]!, length = splitter.lengths[index]!
    const form = splitter.forms[index]!
    piece.base = bytes
    if (form === Form.plain || form === Form.quoted) {
      piece.bytes = bytes
      piece.start = start
      piece.length = length
      return
    }
    if (length > this.scratch.length) this.scratch = new Uint8Array(length * 2)
    piece.length = unescape(bytes, start, length, form, this.dialect, this.scratch)
    piece.bytes = this.scratch
    piece.start = 0
  }

  /** Write `piece` to `column`; gives what was wanted instead, or undefined. */
  private value(column: DecodedColumn, row: number): string | undefined {
    const { piece, dialect } = this
    if (piece.length === 0 && dialect.emptyAsNull) {
      column.setNull(row)
      return undefined
    }
    if (dialect.nullLiteral !== undefined && same(piece, dialect.nullLiteral)) {
      column.setNull(row)
      return undefined
    }
    if (column.layout === "list") return this.list(column, row)
    if (column.layout === "row") return this.row(column, row)
    return convert(piece, column, row)
  }

  private list(column: DecodedColumn, row: number): string | undefined {
    const { piece } = this
    const elements = column.children[0]!
    const first = elements.count
    const { bytes, start, length } = piece
    const end = start + length
    for (let at = start; length > 0 && at <= end;) {
      const stop = this.element(bytes, at, end)
      const index = elements.count
      elements.ensure(index)
      elements.nulls[index] = 0
      const wanted = this.value(elements, index)
      if (wanted !== undefined) {
        if (!this.dialect.ignoreErrors) {
          elements.count = first
          return wanted
        }
        elements.setNull(index)
      }
      elements.count++
      at = stop + 1
    }
    column.starts[row] = first
    column.lengths[row] = elements.count - first
    return undefined
  }

  private row(column: DecodedColumn, row: number): string | undefined {
    const { bytes, start, length } = this.piece
    const end = start + length
    let at = start
    for (let i = 0; i < column.children.length; i++) {
      const child = column.children[i]!
      child.nulls[row] = 0
      const short = at > end
      if (short && !this.dialect.ignoreErrors) return `a ROW of ${column.children.length} fields`
      const stop = short ? at : this.element(bytes, at, end)
      const wanted = short ? "a field" : this.value(child, row)
      if (wanted !== undefined) {
        if (!this.dialect.ignoreErrors) return wanted
        child.setNull(row)
      }
      at = stop + 1
    }
    return at <= end && !this.dialect.ignoreErrors
      ? `a ROW of ${column.children.length} fields`
      : undefined
  }

  /** Make `piece` the element that begins at `at`; gives where its delimiter is. */
  private element(bytes: Uint8Array, at: number, end: number): number {
    let stop = at
    while (stop < end && bytes[stop] !== this.dialect.elementDelimiter) stop++
    this.piece.bytes = bytes
    this.piece.start = at
    this.piece.length = stop - at
    return stop
  }
}

/** The length of the byte order mark at `from`, or 0. */
function markBytes(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < mark.length) return 0
  return mark.every((byte, index) => bytes[from + index] === byte) ? mark.length : 0
}

function same(piece: Piece, text: Uint8Array): boolean {
  if (piece.length !== text.length) return false
  for (let i = 0; i < text.length; i++) if (piece.bytes[piece.start + i] !== text[i]) return false
  return true
}

/** The end of a record without its line end. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end > at && bytes[end - 1] === 10) end--
  return end > at && bytes[end - 1] === 13 ? end - 1 : end
}
