/**
 * The columns that a decoder of binary messages fills: one row a message (or a few), written by row number by a generated loop that may
 * give up in the middle. Text columns are views into `base`: the array that all messages of a batch came in (a fetch holds many), or, where each
 * comes in its own, an arena to which they are copied one behind the other.
 *
 * Invariant: below `rows` every row is whole; at and above it nothing is marked NULL and no element is counted.
 */
import type { Field, LogicalType, RowType } from "../type/logical-type.ts"
import type { Column } from "./column.ts"
import { DecodedColumn } from "./decoded-column.ts"
import { Batch, batchRowsMax } from "./element.ts"
import { gather, slice } from "./column.ts"
import { fieldOf } from "./row-field.ts"

const arenaBytesMin = 4096
const noBytes = new Uint8Array(0)

interface Output {
  readonly top: number
  readonly path: ReadonlyArray<number>
}

/** Owned by one decoder. */
export class MessageColumns {
  /** The paths that have a column of their own: of the projection, without those inside another. */
  readonly paths: ReadonlyArray<ReadonlyArray<number>>
  /** One for each path. */
  readonly tops: ReadonlyArray<DecodedColumn>
  /** What the messages since the last batch stand in. */
  base: Uint8Array = noBytes
  /** A view of `base`, for numbers of several bytes. */
  view: DataView = new DataView(noBytes.buffer)
  /** Whole rows so far. */
  rows = 0
  /** A `RowKind` for each row, where these are not all inserts. */
  kinds: Uint8Array | undefined = undefined
  /** The rows to give, in their order, where these are not simply all. */
  order: Array<number> | undefined = undefined
  /** Whether messages are read where they came. */
  private borrows = true
  private last: Uint8Array = noBytes
  /** Of this batch: messages, and how many of them came in another array than the one before. */
  private messages = 0
  private changes = 0
  private arenaLength = 0
  private readonly flushed: Array<Batch> = []
  private readonly outputs: ReadonlyArray<Output>
  private readonly aligned: ReadonlyArray<DecodedColumn>
  private readonly counted: ReadonlyArray<DecodedColumn>
  private readonly counts: Int32Array
  private readonly views: boolean
  /** Rows that every top has room for. */
  private room = 0
  private rest: Batch | undefined = undefined
  private restFrom = 0

  constructor(physical: RowType, projection: ReadonlyArray<ReadonlyArray<number>>) {
    this.paths = projection.filter((path, i) =>
      !projection.some((other, k) =>
        (other.length < path.length || (other.length === path.length && k < i)) &&
        other.every((index, depth) => path[depth] === index)
      )
    )
    this.tops = this.paths.map((path) => new DecodedColumn(typeAt(physical, path)))
    this.outputs = projection.map((path) => {
      const top = this.paths.findIndex((other) => other.every((index, i) => path[i] === index))
      return { top, path: path.slice(this.paths[top]!.length) }
    })
    this.aligned = this.tops.flatMap(rowColumns)
    this.counted = this.tops.flatMap(elementColumns)
    this.counts = new Int32Array(this.counted.length)
    this.views = this.tops.some(holdsText)
  }

  /** Rows that {@link take} would give. */
  get ready(): number {
    let ready = this.order?.length ?? this.rows
    for (const batch of this.flushed) ready += batch.rows
    return this.rest === undefined ? ready : ready + this.rest.rows - this.restFrom
  }

  /** Take in a message and make room for `more` rows; answers where it begins in `base`. It ends at the answer + `to - from`. */
  begin(bytes: Uint8Array, from: number, to: number, more: number): number {
    const start = this.borrows && (bytes === this.base || this.rows === 0)
      ? this.borrow(bytes, from)
      : this.copy(bytes, from, to)
    this.messages++
    if (this.rows + more > this.room) this.ensure(more)
    for (let i = 0; i < this.counted.length; i++) this.counts[i] = this.counted[i]!.count
    return start
  }

  private borrow(bytes: Uint8Array, from: number): number {
    if (bytes !== this.base) this.use(bytes)
    return from
  }

