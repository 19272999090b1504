/**
 * Keyed state of SQL operators: rows of a batch become slot ids, state lives in typed columns by slot.
 *
 * **Law 1 (slots only).** Generated code reaches state only by slot ids from `locate`, so that a backend on disk fits
 * beneath it. A slot id is stable until it is released; column buffers are not: fetch them again after each `locate`.
 * **Law 2 (equal keys).** Keys are equal when their canonical bytes are (`state/key-group.ts`): −0 = 0, one NaN,
 * dictionary-coded = plain, narrow = wide, NULL = NULL.
 * **Law 3 (own bytes).** Key bytes are copied into the table; a view never outlives its batch.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"

/** What one state column holds per slot; `i64` is a pair of float64 (high × 2^52 + low), exact. */
export type StateLayout = "bool" | "i32" | "f64" | "i64" | "bytes" | "object"

/** Declares a table: its key columns and its state columns. */
export interface KeyedTableShape {
  readonly keys: ReadonlyArray<LogicalType>
  readonly state: ReadonlyArray<StateLayout>
}

/** The table. */
export interface KeyedTable {
  /** Live keys. */
  readonly size: number
  /** An upper bound of slot ids, exclusive. */
  readonly slotsMax: number
  /**
   * Find or make the slot of each of the `rows` keys. `slots[i]` is row i's slot; answers the number of new slots, whose
   * ids stand in `fresh[0 … n)` in order of first appearance. New slots have zeroed state.
   */
  locate(keys: ReadonlyArray<Column>, rows: number, slots: Int32Array, fresh: Int32Array): number
  /** As `locate`, but −1 for a key that is not there. */
  find(keys: ReadonlyArray<Column>, rows: number, slots: Int32Array): void
  release(slots: Int32Array, count: number): void
  /** The keys of `count` slots, as columns in the order of the shape. */
  keysOf(slots: Int32Array, count: number): ReadonlyArray<Column>
  /** The typed array behind state column `k`, indexed by slot: Float64Array, Int32Array, Uint8Array or Array. */
  column(k: number): Float64Array | Int32Array | Uint8Array | Array<unknown>
  /** Live slots, ascending. */
  live(): Int32Array
  /** One blob per key group that has keys. */
  snapshot(groupsMax: number): Map<number, Uint8Array>
  restore(bytes: Uint8Array): void
}
