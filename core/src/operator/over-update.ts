/**
 * OVER in any order over rows that come and go: each partition's rows are kept in order with what has been told of them, and after each batch
 * the rows whose results differ are told anew.
 *
 * **Invariant** the results stored with a row are the last ones told of it. What goes is told before what comes.
 */
import { type Column, gather } from "../batch/column.ts"
import { concat } from "../batch/column-builder.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { allInserts } from "../state/all-inserts.ts"
import { columnOfBoxed } from "../state/boxed.ts"
import { equalRows } from "../state/equal-rows.ts"
import { OpenTable } from "../state/open-table.ts"
import type { OverStretch } from "../state/over-frame.ts"
import { type KernelOptions, OverKernel } from "../state/over-kernel.ts"
import { restoreRows } from "../state/row-snapshot.ts"
import { TopRows } from "../state/top-rows.ts"
import { type LogicalType, withNullable } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed; columns are of the input. Output: the input's columns, then the calls. */
export interface OverUpdateOptions extends KernelOptions {
  readonly partition: ReadonlyArray<number>
  /** Types of the calls. */
  readonly results: ReadonlyArray<LogicalType>
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  /** Whether the old row is told before a changed one. */
  readonly updateBefore: boolean
}

/** An operator that computes {@link OverUpdateOptions}. */
export function makeOverUpdate(options: OverUpdateOptions): Operator {
  return new OverUpdate(options)
}

/** Which rows of a changed partition may have other results. */
interface Changed {
  from: number
  to: number
}

class OverUpdate implements Operator {
  private readonly options: OverUpdateOptions
  private readonly width: number
  private readonly kernel: OverKernel
  private readonly table: OpenTable
  private readonly rows: TopRows
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private changed: Map<number, Changed> = new Map()
  private gone: Array<number> = []
  private news: Set<number> = new Set()

  constructor(options: OverUpdateOptions) {
    this.options = options
    this.width = options.types.length
    this.kernel = new OverKernel(options)
    this.table = new OpenTable({
      keys: options.partition.map((k) => options.types[k]!),
      state: []
    })
    const types = [...options.types, ...options.results.map(nullable)]
    this.rows = new TopRows(types, options.order, Infinity)
  }

