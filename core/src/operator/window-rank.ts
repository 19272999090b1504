/**
 * ROW_NUMBER within a window: keeps the first `rankTo` rows of each partition and lets them go, ranked, when the watermark
 * closes the window. Windows leave in ascending order, partitions in the order they came.
 *
 * **Invariant** a slot is one partition of one open window; a row that cannot be among the first is not stored.
 */
import { Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { OpenTable } from "../state/open-table.ts"
import { restoreRows } from "../state/row-snapshot.ts"
import { type RowOrder, TopRows } from "../state/top-rows.ts"
import { type SlotList, WindowSlots } from "../state/window-slots.ts"
import { timestamp } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is ranked; columns are of the input. */
export interface WindowRankOptions {
  readonly types: ReadonlyArray<LogicalType>
  readonly partition: ReadonlyArray<number>
  readonly windowEnd: number
  readonly order: ReadonlyArray<RowOrder>
  /** 1-based, both inclusive. */
  readonly rankFrom: number
  readonly rankTo: number
  readonly withRank: boolean
  /** Which of equal rows ranks first: the one that came first or last. */
  readonly ties?: "first" | "last"
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
}

/** An operator that ranks rows per window. Output: the input's columns, then the rank if asked. */
export function makeWindowRank(options: WindowRankOptions): Operator {
  return new WindowRank(options)
}

class WindowRank implements Operator {
  private readonly options: WindowRankOptions
  private readonly keyColumns: ReadonlyArray<number>
  private readonly table: OpenTable
  private readonly top: TopRows
  private readonly windows = new WindowSlots()
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private due: ReadonlyArray<number> = []
  private dueNext = 0
  private firing: SlotList | undefined = undefined
  private slotAt = 0
  private rankAt = 0
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private readonly ids = new Int32Array(batchRowsMax)

  constructor(options: WindowRankOptions) {
    this.options = options
    const rest = options.partition.filter((k) => k !== options.windowEnd)
    this.keyColumns = [options.windowEnd, ...rest]
    this.table = new OpenTable({
      keys: [timestamp(3, false), ...rest.map((k) => options.types[k]!)],
      state: []
    })
    this.top = new TopRows(options.types, options.order, options.rankTo, options.ties)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      this.add(columns, rows, new Int32Array(rows), new Int32Array(rows))
    }
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) {
      assert(element.rows <= batchRowsMax, "a batch has at most 1,024 rows")
      return this.add(element.columns, element.rows, this.slots, this.fresh)
    }
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.due = this.windows.due(element.time)
    this.dueNext = 0
  }

  private add(
    columns: ReadonlyArray<Column>,
    rows: number,
    slots: Int32Array,
    fresh: Int32Array
  ): void {
    const ends = columns[this.options.windowEnd]!.values as Float64Array
    const made = this.table.locate(this.keyColumns.map((k) => columns[k]!), rows, slots, fresh)
    if (made > 0) this.track(fresh, made)
    let late = 0
    let fallenCount = 0
    for (let i = 0; i < rows; i++) {
      if (ends[i]! - 1 <= this.watermark) {
        late++
        continue
      }
      const place = this.top.place(columns, i, slots[i]!)
      if (place < 0) continue
      const fallen = this.top.insert(columns, i, slots[i]!, place)
      // The slots up to this row are used up: their places take what is to be released.
      if (fallen >= 0) slots[fallenCount++] = fallen
    }
    this.top.store.release(slots, fallenCount)
    if (late > 0) this.context!.count("lateRows", late)
  }

  /** New slots join their windows; that of a late row is empty and goes with the next watermark. */
  private track(fresh: Int32Array, made: number): void {
    const ends = this.table.keyOf(0, fresh, made).values as Float64Array
    for (let i = 0; i < made; i++) this.windows.add(ends[i]!, fresh[i]!)
  }

  step(): Element | Status {
    for (;;) {
      if (this.firing !== undefined) {
        const batch = this.fire(this.firing)
        if (batch !== undefined) return batch
      }
      if (this.dueNext >= this.due.length) break
      this.firing = this.windows.take(this.due[this.dueNext++]!)
      this.slotAt = 0
      this.rankAt = this.options.rankFrom - 1
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private fire(list: SlotList): Batch | undefined {
    const ranks = new Float64Array(batchRowsMax)
    let count = 0
    let done = this.slotAt
    while (done < list.count && count < batchRowsMax) {
      const rows = this.top.of(list.slots[done]!)
      while (this.rankAt < rows.length && count < batchRowsMax) {
        this.ids[count] = rows[this.rankAt++]!
        ranks[count++] = this.rankAt
      }
      if (this.rankAt < rows.length) break
      done++
      this.rankAt = this.options.rankFrom - 1
    }
    const columns = count === 0 ? [] : this.top.store.gather(this.ids, count)
    for (; this.slotAt < done; this.slotAt++) this.top.drop(list.slots[this.slotAt]!)
    if (done === list.count) {
      this.table.release(list.slots, list.count)
      this.firing = undefined
    }
    if (count === 0) return undefined
    if (this.options.withRank) {
      columns.push(new Column({ layout: "i64", rows: count, values: ranks.slice(0, count) }))
    }
    return new Batch(count, columns)
  }

  snapshot(): Snapshot {
    const groups = this.top.snapshot(
      this.table.live(),
      this.options.groupBy,
      this.context!.groupsMax
    )
    return { groups, union: [this.watermark] }
  }
}
