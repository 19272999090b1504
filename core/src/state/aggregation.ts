/**
 * What an aggregating operator asks of the aggregates of one GROUP BY: they live in state columns of the operator's table,
 * and in tables of their own where one column per key is not enough (DISTINCT).
 */
import type { Column } from "../batch/column.ts"
import type { Batch } from "../batch/element.ts"
import type { StateLayout } from "./keyed-table.ts"
import type { OpenTable } from "./open-table.ts"

/** All aggregates of one operator instance. */
export interface Aggregation {
  /** State columns that the table must have, the first at `base` of {@link Aggregation.attach}. */
  readonly layouts: ReadonlyArray<StateLayout>
  /** Once, before anything else. */
  attach(table: OpenTable, base: number): void
  /** Row i of `batch` belongs to `slots[i]`. Rows of kind −U and −D are taken back. */
  update(batch: Batch, slots: Int32Array): void
  /** The values of `count` slots: a fresh column per aggregate. */
  results(slots: Int32Array, count: number): ReadonlyArray<Column>
  /** Whether {@link Aggregation.absorb} works: all aggregates of the set can be merged. */
  readonly mergeable: boolean
  /**
   * Add what `from[i]` of `other` holds to the own slot `to[i]`, as if its rows had come after the own ones. `other` is an aggregation of the
   * same calls, attached at the same base; it may be this one. What `other` holds stays.
   */
  absorb(other: Aggregation, from: Int32Array, to: Int32Array, count: number): void
  /** The slots are about to be released. */
  release(slots: Int32Array, count: number): void
  /** State beside the table, by key group; a list of as many maps as `restore` takes blobs. */
  snapshot(groupsMax: number): ReadonlyArray<Map<number, Uint8Array>>
  /** What one group's snapshot gave, in that order, after the table has been restored from the same group. */
  restore(parts: ReadonlyArray<Uint8Array | undefined>): void
}