  private copy(bytes: Uint8Array, from: number, to: number): number {
    if (this.borrows) {
      // Messages come each in their own array: rows so far become a batch, the next ones are copied together.
      this.borrows = false
      this.flush()
      this.use(new Uint8Array(arenaBytesMin))
    }
    if (bytes !== this.last) {
      this.last = bytes
      this.changes++
    }
    const start = this.views ? this.arenaLength : 0
    const length = to - from
    if (start + length > this.base.length) {
      const larger = new Uint8Array(Math.max(start + length, this.base.length * 2))
      larger.set(this.base.subarray(0, start))
      this.use(larger)
    }
    this.base.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), start)
    this.arenaLength = start + length
    return start
  }

  private use(base: Uint8Array): void {
    this.base = base
    this.view = new DataView(base.buffer, base.byteOffset, base.length)
  }

  private ensure(more: number): void {
    this.room = Infinity
    for (const top of this.tops) {
      top.ensure(this.rows + more - 1)
      this.room = Math.min(this.room, top.capacity)
    }
  }

  /** Forget what the message begun last, at `start`, wrote to `rows` rows behind the whole ones. */
  abandon(start: number, rows: number): void {
    if (!this.borrows) this.arenaLength = start
    for (const column of this.aligned) column.nulls.fill(0, this.rows, this.rows + rows)
    for (let i = 0; i < this.counted.length; i++) {
      const column = this.counted[i]!
      column.count = this.counts[i]!
      for (const part of rowColumns(column)) part.nulls.fill(0, column.count)
    }
  }

  /** Say what row `row` does to the table. From the first call on every row needs one. */
  setKind(row: number, kind: number): void {
    let { kinds } = this
    if (kinds === undefined || row >= kinds.length) {
      kinds = new Uint8Array(Math.max(batchRowsMax, row * 2))
      kinds.set(this.kinds ?? noBytes)
      this.kinds = kinds
    }
    kinds[row] = kind
  }

  /** At most {@link batchRowsMax} rows in projection order, or undefined. */
  take(): Batch | undefined {
    if (this.rest === undefined) {
      if (this.flushed.length === 0) this.flush()
      const batch = this.flushed.shift()
      if (batch === undefined || batch.rows <= batchRowsMax) return batch
      this.rest = batch
      this.restFrom = 0
    }
    const { rest, restFrom } = this
    const to = Math.min(rest.rows, restFrom + batchRowsMax)
    this.restFrom = to
    if (to === rest.rows) this.rest = undefined
    return new Batch(
      to - restFrom,
      rest.columns.map((column) => slice(column, restFrom, to)),
      rest.kinds?.subarray(restFrom, to)
    )
  }

  /** All rows as one batch, whose text stands in `base` instead. There is at least one, and at most {@link batchRowsMax}. */
  takeFrom(base: Uint8Array): Batch {
    this.base = base
    return this.whole()
  }

  private flush(): void {
    const { order } = this
    this.order = undefined
    if (this.rows > 0) {
      const batch = this.whole()
      if (order === undefined) this.flushed.push(batch)
      else if (order.length > 0) this.flushed.push(picked(batch, Int32Array.from(order)))
    }
    if (!this.borrows) {
      if (this.views) this.use(new Uint8Array(this.arenaLength + (this.arenaLength >> 2) + 1))
      this.arenaLength = 0
      this.borrows = this.changes * 64 < this.messages
    }
    this.messages = 0
    this.changes = 0
  }

  private whole(): Batch {
    const { rows, base } = this
    const columns = this.tops.map((top) => top.column(0, rows, base))
    for (const top of this.tops) top.renew()
    this.rows = this.room = 0
    return new Batch(
      rows,
      this.outputs.map(({ top, path }) => fieldOf(columns[top]!, path)),
      this.kinds?.slice(0, rows)
    )
  }
}

function picked(batch: Batch, order: Int32Array): Batch {
  const columns = batch.columns.map((column): Column => gather(column, order, order.length))
  const { kinds } = batch
  return new Batch(
    order.length,
    columns,
    kinds === undefined ? undefined : Uint8Array.from(order, (row) => kinds[row]!)
  )
}

function typeAt(fields: ReadonlyArray<Field>, path: ReadonlyArray<number>): LogicalType {
  const { type } = fields[path[0]!]!
  return path.length === 1
    ? type
    : typeAt((type as LogicalType & { readonly kind: "ROW" }).fields, path.slice(1))
}

/** The column and the fields of a ROW in it: all that are written at the same index. */
function rowColumns(column: DecodedColumn): ReadonlyArray<DecodedColumn> {
  return column.layout === "row" ? [column, ...column.children.flatMap(rowColumns)] : [column]
}

function elementColumns(column: DecodedColumn): ReadonlyArray<DecodedColumn> {
  const below = column.children.flatMap(elementColumns)
  return column.layout === "list" || column.layout === "map"
    ? [...column.children, ...below]
    : below
}

function holdsText(column: DecodedColumn): boolean {
  return column.layout === "bytes" || column.children.some(holdsText)
}
