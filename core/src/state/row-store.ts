/** Whole rows by row id: what joins and ranks keep. Ids are reused after `release`; columns are typed arrays by id. */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { StoreColumn } from "./store-column.ts"

/** Rows of the given column types. Cost: amortised O(columns) per row; text is interned. */
export class RowStore {
  readonly columns: ReadonlyArray<StoreColumn>
  /** Live rows. */
  size = 0
  /** An upper bound of row ids, exclusive. */
  idsMax = 0
  private capacity = 64
  private readonly free: Array<number> = []

  constructor(types: ReadonlyArray<LogicalType>) {
    this.columns = types.map((type) => new StoreColumn(type, this.capacity))
  }

  /** Copies the rows `rows[0 … count)` of a batch in; `ids[j]` becomes the id of `rows[j]`. */
  append(columns: ReadonlyArray<Column>, rows: Int32Array, count: number, ids: Int32Array): void {
    for (let j = 0; j < count; j++) {
      ids[j] = this.free.length > 0 ? this.free.pop()! : this.idsMax++
    }
    if (this.idsMax > this.capacity) {
      while (this.capacity < this.idsMax) this.capacity *= 2
      for (const column of this.columns) column.grow(this.capacity)
    }
    for (let k = 0; k < this.columns.length; k++) {
      this.columns[k]!.set(columns[k]!, rows, ids, count)
    }
    this.size += count
  }

  /** The rows of `ids`, as fresh columns; −1 gives a row of NULLs. */
  gather(ids: Int32Array, count: number): Array<Column> {
    return this.columns.map((column) => column.gather(ids, count))
  }

  release(ids: Int32Array, count: number): void {
    for (const column of this.columns) column.clear(ids, count)
    for (let j = 0; j < count; j++) this.free.push(ids[j]!)
    this.size -= count
  }

  /** Whether stored row `id` equals row `row` of the columns, NULL being equal to NULL. */
  equals(columns: ReadonlyArray<Column>, row: number, id: number): boolean {
    for (let k = 0; k < this.columns.length; k++) {
      if (this.columns[k]!.compare(columns[k]!, row, id, true) !== 0) return false
    }
    return true
  }
}
