/**
 * GROUP BY over windows that overlap, hopping and cumulating ones: each row is counted into one pane, and when a window closes its panes
 * are put together, so a row costs the same however many windows hold it.
 *
 * **Invariant** hop: a pane lives until the last window that holds it has fired; what was put together goes with its window. Cumulate: the panes of
 * a window that fires are poured into one state per longest window, which stays until that has fired. A row all of
 * whose windows have fired is dropped and counted as `lateRows`; one that comes late for some of them counts in the others.
 */
import { Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import type { Aggregation } from "../state/aggregation.ts"
import { CountedAggregation } from "../state/counted-aggregation.ts"
import { OpenTable } from "../state/open-table.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import {
  type AlignedWindow,
  firstWindowEnd,
  lastWindowEnd,
  paneMillis,
  stepMillis,
  windowStart
} from "../state/time-window.ts"
import { eventTimes, keepRows, paneEnds } from "../state/window-rows.ts"
import { type SlotList, WindowSlots } from "../state/window-slots.ts"
import { timestamp } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. */
export interface PaneAggregateOptions {
  readonly window: AlignedWindow
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

const Base: FaultClass<"UnmergeableAggregateFault", { window: string }> = Fault<
  { window: string }
>()("UnmergeableAggregateFault", "user", "never")

/** An aggregate cannot be put together from parts. */
export class UnmergeableAggregateFault extends Base {
  override get message(): string {
    return `Cannot aggregate over a ${this.window} window as one of the aggregates has no merge: give it one, or use TUMBLE`
  }
}

/** An operator that computes {@link PaneAggregateOptions}. Output: keys, aggregates, window properties. */
export function makePaneAggregate(options: PaneAggregateOptions): Operator {
  return new PaneAggregate(options)
}

/** Aggregates by (end, keys), and the slots of each end. */
class Stage {
  readonly table: OpenTable
  readonly aggregation: CountedAggregation
  readonly ends: WindowSlots = new WindowSlots()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)

  constructor(options: PaneAggregateOptions) {
    this.aggregation = new CountedAggregation(options.aggregates(), options.retracting)
    this.table = new OpenTable({
      keys: [timestamp(3, false), ...options.keyTypes],
      state: this.aggregation.layouts,
      groupBy: options.groupBy.map((k) => k + 1)
    })
    this.aggregation.attach(this.table, 0)
    if (!this.aggregation.mergeable) {
      throw new UnmergeableAggregateFault({ window: options.window.kind })
    }
  }

  locate(keys: ReadonlyArray<Column>, ends: Float64Array, rows: number): Int32Array {
    const { slots, fresh } = this
    const marked = [new Column({ layout: "f64", rows, values: ends }), ...keys]
    const made = this.table.locate(marked, rows, slots, fresh)
    if (made === 0) return slots
    const madeEnds = this.table.keyOf(0, fresh, made).values as Float64Array
    for (let i = 0; i < made; i++) this.ends.add(madeEnds[i]!, fresh[i]!)
    return slots
  }

  release(list: SlotList): void {
    this.aggregation.release(list.slots, list.count)
    this.table.release(list.slots, list.count)
  }

  snapshot(groupsMax: number): ReadonlyArray<ReadonlyMap<number, Uint8Array>> {
    return [this.table.snapshot(groupsMax), ...this.aggregation.snapshot(groupsMax)]
  }

  restore(parts: ReadonlyArray<Uint8Array | undefined>): void {
    const [table, ...rest] = parts
    if (table !== undefined) this.table.restore(table)
    this.aggregation.restore(rest)
  }

  /** After all groups are restored. */
  relist(): void {
    const live = this.table.live()
    const ends = this.table.keyOf(0, live, live.length).values as Float64Array
    live.forEach((slot, i) => this.ends.add(ends[i]!, slot))
  }
}

class PaneAggregate implements Operator {
  private readonly options: PaneAggregateOptions
  private readonly panes: Stage
  private readonly windows: Stage
  private readonly paneMillis: number
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: ReadonlyArray<number> = []
  private dueNext = 0
  private firing: Int32Array | undefined = undefined
  private firingEnd = 0
  private fired = 0
  private readonly ends = new Float64Array(batchRowsMax)
  private readonly kept = new Int32Array(batchRowsMax)

