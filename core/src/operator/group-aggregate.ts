/**
 * GROUP BY without windows: after each batch, or bundle of batches, every key that it touched gives its new row once, as a changelog.
 *
 * **Invariant** a slot exists exactly while its key has rows. What the last batch told about a key is what downstream
 * knows; with `updateBefore` the old values are read before the batch is counted in, and an update that changes nothing
 * is not told.
 */
import * as Effect from "effect/Effect"
import { type Column, gather } from "../batch/column.ts"
import { concat } from "../batch/column-builder.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { assert } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import type { Aggregation } from "../state/aggregation.ts"
import { equalRows } from "../state/equal-rows.ts"
import { OpenTable } from "../state/open-table.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. Output: keys, aggregates. */
export interface GroupAggregateOptions {
  readonly keys: ReadonlyArray<number>
  readonly keyTypes: ReadonlyArray<LogicalType>
  /** Positions in `keys` that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  readonly aggregates: () => Aggregation
  /** Whether the old row is told before a changed one. */
  readonly updateBefore: boolean
  /** Each key is told once, when the input has ended; without keys there is a row also of no input. */
  readonly final?: boolean
  /** So many rows are counted in before anything is told, but none waits longer than `latencyMillis`. */
  readonly bundle?: { readonly rows: number; readonly latencyMillis: number } | undefined
}

/** An operator that computes {@link GroupAggregateOptions}. */
export function makeGroupAggregate(options: GroupAggregateOptions): Operator {
  return new GroupAggregate(options)
}

class GroupAggregate implements Operator {
  private readonly options: GroupAggregateOptions
  private readonly table: OpenTable
  private readonly aggregation: Aggregation
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  /** Slots that are to be told at the end. */
  private due: Int32Array = new Int32Array(0)
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private touched = new Int32Array(batchRowsMax)
  /** Per touched key: 1 when this bundle made it. */
  private isFresh = new Uint8Array(batchRowsMax)
  /** Keys touched since the last telling, and the values that they had, batch by batch. */
  private count = 0
  private old: Array<ReadonlyArray<Column>> = []
  private bundled = 0
  /** Numbers the bundles, so that a timer of an earlier one does nothing. */
  private bundle = 0
  private isLate = false
  private stamps = new Int32Array(64)
  private stamp = 1

