/**
 * OVER in order of event time, or of arrival, over rows that are only inserted, with frames that end at the current row. Rows wait until the
 * watermark reaches them and leave in order of time, each once and for good.
 *
 * **Invariant** a partition keeps the rows behind its last one that a frame or a LAG can still reach, and the aggregates of frames that begin
 * with the partition. A row at or before the watermark is late: it is dropped and counted.
 */
import { type Column, gather, isNull } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { OpenTable } from "../state/open-table.ts"
import type { OverStretch } from "../state/over-frame.ts"
import { type KernelOptions, OverKernel } from "../state/over-kernel.ts"
import type { KeptSlots } from "../state/over-sweep.ts"
import { OverHistory } from "../state/over-history.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed; columns are of the input. Output: the input's columns, then the calls. */
export interface OverTimeOptions extends KernelOptions {
  readonly partition: ReadonlyArray<number>
  /** The one column of the order, ascending. */
  readonly timeColumn: number
  /** Rows are computed when they come, instead of when the watermark reaches them. */
  readonly byArrival: boolean
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
}

const Base: FaultClass<"NullOrderTimeFault", { operator: string }> = Fault<
  { operator: string }
>()("NullOrderTimeFault", "user", "never")

/** A row has no event time. */
export class NullOrderTimeFault extends Base {
  override get message(): string {
    return `Cannot put a row in order in "${this.operator}" as its event time is NULL: filter such rows out before`
  }
}

/** So many due rows are computed at once, peers never apart. */
const pieceRows = 4096

/** State columns before those of the aggregates: rows and groups of peers so far. */
const countColumns = 2

/** An operator that computes {@link OverTimeOptions}. */
export function makeOverTime(options: OverTimeOptions): Operator {
  return new OverTime(options)
}

class OverTime implements Operator {
  private readonly options: OverTimeOptions
  private readonly kernel: OverKernel
  private readonly table: OpenTable
  private readonly history: OverHistory
  /** By frame: the aggregates that go on; undefined where frames do not begin with the partition. */
  private readonly kept: ReadonlyArray<KeptSlots["aggregation"] | undefined>
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private due = -Infinity
  private mark: Element | undefined = undefined
  private pending: ReadonlyArray<Batch> = []
  private given = 0

