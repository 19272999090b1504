/**
 * GROUP BY over sessions: the rows of a key that stand no further apart than the gap are one group, which leaves when the watermark says that
 * nothing can touch it any more.
 *
 * **Invariant** every open session of the tracker has one slot of the table, whose first key is the time of one of its rows: no other
 * session of the key holds that time, so the key is unique. A row that is late and touches no open session is dropped and counted as
 * `lateRows`.
 */
import { Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import type { Aggregation } from "../state/aggregation.ts"
import { CountedAggregation } from "../state/counted-aggregation.ts"
import { grownInts } from "../state/grown.ts"
import { OpenTable } from "../state/open-table.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { SessionTracker } from "../state/session-tracker.ts"
import { eventTimes, keepRows } from "../state/window-rows.ts"
import { timestamp } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. */
export interface SessionAggregateOptions {
  readonly gapMillis: number
  /** The event time attribute of the input. */
  readonly timeColumn: number
  readonly keys: ReadonlyArray<number>
  readonly keyTypes: ReadonlyArray<LogicalType>
  /** Positions in `keys` that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  readonly aggregates: () => Aggregation
  /** Whether rows may be taken back. */
  readonly retracting: boolean
  readonly properties: ReadonlyArray<"window_start" | "window_end" | "window_time">
}

const Base: FaultClass<"UnmergeableSessionFault", Record<never, never>> = Fault<
  Record<never, never>
>()("UnmergeableSessionFault", "user", "never")

/** An aggregate cannot be put together from parts. */
export class UnmergeableSessionFault extends Base {
  override get message(): string {
    return "Cannot aggregate over a SESSION window as one of the aggregates has no merge: give it one, or use TUMBLE"
  }
}

/** An operator that computes {@link SessionAggregateOptions}. Output: keys, aggregates, window properties. */
export function makeSessionAggregate(options: SessionAggregateOptions): Operator {
  return new SessionAggregate(options)
}

class SessionAggregate implements Operator {
  private readonly options: SessionAggregateOptions
  private readonly table: OpenTable
  private readonly aggregation: CountedAggregation
  private readonly tracker: SessionTracker
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: Int32Array = new Int32Array(0)
  private dueNext = 0
  /** By session: its slot + 1; 0: none yet. */
  private slotOf: Int32Array = new Int32Array(64)
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private readonly rows = new Int32Array(batchRowsMax)

  constructor(options: SessionAggregateOptions) {
    this.options = options
    this.aggregation = new CountedAggregation(options.aggregates(), options.retracting)
    // The first row's time and the last one's, for snapshots only; then the aggregates.
    this.table = new OpenTable({
      keys: [timestamp(3, false), ...options.keyTypes],
      state: ["f64", "f64", ...this.aggregation.layouts],
      groupBy: options.groupBy.map((k) => k + 1)
    })
    this.aggregation.attach(this.table, 2)
    if (!this.aggregation.mergeable) throw new UnmergeableSessionFault({})
    this.tracker = new SessionTracker(options.keyTypes, options.gapMillis)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      const [table, ...rest] = splitParts(bytes)
      if (table !== undefined) this.table.restore(table)
      this.aggregation.restore(rest)
    }
    this.adopt(this.table.live())
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  private adopt(live: Int32Array): void {
    const [, ...keys] = this.table.keysOf(live, live.length)
    const starts = this.table.column(0) as Float64Array
    const lasts = this.table.column(1) as Float64Array
    const ids = this.tracker.adopt(
      keys,
      Float64Array.from(live, (slot) => starts[slot]!),
      Float64Array.from(live, (slot) => lasts[slot]!),
      live.length
    )
    for (let i = 0; i < ids.length; i++) {
      this.slotOf = grownInts(this.slotOf, ids[i]! + 1)
      this.slotOf[ids[i]!] = live[i]! + 1
    }
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) return this.accept(element)
    this.mark = element
    if (element.tag === Tag.barrier) this.note()
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.due = this.tracker.due(element.time)
    this.dueNext = 0
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { tracker, rows } = this
    const times = eventTimes(batch.columns[this.options.timeColumn]!, this.context!.name)
    const keys = this.options.keys.map((k) => batch.columns[k]!)
    const late = tracker.assign(keys, times, batch.rows, this.watermark)
    this.merge()
    if (late === 0) return this.count(batch, times)
    this.context!.count("lateRows", late)
    let kept = 0
    const { sessions } = tracker
    for (let i = 0; i < batch.rows; i++) {
      if (sessions[i]! < 0) continue
      sessions[kept] = sessions[i]!
      rows[kept++] = i
    }
    if (kept === 0) return
    const onTime = keepRows(batch, rows, kept)
    this.count(onTime, onTime.columns[this.options.timeColumn]!.values as Float64Array)
  }

  /** Sessions that a row has joined: one slot takes the other's rows. */
  private merge(): void {
    const { merged } = this.tracker
    for (let at = 0; at < merged.length; at += 2) {
      const [gone, kept] = [merged[at]!, merged[at + 1]!]
      this.slotOf = grownInts(this.slotOf, Math.max(gone, kept) + 1)
      const from = this.slotOf[gone]!
      this.slotOf[gone] = 0
      if (from === 0) continue
      if (this.slotOf[kept] === 0) {
        this.slotOf[kept] = from
        continue
      }
      const source = Int32Array.of(from - 1)
      this.aggregation.absorb(this.aggregation, source, Int32Array.of(this.slotOf[kept]! - 1), 1)
      this.aggregation.release(source, 1)
      this.table.release(source, 1)
    }
    for (let at = 0; at < merged.length; at += 2) this.tracker.forget(merged[at]!)
  }

  private count(batch: Batch, times: Float64Array): void {
    const { slots } = this
    const { sessions } = this.tracker
    this.makeSlots(batch, times)
    const { slotOf } = this
    for (let i = 0; i < batch.rows; i++) slots[i] = slotOf[sessions[i]!]! - 1
    this.aggregation.update(batch, slots)
  }

  /** Slots for the sessions of this batch that have none: each is known by the time of its first row here. */
  private makeSlots(batch: Batch, times: Float64Array): void {
    const { rows, options } = this
    const { sessions } = this.tracker
    let count = 0
    for (let i = 0; i < batch.rows; i++) {
      const id = sessions[i]!
      if (id >= this.slotOf.length) this.slotOf = grownInts(this.slotOf, id + 1)
      if (this.slotOf[id] !== 0) continue
      this.slotOf[id] = -1
      rows[count++] = i
    }
    if (count === 0) return
    const moments = new Float64Array(count)
    for (let j = 0; j < count; j++) moments[j] = times[rows[j]!]!
    const keys = options.keys.map((k) => gather(batch.columns[k]!, rows, count))
    const identity = new Column({ layout: "f64", rows: count, values: moments })
    const made = this.table.locate([identity, ...keys], count, this.slots, this.fresh)
    assert(made === count, "a new session has a key of its own")
    for (let j = 0; j < count; j++) this.slotOf[sessions[rows[j]!]!] = this.slots[j]! + 1
  }

  step(): Element | Status {
    while (this.dueNext < this.due.length) {
      const batch = this.fire()
      if (batch !== undefined) return batch
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private fire(): Batch | undefined {
    const ids = this.due.subarray(this.dueNext, this.dueNext + batchRowsMax)
    this.dueNext += ids.length
    const slots = new Int32Array(ids.length)
    for (let i = 0; i < ids.length; i++) slots[i] = this.slotOf[ids[i]!]! - 1
    const shown = this.aggregation.present(slots)
    const count = shown.length
    const columns = this.options.keys.map((_, k) => this.table.keyOf(k + 1, shown, count))
    columns.push(...this.aggregation.results(shown, count))
    const own = shown === slots ? ids : ids.filter((_, i) => shown.includes(slots[i]!))
    for (const property of this.options.properties) columns.push(this.property(property, own))
    this.aggregation.release(slots, slots.length)
    this.table.release(slots, slots.length)
    for (const id of ids) {
      this.slotOf[id] = 0
      this.tracker.forget(id)
    }
    return count === 0 ? undefined : new Batch(count, columns)
  }

  private property(
    name: "window_start" | "window_end" | "window_time",
    ids: Int32Array
  ): Column {
    const { starts, lasts } = this.tracker
    const rows = ids.length
    const values = new Float64Array(rows)
    const shift = name === "window_end" ? this.options.gapMillis : this.options.gapMillis - 1
    for (let i = 0; i < rows; i++) {
      values[i] = name === "window_start" ? starts[ids[i]!]! : lasts[ids[i]!]! + shift
    }
    return new Column({ layout: "f64", rows, values })
  }

  /** Write where sessions begin and end into the table: the snapshot takes it from there. */
  private note(): void {
    const starts = this.table.column(0) as Float64Array
    const lasts = this.table.column(1) as Float64Array
    this.slotOf.forEach((slot, id) => {
      if (slot === 0) return
      starts[slot - 1] = this.tracker.starts[id]!
      lasts[slot - 1] = this.tracker.lasts[id]!
    })
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const parts = [this.table.snapshot(groupsMax), ...this.aggregation.snapshot(groupsMax)]
    return { groups: joinParts(parts), union: [this.watermark] }
  }
}