  constructor(options: GroupAggregateOptions) {
    this.options = options
    this.aggregation = options.aggregates()
    this.table = new OpenTable({
      keys: options.keyTypes,
      state: ["f64", ...this.aggregation.layouts],
      groupBy: options.groupBy
    })
    this.aggregation.attach(this.table, 1)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const [table, ...rest] = splitParts(bytes)
      if (table !== undefined) this.table.restore(table)
      this.aggregation.restore(rest)
    }
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) this.accept(element)
    else {
      this.mark = element
      const last = element.tag === Tag.watermark && element.time === Infinity
      if (last || element.tag === Tag.barrier || element.tag === Tag.end) this.flush()
      if (
        this.options.final === true && element.tag === Tag.watermark && element.time === Infinity
      ) {
        this.end()
      }
    }
  }

  private end(): void {
    if (this.options.keyTypes.length === 0) this.table.locate([], 1, this.slots, this.fresh)
    this.due = this.table.live()
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { rows } = batch
    const { table, slots } = this
    const keys = this.options.keys.map((k) => batch.columns[k]!)
    table.locate(keys, rows, slots, this.fresh)
    if (this.options.final === true) {
      countRows(batch.kinds, slots, rows, table.column(0) as Float64Array)
      return this.aggregation.update(batch, slots)
    }
    const from = this.count
    this.touch(rows)
    if (this.options.updateBefore && this.count > from) {
      const own = this.touched.subarray(from, this.count)
      this.old.push(this.aggregation.results(own, own.length))
    }
    countRows(batch.kinds, slots, rows, table.column(0) as Float64Array)
    this.aggregation.update(batch, slots)
    this.hold(rows)
  }

  /** Tell now, or when the bundle is full or old enough. */
  private hold(rows: number): void {
    const { bundle } = this.options
    if (bundle === undefined) return this.flush()
    if (this.bundled === 0) {
      const number = ++this.bundle
      this.context!.fork(Effect.sleep(bundle.latencyMillis), () => {
        if (number === this.bundle) this.isLate = true
      })
    }
    this.bundled += rows
    if (this.bundled >= bundle.rows) this.flush()
  }

  private flush(): void {
    const { count, old } = this
    this.bundled = 0
    this.bundle++
    this.isLate = false
    this.stamp++
    this.count = 0
    this.old = []
    if (count === 0) return
    const before = old.length === 0
      ? undefined
      : old[0]!.map((_, k) => concat(old.map((columns) => columns[k]!)))
    this.tell(count, before)
  }

  /** Adds the slots of the batch that the bundle has not touched yet; fresh ones are those with no row yet. */
  private touch(rows: number): void {
    if (this.stamps.length < this.table.slotsMax) {
      const stamps = new Int32Array(this.table.slotsMax * 2)
      stamps.set(this.stamps)
      this.stamps = stamps
    }
    this.reserve(this.count + rows)
    const { slots, stamps, touched, isFresh, stamp } = this
    const counts = this.table.column(0) as Float64Array
    let { count } = this
    for (let i = 0; i < rows; i++) {
      const slot = slots[i]!
      if (stamps[slot] === stamp) continue
      stamps[slot] = stamp
      isFresh[count] = counts[slot] === 0 ? 1 : 0
      touched[count++] = slot
    }
    this.count = count
  }

  private reserve(keys: number): void {
    if (this.touched.length >= keys) return
    const touched = new Int32Array(keys * 2)
    touched.set(this.touched)
    this.touched = touched
    const isFresh = new Uint8Array(keys * 2)
    isFresh.set(this.isFresh)
    this.isFresh = isFresh
  }

  private tell(count: number, old: ReadonlyArray<Column> | undefined): void {
    const { touched, isFresh } = this
    const counts = this.table.column(0) as Float64Array
    const now = this.aggregation.results(touched, count)
    const picks = new Int32Array(2 * count)
    const kinds = new Uint8Array(2 * count)
    const gone = new Int32Array(count)
    let told = 0
    let goneCount = 0
    const tellOne = (pick: number, kind: number): void => {
      picks[told] = pick
      kinds[told++] = kind
    }
    for (let t = 0; t < count; t++) {
      const isGone = counts[touched[t]!]! <= 0
      if (isGone) gone[goneCount++] = touched[t]!
      if (isFresh[t] === 1) {
        if (!isGone) tellOne(count + t, RowKind.insert)
      } else if (isGone) tellOne(t, RowKind.delete)
      else if (old === undefined) tellOne(count + t, RowKind.updateAfter)
      else if (!equalRows(old, now, t)) {
        tellOne(t, RowKind.updateBefore)
        tellOne(count + t, RowKind.updateAfter)
      }
    }
    if (told > 0) this.outgoing.put(this.output(count, old ?? now, now, picks, kinds, told))
    if (goneCount === 0) return
    this.aggregation.release(gone, goneCount)
    this.table.release(gone, goneCount)
  }

  /** Row `pick` of old values, then new ones. */
  private output(
    count: number,
    old: ReadonlyArray<Column>,
    now: ReadonlyArray<Column>,
    picks: Int32Array,
    kinds: Uint8Array,
    told: number
  ): Batch {
    const onlyNew = old === now
    const at = picks.subarray(0, told)
    const own = new Int32Array(told)
    for (let i = 0; i < told; i++) own[i] = at[i]! % count
    const keys = this.table.keysOf(this.touched, count).map((column) => gather(column, own, told))
    const values = now.map((column, k) =>
      onlyNew ? gather(column, own, told) : gather(concat([old[k]!, column]), at, told)
    )
    const toldKinds = kinds.subarray(0, told)
    const columns = [...keys, ...values]
    return new Batch(told, columns, allInserts(toldKinds, told) ? undefined : toldKinds)
  }

  step(): Element | Status {
    const { mark } = this
    if (this.due.length > 0) return this.giveDue()
    const given = this.outgoing.next()
    if (given === undefined && this.isLate) {
      this.flush()
      return this.step()
    }
    if (given !== undefined) return given
    this.mark = undefined
    return mark ?? Status.done
  }

  private giveDue(): Batch {
    const slots = this.due.subarray(0, batchRowsMax)
    this.due = this.due.subarray(slots.length)
    const columns = [
      ...this.table.keysOf(slots, slots.length),
      ...this.aggregation.results(slots, slots.length)
    ]
    this.aggregation.release(slots, slots.length)
    this.table.release(slots, slots.length)
    return new Batch(slots.length, columns)
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    return {
      groups: joinParts([
        this.table.snapshot(groupsMax),
        ...this.aggregation.snapshot(groupsMax)
      ])
    }
  }
}

function countRows(
  kinds: Uint8Array | undefined,
  slots: Int32Array,
  rows: number,
  counts: Float64Array
): void {
  if (kinds === undefined) {
    for (let i = 0; i < rows; i++) counts[slots[i]!]! += 1
    return
  }
  for (let i = 0; i < rows; i++) {
    const kind = kinds[i]!
    counts[slots[i]!]! += kind === RowKind.updateBefore || kind === RowKind.delete ? -1 : 1
  }
}
