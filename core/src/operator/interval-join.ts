/**
 * Join of two streams whose event times lie within an interval of each other: lower ≤ left − right ≤ upper. Every row meets the stored rows
 * of the other side and is stored until the watermark says that no partner on time can come; then it leaves an outer join with NULLs if it
 * found none. A join of rows of equal windows is one whose times, the windows' ends, are equal.
 *
 * **Invariant** watermarks leave later by the greatest distance of a pair's times, so that no row that comes out is late behind it.
 */
import { gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag, Watermark } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { KeyRows } from "../state/key-rows.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { TimedRows } from "../state/timed-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is joined; side 0 is left, 1 is right. */
export interface IntervalJoinOptions {
  /** Semi and anti joins give the left columns only, when no partner can come any more. */
  readonly type: "inner" | "left" | "right" | "full" | "semi" | "anti"
  readonly types: readonly [left: ReadonlyArray<LogicalType>, right: ReadonlyArray<LogicalType>]
  readonly keys: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Event times, epoch millis. */
  readonly timeColumns: readonly [left: number, right: number]
  readonly lowerMillis: number
  readonly upperMillis: number
  /** So long before their time rows have met all partners: 1 for times that are ends of windows. */
  readonly earlyMillis?: number
  /** Columns that the exchanges deal by. */
  readonly groupBy: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Over left + right columns; writes 1 for TRUE. */
  readonly condition: ((batch: Batch, into: Uint8Array) => void) | undefined
}

/** An operator that joins input 0 with input 1. */
export function makeIntervalJoin(options: IntervalJoinOptions): Operator {
  return new IntervalJoin(options)
}

class IntervalJoin implements Operator {
  private readonly options: IntervalJoinOptions
  private readonly sides: ReadonlyArray<TimedRows>
  /** Sides whose rows leave by themselves, when they are due; `wanted`: those with a partner, 1, or without, 0. */
  private readonly pads: ReadonlyArray<boolean>
  private readonly wanted: number
  private readonly leftOnly: boolean
  private readonly delayMillis: number
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private input = 0
  private readonly keyed = new KeyRows()
  private row = 0
  private at = 0
  private readonly heads = new Int32Array(batchRowsMax)
  private readonly matched = new Int32Array(batchRowsMax)
  private readonly pairRows = new Int32Array(batchRowsMax)
  private readonly pairIds = new Int32Array(batchRowsMax)
  private readonly passed = new Uint8Array(batchRowsMax)
  /** The side whose rows are due at the watermark; 2: none are left. */
  private closing = 2

  constructor(options: IntervalJoinOptions) {
    this.options = options
    const { lowerMillis, upperMillis, type } = options
    this.sides = [0, 1].map((side) =>
      new TimedRows(
        options.types[side]!,
        options.keys[side]!,
        options.timeColumns[side]!,
        this.keepMillis(side)
      )
    )
    this.leftOnly = type === "semi" || type === "anti"
    this.pads = [
      this.leftOnly || type === "left" || type === "full",
      type === "right" || type === "full"
    ]
    this.wanted = type === "semi" ? 1 : 0
    this.delayMillis = Math.max(upperMillis, -lowerMillis, 0)
  }

