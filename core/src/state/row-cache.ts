/**
 * Rows by key that were asked for elsewhere, with the keys that have none: at most so many keys, forgotten a time after they were written
 * or used, the one that was not used for the longest first.
 *
 * **Invariant** keys are forgotten between batches only, so what a batch has located stays until it is done.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import type { KeyedRows } from "./keyed-rows.ts"
import { OpenTable } from "./open-table.ts"
import { RowStore } from "./row-store.ts"

/** What is kept for how long. */
export interface RowCacheLimits {
  readonly keysMax: number
  readonly afterWriteMillis: number
  readonly afterAccessMillis: number
  /** Whether keys without rows are kept. */
  readonly keepsMissing: boolean
}

/** The cache. */
export class RowCache implements KeyedRows {
  readonly store: RowStore
  next: Int32Array = new Int32Array(64)
  private readonly table: OpenTable
  private readonly limits: RowCacheLimits
  /** Slots, the one used longest ago first. */
  private readonly used = new Set<number>()
  private slots = new Int32Array(1024)

  constructor(
    keys: ReadonlyArray<LogicalType>,
    types: ReadonlyArray<LogicalType>,
    limits: RowCacheLimits
  ) {
    this.limits = limits
    this.store = new RowStore(types)
    // First row id + 1, time of writing, time of last use.
    this.table = new OpenTable({ keys, state: ["i32", "f64", "f64"] })
  }

  heads(keys: ReadonlyArray<Column>, rows: number, into: Int32Array): void {
    this.table.find(keys, rows, into)
    const heads = this.table.column(0) as Int32Array
    for (let i = 0; i < rows; i++) into[i] = into[i]! < 0 ? 0 : heads[into[i]!]!
  }

  /**
   * Forgets what is over, then makes room for the keys; answers how many of them are not known, whose slots stand in `fresh`. Their rows are
   * to be added before anything is read.
   */
  locate(
    keys: ReadonlyArray<Column>,
    count: number,
    nowMillis: number,
    fresh: Int32Array
  ): number {
    this.forget(nowMillis)
    if (this.slots.length < count) this.slots = new Int32Array(count)
    const made = this.table.locate(keys, count, this.slots, fresh)
    const written = this.table.column(1) as Float64Array
    const accessed = this.table.column(2) as Float64Array
    for (let j = 0; j < made; j++) written[fresh[j]!] = nowMillis
    for (let j = 0; j < count; j++) {
      const slot = this.slots[j]!
      accessed[slot] = nowMillis
      this.used.delete(slot)
      this.used.add(slot)
    }
    return made
  }

  /** The key columns of slots. */
  keysOf(slots: Int32Array, count: number): ReadonlyArray<Column> {
    return this.table.keysOf(slots, count)
  }

  /** Rows of a batch, each for the key of its slot. */
  add(columns: ReadonlyArray<Column>, slots: Int32Array, count: number): void {
    const rows = Int32Array.from({ length: count }, (_, i) => i)
    const ids = new Int32Array(count)
    this.store.append(columns, rows, count, ids)
    if (this.store.idsMax > this.next.length) {
      const next = new Int32Array(this.store.idsMax * 2)
      next.set(this.next)
      this.next = next
    }
    const heads = this.table.column(0) as Int32Array
    for (let j = 0; j < count; j++) {
      this.next[ids[j]!] = heads[slots[j]!]!
      heads[slots[j]!] = ids[j]! + 1
    }
  }

  private forget(nowMillis: number): void {
    const { keysMax, afterWriteMillis, afterAccessMillis, keepsMissing } = this.limits
    const heads = this.table.column(0) as Int32Array
    const written = this.table.column(1) as Float64Array
    const accessed = this.table.column(2) as Float64Array
    let excess = this.used.size - keysMax
    const gone: Array<number> = []
    for (const slot of this.used) {
      const isOver = excess > 0 || nowMillis - written[slot]! >= afterWriteMillis ||
        nowMillis - accessed[slot]! >= afterAccessMillis || (!keepsMissing && heads[slot] === 0)
      if (!isOver) continue
      excess--
      gone.push(slot)
    }
    if (gone.length === 0) return
    const ids: Array<number> = []
    for (const slot of gone) {
      this.used.delete(slot)
      for (let at = heads[slot]!; at !== 0; at = this.next[at - 1]!) ids.push(at - 1)
    }
    this.store.release(Int32Array.from(ids), ids.length)
    this.table.release(Int32Array.from(gone), gone.length)
  }
}
