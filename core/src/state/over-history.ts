/**
 * Rows of an OVER by time: those that wait for their time, and of those that have gone by the ones that later rows can still reach.
 *
 * **Invariant** a row is either in the list of its time, waiting, or in the list of its partition, gone by; lists are in the order of time,
 * equal times as they came.
 */
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import type { OpenTable } from "./open-table.ts"
import type { KernelOptions } from "./over-kernel.ts"
import { restoreRows, snapshotRows } from "./row-snapshot.ts"
import { RowStore } from "./row-store.ts"

/** Due rows, partition by partition, each behind what it can reach. */
export interface DueRows {
  readonly slots: ReadonlyArray<number>
  readonly ids: Int32Array
  /** Where each partition's rows begin among `ids`; one more at the end. */
  readonly starts: ReadonlyArray<number>
  /** Where each partition's due rows begin. */
  readonly firsts: ReadonlyArray<number>
  /** The due rows in order of time, as numbers among the due rows partition by partition. */
  readonly order: Int32Array
}

/** Rows waiting and rows gone by. */
export class OverHistory {
  readonly store: RowStore
  private readonly types: ReadonlyArray<LogicalType>
  private readonly timeColumn: number
  /** So many rows behind the current one are reached, and so many millis; −1: none by time. */
  private readonly reachRows: number
  private readonly reachMillis: number
  private readonly waiting: Map<number, Array<number>> = new Map()
  private readonly waitingOf: Array<number> = []
  private readonly lists: Array<ReadonlyArray<number> | undefined> = []
  private slotOf = new Int32Array(64)
  private times = new Float64Array(64)
  private ready: ReadonlyArray<number> = []
  private readyNext = 0
  private nextLook = -Infinity

  constructor({ types, frames, calls }: KernelOptions, timeColumn: number) {
    this.types = types
    this.timeColumn = timeColumn
    this.store = new RowStore(types)
    const behind = (unit: "rows" | "range"): ReadonlyArray<number> =>
      frames.flatMap((frame) =>
        frame.unit === unit && frame.low !== "unbounded" ? [-frame.low] : []
      )
    const shifts = calls.flatMap((call) => call.kind === "shift" ? [-call.by] : [])
    this.reachRows = Math.max(0, ...behind("rows"), ...shifts)
    this.reachMillis = Math.max(-1, ...behind("range"))
  }

  /** Rows come in, to wait for their time. */
  wait(columns: ReadonlyArray<Column>, rows: number, slots: Int32Array): void {
    const ids = this.append(columns, rows, slots)
    for (let i = 0; i < rows; i++) this.enlist(ids[i]!)
  }

  private append(columns: ReadonlyArray<Column>, rows: number, slots: Int32Array): Int32Array {
    const ids = new Int32Array(rows)
    this.store.append(columns, Int32Array.from(ids.keys()), rows, ids)
    if (this.store.idsMax > this.slotOf.length) {
      const slotOf = new Int32Array(this.store.idsMax * 2)
      slotOf.set(this.slotOf)
      this.slotOf = slotOf
      const times = new Float64Array(this.store.idsMax * 2)
      times.set(this.times)
      this.times = times
    }
    const values = columns[this.timeColumn]!.values as Float64Array
    for (let i = 0; i < rows; i++) {
      this.slotOf[ids[i]!] = slots[i]!
      this.times[ids[i]!] = values[i]!
    }
    return ids
  }

  private enlist(id: number): void {
    const time = this.times[id]!
    const list = this.waiting.get(time)
    if (list === undefined) this.waiting.set(time, [id])
    else list.push(id)
    const slot = this.slotOf[id]!
    this.waitingOf[slot] = (this.waitingOf[slot] ?? 0) + 1
  }

