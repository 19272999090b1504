/**
 * OVER in batch mode: keeps all rows and computes when the input has ended, partition by partition in the order in which they came.
 *
 * **Invariant** nothing is given before the watermark Infinity, and nothing is kept after it.
 */
import { type Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { type RowOrder, sortedRows } from "../state/compare-rows.ts"
import { OpenTable } from "../state/open-table.ts"
import type { OverStretch } from "../state/over-frame.ts"
import { type KernelOptions, OverKernel } from "../state/over-kernel.ts"
import { restoreRows, snapshotRows } from "../state/row-snapshot.ts"
import { RowStore } from "../state/row-store.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed; columns are of the input. Output: the input's columns, then the calls. */
export interface OverFinalOptions extends KernelOptions {
  readonly partition: ReadonlyArray<number>
  readonly order: ReadonlyArray<RowOrder>
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
}

/** So many rows, or one partition, are computed at once. */
const pieceRows = 8192

/** An operator that computes {@link OverFinalOptions} over input that is only inserted and ends. */
export function makeOverFinal(options: OverFinalOptions): Operator {
  return new OverFinal(options)
}

class OverFinal implements Operator {
  private readonly options: OverFinalOptions
  private readonly kernel: OverKernel
  private table: OpenTable
  private store: RowStore
  private lists: Array<Array<number>> = []
  /** Slots in the order in which their partitions came. */
  private slots: Array<number> = []
  private nextSlot = 0
  private isDue = false
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private pending: ReadonlyArray<Batch> = []
  private given = 0

  constructor(options: OverFinalOptions) {
    this.options = options
    this.kernel = new OverKernel(options)
    this.table = this.makeTable()
    this.store = new RowStore(options.types)
  }

  private makeTable(): OpenTable {
    return new OpenTable({
      keys: this.options.partition.map((k) => this.options.types[k]!),
      state: []
    })
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      this.keep(columns, rows)
    }
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) {
      assert(element.kinds === undefined, "in batch mode rows are only inserted")
      return this.keep(element.columns, element.rows)
    }
    this.mark = element
    if (element.tag === Tag.watermark && element.time === Infinity) this.isDue = true
  }

  private keep(columns: ReadonlyArray<Column>, rows: number): void {
    const slots = new Int32Array(rows)
    const fresh = new Int32Array(rows)
    const made = this.table.locate(
      this.options.partition.map((k) => columns[k]!),
      rows,
      slots,
      fresh
    )
    for (let i = 0; i < made; i++) {
      this.slots.push(fresh[i]!)
      this.lists[fresh[i]!] = []
    }
    const ids = new Int32Array(rows)
    this.store.append(columns, Int32Array.from(ids.keys()), rows, ids)
    for (let i = 0; i < rows; i++) this.lists[slots[i]!]!.push(ids[i]!)
  }

  step(): Element | Status {
    for (;;) {
      if (this.given < this.pending.length) return this.pending[this.given++]!
      if (!this.isDue) break
      if (this.nextSlot === this.slots.length) this.forget()
      else this.compute()
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private forget(): void {
    this.isDue = false
    this.table = this.makeTable()
    this.store = new RowStore(this.options.types)
    this.lists = []
    this.slots = []
    this.nextSlot = 0
  }

  /** The next partitions: one, or several small ones. */
  private compute(): void {
    const ids: Array<number> = []
    const stretches: Array<OverStretch> = []
    while (this.nextSlot < this.slots.length) {
      const list = this.lists[this.slots[this.nextSlot]!]!
      if (ids.length > 0 && ids.length + list.length > pieceRows) break
      const start = ids.length
      for (const id of this.sorted(list)) ids.push(id)
      const end = ids.length
      stretches.push({
        start,
        end,
        from: start,
        to: end,
        before: 0,
        peerGroups: 0,
        peersFrom: start
      })
      this.nextSlot++
    }
    const rows = ids.length
    const columns = this.store.gather(Int32Array.from(ids), rows)
    this.give([...columns, ...this.kernel.evaluate(columns, rows, stretches)], rows)
  }

  private sorted(list: ReadonlyArray<number>): ReadonlyArray<number> {
    const { types, order } = this.options
    const columns = this.store.gather(Int32Array.from(list), list.length)
    return Array.from(sortedRows(types, columns, order, list.length), (row) => list[row]!)
  }

  private give(columns: ReadonlyArray<Column>, rows: number): void {
    const batches: Array<Batch> = []
    for (let from = 0; from < rows; from += batchRowsMax) {
      const count = Math.min(batchRowsMax, rows - from)
      const at = Int32Array.from({ length: count }, (_, i) => from + i)
      batches.push(new Batch(count, columns.map((column) => gather(column, at, count))))
    }
    this.pending = batches
    this.given = 0
  }

  snapshot(): Snapshot {
    const ids = Int32Array.from(this.slots.flatMap((slot) => this.lists[slot]!))
    return {
      groups: snapshotRows(
        this.store,
        this.options.types,
        ids,
        this.options.groupBy,
        this.context!.groupsMax
      )
    }
  }
}
