/**
 * The first rows of each partition by an order: what ranks keep. A partition is a slot of the operator's table; its rows
 * stand in a {@link RowStore}, its list of row ids is sorted; of equal rows the one that came first, or last, is before.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import type { RowOrder } from "./compare-rows.ts"
import { RowStore } from "./row-store.ts"
import { snapshotRows } from "./row-snapshot.ts"

export type { RowOrder } from "./compare-rows.ts"
/** Sorted rows by slot, at most `limit` of them each. */
export class TopRows {
  readonly store: RowStore
  private readonly types: ReadonlyArray<LogicalType>
  private readonly order: ReadonlyArray<RowOrder>
  private readonly limit: number
  private readonly tiesLast: number
  private readonly lists: Array<Array<number> | undefined> = []
  private readonly oneRow = new Int32Array(1)
  private readonly oneId = new Int32Array(1)

  constructor(
    types: ReadonlyArray<LogicalType>,
    order: ReadonlyArray<RowOrder>,
    limit: number,
    ties: "first" | "last" = "first"
  ) {
    this.types = types
    this.order = order
    this.limit = limit
    this.tiesLast = ties === "last" ? 1 : 0
    this.store = new RowStore(types)
  }

  /** Row ids of a slot, the first in rank first. */
  of(slot: number): Array<number> {
    return this.lists[slot] ??= []
  }

  /** 0-based place of a row among those of `slot`, after or before its equals; −1: it is not among the first. */
  place(columns: ReadonlyArray<Column>, row: number, slot: number): number {
    const list = this.of(slot)
    let low = 0
    let high = list.length
    if (high === this.limit && this.compare(columns, row, list[high - 1]!) >= this.tiesLast) {
      return -1
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(columns, row, list[middle]!) < this.tiesLast) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Order of a row against a stored one. */
  compare(columns: ReadonlyArray<Column>, row: number, id: number): number {
    for (let k = 0; k < this.order.length; k++) {
      const { column, descending, nullsFirst } = this.order[k]!
      const nullsLow = nullsFirst !== descending
      const order = this.store.columns[column]!.compare(columns[column]!, row, id, nullsLow)
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }

  /** Puts a row at `place`; answers the id that fell off the end, still stored, or −1. */
  insert(columns: ReadonlyArray<Column>, row: number, slot: number, place: number): number {
    this.oneRow[0] = row
    this.store.append(columns, this.oneRow, 1, this.oneId)
    const list = this.of(slot)
    list.splice(place, 0, this.oneId[0]!)
    return list.length > this.limit ? list.pop()! : -1
  }

  /** Forget a slot; its rows are freed. */
  drop(slot: number): void {
    const list = this.of(slot)
    this.store.release(Int32Array.from(list), list.length)
    this.lists[slot] = undefined
  }

  /** The rows of all `slots`, by the key group of `groupColumns`, in rank order. */
  snapshot(
    slots: Int32Array,
    groupColumns: ReadonlyArray<number>,
    groupsMax: number
  ): Map<number, Uint8Array> {
    const ids = Int32Array.from([...slots].flatMap((slot) => this.of(slot)))
    return snapshotRows(this.store, this.types, ids, groupColumns, groupsMax)
  }
}
