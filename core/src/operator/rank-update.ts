/**
 * ROW_NUMBER with an upper bound over rows that come and go: keeps all rows of each partition in order, and after each batch tells how the
 * visible ones differ from before. With the rank in the output each rank tells its own change; without, rows come and go.
 *
 * **Invariant** what has been told of a partition is its list between `rankFrom` and `rankTo`. Rows taken back stay stored until the batch
 * that tells of it is made.
 */
import { Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { allInserts } from "../state/all-inserts.ts"
import { OpenTable } from "../state/open-table.ts"
import { restoreRows } from "../state/row-snapshot.ts"
import { type RowOrder, TopRows } from "../state/top-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is ranked; columns are of the input. */
export interface RankUpdateOptions {
  readonly types: ReadonlyArray<LogicalType>
  readonly partition: ReadonlyArray<number>
  readonly order: ReadonlyArray<RowOrder>
  /** 1-based, both inclusive. */
  readonly rankFrom: number
  readonly rankTo: number
  readonly withRank: boolean
  /** Which of equal rows ranks first: the one that came first or last. */
  readonly ties: "first" | "last"
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  /** Whether the old row of a rank is told before the new one. */
  readonly updateBefore: boolean
}

/** An operator that ranks rows. Output: the input's columns, then the rank if asked. */
export function makeRankUpdate(options: RankUpdateOptions): Operator {
  return new RankUpdate(options)
}

class RankUpdate implements Operator {
  private readonly options: RankUpdateOptions
  private readonly table: OpenTable
  private readonly rows: TopRows
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private ids: Array<number> = []
  private ranks: Array<number> = []
  private kinds: Array<number> = []

  constructor(options: RankUpdateOptions) {
    this.options = options
    this.table = new OpenTable({
      keys: options.partition.map((k) => options.types[k]!),
      state: []
    })
    this.rows = new TopRows(options.types, options.order, Infinity, options.ties)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
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
    const { rows, kinds, columns } = element
    this.locate(columns, rows, this.slots, this.fresh)
    const before = new Map<number, ReadonlyArray<number>>()
    const gone: Array<number> = []
    for (let i = 0; i < rows; i++) {
      const slot = this.slots[i]!
      if (!before.has(slot)) before.set(slot, this.visible(slot))
      const kind = kinds === undefined ? RowKind.insert : kinds[i]!
      if (kind === RowKind.updateBefore || kind === RowKind.delete) {
        const id = this.takeBack(columns, i, slot)
        if (id >= 0) gone.push(id)
      } else this.rows.insert(columns, i, slot, this.rows.place(columns, i, slot))
    }
    for (const [slot, old] of before) this.tellOld(old, this.visible(slot))
    for (const [slot, old] of before) this.tellNew(old, this.visible(slot))
    this.makePending()
    this.rows.store.release(Int32Array.from(gone), gone.length)
    this.free([...before.keys()])
  }

  private visible(slot: number): ReadonlyArray<number> {
    return this.rows.of(slot).slice(this.options.rankFrom - 1, this.options.rankTo)
  }

  /** The id of the row that was taken out of the list, still stored; −1: there is no such row. */
  private takeBack(columns: ReadonlyArray<Column>, row: number, slot: number): number {
    const list = this.rows.of(slot)
    const first = this.options.ties === "last"
    const place = this.rows.place(columns, row, slot)
    for (let at = first ? place : place - 1; at >= 0 && at < list.length; at += first ? 1 : -1) {
      const id = list[at]!
      if (this.rows.compare(columns, row, id) !== 0) return -1
      if (!this.rows.store.equals(columns, row, id)) continue
      list.splice(at, 1)
      return id
    }
    return -1
  }

  private tell(id: number, rank: number, kind: number): void {
    this.ids.push(id)
    this.ranks.push(rank)
    this.kinds.push(kind)
  }

  /** What of the old list goes. */
  private tellOld(old: ReadonlyArray<number>, now: ReadonlyArray<number>): void {
    const { withRank, rankFrom, updateBefore } = this.options
    const kept = new Set(withRank ? [] : now)
    old.forEach((id, at) => {
      if (!withRank) {
        if (!kept.has(id)) this.tell(id, 0, RowKind.delete)
      } else if (at >= now.length) this.tell(id, rankFrom + at, RowKind.delete)
      else if (id !== now[at] && updateBefore) this.tell(id, rankFrom + at, RowKind.updateBefore)
    })
  }

  /** What of the new list comes. */
  private tellNew(old: ReadonlyArray<number>, now: ReadonlyArray<number>): void {
    const { withRank, rankFrom } = this.options
    const known = new Set(withRank ? [] : old)
    now.forEach((id, at) => {
      if (!withRank) {
        if (!known.has(id)) this.tell(id, 0, RowKind.insert)
      } else if (at >= old.length) this.tell(id, rankFrom + at, RowKind.insert)
      else if (id !== old[at]) this.tell(id, rankFrom + at, RowKind.updateAfter)
    })
  }

  private makePending(): void {
    const count = this.ids.length
    if (count === 0) return
    const columns = this.rows.store.gather(Int32Array.from(this.ids), count)
    if (this.options.withRank) {
      const values = Float64Array.from(this.ranks)
      columns.push(new Column({ layout: "i64", rows: count, values }))
    }
    const kinds = allInserts(this.kinds, count) ? undefined : Uint8Array.from(this.kinds)
    this.outgoing.put(new Batch(count, columns, kinds))
    this.ids = []
    this.ranks = []
    this.kinds = []
  }

  /** Partitions without rows go. */
  private free(slots: ReadonlyArray<number>): void {
    const empty = slots.filter((slot) => this.rows.of(slot).length === 0)
    for (const slot of empty) this.rows.drop(slot)
    this.table.release(Int32Array.from(empty), empty.length)
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
