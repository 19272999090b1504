/**
 * GROUP BY over tumbling windows of event time: state is keyed by (window end, keys), a window's rows leave when the
 * watermark reaches its last milli, windows in ascending order, and its state goes with them.
 *
 * **Invariant** a slot exists exactly while its window is open, and stands in that window's list. A row whose window has
 * fired is dropped and counted as `lateRows`.
 */
import { Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, Tag } from "../batch/element.ts"
import type { Element } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import type { Aggregation } from "../state/aggregation.ts"
import { OpenTable } from "../state/open-table.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { type SlotList, WindowSlots } from "../state/window-slots.ts"
import { timestamp } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. Times are in millis. */
export interface WindowAggregateOptions {
  readonly sizeMillis: number
  readonly offsetMillis: number
  /** The event time attribute of the input. */
  readonly timeColumn: number
  readonly keys: ReadonlyArray<number>
  readonly keyTypes: ReadonlyArray<LogicalType>
  /** Positions in `keys` that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  readonly aggregates: () => Aggregation
  readonly properties: ReadonlyArray<"window_start" | "window_end" | "window_time">
}

const Base: FaultClass<"NullEventTimeFault", { operator: string }> = Fault<
  { operator: string }
>()("NullEventTimeFault", "user", "never")

/** A row has no event time. */
export class NullEventTimeFault extends Base {
  override get message(): string {
    return `Cannot put a row into a window in "${this.operator}" as its event time is NULL: filter such rows out before the window`
  }
}

/** An operator that computes {@link WindowAggregateOptions}. Output: keys, aggregates, window properties. */
export function makeWindowAggregate(options: WindowAggregateOptions): Operator {
  return new WindowAggregate(options)
}

class WindowAggregate implements Operator {
  private readonly options: WindowAggregateOptions
  private readonly table: OpenTable
  private readonly aggregation: Aggregation
  private readonly windows = new WindowSlots()
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: ReadonlyArray<number> = []
  private dueNext = 0
  private firing: SlotList | undefined = undefined
  private firingEnd = 0
  private fired = 0
  private readonly ends = new Float64Array(batchRowsMax)
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly scratch = new Int32Array(batchRowsMax)

  constructor(options: WindowAggregateOptions) {
    this.options = options
    this.aggregation = options.aggregates()
    this.table = new OpenTable({
      keys: [timestamp(3, false), ...options.keyTypes],
      state: this.aggregation.layouts,
      groupBy: options.groupBy.map((k) => k + 1)
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
    const { options, ends } = this
    const time = batch.columns[options.timeColumn]!
    if (time.nulls !== undefined && time.nulls.includes(1)) {
      throw new NullEventTimeFault({ operator: this.context!.name })
    }
    const { sizeMillis, offsetMillis } = options
    const times = time.values as Float64Array
    if (windowEnds(times, batch.rows, sizeMillis, offsetMillis, ends) - 1 <= this.watermark) {
      const kept = keepOnTime(ends, batch.rows, this.watermark, this.scratch)
      this.context!.count("lateRows", batch.rows - kept)
      if (kept === 0) return
      return this.accept(keepRows(batch, this.scratch, kept))
    }
    const keys = options.keys.map((k) => batch.columns[k]!)
    keys.unshift(new Column({ layout: "f64", rows: batch.rows, values: ends }))
    const fresh = this.scratch
    const made = this.table.locate(keys, batch.rows, this.slots, fresh)
    if (made > 0) {
      const madeEnds = this.table.keyOf(0, fresh, made).values as Float64Array
      for (let i = 0; i < made; i++) this.windows.add(madeEnds[i]!, fresh[i]!)
    }
    this.aggregation.update(batch, this.slots)
  }

  step(): Element | Status {
    for (;;) {
      if (this.firing !== undefined) return this.fire(this.firing)
      if (this.dueNext >= this.due.length) break
      this.firingEnd = this.due[this.dueNext++]!
      this.firing = this.windows.take(this.firingEnd)
      this.fired = 0
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private fire(list: SlotList): Batch {
    const count = Math.min(batchRowsMax, list.count - this.fired)
    const slots = list.slots.subarray(this.fired, this.fired + count)
    const columns: Array<Column> = []
    for (let k = 1; k <= this.options.keys.length; k++) {
      columns.push(this.table.keyOf(k, slots, count))
    }
    columns.push(...this.aggregation.results(slots, count))
    for (const property of this.options.properties) columns.push(this.property(property, count))
    this.fired += count
    if (this.fired === list.count) {
      this.aggregation.release(list.slots, list.count)
      this.table.release(list.slots, list.count)
      this.firing = undefined
    }
    return new Batch(count, columns)
  }

  private property(name: "window_start" | "window_end" | "window_time", count: number): Column {
    const end = this.firingEnd
    const value = name === "window_start"
      ? end - this.options.sizeMillis
      : name === "window_end"
      ? end
      : end - 1
    return new Column({ layout: "f64", rows: count, values: new Float64Array(count).fill(value) })
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const parts = [this.table.snapshot(groupsMax), ...this.aggregation.snapshot(groupsMax)]
    return { groups: joinParts(parts), union: [this.watermark] }
  }
}

/** The end of each row's window; answers the earliest. */
function windowEnds(
  times: Float64Array,
  rows: number,
  sizeMillis: number,
  offsetMillis: number,
  into: Float64Array
): number {
  const shift = offsetMillis + sizeMillis
  let earliest = Infinity
  for (let i = 0; i < rows; i++) {
    const end = Math.floor((times[i]! - offsetMillis) / sizeMillis) * sizeMillis + shift
    into[i] = end
    if (end < earliest) earliest = end
  }
  return earliest
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

function keepRows(batch: Batch, rows: Int32Array, count: number): Batch {
  return new Batch(
    count,
    batch.columns.map((column) => gather(column, rows, count)),
    batch.kinds === undefined
      ? undefined
      : Uint8Array.from({ length: count }, (_, i) => batch.kinds![rows[i]!]!)
  )
}
