/**
 * Reads one column of a stripe, value by value in file order: what is there stands densely in its streams, what is NULL is told by the
 * stream of presence.
 */
import { Column, DecodedColumn, gather, type LogicalType } from "@millrace/core/internal"
import type { RunBits } from "./bytes-runs.ts"

/** What a kind of column does with the values that are there. */
export interface DenseReader {
  /** The next `count` values, none of them NULL by this column's own presence. */
  read(count: number): Column
  skip(count: number): void
}

/** See the head of this file. */
export class NodeReader {
  private readonly type: LogicalType.LogicalType
  private readonly present: RunBits | undefined
  private readonly dense: DenseReader

  constructor(type: LogicalType.LogicalType, present: RunBits | undefined, dense: DenseReader) {
    this.type = type
    this.present = present
    this.dense = dense
  }

  /** The next `count` rows. */
  read(count: number): Column {
    if (this.present === undefined || count === 0) return this.dense.read(count)
    const nulls = new Uint8Array(count)
    const there = this.present.read(count, nulls, true)
    if (there === count) return this.dense.read(count)
    if (there === 0) return nothing(this.type, count)
    return spread(this.dense.read(there), nulls)
  }

  skip(count: number): void {
    if (this.present === undefined) this.dense.skip(count)
    else {
      const bits = new Uint8Array(Math.min(count, 8192))
      for (let left = count; left > 0; left -= bits.length) {
        this.dense.skip(this.present.read(Math.min(left, bits.length), bits, false))
      }
    }
  }
}

/** A column of NULLs. */
function nothing(type: LogicalType.LogicalType, rows: number): Column {
  const column = new DecodedColumn(type, rows)
  for (let i = 0; i < rows; i++) column.setNull(i)
  return column.column(0, rows, new Uint8Array(0))
}

/** The rows of a dense column at the rows that are not NULL. */
function spread(dense: Column, nulls: Uint8Array): Column {
  const rows = new Int32Array(nulls.length)
  for (let i = 0, j = 0; i < nulls.length; i++) {
    rows[i] = Math.min(j, dense.rows - 1)
    if (nulls[i] === 0) j++
  }
  const column = gather(dense, rows, nulls.length)
  if (column.nulls !== undefined) {
    for (let i = 0; i < nulls.length; i++) nulls[i]! |= column.nulls[i]!
  }
  const { layout, values, nanos, bytes, starts, lengths, dictionary, children } = column
  return new Column({
    layout,
    rows: nulls.length,
    nulls,
    values,
    nanos,
    bytes,
    starts,
    lengths,
    dictionary,
    children
  })
}