  /** How long after its time a row of a side may still find a partner on time. */
  private keepMillis(side: number): number {
    const { lowerMillis, upperMillis, earlyMillis } = this.options
    return (side === 0 ? -lowerMillis : upperMillis) - (earlyMillis ?? 0)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      splitParts(bytes).forEach((part, side) => {
        if (part !== undefined) this.sides[side]!.restore(part)
      })
    }
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element, input: number): void {
    if (element.tag === Tag.batch) return this.accept(element, input)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.mark = new Watermark(element.time - this.delayMillis)
    this.closing = 0
  }

  private accept(batch: Batch, input: number): void {
    const { rows } = batch
    assert(rows <= batchRowsMax, "a batch has at most 1,024 rows")
    assert(batch.kinds === undefined, "an interval join's inputs are only inserted")
    this.batch = batch
    this.input = input
    this.row = 0
    this.at = 0
    this.matched.fill(0, 0, rows)
    const keys = this.options.keys[input]!.map((k) => batch.columns[k]!)
    this.keyed.read(keys, [...keys, batch.columns[this.options.timeColumns[input]!]!], rows)
    this.sides[1 - input]!.heads(this.keyed.columns, this.keyed.count, this.heads)
    if (this.keyed.count < rows) this.keyed.spread(this.heads, rows)
  }

  step(): Element | Status {
    while (this.batch !== undefined) {
      const { batch } = this
      const given = this.row < batch.rows ? this.page(batch) : this.finish(batch)
      if (given !== undefined) return given
    }
    while (this.closing < 2) {
      const given = this.expire(this.closing)
      if (given !== undefined) return given
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** The next page of pairs within the interval. */
  private page(batch: Batch): Batch | undefined {
    const { pairRows, pairIds } = this
    const pairs = this.collect(batch)
    if (pairs === 0) return undefined
    const mine = batch.columns.map((column) => gather(column, pairRows, pairs))
    const theirs = this.sides[1 - this.input]!.store.gather(pairIds, pairs)
    const columns = this.input === 0 ? [...mine, ...theirs] : [...theirs, ...mine]
    return this.select(new Batch(pairs, columns), pairs)
  }

  private collect(batch: Batch): number {
    const { heads, pairRows, pairIds } = this
    const { next, times } = this.sides[1 - this.input]!
    const { lowerMillis, upperMillis } = this.options
    const own = batch.columns[this.options.timeColumns[this.input]!]!.values as Float64Array
    const from = this.input === 0 ? upperMillis : -lowerMillis
    const to = this.input === 0 ? lowerMillis : -upperMillis
    let pairs = 0
    let { row, at } = this
    while (row < batch.rows && pairs < batchRowsMax) {
      if (at === 0) at = heads[row]!
      const least = own[row]! - from
      const most = own[row]! - to
      while (at !== 0 && pairs < batchRowsMax) {
        const time = times[at - 1]!
        if (time >= least && time <= most) {
          pairRows[pairs] = row
          pairIds[pairs++] = at - 1
        }
        at = next[at - 1]!
      }
      if (at !== 0) break
      row++
    }
    this.row = row
    this.at = at
    return pairs
  }

  /** The pairs that fulfil the condition; both rows of each have a partner now. */
  private select(joined: Batch, pairs: number): Batch | undefined {
    const { condition } = this.options
    const { passed, pairRows, pairIds } = this
    if (condition === undefined) passed.fill(1, 0, pairs)
    else condition(joined, passed)
    const { flags } = this.sides[1 - this.input]!
    const kept = new Int32Array(pairs)
    let count = 0
    for (let p = 0; p < pairs; p++) {
      if (passed[p] === 0) continue
      this.matched[pairRows[p]!] = 1
      flags[pairIds[p]!] = 1
      kept[count++] = p
    }
    if (count === 0 || this.leftOnly) return undefined
    if (count === pairs) return joined
    return new Batch(count, joined.columns.map((column) => gather(column, kept, count)))
  }

  /** All pairs have been met: rows that may find more partners are stored, others leave without one. */
  private finish(batch: Batch): Batch | undefined {
    this.batch = undefined
    const { input, keyed } = this
    const times = batch.columns[this.options.timeColumns[input]!]!.values as Float64Array
    const keep = this.keepMillis(input)
    const stored = new Int32Array(keyed.count)
    const positions = new Int32Array(keyed.count)
    const isStored = new Uint8Array(batch.rows)
    let count = 0
    for (let j = 0; j < keyed.count; j++) {
      const row = keyed.rows[j]!
      if (times[row]! + keep <= this.watermark) continue
      isStored[row] = 1
      positions[count] = j
      stored[count++] = row
    }
    const keys = count === keyed.count
      ? keyed.columns
      : keyed.columns.map((column) => gather(column, positions, count))
    this.sides[input]!.add(batch.columns, keys, stored, count, this.matched)
    if (!this.pads[input]!) return undefined
    const lone = new Int32Array(batch.rows)
    let lonely = 0
    for (let i = 0; i < batch.rows; i++) {
      if (isStored[i] === 0 && this.matched[i] === this.wanted) lone[lonely++] = i
    }
    return this.pad(
      input,
      lonely,
      () => batch.columns.map((column) => gather(column, lone, lonely))
    )
  }

  /** Rows of a side with NULLs in place of the other's, if these are given at all. */
  private pad(
    side: number,
    count: number,
    columns: () => ReturnType<TimedRows["store"]["gather"]>
  ): Batch | undefined {
    if (count === 0) return undefined
    if (this.leftOnly) return new Batch(count, columns())
    const none = new Int32Array(count).fill(-1)
    const others = this.sides[1 - side]!.store.gather(none, count)
    return new Batch(count, side === 0 ? [...columns(), ...others] : [...others, ...columns()])
  }

  /** The next page of rows of a side that find no partner any more. */
  private expire(side: number): Batch | undefined {
    const rows = this.sides[side]!
    const ids = this.pairIds
    const count = rows.due(this.watermark, ids)
    if (count < ids.length) this.closing = side + 1
    if (count === 0) return undefined
    let result: Batch | undefined
    if (this.pads[side]!) {
      const lone = new Int32Array(count)
      let lonely = 0
      for (let j = 0; j < count; j++) {
        if (rows.flags[ids[j]!] === this.wanted) lone[lonely++] = ids[j]!
      }
      result = this.pad(side, lonely, () => rows.store.gather(lone, lonely))
    }
    rows.drop(ids, count)
    return result
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const { groupBy } = this.options
    return {
      groups: joinParts(this.sides.map((side, s) => side.snapshot(groupBy[s]!, groupsMax))),
      union: [this.watermark]
    }
  }
}