  constructor(options: PaneAggregateOptions) {
    this.options = options
    this.paneMillis = paneMillis(options.window)
    this.panes = new Stage(options)
    this.windows = new Stage(options)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      const parts = splitParts(bytes)
      this.panes.restore(parts.slice(0, parts.length / 2))
      this.windows.restore(parts.slice(parts.length / 2))
    }
    this.panes.relist()
    this.windows.relist()
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) return this.accept(element)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.due = this.dueEnds(element.time)
    this.dueNext = 0
    this.watermark = element.time
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { window, timeColumn, keys } = this.options
    const { ends } = this
    const times = eventTimes(batch.columns[timeColumn]!, this.context!.name)
    const earliest = paneEnds(times, batch.rows, this.paneMillis, window.offsetMillis, ends)
    const gaps = window.kind === "hop" && window.slideMillis > window.sizeMillis
    if (gaps || lastWindowEnd(window, earliest) - 1 <= this.watermark) {
      const kept = this.keep(batch.rows)
      if (kept === 0) return
      if (kept < batch.rows) return this.accept(keepRows(batch, this.kept, kept))
    }
    const slots = this.panes.locate(keys.map((k) => batch.columns[k]!), ends, batch.rows)
    this.panes.aggregation.update(batch, slots)
  }

  /** The rows for which there is a window that has not fired. */
  private keep(rows: number): number {
    const { window } = this.options
    let kept = 0
    let late = 0
    for (let i = 0; i < rows; i++) {
      const last = lastWindowEnd(window, this.ends[i]!)
      if (last < firstWindowEnd(window, this.ends[i]!)) continue
      if (last - 1 <= this.watermark) late++
      else this.kept[kept++] = i
    }
    if (late > 0) this.context!.count("lateRows", late)
    return kept
  }

  /** Ends of the windows with rows that a watermark closes and none before has, ascending. */
  private dueEnds(time: number): ReadonlyArray<number> {
    const { window } = this.options
    const step = stepMillis(window)
    const due = new Set<number>()
    const add = (first: number, last: number): void => {
      const skipped = Math.max(0, Math.ceil((this.watermark + 2 - first) / step))
      for (let end = first + skipped * step; end <= last && end - 1 <= time; end += step) {
        due.add(end)
      }
    }
    for (const pane of this.panes.ends.ends()) {
      add(firstWindowEnd(window, pane), lastWindowEnd(window, pane))
    }
    if (window.kind === "cumulate") {
      for (const end of this.windows.ends.ends()) add(end - window.sizeMillis + step, end)
    }
    return [...due].sort((a, b) => a - b)
  }

  step(): Element | Status {
    for (;;) {
      if (this.firing !== undefined) {
        const batch = this.fire(this.firing)
        if (batch !== undefined) return batch
      }
      if (this.dueNext >= this.due.length) break
      this.begin(this.due[this.dueNext++]!)
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** Put the window that ends at `end` together. */
  private begin(end: number): void {
    const { window } = this.options
    const key = window.kind === "cumulate" ? lastWindowEnd(window, end) : end
    const start = windowStart(window, end)
    for (let pane = start + this.paneMillis; pane <= end; pane += this.paneMillis) {
      const list = this.panes.ends.of(pane)
      if (list === undefined) continue
      this.pour(list, key)
      if (window.kind === "cumulate") this.panes.release(this.panes.ends.take(pane))
    }
    const list = this.windows.ends.of(key)
    const slots = list?.slots.subarray(0, list.count) ?? new Int32Array(0)
    this.firing = this.windows.aggregation.present(slots)
    this.firingEnd = end
    this.fired = 0
  }

  private pour(list: SlotList, key: number): void {
    const { panes, windows } = this
    for (let from = 0; from < list.count; from += batchRowsMax) {
      const slots = list.slots.subarray(from, Math.min(list.count, from + batchRowsMax))
      const count = slots.length
      const keys = this.options.keys.map((_, k) => panes.table.keyOf(k + 1, slots, count))
      const to = windows.locate(keys, this.ends.fill(key, 0, count), count)
      windows.aggregation.absorb(panes.aggregation, slots, to, count)
    }
  }

  private fire(shown: Int32Array): Batch | undefined {
    const { windows } = this
    const count = Math.min(batchRowsMax, shown.length - this.fired)
    const slots = shown.subarray(this.fired, this.fired + count)
    const columns = this.options.keys.map((_, k) => windows.table.keyOf(k + 1, slots, count))
    columns.push(...windows.aggregation.results(slots, count))
    for (const property of this.options.properties) columns.push(this.property(property, count))
    this.fired += count
    if (this.fired === shown.length) this.finish()
    return count === 0 ? undefined : new Batch(count, columns)
  }

  /** All of the window has left: free what no later window holds. */
  private finish(): void {
    const { window } = this.options
    const { panes, windows, firingEnd } = this
    this.firing = undefined
    if (window.kind !== "cumulate") {
      windows.release(windows.ends.take(firingEnd))
      for (const pane of panes.ends.ends()) {
        if (lastWindowEnd(window, pane) <= firingEnd) panes.release(panes.ends.take(pane))
      }
    } else if (lastWindowEnd(window, firingEnd) === firingEnd) {
      windows.release(windows.ends.take(firingEnd))
    }
  }

  private property(name: "window_start" | "window_end" | "window_time", count: number): Column {
    const end = this.firingEnd
    const value = name === "window_start"
      ? windowStart(this.options.window, end)
      : name === "window_end"
      ? end
      : end - 1
    return new Column({ layout: "f64", rows: count, values: new Float64Array(count).fill(value) })
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    return {
      groups: joinParts([...this.panes.snapshot(groupsMax), ...this.windows.snapshot(groupsMax)]),
      union: [this.watermark]
    }
  }
}
