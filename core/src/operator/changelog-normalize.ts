/**
 * Makes a changelog of a table out of rows that say, by key, what is there now: upserts without the old row, or changes that may come
 * twice. Keeps the last row of each key; a row that changes nothing is not told, a deletion of what is not there neither.
 *
 * **Invariant** a slot exists exactly while its key has a row, and that row is what downstream knows. Rows that were replaced stay stored
 * until the batch that tells of it is made.
 */
import { type Column } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { assert } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import { OpenTable } from "../state/open-table.ts"
import { restoreRows, snapshotRows } from "../state/row-snapshot.ts"
import { RowStore } from "../state/row-store.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is normalised. Output: the input's columns. */
export interface ChangelogNormalizeOptions {
  readonly types: ReadonlyArray<LogicalType>
  /** Columns of the key. */
  readonly keys: ReadonlyArray<number>
  /** Columns that the exchange deals by. */
  readonly groupBy: ReadonlyArray<number>
  /** Whether the old row is told before a changed one. */
  readonly updateBefore: boolean
}

/** An operator that keeps the last row of each key. */
export function makeChangelogNormalize(options: ChangelogNormalizeOptions): Operator {
  return new ChangelogNormalize(options)
}

class ChangelogNormalize implements Operator {
  private readonly options: ChangelogNormalizeOptions
  private readonly table: OpenTable
  private readonly store: RowStore
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private readonly rows = new Int32Array(batchRowsMax)
  /** Ids of the batch's rows, and of those stored for each of them. */
  private readonly appended = new Int32Array(batchRowsMax)
  private readonly told = new Int32Array(2 * batchRowsMax)
  private readonly kinds = new Uint8Array(2 * batchRowsMax)
  private count = 0
  private readonly gone = new Int32Array(2 * batchRowsMax)
  private goneCount = 0

  constructor(options: ChangelogNormalizeOptions) {
    this.options = options
    this.table = new OpenTable({
      keys: options.keys.map((k) => options.types[k]!),
      state: ["i32"]
    })
    this.store = new RowStore(options.types)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      const slots = new Int32Array(rows)
      const ids = new Int32Array(rows)
      this.locate(columns, rows, slots, new Int32Array(rows))
      this.store.append(columns, Int32Array.from(slots.keys()), rows, ids)
      const rowOf = this.rowOf()
      for (let i = 0; i < rows; i++) rowOf[slots[i]!] = ids[i]! + 1
    }
  }

  private locate(
    columns: ReadonlyArray<Column>,
    rows: number,
    slots: Int32Array,
    fresh: Int32Array
  ): void {
    this.table.locate(this.options.keys.map((k) => columns[k]!), rows, slots, fresh)
  }

  /** By slot: the id of its row plus one; 0: none. */
  private rowOf(): Int32Array {
    return this.table.column(0) as Int32Array
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) this.accept(element)
    else this.mark = element
  }

  private accept(batch: Batch): void {
    assert(batch.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    this.locate(batch.columns, batch.rows, this.slots, this.fresh)
    this.append(batch)
    const rowOf = this.rowOf()
    this.count = this.goneCount = 0
    for (let row = 0, next = 0; row < batch.rows; row++) {
      const slot = this.slots[row]!
      const before = rowOf[slot]! - 1
      if (removes(batch.kinds, row)) {
        if (before >= 0) this.remove(before, rowOf, slot)
        continue
      }
      const id = this.appended[next++]!
      if (before < 0) this.tell(id, RowKind.insert)
      else if (this.store.equals(batch.columns, row, before)) {
        this.gone[this.goneCount++] = id
        continue
      } else this.replace(before, id)
      rowOf[slot] = id + 1
    }
    this.finish(batch.rows)
  }

  /** Stores the rows that are there after the batch's changes. */
  private append(batch: Batch): void {
    let kept = 0
    for (let row = 0; row < batch.rows; row++) {
      if (!removes(batch.kinds, row)) this.rows[kept++] = row
    }
    this.store.append(batch.columns, this.rows, kept, this.appended)
  }

  private tell(id: number, kind: number): void {
    this.told[this.count] = id
    this.kinds[this.count++] = kind
  }

  private remove(before: number, rowOf: Int32Array, slot: number): void {
    this.tell(before, RowKind.delete)
    this.gone[this.goneCount++] = before
    rowOf[slot] = 0
  }

  private replace(before: number, id: number): void {
    if (this.options.updateBefore) this.tell(before, RowKind.updateBefore)
    this.tell(id, RowKind.updateAfter)
    this.gone[this.goneCount++] = before
  }

  private finish(rows: number): void {
    const { count } = this
    if (count > 0) {
      const columns = this.store.gather(this.told, count)
      const plain = allInserts(this.kinds, count)
      this.outgoing.put(
        new Batch(count, columns, plain ? undefined : this.kinds.slice(0, count))
      )
    }
    this.store.release(this.gone, this.goneCount)
    const rowOf = this.rowOf()
    const empty = new Set<number>()
    for (let i = 0; i < rows; i++) if (rowOf[this.slots[i]!] === 0) empty.add(this.slots[i]!)
    if (empty.size > 0) this.table.release(Int32Array.from(empty), empty.size)
  }

  step(): Element | Status {
    const given = this.outgoing.next()
    if (given !== undefined) return given
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    const rowOf = this.rowOf()
    const ids = this.table.live().map((slot) => rowOf[slot]! - 1)
    const { types, groupBy } = this.options
    return { groups: snapshotRows(this.store, types, ids, groupBy, this.context!.groupsMax) }
  }
}

function removes(kinds: Uint8Array | undefined, row: number): boolean {
  const kind = kinds === undefined ? RowKind.insert : kinds[row]!
  return kind === RowKind.delete || kind === RowKind.updateBefore
}