  /** About `limit` rows whose time is at most `due`, all of one time or none; undefined when there are none. */
  take(due: number, limit: number): DueRows | undefined {
    if (this.readyNext === this.ready.length) {
      this.ready = [...this.waiting.keys()].filter((time) => time <= due).sort((a, b) => a - b)
      this.readyNext = 0
    }
    const taken: Array<number> = []
    while (this.readyNext < this.ready.length && taken.length < limit) {
      const time = this.ready[this.readyNext++]!
      for (const id of this.waiting.get(time)!) taken.push(id)
      this.waiting.delete(time)
    }
    return taken.length === 0 ? undefined : this.arrange(taken)
  }

  private arrange(taken: ReadonlyArray<number>): DueRows {
    const own = new Map<number, Array<number>>()
    taken.forEach((id, at) => {
      const list = own.get(this.slotOf[id]!)
      if (list === undefined) own.set(this.slotOf[id]!, [at])
      else list.push(at)
    })
    const ids: Array<number> = []
    const starts = [0]
    const firsts: Array<number> = []
    const order = new Int32Array(taken.length)
    let next = 0
    for (const [slot, list] of own) {
      for (const id of this.lists[slot] ?? []) ids.push(id)
      firsts.push(ids.length)
      for (const at of list) {
        ids.push(taken[at]!)
        order[at] = next++
      }
      starts.push(ids.length)
    }
    return { slots: [...own.keys()], ids: Int32Array.from(ids), starts, firsts, order }
  }

  /** The rows have gone by: those that nothing can reach any more are freed. */
  settle({ slots, ids, starts, firsts }: DueRows): void {
    const gone: Array<number> = []
    slots.forEach((slot, p) => {
      const list = ids.subarray(starts[p], starts[p + 1])
      const last = this.times[list.at(-1)!]!
      let from = Math.max(0, list.length - this.reachRows)
      if (this.reachMillis >= 0) {
        while (from > 0 && this.times[list[from - 1]!]! >= last - this.reachMillis) from--
      }
      for (let i = 0; i < from; i++) gone.push(list[i]!)
      this.lists[slot] = Array.from(list.subarray(from))
      this.waitingOf[slot]! -= starts[p + 1]! - firsts[p]!
    })
    this.store.release(Int32Array.from(gone), gone.length)
  }

  /** Slots whose rows no row after `watermark` can reach; their rows are freed. Looks once in a while only. */
  outOfReach(watermark: number, table: OpenTable): Int32Array {
    if (this.reachRows > 0 || watermark < this.nextLook) return new Int32Array(0)
    this.nextLook = watermark + Math.max(1000, this.reachMillis)
    const gone = table.live().filter((slot) => {
      if ((this.waitingOf[slot] ?? 0) > 0) return false
      const list = this.lists[slot]
      return list === undefined || list.length === 0 ||
        this.times[list.at(-1)!]! < watermark - this.reachMillis
    })
    for (const slot of gone) {
      const list = Int32Array.from(this.lists[slot] ?? [])
      this.store.release(list, list.length)
      this.lists[slot] = undefined
    }
    return gone
  }

  snapshot(
    live: Int32Array,
    groupColumns: ReadonlyArray<number>,
    groupsMax: number
  ): Map<number, Uint8Array> {
    const past = [...live].flatMap((slot) => this.lists[slot] ?? [])
    const future = [...this.waiting].sort(([a], [b]) => a - b).flatMap(([, ids]) => ids)
    const isPast = new Int32Array(this.store.idsMax)
    for (const id of past) isPast[id] = 1
    const ids = Int32Array.from([...past, ...future])
    return snapshotRows(this.store, this.types, ids, groupColumns, groupsMax, isPast)
  }

  /** Take in what {@link OverHistory.snapshot} gave; `locate` finds the slots of rows. */
  restore(
    bytes: Uint8Array,
    locate: (columns: ReadonlyArray<Column>, rows: number) => Int32Array
  ): void {
    const { rows, columns, extra } = restoreRows(bytes, this.types, true)
    const ids = this.append(columns, rows, locate(columns, rows))
    for (let i = 0; i < rows; i++) {
      const slot = this.slotOf[ids[i]!]!
      if (extra[i] === 0) this.enlist(ids[i]!)
      else this.lists[slot] = [...this.lists[slot] ?? [], ids[i]!]
    }
  }
}