  open(context: OperatorContext): void {
    this.context = context
    const types = [...this.options.types, ...this.options.results.map(nullable)]
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, types)
      const slots = new Int32Array(rows)
      this.locate(columns, rows, slots, new Int32Array(rows))
      for (let i = 0; i < rows; i++) {
        this.rows.insert(columns, i, slots[i]!, this.rows.of(slots[i]!).length)
      }
    }
  }

  private locate(
    columns: ReadonlyArray<Column>,
    rows: number,
    slots: Int32Array,
    fresh: Int32Array
  ): void {
    this.table.locate(this.options.partition.map((k) => columns[k]!), rows, slots, fresh)
  }

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    const { rows, kinds } = element
    this.locate(element.columns, rows, this.slots, this.fresh)
    const results = this.options.results.map((type) => nullColumn(type, rows))
    const columns = [...element.columns, ...results]
    this.changed = new Map()
    this.gone = []
    this.news = new Set()
    for (let i = 0; i < rows; i++) {
      const kind = kinds === undefined ? RowKind.insert : kinds[i]!
      if (kind === RowKind.updateBefore || kind === RowKind.delete) this.takeBack(columns, i)
      else this.takeIn(columns, i)
    }
    this.tell()
    this.free(new Set(this.slots.subarray(0, rows)))
  }

  private takeIn(columns: ReadonlyArray<Column>, row: number): void {
    const slot = this.slots[row]!
    const place = this.rows.place(columns, row, slot)
    this.rows.insert(columns, row, slot, place)
    this.news.add(this.rows.of(slot)[place]!)
    this.touch(slot, place, 1)
  }

  private takeBack(columns: ReadonlyArray<Column>, row: number): void {
    const slot = this.slots[row]!
    const list = this.rows.of(slot)
    // Of equal rows the last one that came goes.
    for (let at = this.rows.place(columns, row, slot) - 1; at >= 0; at--) {
      const id = list[at]!
      if (!this.isEqual(columns, row, id)) {
        if (this.rows.compare(columns, row, id) !== 0) return
        continue
      }
      list.splice(at, 1)
      this.touch(slot, at, -1)
      if (this.news.delete(id)) this.rows.store.release(Int32Array.of(id), 1)
      else this.gone.push(id)
      return
    }
  }

  private isEqual(columns: ReadonlyArray<Column>, row: number, id: number): boolean {
    for (let k = 0; k < this.width; k++) {
      if (this.rows.store.columns[k]!.compare(columns[k]!, row, id, true) !== 0) return false
    }
    return true
  }

  /** A row has come (1) at `place` or gone (−1) from it: widen what is to be looked at, in terms of the list as it is now. */
  private touch(slot: number, place: number, by: 1 | -1): void {
    const known = this.changed.get(slot)
    if (known === undefined) {
      this.changed.set(slot, { from: place, to: place + (by > 0 ? 1 : 0) })
      return
    }
    if (place < known.to) known.to += by
    known.from = Math.min(known.from, place)
    known.to = Math.max(known.to, place + (by > 0 ? 1 : 0))
  }

  private tell(): void {
    const stretches: Array<OverStretch> = []
    const ids: Array<number> = []
    const wanted: Array<number> = []
    for (const [slot, changed] of this.changed) {
      const list = this.rows.of(slot)
      const { start, end, from, to } = this.reach(changed, list.length)
      const base = ids.length
      for (let i = start; i < end; i++) ids.push(list[i]!)
      for (let i = from; i < to; i++) wanted.push(list[i]!)
      stretches.push({
        start: base,
        end: base + end - start,
        from: base + from - start,
        to: base + to - start,
        before: start,
        peerGroups: 0,
        peersFrom: base
      })
    }
    this.emit(ids, Int32Array.from(wanted), stretches)
  }

  /** Partitions without rows go. */
  private free(slots: ReadonlySet<number>): void {
    const empty = [...slots].filter((slot) => this.rows.of(slot).length === 0)
    for (const slot of empty) this.rows.drop(slot)
    this.table.release(Int32Array.from(empty), empty.length)
  }

  /** The rows to compute, and those that it takes. Frames of rows reach so far; all others a whole partition. */
  private reach({ from, to }: Changed, length: number): {
    readonly start: number
    readonly end: number
    readonly from: number
    readonly to: number
  } {
    const { frames, calls } = this.options
    let [back, ahead] = [0, 0]
    const widen = (low: number, high: number): void => {
      back = Math.max(back, -low)
      ahead = Math.max(ahead, high)
    }
    for (const frame of frames) {
      if (frame.unit === "range") widen(-Infinity, Infinity)
      else {
        widen(
          frame.low === "unbounded" ? -Infinity : frame.low,
          frame.high === "unbounded" ? Infinity : frame.high
        )
      }
    }
    for (const call of calls) {
      if (call.kind === "shift") widen(call.by, call.by)
      else if (call.kind === "number") {
        widen(-Infinity, call.name === "row_number" ? 0 : Infinity)
      }
    }
    const first = Math.max(0, from - ahead)
    const last = Math.min(length, to + back)
    return {
      start: Math.max(0, first - back),
      end: Math.min(length, last + ahead),
      from: Math.min(first, length),
      to: Math.max(Math.min(first, length), last)
    }
  }

  private emit(
    ids: ReadonlyArray<number>,
    wanted: Int32Array,
    stretches: ReadonlyArray<OverStretch>
  ): void {
    const { store } = this.rows
    const { updateBefore } = this.options
    const count = wanted.length
    const parts: Array<ReadonlyArray<Column>> = []
    const kinds: Array<number> = []
    const add = (columns: ReadonlyArray<Column>, rows: number, kind: number): void => {
      if (rows === 0) return
      parts.push(columns)
      for (let i = 0; i < rows; i++) kinds.push(kind)
    }
    const gone = Int32Array.from(this.gone)
    add(store.gather(gone, gone.length), gone.length, RowKind.delete)
    if (count > 0) {
      const all = store.gather(Int32Array.from(ids), ids.length).slice(0, this.width)
      const now = this.kernel.evaluate(
        all,
        ids.length,
        stretches.filter(({ start, end }) => start < end)
      )
      const before = store.gather(wanted, count)
      const old = before.slice(this.width)
      const fresh = positions(wanted, (id) => this.news.has(id))
      const updated = positions(wanted, (id, i) => !this.news.has(id) && !equalRows(old, now, i))
      if (updateBefore) {
        add(
          before.map((column) => gather(column, updated, updated.length)),
          updated.length,
          RowKind.updateBefore
        )
      }
      const after = [...before.slice(0, this.width), ...now]
      for (
        const [rows, kind] of [[updated, RowKind.updateAfter], [fresh, RowKind.insert]] as const
      ) {
        add(after.map((column) => gather(column, rows, rows.length)), rows.length, kind)
        this.keep(now, wanted, rows)
      }
    }
    store.release(gone, gone.length)
    if (parts.length === 0) return
    const columns = parts[0]!.map((_, k) => concat(parts.map((part) => part[k]!)))
    this.outgoing.put(
      new Batch(
        kinds.length,
        columns,
        allInserts(kinds, kinds.length) ? undefined : Uint8Array.from(kinds)
      )
    )
  }

  /** Rows at `at` of the results become those that are told of `wanted[at]`. */
  private keep(now: ReadonlyArray<Column>, wanted: Int32Array, at: Int32Array): void {
    if (at.length === 0) return
    const ids = at.map((i) => wanted[i]!)
    now.forEach((column, k) => {
      const kept = this.rows.store.columns[this.width + k]!
      kept.clear(ids, ids.length)
      kept.set(column, at, ids, ids.length)
    })
  }

  step(): Element | Status {
    const { mark } = this
    const given = this.outgoing.next()
    if (given !== undefined) return given
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    return { groups: this.rows.snapshot(this.table.live(), this.options.groupBy, groupsMax) }
  }
}

function nullable(type: LogicalType): LogicalType {
  return withNullable(type, true)
}

function nullColumn(type: LogicalType, rows: number): Column {
  return columnOfBoxed(nullable(type), Array.from({ length: rows }, () => null))
}

function positions(ids: Int32Array, holds: (id: number, at: number) => boolean): Int32Array {
  return Int32Array.from(ids.keys()).filter((at) => holds(ids[at]!, at))
}
