/**
 * One side of a join: its rows by join key. The rows of a key are a linked list from `head` of the key's slot; `matches`
 * counts, for outer, semi and anti joins, the rows of the other side that a row goes with.
 *
 * **Invariant** every live slot has at least one row; rows with a NULL in their key are never here.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { OpenTable } from "./open-table.ts"
import { restoreRows, snapshotRows } from "./row-snapshot.ts"
import { RowStore } from "./row-store.ts"

/** Rows of one input. */
export class JoinSide {
  readonly types: ReadonlyArray<LogicalType>
  readonly keys: ReadonlyArray<number>
  readonly store: RowStore
  next: Int32Array = new Int32Array(64)
  matches: Int32Array = new Int32Array(64)
  private readonly table: OpenTable
  private slots = new Int32Array(1024)
  private fresh = new Int32Array(1024)
  private ids = new Int32Array(1024)

  constructor(types: ReadonlyArray<LogicalType>, keys: ReadonlyArray<number>) {
    this.types = types
    this.keys = keys
    this.store = new RowStore(types)
    this.table = new OpenTable({ keys: keys.map((k) => types[k]!), state: ["i32"] })
  }

  /** Writes, per row of key columns, the first row id + 1 of that key, or 0. */
  heads(keys: ReadonlyArray<Column>, rows: number, into: Int32Array): void {
    this.table.find(keys, rows, into)
    const heads = this.table.column(0) as Int32Array
    for (let i = 0; i < rows; i++) into[i] = into[i]! < 0 ? 0 : heads[into[i]!]!
  }

  /** Stores `count` rows of a batch whose keys have no NULL, with their numbers of matches. */
  add(
    columns: ReadonlyArray<Column>,
    keys: ReadonlyArray<Column>,
    rows: Int32Array,
    count: number,
    matches: Int32Array
  ): void {
    if (count === 0) return
    this.reserve(count)
    const { slots, ids } = this
    this.table.locate(keys, count, slots, this.fresh)
    this.store.append(columns, rows, count, ids)
    this.growRows()
    const heads = this.table.column(0) as Int32Array
    for (let j = 0; j < count; j++) {
      const id = ids[j]!
      this.matches[id] = matches[j]!
      this.next[id] = heads[slots[j]!]!
      heads[slots[j]!] = id + 1
    }
  }

  /** Takes row `row`, whose key stands alone in `keys`, back: one stored row that equals it; nothing when there is none. */
  remove(columns: ReadonlyArray<Column>, keys: ReadonlyArray<Column>, row: number): void {
    this.table.find(keys, 1, this.slots)
    const slot = this.slots[0]!
    if (slot < 0) return
    const heads = this.table.column(0) as Int32Array
    let before = 0
    let at = heads[slot]!
    while (at !== 0 && !this.store.equals(columns, row, at - 1)) {
      before = at
      at = this.next[at - 1]!
    }
    if (at === 0) return
    if (before === 0) heads[slot] = this.next[at - 1]!
    else this.next[before - 1] = this.next[at - 1]!
    this.store.release(Int32Array.of(at - 1), 1)
    if (heads[slot] === 0) this.table.release(Int32Array.of(slot), 1)
  }

  private reserve(count: number): void {
    if (this.slots.length >= count) return
    this.slots = new Int32Array(count)
    this.fresh = new Int32Array(count)
    this.ids = new Int32Array(count)
  }

  private growRows(): void {
    if (this.store.idsMax <= this.next.length) return
    const capacity = this.store.idsMax * 2
    const next = new Int32Array(capacity)
    next.set(this.next)
    this.next = next
    const matches = new Int32Array(capacity)
    matches.set(this.matches)
    this.matches = matches
  }

  /** All row ids, key by key, the last stored of a key first. */
  private live(): Int32Array {
    const ids = new Int32Array(this.store.size)
    const heads = this.table.column(0) as Int32Array
    let count = 0
    for (const slot of this.table.live()) {
      for (let at = heads[slot]!; at !== 0; at = this.next[at - 1]!) ids[count++] = at - 1
    }
    return ids
  }

  /** All rows, by the key group of `groupColumns`. */
  snapshot(groupColumns: ReadonlyArray<number>, groupsMax: number): Map<number, Uint8Array> {
    return snapshotRows(
      this.store,
      this.types,
      this.live().reverse(),
      groupColumns,
      groupsMax,
      this.matches
    )
  }

  restore(bytes: Uint8Array): void {
    const { rows, columns, extra } = restoreRows(bytes, this.types, true)
    const all = Int32Array.from({ length: rows }, (_, i) => i)
    this.add(columns, this.keys.map((k) => columns[k]!), all, rows, extra)
  }
}
