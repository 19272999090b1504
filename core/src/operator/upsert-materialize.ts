/**
 * Changes by one key made changes by another: keeps the rows that stand under each key of the sink, in the order in which they came, and tells
 * the last of them. So a key that one row gives up and another takes over ends with the row that has it, in whichever order that is told.
 *
 * **Invariant** the last row of a key's list is what has been told of the key; an empty key is not kept.
 */
import { type Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { OpenTable } from "../state/open-table.ts"
import { restoreRows } from "../state/row-snapshot.ts"
import { TopRows } from "../state/top-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** Columns are of the input, which tells rows as they were before an update too. */
export interface UpsertMaterializeOptions {
  readonly types: ReadonlyArray<LogicalType>
  /** The primary key of the sink. */
  readonly keys: ReadonlyArray<number>
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
}

/** An operator that gives the same columns as upserts and deletions by {@link UpsertMaterializeOptions.keys}. */
export function makeUpsertMaterialize(options: UpsertMaterializeOptions): Operator {
  return new UpsertMaterialize(options)
}

class UpsertMaterialize implements Operator {
  private readonly options: UpsertMaterializeOptions
  private readonly table: OpenTable
  /** Rows by key, the last that came last: nothing else orders them. */
  private readonly rows: TopRows
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)

  constructor(options: UpsertMaterializeOptions) {
    this.options = options
    this.table = new OpenTable({
      keys: options.keys.map((k) => options.types[k]!),
      state: []
    })
    this.rows = new TopRows(options.types, [], Infinity)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      const slots = new Int32Array(rows)
      this.locate(columns, rows, slots)
      for (let i = 0; i < rows; i++) this.add(columns, i, slots[i]!)
    }
  }

  private locate(columns: ReadonlyArray<Column>, rows: number, slots: Int32Array): void {
    const keys = this.options.keys.map((k) => columns[k]!)
    const fresh = rows <= batchRowsMax ? this.fresh : new Int32Array(rows)
    this.table.locate(keys, rows, slots, fresh)
  }

  private add(columns: ReadonlyArray<Column>, row: number, slot: number): void {
    this.rows.insert(columns, row, slot, this.rows.of(slot).length)
  }

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    const { rows, kinds, columns } = element
    this.locate(columns, rows, this.slots)
    const told = new Map<number, number>()
    const gone: Array<number> = []
    for (let i = 0; i < rows; i++) {
      const slot = this.slots[i]!
      if (!told.has(slot)) told.set(slot, this.rows.of(slot).at(-1) ?? -1)
      const kind = kinds === undefined ? RowKind.insert : kinds[i]!
      if (kind === RowKind.updateBefore || kind === RowKind.delete) {
        const id = this.takeBack(columns, i, slot)
        if (id >= 0) gone.push(id)
      } else this.add(columns, i, slot)
    }
    this.tell(told)
    this.rows.store.release(Int32Array.from(gone), gone.length)
    const empty = [...told.keys()].filter((slot) => this.rows.of(slot).length === 0)
    for (const slot of empty) this.rows.drop(slot)
    this.table.release(Int32Array.from(empty), empty.length)
  }

  /** The last row that equals row `row` leaves its list, still stored; −1: there is none. */
  private takeBack(columns: ReadonlyArray<Column>, row: number, slot: number): number {
    const list = this.rows.of(slot)
    for (let at = list.length - 1; at >= 0; at--) {
      const id = list[at]!
      if (!this.rows.store.equals(columns, row, id)) continue
      list.splice(at, 1)
      return id
    }
    return -1
  }

  private tell(told: ReadonlyMap<number, number>): void {
    const ids: Array<number> = []
    const kinds: Array<number> = []
    for (const [slot, before] of told) {
      const now = this.rows.of(slot).at(-1) ?? -1
      if (now === before) continue
      ids.push(now < 0 ? before : now)
      kinds.push(
        now < 0 ? RowKind.delete : before < 0 ? RowKind.insert : RowKind.updateAfter
      )
    }
    const count = ids.length
    if (count === 0) return
    const columns = this.rows.store.gather(Int32Array.from(ids), count)
    this.outgoing.put(new Batch(count, columns, Uint8Array.from(kinds)))
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
