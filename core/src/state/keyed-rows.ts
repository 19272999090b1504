/** Rows by key, as joins read them: those of a key are a linked list of row ids. */
import type { Column } from "../batch/column.ts"
import type { RowStore } from "./row-store.ts"

/** Rows by key. Nothing changes while a batch is at work. */
export interface KeyedRows {
  readonly store: RowStore
  /** By row id: the next row of the same key + 1, or 0. */
  readonly next: Int32Array
  /** Writes, per row of key columns, the first row id + 1 of that key, or 0. */
  heads(keys: ReadonlyArray<Column>, rows: number, into: Int32Array): void
}
