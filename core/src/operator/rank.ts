/**
 * ROW_NUMBER without a window, over rows that are only inserted: keeps the first `rankTo` rows of each partition and tells
 * every change of the visible ones. With the rank in the output a new row shifts all behind it; without, it only pushes the
 * last one out. Of a single row that is an update of its partition: de-duplication.
 *
 * **Invariant** what has been told is the lists between `rankFrom` and `rankTo`. Rows that fall off stay stored until the
 * batch that tells of it is made.
 */
import { Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { assert } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import { OpenTable } from "../state/open-table.ts"
import { restoreRows } from "../state/row-snapshot.ts"
import { type RowOrder, TopRows } from "../state/top-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is ranked; columns are of the input. */
export interface RankOptions {
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
  /** Rows are given once, when the input has ended. */
  readonly final?: boolean
}

/** An operator that ranks rows. Output: the input's columns, then the rank if asked. */
export function makeRank(options: RankOptions): Operator {
  return new Rank(options)
}

class Rank implements Operator {
  private readonly options: RankOptions
  private readonly table: OpenTable
  private readonly top: TopRows
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private row = 0
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private ids: Array<number> = []
  private ranks: Array<number> = []
  private kinds: Array<number> = []
  private fallen: Array<number> = []

  constructor(options: RankOptions) {
    this.options = options
    this.table = new OpenTable({
      keys: options.partition.map((k) => options.types[k]!),
      state: []
    })
    this.top = new TopRows(options.types, options.order, options.rankTo, options.ties)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      const slots = new Int32Array(rows)
      this.locate(columns, rows, slots, new Int32Array(rows))
      for (let i = 0; i < rows; i++) {
        this.top.insert(columns, i, slots[i]!, this.top.of(slots[i]!).length)
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
      if (
        this.options.final === true && element.tag === Tag.watermark && element.time === Infinity
      ) {
        this.tellAll()
      }
      return
    }
    assert(element.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    assert(element.kinds === undefined, "a rank's input is only inserted")
    this.batch = element
    this.row = 0
    this.locate(element.columns, element.rows, this.slots, this.fresh)
  }

  step(): Element | Status {
    for (;;) {
      const given = this.outgoing.next()
      if (given !== undefined) return given
      const { batch } = this
      if (batch === undefined) break
      this.advance(batch)
      if (this.row === batch.rows) this.batch = undefined
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** Takes rows in until a batch's worth of changes is to be told. */
  private advance(batch: Batch): void {
    while (this.row < batch.rows && this.ids.length < batchRowsMax) {
      const row = this.row++
      const slot = this.slots[row]!
      const place = this.top.place(batch.columns, row, slot)
      if (place < 0) continue
      const fallen = this.top.insert(batch.columns, row, slot, place)
      if (fallen >= 0) this.fallen.push(fallen)
      if (this.options.final === true) continue
      if (this.options.withRank) this.shift(this.top.of(slot), place, fallen)
      else if (this.options.rankTo === 1) this.replace(this.top.of(slot)[0]!, fallen)
      else this.pushOut(this.top.of(slot), place, fallen)
    }
    if (this.ids.length > 0) this.makePending()
    this.top.store.release(Int32Array.from(this.fallen), this.fallen.length)
    this.fallen = []
  }

  /** Everything that is kept, and nothing is kept any more. */
  private tellAll(): void {
    const slots = this.table.live()
    for (const slot of slots) {
      this.top.of(slot).slice(this.options.rankFrom - 1).forEach((id, at) =>
        this.tell(id, this.options.rankFrom + at, RowKind.insert)
      )
    }
    if (this.ids.length > 0) this.makePending()
    for (const slot of slots) this.top.drop(slot)
    this.table.release(slots, slots.length)
  }

  private tell(id: number, rank: number, kind: number): void {
    this.ids.push(id)
    this.ranks.push(rank)
    this.kinds.push(kind)
  }

  /** Every rank from the new row's on has another row now. */
  private shift(list: ReadonlyArray<number>, place: number, fallen: number): void {
    const { rankFrom, updateBefore } = this.options
    for (let at = Math.max(place, rankFrom - 1); at < list.length; at++) {
      const before = at + 1 < list.length ? list[at + 1]! : fallen
      if (before < 0) this.tell(list[at]!, at + 1, RowKind.insert)
      else {
        if (updateBefore) this.tell(before, at + 1, RowKind.updateBefore)
        this.tell(list[at]!, at + 1, RowKind.updateAfter)
      }
    }
  }

  /** The only row of a partition is another one now: an update of the partition. */
  private replace(id: number, fallen: number): void {
    if (fallen < 0) return this.tell(id, 1, RowKind.insert)
    if (this.options.updateBefore) this.tell(fallen, 1, RowKind.updateBefore)
    this.tell(id, 1, RowKind.updateAfter)
  }

  /** One row comes into sight, and at most one goes. */
  private pushOut(list: ReadonlyArray<number>, place: number, fallen: number): void {
    const first = this.options.rankFrom - 1
    if (fallen >= 0) this.tell(fallen, 0, RowKind.delete)
    const shown = place >= first ? place : first
    if (shown < list.length) this.tell(list[shown]!, 0, RowKind.insert)
  }

  private makePending(): void {
    const count = this.ids.length
    const columns = this.top.store.gather(Int32Array.from(this.ids), count)
    if (this.options.withRank) {
      columns.push(
        new Column({ layout: "i64", rows: count, values: Float64Array.from(this.ranks) })
      )
    }
    const kinds = allInserts(this.kinds, count) ? undefined : Uint8Array.from(this.kinds)
    this.outgoing.put(new Batch(count, columns, kinds))
    this.ids = []
    this.ranks = []
    this.kinds = []
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    return { groups: this.top.snapshot(this.table.live(), this.options.groupBy, groupsMax) }
  }
}
