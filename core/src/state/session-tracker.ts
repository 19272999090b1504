/**
 * The open sessions of each key: a session reaches from its first row to its last and `gapMillis` further; a row that touches it, both ends
 * included, belongs to it, and one that touches two makes them one.
 *
 * **Invariant** the sessions of a key neither overlap nor touch. A session's id is its own from the batch that made it until the operator has
 * taken note that it fired or was merged (`forget`).
 */
import type { Column } from "../batch/column.ts"
import { batchRowsMax } from "../batch/element.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { grownDoubles, grownInts } from "./grown.ts"
import { OpenTable } from "./open-table.ts"
import { TimerHeap } from "./timer-heap.ts"

/** Sessions by key. Times are epoch millis. */
export class SessionTracker {
  /** By session id: its first and last row's time. */
  starts: Float64Array = new Float64Array(64)
  lasts: Float64Array = new Float64Array(64)
  /** By row of the last batch: its session, −1 for a late one. Merged sessions stand as the one they are now. */
  readonly sessions: Int32Array = new Int32Array(batchRowsMax)
  /** Pairs (gone, kept) of the last batch, in order. */
  readonly merged: Array<number> = []
  private readonly gapMillis: number
  private readonly keys: OpenTable
  private readonly timers = new TimerHeap()
  /** By key slot: its first session + 1. */
  private heads: Int32Array = new Int32Array(64)
  /** By session: the next one of its key + 1; its key slot; when its timer is set, NaN when it is not open. */
  private nexts: Int32Array = new Int32Array(64)
  private owners: Int32Array = new Int32Array(64)
  private alarms: Float64Array = new Float64Array(64).fill(NaN)
  private readonly free: Array<number> = []
  private used = 0
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)

  constructor(keyTypes: ReadonlyArray<LogicalType>, gapMillis: number) {
    this.gapMillis = gapMillis
    this.keys = new OpenTable({ keys: keyTypes, state: [] })
  }

  /**
   * Put rows into sessions; answers how many are late: those whose session would have been closed by `watermark`. Ids of new
   * sessions may be any that are not open.
   */
  assign(
    keys: ReadonlyArray<Column>,
    times: Float64Array,
    rows: number,
    watermark: number
  ): number {
    const { slots, sessions } = this
    const made = this.keys.locate(keys, rows, slots, this.fresh)
    this.heads = grownInts(this.heads, this.keys.slotsMax)
    this.merged.length = 0
    let late = 0
    for (let i = 0; i < rows; i++) {
      const id = this.place(slots[i]!, times[i]!, watermark)
      sessions[i] = id
      if (id < 0) late++
    }
    if (late > 0) this.dropEmpty(this.fresh, made)
    if (this.merged.length > 0) this.redirect(rows)
    return late
  }

  private place(owner: number, time: number, watermark: number): number {
    const { starts, lasts, nexts, gapMillis } = this
    let kept = -1
    let before = -1
    for (let id = this.heads[owner]! - 1; id >= 0;) {
      const next = nexts[id]! - 1
      if (time > lasts[id]! + gapMillis || time < starts[id]! - gapMillis) before = id
      else if (kept < 0) {
        kept = id
        before = id
      } else {
        if (before < 0) this.heads[owner] = next + 1
        else nexts[before] = next + 1
        this.merge(id, kept)
      }
      id = next
    }
    if (kept < 0) {
      return time + gapMillis - 1 <= watermark ? -1 : this.begin(owner, time, time)
    }
    if (time < starts[kept]!) starts[kept] = time
    if (time > lasts[kept]!) lasts[kept] = time
    return kept
  }

  private merge(gone: number, kept: number): void {
    this.starts[kept] = Math.min(this.starts[kept]!, this.starts[gone]!)
    this.lasts[kept] = Math.max(this.lasts[kept]!, this.lasts[gone]!)
    this.alarms[gone] = NaN
    this.merged.push(gone, kept)
  }

  /** A session that is open from now on. */
  private begin(owner: number, start: number, last: number): number {
    const id = this.free.length > 0 ? this.free.pop()! : this.used++
    if (id >= this.nexts.length) this.grow()
    this.starts[id] = start
    this.lasts[id] = last
    this.owners[id] = owner
    this.nexts[id] = this.heads[owner]!
    this.heads[owner] = id + 1
    this.setTimer(id)
    return id
  }

  private setTimer(id: number): void {
    this.alarms[id] = this.lasts[id]! + this.gapMillis
    this.timers.add(this.alarms[id]!, id)
  }

  private grow(): void {
    const length = this.nexts.length * 2
    this.nexts = grownInts(this.nexts, length)
    this.owners = grownInts(this.owners, length)
    this.starts = grownDoubles(this.starts, length)
    this.lasts = grownDoubles(this.lasts, length)
    const alarms = new Float64Array(this.nexts.length).fill(NaN)
    alarms.set(this.alarms)
    this.alarms = alarms
  }

  private redirect(rows: number): void {
    const target = new Map<number, number>()
    for (let at = this.merged.length - 2; at >= 0; at -= 2) {
      const kept = this.merged[at + 1]!
      target.set(this.merged[at]!, target.get(kept) ?? kept)
    }
    for (let i = 0; i < rows; i++) {
      const id = this.sessions[i]!
      this.sessions[i] = target.get(id) ?? id
    }
  }

  private dropEmpty(slots: Int32Array, count: number): void {
    let kept = 0
    for (let i = 0; i < count; i++) if (this.heads[slots[i]!] === 0) slots[kept++] = slots[i]!
    this.keys.release(slots, kept)
  }

  /** The ids of sessions that a watermark closes, in order of their ends. They are open no more. */
  due(watermark: number): Int32Array {
    const due: Array<number> = []
    const owners: Array<number> = []
    while (this.timers.earliest - 1 <= watermark) {
      const alarm = this.timers.earliest
      const id = this.timers.take()
      if (this.alarms[id] !== alarm) continue
      if (this.lasts[id]! + this.gapMillis > alarm) {
        this.setTimer(id)
        continue
      }
      this.alarms[id] = NaN
      const owner = this.owners[id]!
      this.unlink(owner, id)
      due.push(id)
      if (this.heads[owner] === 0) owners.push(owner)
    }
    this.keys.release(Int32Array.from(owners), owners.length)
    return Int32Array.from(due)
  }

  private unlink(owner: number, id: number): void {
    const { nexts } = this
    if (this.heads[owner] === id + 1) {
      this.heads[owner] = nexts[id]!
      return
    }
    let at = this.heads[owner]! - 1
    while (nexts[at] !== id + 1) at = nexts[at]! - 1
    nexts[at] = nexts[id]!
  }

  /** A session that fired or was merged is done with; its id may be given again. */
  forget(id: number): void {
    this.free.push(id)
  }

  /** Open sessions as they were: after a restore. Answers their ids. */
  adopt(
    keys: ReadonlyArray<Column>,
    starts: Float64Array,
    lasts: Float64Array,
    rows: number
  ): Int32Array {
    const slots = new Int32Array(rows)
    this.keys.locate(keys, rows, slots, new Int32Array(rows))
    this.heads = grownInts(this.heads, this.keys.slotsMax)
    return Int32Array.from({ length: rows }, (_, i) => this.begin(slots[i]!, starts[i]!, lasts[i]!))
  }
}
