/**
 * Appends window_start, window_end and window_time to every row where the windows are sessions: a row can leave only when its session is
 * closed, so rows are kept until the watermark says so.
 *
 * **Invariant** a stored row is in the list of exactly one open session. Sessions leave in order of their ends; rows of one that a row has joined
 * leave part by part. A late row that touches no open session is dropped and counted as `lateRows`.
 */
import { Column, slice } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { grownInts } from "../state/grown.ts"
import { restoreRows, snapshotRows } from "../state/row-snapshot.ts"
import { RowStore } from "../state/row-store.ts"
import { SessionTracker } from "../state/session-tracker.ts"
import { eventTimes } from "../state/window-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** Which sessions; columns are of the input. */
export interface SessionAssignOptions {
  readonly types: ReadonlyArray<LogicalType>
  readonly gapMillis: number
  readonly timeColumn: number
  /** A session is one of equal values here; none: of all rows. */
  readonly partition: ReadonlyArray<number>
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
}

/** An operator that assigns sessions. */
export function makeSessionAssign(options: SessionAssignOptions): Operator {
  return new SessionAssign(options)
}

class SessionAssign implements Operator {
  private readonly options: SessionAssignOptions
  private readonly tracker: SessionTracker
  private readonly store: RowStore
  /** By row id: its kind. */
  private kinds: Int32Array = new Int32Array(64)
  private lists: Array<Array<number> | undefined> = []
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: Int32Array = new Int32Array(0)
  private dueNext = 0
  private given = 0
  private readonly rows = new Int32Array(batchRowsMax)
  private readonly ids = new Int32Array(batchRowsMax)

  constructor(options: SessionAssignOptions) {
    this.options = options
    const keyTypes = options.partition.map((k) => options.types[k]!)
    this.tracker = new SessionTracker(keyTypes, options.gapMillis)
    this.store = new RowStore(options.types)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      const { rows, columns, extra } = restoreRows(bytes, this.options.types, true)
      for (let from = 0; from < rows; from += batchRowsMax) {
        const to = Math.min(rows, from + batchRowsMax)
        const picked = columns.map((column) => slice(column, from, to))
        this.accept(new Batch(to - from, picked, Uint8Array.from(extra.subarray(from, to))))
      }
    }
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) return this.accept(element)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.due = this.tracker.due(element.time)
    this.dueNext = 0
    this.given = 0
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { tracker, rows, ids } = this
    const times = eventTimes(batch.columns[this.options.timeColumn]!, this.context!.name)
    const keys = this.options.partition.map((k) => batch.columns[k]!)
    const late = tracker.assign(keys, times, batch.rows, this.watermark)
    if (late > 0) this.context!.count("lateRows", late)
    for (let at = 0; at < tracker.merged.length; at += 2) {
      this.merge(tracker.merged[at]!, tracker.merged[at + 1]!)
    }
    let count = 0
    for (let i = 0; i < batch.rows; i++) if (tracker.sessions[i]! >= 0) rows[count++] = i
    if (count === 0) return
    this.store.append(batch.columns, rows, count, ids)
    this.kinds = grownInts(this.kinds, this.store.idsMax)
    for (let j = 0; j < count; j++) {
      this.kinds[ids[j]!] = batch.kinds?.[rows[j]!] ?? RowKind.insert
      const session = tracker.sessions[rows[j]!]!
      const list = this.lists[session] ??= []
      list.push(ids[j]!)
    }
  }

  private merge(gone: number, kept: number): void {
    const own = this.lists[kept] ??= []
    for (const id of this.lists[gone] ?? []) own.push(id)
    this.lists[gone] = undefined
    this.tracker.forget(gone)
  }

  step(): Element | Status {
    if (this.dueNext < this.due.length) return this.fire()
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** The next rows of sessions that are closed, at most a batch. */
  private fire(): Batch {
    const { ids, tracker } = this
    const starts = new Float64Array(batchRowsMax)
    const ends = new Float64Array(batchRowsMax)
    let count = 0
    while (this.dueNext < this.due.length && count < batchRowsMax) {
      const session = this.due[this.dueNext]!
      const list = this.lists[session]!
      while (this.given < list.length && count < batchRowsMax) {
        starts[count] = tracker.starts[session]!
        ends[count] = tracker.lasts[session]! + this.options.gapMillis
        ids[count++] = list[this.given++]!
      }
      if (this.given < list.length) break
      this.lists[session] = undefined
      tracker.forget(session)
      this.dueNext++
      this.given = 0
    }
    const columns = this.store.gather(ids, count)
    const kinds = Uint8Array.from(ids.subarray(0, count), (id) => this.kinds[id]!)
    this.store.release(ids, count)
    const lasts = ends.map((end) => end - 1)
    for (const values of [starts, ends, lasts]) {
      columns.push(new Column({ layout: "f64", rows: count, values: values.subarray(0, count) }))
    }
    return new Batch(count, columns, kinds.every((kind) => kind === 0) ? undefined : kinds)
  }

  snapshot(): Snapshot {
    const ids = Int32Array.from(this.lists.flatMap((list) => list ?? []))
    const { types, groupBy } = this.options
    const { groupsMax } = this.context!
    return {
      groups: snapshotRows(this.store, types, ids, groupBy, groupsMax, this.kinds),
      union: [this.watermark]
    }
  }
}
