/**
 * Aggregates over frames. Partitions advance together in waves: each wave takes the rows that enter and leave the frames of one row (or of
 * peers with one frame) of every partition, updates the aggregates once and reads them once.
 *
 * **Invariant** after a wave the aggregates of a partition's slot are over exactly the frame of the row it stands at.
 */
import { Column, gather } from "../batch/column.ts"
import { concat } from "../batch/column-builder.ts"
import { Batch, batchRowsMax, RowKind } from "../batch/element.ts"
import { simple } from "../type/logical-type.ts"
import type { Aggregation } from "./aggregation.ts"
import { OpenTable } from "./open-table.ts"
import type { FrameBounds, Stretch } from "./over-frame.ts"

/** What to aggregate. `columns` are read only where the aggregates' arguments and filters stand. */
export interface SweepInput {
  readonly columns: ReadonlyArray<Column>
  readonly used: ReadonlyArray<number>
  readonly stretches: ReadonlyArray<Stretch>
  readonly bounds: FrameBounds
}

/** Results, and for each wanted row, stretch by stretch, where its own stands among them. */
export interface SweepResult {
  readonly columns: ReadonlyArray<Column>
  readonly at: Int32Array
}

/** Aggregates and the slots of the stretches, which hold all rows before `from` already and keep what is added. */
export interface KeptSlots {
  readonly aggregation: Aggregation
  readonly slots: Int32Array
}

/** Aggregates with slots of their own, for as long as one evaluation takes. */
export class ScratchAggregates {
  readonly aggregation: Aggregation
  private readonly table: OpenTable

  constructor(aggregates: () => Aggregation) {
    this.aggregation = aggregates()
    this.table = new OpenTable({
      keys: [simple("BIGINT", false)],
      state: this.aggregation.layouts
    })
    this.aggregation.attach(this.table, 0)
  }

  /** Fresh slots. */
  take(count: number): Int32Array {
    const slots = new Int32Array(count)
    const keys = new Column({
      layout: "i64",
      rows: count,
      values: Float64Array.from({ length: count }, (_, i) => i)
    })
    this.table.locate([keys], count, slots, new Int32Array(count))
    return slots
  }

  give(slots: Int32Array): void {
    this.aggregation.release(slots, slots.length)
    this.table.release(slots, slots.length)
  }
}

/** Aggregate by waves. With `kept` nothing leaves a frame: they begin with the partition. */
export function sweep(
  scratch: ScratchAggregates,
  input: SweepInput,
  kept?: KeptSlots
): SweepResult {
  const { stretches, bounds: { low, high } } = input
  const { aggregation } = kept ?? scratch
  const slots = kept?.slots ?? scratch.take(stretches.length)
  const row = Int32Array.from(stretches, ({ from }) => from)
  const added = Int32Array.from(stretches, ({ from }) => kept === undefined ? low[from] ?? 0 : from)
  const removed = added.slice()
  const firsts = offsetsOf(stretches)
  const at = new Int32Array(firsts.at(-1)!)
  const results: Array<ReadonlyArray<Column>> = []
  let made = 0
  let active = [...stretches.keys()].filter((p) => stretches[p]!.from < stretches[p]!.to)
  while (active.length > 0) {
    const enter = new Rows()
    const leave = new Rows()
    for (const p of active) {
      const i = row[p]!
      for (; added[p]! < high[i]!; added[p]!++) enter.add(added[p]!, slots[p]!)
      for (; removed[p]! < Math.min(low[i]!, added[p]!); removed[p]!++) {
        if (kept === undefined) leave.add(removed[p]!, slots[p]!)
      }
      const { from, to } = stretches[p]!
      let j = i
      do at[firsts[p]! + j++ - from] = made
      while (j < to && low[j] === low[i] && high[j] === high[i])
      row[p] = j
      made++
    }
    enter.update(aggregation, input, RowKind.insert)
    leave.update(aggregation, input, RowKind.delete)
    const asked = Int32Array.from(active, (p) => slots[p]!)
    results.push(aggregation.results(asked, asked.length))
    active = active.filter((p) => row[p]! < stretches[p]!.to)
  }
  if (kept === undefined) scratch.give(slots)
  return { columns: together(results), at }
}

/** Where the wanted rows of each stretch begin, and their number at the end. */
function offsetsOf(stretches: ReadonlyArray<Stretch>): ReadonlyArray<number> {
  const offsets = [0]
  for (const { from, to } of stretches) offsets.push(offsets.at(-1)! + to - from)
  return offsets
}

/**
 * Aggregate every frame anew: for aggregates that cannot take back a row, or, like sums of doubles, not without a trace. Cost: the sum of
 * the frames' lengths.
 */
export function sweepAnew(scratch: ScratchAggregates, input: SweepInput): SweepResult {
  const { low, high } = input.bounds
  const results: Array<ReadonlyArray<Column>> = []
  const wanted: Array<number> = []
  for (const { from, to } of input.stretches) for (let i = from; i < to; i++) wanted.push(i)
  for (let first = 0; first < wanted.length; first += batchRowsMax) {
    const part = wanted.slice(first, first + batchRowsMax)
    const slots = scratch.take(part.length)
    let enter = new Rows()
    part.forEach((i, k) => {
      for (let row = low[i]!; row < high[i]!; row++) enter.add(row, slots[k]!)
      if (enter.count < batchRowsMax) return
      enter.update(scratch.aggregation, input, RowKind.insert)
      enter = new Rows()
    })
    enter.update(scratch.aggregation, input, RowKind.insert)
    results.push(scratch.aggregation.results(slots, slots.length))
    scratch.give(slots)
  }
  return { columns: together(results), at: Int32Array.from(wanted, (_, k) => k) }
}

function together(results: ReadonlyArray<ReadonlyArray<Column>>): ReadonlyArray<Column> {
  return (results[0] ?? []).map((_, k) => concat(results.map((columns) => columns[k]!)))
}

/** Rows with their slots. */
class Rows {
  private readonly rows: Array<number> = []
  private readonly slots: Array<number> = []

  get count(): number {
    return this.rows.length
  }

  add(row: number, slot: number): void {
    this.rows.push(row)
    this.slots.push(slot)
  }

  update(aggregation: Aggregation, { columns, used }: SweepInput, kind: number): void {
    for (let from = 0; from < this.rows.length; from += batchRowsMax) {
      const rows = Int32Array.from(this.rows.slice(from, from + batchRowsMax))
      const slots = Int32Array.from(this.slots.slice(from, from + batchRowsMax))
      const count = rows.length
      const given = columns.slice()
      for (const k of used) given[k] = gather(columns[k]!, rows, count)
      const kinds = kind === RowKind.insert ? undefined : new Uint8Array(count).fill(kind)
      aggregation.update(new Batch(count, given, kinds), slots)
    }
  }
}
