/**
 * GROUP BY over windows of which each row is in one: tumbling windows of event time, or windows that earlier operators have put the rows
 * in. State is keyed by (window end, keys); a window's rows leave when the watermark reaches its last milli, windows in ascending
 * order, and its state goes with them.
 *
 * **Invariant** a slot exists exactly while its window is open, and stands in that window's list. A row whose window has
 * fired is dropped and counted as `lateRows`.
 */
import { Column } from "../batch/column.ts"
import { Batch, batchRowsMax, Tag } from "../batch/element.ts"
import type { Element } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { Aggregation } from "../state/aggregation.ts"
import { CountedAggregation } from "../state/counted-aggregation.ts"
import { OpenTable } from "../state/open-table.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { type AlignedWindow, type TimeWindow, windowStart } from "../state/time-window.ts"
import { eventTimes, keepRows, paneEnds } from "../state/window-rows.ts"
import { type SlotList, WindowSlots } from "../state/window-slots.ts"
import { timestamp } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. */
export interface WindowAggregateOptions {
  /** A tumbling window, or with `given` any. */
  readonly window: TimeWindow
  /** The event time attribute of the input. */
  readonly timeColumn: number
  /** Columns that hold the start and end of each row's window; absent: the window is that of its time. */
  readonly given?: { readonly start: number; readonly end: number } | undefined
  readonly keys: ReadonlyArray<number>
  readonly keyTypes: ReadonlyArray<LogicalType>
  /** Positions in `keys` that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  readonly aggregates: () => Aggregation
  /** Whether rows may be taken back. */
  readonly retracting: boolean
  readonly properties: ReadonlyArray<"window_start" | "window_end" | "window_time">
}

/** An operator that computes {@link WindowAggregateOptions}. Output: keys, aggregates, window properties. */
export function makeWindowAggregate(options: WindowAggregateOptions): Operator {
  return new WindowAggregate(options)
}

class WindowAggregate implements Operator {
  private readonly options: WindowAggregateOptions
  private readonly table: OpenTable
  private readonly aggregation: CountedAggregation
  /** Sessions that end together may begin apart, so their start is part of the key, behind the end. */
  private readonly startsApart: boolean
  private readonly windows = new WindowSlots()
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: ReadonlyArray<number> = []
  private dueNext = 0
  private firing: SlotList | undefined = undefined
  private firingEnd = 0
  /** The slots of the window that fires that have rows, and how many of them have left. */
  private shown: Int32Array = new Int32Array(0)
  private fired = 0
  private readonly ends = new Float64Array(batchRowsMax)
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly scratch = new Int32Array(batchRowsMax)

  constructor(options: WindowAggregateOptions) {
    this.options = options
    this.startsApart = options.window.kind === "session"
    this.aggregation = new CountedAggregation(options.aggregates(), options.retracting)
    const moment = timestamp(3, false)
    const marks = this.startsApart ? [moment, moment] : [moment]
    this.table = new OpenTable({
      keys: [...marks, ...options.keyTypes],
      state: this.aggregation.layouts,
      groupBy: options.groupBy.map((k) => k + marks.length)
    })
    this.aggregation.attach(this.table, 0)
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
    const live = this.table.live()
    const ends = this.table.keyOf(0, live, live.length).values as Float64Array
    live.forEach((slot, i) => this.windows.add(ends[i]!, slot))
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) return this.accept(element)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.due = this.windows.due(element.time)
    this.dueNext = 0
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { options, scratch } = this
    const ends = this.endsOf(batch)
    const kept = keepOnTime(ends, batch.rows, this.watermark, scratch)
    if (kept < batch.rows) {
      this.context!.count("lateRows", batch.rows - kept)
      if (kept === 0) return
      return this.accept(keepRows(batch, scratch, kept))
    }
    const keys = options.keys.map((k) => batch.columns[k]!)
    if (this.startsApart) keys.unshift(batch.columns[options.given!.start]!)
    keys.unshift(new Column({ layout: "f64", rows: batch.rows, values: ends }))
    const fresh = scratch
    const made = this.table.locate(keys, batch.rows, this.slots, fresh)
    if (made > 0) {
      const madeEnds = this.table.keyOf(0, fresh, made).values as Float64Array
      for (let i = 0; i < made; i++) this.windows.add(madeEnds[i]!, fresh[i]!)
    }
    this.aggregation.update(batch, this.slots)
  }

  /** The end of each row's window. */
  private endsOf(batch: Batch): Float64Array {
    const { window, given, timeColumn } = this.options
    const { name } = this.context!
    if (given !== undefined) return eventTimes(batch.columns[given.end]!, name)
    assert(window.kind === "tumble", "only tumbling windows are found by one time")
    const times = eventTimes(batch.columns[timeColumn]!, name)
    paneEnds(times, batch.rows, window.sizeMillis, window.offsetMillis, this.ends)
    return this.ends
  }

  step(): Element | Status {
    for (;;) {
      if (this.firing !== undefined) {
        const batch = this.fire(this.firing)
        if (batch !== undefined) return batch
      }
      if (this.dueNext >= this.due.length) break
      this.firingEnd = this.due[this.dueNext++]!
      const list = this.windows.take(this.firingEnd)
      const slots = this.aggregation.present(list.slots.subarray(0, list.count))
      this.firing = list
      this.shown = slots
      this.fired = 0
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private fire(list: SlotList): Batch | undefined {
    const count = Math.min(batchRowsMax, this.shown.length - this.fired)
    const slots = this.shown.subarray(this.fired, this.fired + count)
    const columns: Array<Column> = []
    const from = this.startsApart ? 2 : 1
    for (let k = from; k < from + this.options.keys.length; k++) {
      columns.push(this.table.keyOf(k, slots, count))
    }
    columns.push(...this.aggregation.results(slots, count))
    for (const property of this.options.properties) columns.push(this.property(property, slots))
    this.fired += count
    if (this.fired === this.shown.length) {
      this.aggregation.release(list.slots, list.count)
      this.table.release(list.slots, list.count)
      this.firing = undefined
    }
    return count === 0 ? undefined : new Batch(count, columns)
  }

  private property(
    name: "window_start" | "window_end" | "window_time",
    slots: Int32Array
  ): Column {
    const rows = slots.length
    const end = this.firingEnd
    if (name === "window_start" && this.startsApart) return this.table.keyOf(1, slots, rows)
    const value = name === "window_start"
      ? windowStart(this.options.window as AlignedWindow, end)
      : name === "window_end"
      ? end
      : end - 1
    return new Column({ layout: "f64", rows, values: new Float64Array(rows).fill(value) })
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const parts = [this.table.snapshot(groupsMax), ...this.aggregation.snapshot(groupsMax)]
    return { groups: joinParts(parts), union: [this.watermark] }
  }
}

function keepOnTime(
  ends: Float64Array,
  rows: number,
  watermark: number,
  kept: Int32Array
): number {
  let count = 0
  for (let i = 0; i < rows; i++) {
    kept[count] = i
    if (ends[i]! - 1 > watermark) count++
  }
  return count
}
