/**
 * Rows of one input by key that are kept until a time: those of a key are a doubly linked list, the last stored first; a heap knows which
 * are due. Each row has its own time and a flag that the operator owns.
 *
 * **Invariant** every live slot has at least one row, every row is in the heap once.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { DueHeap } from "./due-heap.ts"
import { OpenTable } from "./open-table.ts"
import { restoreRows, snapshotRows } from "./row-snapshot.ts"
import { RowStore } from "./row-store.ts"

/** Rows that wait. `keepMillis`: how long after its time a row is due. */
export class TimedRows {
  readonly store: RowStore
  next: Int32Array = new Int32Array(64)
  /** Of each row, epoch millis. */
  times: Float64Array = new Float64Array(64)
  flags: Int32Array = new Int32Array(64)
  private previous: Int32Array = new Int32Array(64)
  private slotOf: Int32Array = new Int32Array(64)
  private readonly types: ReadonlyArray<LogicalType>
  private readonly keys: ReadonlyArray<number>
  private readonly timeColumn: number
  private readonly keepMillis: number
  private readonly table: OpenTable
  private readonly heap = new DueHeap()
  private slots = new Int32Array(1024)
  private fresh = new Int32Array(1024)
  private ids = new Int32Array(1024)

  constructor(
    types: ReadonlyArray<LogicalType>,
    keys: ReadonlyArray<number>,
    timeColumn: number,
    keepMillis: number
  ) {
    this.types = types
    this.keys = keys
    this.timeColumn = timeColumn
    this.keepMillis = keepMillis
    this.store = new RowStore(types)
    this.table = new OpenTable({ keys: keys.map((k) => types[k]!), state: ["i32"] })
  }

  /** Writes, per row of key columns, the first row id + 1 of that key, or 0. */
  heads(keys: ReadonlyArray<Column>, rows: number, into: Int32Array): void {
    this.table.find(keys, rows, into)
    const heads = this.table.column(0) as Int32Array
    for (let i = 0; i < rows; i++) into[i] = into[i]! < 0 ? 0 : heads[into[i]!]!
  }

  /** Stores the rows `rows[0 … count)` of a batch; `keys` are those rows' key columns, `flags` stands per row of the batch. */
  add(
    columns: ReadonlyArray<Column>,
    keys: ReadonlyArray<Column>,
    rows: Int32Array,
    count: number,
    flags: Int32Array
  ): void {
    if (count === 0) return
    this.reserve(count)
    const { slots, ids } = this
    this.table.locate(keys, count, slots, this.fresh)
    this.store.append(columns, rows, count, ids)
    this.growRows()
    const times = columns[this.timeColumn]!.values as Float64Array
    const heads = this.table.column(0) as Int32Array
    for (let j = 0; j < count; j++) {
      const id = ids[j]!
      const slot = slots[j]!
      const head = heads[slot]!
      this.next[id] = head
      this.previous[id] = 0
      if (head !== 0) this.previous[head - 1] = id + 1
      heads[slot] = id + 1
      this.slotOf[id] = slot
      this.flags[id] = flags[rows[j]!]!
      this.times[id] = times[rows[j]!]!
      this.heap.add(times[rows[j]!]! + this.keepMillis, id)
    }
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
    const grown = (old: Int32Array): Int32Array => {
      const array = new Int32Array(capacity)
      array.set(old)
      return array
    }
    this.next = grown(this.next)
    this.previous = grown(this.previous)
    this.slotOf = grown(this.slotOf)
    this.flags = grown(this.flags)
    const times = new Float64Array(capacity)
    times.set(this.times)
    this.times = times
  }

  /** Takes ids of rows that are due at `time` out of the heap, the earliest first; they stay stored until {@link drop}. */
  due(time: number, into: Int32Array): number {
    return this.heap.take(time, into)
  }

  /** Forgets rows that were due. */
  drop(ids: Int32Array, count: number): void {
    const heads = this.table.column(0) as Int32Array
    for (let j = 0; j < count; j++) {
      const id = ids[j]!
      const slot = this.slotOf[id]!
      const [before, after] = [this.previous[id]!, this.next[id]!]
      if (before !== 0) this.next[before - 1] = after
      else heads[slot] = after
      if (after !== 0) this.previous[after - 1] = before
      if (heads[slot] === 0) this.table.release(Int32Array.of(slot), 1)
    }
    this.store.release(ids, count)
  }

  /** All rows with their flags, by the key group of `groupColumns`. */
  snapshot(groupColumns: ReadonlyArray<number>, groupsMax: number): Map<number, Uint8Array> {
    const ids = new Int32Array(this.store.size)
    const heads = this.table.column(0) as Int32Array
    let count = 0
    for (const slot of this.table.live()) {
      for (let at = heads[slot]!; at !== 0; at = this.next[at - 1]!) ids[count++] = at - 1
    }
    return snapshotRows(this.store, this.types, ids.reverse(), groupColumns, groupsMax, this.flags)
  }

  /** The first row id + 1 of the key of a stored row. */
  headOf(id: number): number {
    return (this.table.column(0) as Int32Array)[this.slotOf[id]!]!
  }

  /** `keepFlags`: the bits of the flags that hold after a restore. */
  restore(bytes: Uint8Array, keepFlags = -1): void {
    const { rows, columns, extra } = restoreRows(bytes, this.types, true)
    for (let i = 0; i < rows; i++) extra[i]! &= keepFlags
    const all = Int32Array.from({ length: rows }, (_, i) => i)
    this.add(columns, this.keys.map((k) => columns[k]!), all, rows, extra)
  }
}
