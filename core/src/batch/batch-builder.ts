/**
 * A batch in the making: {@link ColumnBuilder}s side by side, with row kinds and timestamps. Row kinds appear only when
 * some piece has them; pieces that came before count as inserts.
 */
import { assert } from "../fault.ts"
import { ColumnBuilder } from "./column-builder.ts"
import type { Column } from "./column.ts"
import { Batch, RowKind } from "./element.ts"

/** Appends rows of batches and gives them out as one batch on port 0. All batches of one builder have one shape. */
export class BatchBuilder {
  rows = 0
  private columns: Array<ColumnBuilder> = []
  private kinds: Uint8Array | undefined = undefined
  private timestamps: Float64Array | undefined = undefined

  /** Whether rows of `batch` can stand in one batch with those held: timestamps are all there or not at all. */
  accepts(batch: Batch): boolean {
    return this.rows === 0 ||
      (batch.columns.length === this.columns.length &&
        (batch.timestamps !== undefined) === (this.timestamps !== undefined))
  }

  /** Bytes of text and binary values held, without what nested columns hold. */
  get bytesHeld(): number {
    let bytes = 0
    for (let k = 0; k < this.columns.length; k++) bytes += this.columns[k]!.bytesHeld
    return bytes
  }

  /** Append rows `from` (inclusive) to `to` (exclusive). */
  appendRange(batch: Batch, from: number, to: number): void {
    this.begin(batch, to - from)
    const { columns } = batch
    for (let k = 0; k < columns.length; k++) this.columns[k]!.appendRange(columns[k]!, from, to)
    for (let i = from, at = this.rows; i < to; i++, at++) this.mark(batch, i, at)
    this.rows += to - from
  }

  /** Append the rows that `rows[from … to)` names. */
  appendRows(batch: Batch, rows: Int32Array, from: number, to: number): void {
    this.begin(batch, to - from)
    const { columns } = batch
    for (let k = 0; k < columns.length; k++) {
      this.columns[k]!.appendRows(columns[k]!, rows, from, to)
    }
    for (let i = from, at = this.rows; i < to; i++, at++) this.mark(batch, rows[i]!, at)
    this.rows += to - from
  }

  /** All rows held as one batch; the builder is empty again. At least one row is there. */
  finish(): Batch {
    assert(this.rows > 0, "an empty batch is never sent")
    const columns: Array<Column> = new Array(this.columns.length)
    for (let k = 0; k < columns.length; k++) columns[k] = this.columns[k]!.finish()
    const batch = new Batch(
      this.rows,
      columns,
      this.kinds?.subarray(0, this.rows),
      this.timestamps?.subarray(0, this.rows)
    )
    this.rows = 0
    this.kinds = undefined
    this.timestamps = undefined
    return batch
  }

  private begin(batch: Batch, count: number): void {
    assert(this.accepts(batch), "pieces of one batch have one shape")
    const needed = this.rows + count
    if (this.rows === 0) {
      this.matchLayouts(batch)
      if (batch.timestamps !== undefined) this.timestamps = new Float64Array(roomFor(needed))
    }
    if (batch.kinds !== undefined && this.kinds === undefined) {
      this.kinds = new Uint8Array(roomFor(needed)).fill(RowKind.insert)
    }
    if (this.kinds !== undefined && this.kinds.length < needed) {
      const kinds = new Uint8Array(roomFor(needed))
      kinds.set(this.kinds)
      this.kinds = kinds
    }
    if (this.timestamps !== undefined && this.timestamps.length < needed) {
      const timestamps = new Float64Array(roomFor(needed))
      timestamps.set(this.timestamps)
      this.timestamps = timestamps
    }
  }

  private matchLayouts(batch: Batch): void {
    const { columns } = batch
    let same = columns.length === this.columns.length
    for (let k = 0; same && k < columns.length; k++) {
      same = columns[k]!.layout === this.columns[k]!.layout
    }
    if (!same) this.columns = columns.map((column) => new ColumnBuilder(column.layout))
  }

  private mark(batch: Batch, row: number, at: number): void {
    if (this.kinds !== undefined) this.kinds[at] = batch.kinds === undefined ? 0 : batch.kinds[row]!
    if (this.timestamps !== undefined) this.timestamps[at] = batch.timestamps![row]!
  }
}

function roomFor(rows: number): number {
  return rows <= 256 ? 256 : rows <= 1024 ? 1024 : rows * 2
}

/** All `batches`, one after the other, as one. They have one shape; one alone is given back as it is. */
export function concatBatches(batches: ReadonlyArray<Batch>): Batch {
  if (batches.length === 1) return batches[0]!
  const builder = new BatchBuilder()
  for (const batch of batches) builder.appendRange(batch, 0, batch.rows)
  return builder.finish()
}