  constructor(options: OverTimeOptions) {
    this.options = options
    this.kernel = new OverKernel(options)
    this.kept = options.frames.map(({ low, aggregates }) =>
      low === "unbounded" ? aggregates?.() : undefined
    )
    this.table = new OpenTable({
      keys: options.partition.map((k) => options.types[k]!),
      state: ["f64", "f64", ...this.kept.flatMap((aggregation) => aggregation?.layouts ?? [])],
      groupBy: options.groupBy.map((column) => options.partition.indexOf(column))
    })
    let base = countColumns
    for (const aggregation of this.kept) {
      aggregation?.attach(this.table, base)
      base += aggregation?.layouts.length ?? 0
    }
    this.history = new OverHistory(options, options.timeColumn)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const [table, rows, ...rest] = splitParts(bytes)
      if (table !== undefined) this.table.restore(table)
      let next = 0
      for (const aggregation of this.kept) {
        const parts = aggregation?.snapshot(context.groupsMax).length ?? 0
        aggregation?.restore(rest.slice(next, next + parts))
        next += parts
      }
      if (rows !== undefined) this.history.restore(rows, (columns, n) => this.locate(columns, n))
    }
    const marks = context.restored?.union as ReadonlyArray<number> | undefined
    if (marks !== undefined && marks.length > 0) this.watermark = Math.min(...marks)
  }

  private locate(columns: ReadonlyArray<Column>, rows: number): Int32Array {
    const slots = new Int32Array(rows)
    const keys = this.options.partition.map((k) => columns[k]!)
    this.table.locate(keys, rows, slots, new Int32Array(rows))
    return slots
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) return this.accept(element)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    if (!this.options.byArrival) this.due = element.time
  }

  private accept(batch: Batch): void {
    assert(batch.kinds === undefined, "OVER by time takes only inserted rows")
    const time = batch.columns[this.options.timeColumn]!
    const times = time.values as Float64Array
    const onTime = new Int32Array(batch.rows)
    let count = 0
    for (let i = 0; i < batch.rows; i++) {
      if (isNull(time, i)) throw new NullOrderTimeFault({ operator: this.context!.name })
      if (this.options.byArrival || times[i]! > this.watermark) onTime[count++] = i
    }
    if (count < batch.rows) this.context!.count("lateRows", batch.rows - count)
    if (count === 0) return
    const columns = batch.columns.map((column) => gather(column, onTime, count))
    this.history.wait(columns, count, this.locate(columns, count))
    if (this.options.byArrival) this.due = Infinity
  }

  step(): Element | Status {
    for (;;) {
      if (this.given < this.pending.length) return this.pending[this.given++]!
      if (!this.compute()) break
    }
    this.due = -Infinity
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** The next due rows; false when none is left. */
  private compute(): boolean {
    const taken = this.due === -Infinity ? undefined : this.history.take(this.due, pieceRows)
    if (taken === undefined) {
      this.sweep()
      return false
    }
    const { slots, ids, starts, firsts, order } = taken
    const counts = this.table.column(0) as Float64Array
    const groups = this.table.column(1) as Float64Array
    const stretches = slots.map((slot, p): OverStretch => {
      const [start, from, end] = [starts[p]!, firsts[p]!, starts[p + 1]!]
      const before = counts[slot]! - (from - start)
      return { start, end, from, to: end, before, peerGroups: groups[slot]!, peersFrom: from }
    })
    const own = Int32Array.from(slots)
    const columns = this.history.store.gather(ids, ids.length)
    const results = this.kernel.evaluate(
      columns,
      ids.length,
      stretches,
      this.kept.map((aggregation) => aggregation && { aggregation, slots: own })
    )
    this.count(stretches, slots, columns[this.options.timeColumn]!)
    this.tell(columns, results, stretches, order)
    this.history.settle(taken)
    return true
  }

  /** Add the rows and groups of peers that have gone by. */
  private count(
    stretches: ReadonlyArray<OverStretch>,
    slots: ReadonlyArray<number>,
    time: Column
  ): void {
    const counts = this.table.column(0) as Float64Array
    const groups = this.table.column(1) as Float64Array
    stretches.forEach(({ start, from, end }, p) => {
      counts[slots[p]!]! += end - from
      for (let i = from; i < end; i++) {
        if (i === start || time.values[i] !== time.values[i - 1]) groups[slots[p]!]! += 1
      }
    })
  }

  /** Rows leave in the order of time, whatever their partition. */
  private tell(
    columns: ReadonlyArray<Column>,
    results: ReadonlyArray<Column>,
    stretches: ReadonlyArray<OverStretch>,
    order: Int32Array
  ): void {
    const wanted = Int32Array.from(
      stretches.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
    )
    const batches: Array<Batch> = []
    for (let first = 0; first < order.length; first += batchRowsMax) {
      const at = order.subarray(first, first + batchRowsMax)
      const rows = at.map((k) => wanted[k]!)
      const count = at.length
      batches.push(
        new Batch(count, [
          ...columns.map((column) => gather(column, rows, count)),
          ...results.map((column) => gather(column, at, count))
        ])
      )
    }
    this.pending = batches
    this.given = 0
  }

  /** Partitions that no later row can reach back into go. */
  private sweep(): void {
    if (this.kept.some((one) => one !== undefined)) return
    if (this.options.calls.some((call) => call.kind === "number")) return
    const gone = this.history.outOfReach(this.watermark, this.table)
    if (gone.length > 0) this.table.release(gone, gone.length)
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    return {
      groups: joinParts([
        this.table.snapshot(groupsMax),
        this.history.snapshot(this.table.live(), this.options.groupBy, groupsMax),
        ...this.kept.flatMap((aggregation) => aggregation?.snapshot(groupsMax) ?? [])
      ]),
      union: [this.watermark]
    }
  }
}
