/**
 * The aggregates of windows over input that may take rows back: how many rows a slot has stands beside them, as a window without rows
 * gives nothing. Over input that only grows nothing is counted.
 *
 * **Invariant** the count is the table's first state column when there is one, the aggregates follow.
 */
import type { Column } from "../batch/column.ts"
import { type Batch, RowKind } from "../batch/element.ts"
import type { Aggregation } from "./aggregation.ts"
import type { StateLayout } from "./keyed-table.ts"
import type { OpenTable } from "./open-table.ts"

/** An {@link Aggregation} that knows which slots have rows. */
export class CountedAggregation {
  readonly layouts: ReadonlyArray<StateLayout>
  private readonly inner: Aggregation
  private readonly counted: boolean
  private table: OpenTable | undefined = undefined
  private base = 0

  /** `counted`: rows may be taken back. */
  constructor(inner: Aggregation, counted: boolean) {
    this.inner = inner
    this.counted = counted
    this.layouts = counted ? ["f64", ...inner.layouts] : inner.layouts
  }

  /** The aggregates' state stands in columns `base …` of the table. */
  attach(table: OpenTable, base: number): void {
    this.table = table
    this.base = base
    this.inner.attach(table, this.counted ? base + 1 : base)
  }

  /** As {@link Aggregation.mergeable}; after {@link CountedAggregation.attach}. */
  get mergeable(): boolean {
    return this.inner.mergeable
  }

  /** As {@link Aggregation.update}. */
  update(batch: Batch, slots: Int32Array): void {
    if (this.counted) {
      countRows(batch, slots, this.table!.column(this.base) as Float64Array)
    }
    this.inner.update(batch, slots)
  }

  /** As {@link Aggregation.absorb}. */
  absorb(other: CountedAggregation, from: Int32Array, to: Int32Array, count: number): void {
    if (this.counted) {
      const own = this.table!.column(this.base) as Float64Array
      const others = other.table!.column(other.base) as Float64Array
      for (let i = 0; i < count; i++) own[to[i]!]! += others[from[i]!]!
    }
    this.inner.absorb(other.inner, from, to, count)
  }

  /** The slots that have rows, in order; the given list itself when all have. */
  present(slots: Int32Array): Int32Array {
    if (!this.counted) return slots
    const counts = this.table!.column(this.base) as Float64Array
    return slots.filter((slot) => counts[slot]! > 0)
  }

  /** As {@link Aggregation.results}. */
  results(slots: Int32Array, count: number): ReadonlyArray<Column> {
    return this.inner.results(slots, count)
  }

  /** As {@link Aggregation.release}. */
  release(slots: Int32Array, count: number): void {
    this.inner.release(slots, count)
  }

  /** As {@link Aggregation.snapshot}. */
  snapshot(groupsMax: number): ReadonlyArray<Map<number, Uint8Array>> {
    return this.inner.snapshot(groupsMax)
  }

  /** As {@link Aggregation.restore}. */
  restore(parts: ReadonlyArray<Uint8Array | undefined>): void {
    this.inner.restore(parts)
  }
}

function countRows(batch: Batch, slots: Int32Array, counts: Float64Array): void {
  const { kinds, rows } = batch
  for (let i = 0; i < rows; i++) {
    const kind = kinds === undefined ? RowKind.insert : kinds[i]!
    counts[slots[i]!]! += kind === RowKind.updateBefore || kind === RowKind.delete ? -1 : 1
  }
}
