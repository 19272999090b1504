/**
 * INTERSECT and EXCEPT, with and without ALL: how often each distinct row stands on the left and on the right decides how often it stands
 * in the result. NULL equals NULL.
 *
 * **Invariant** what has been told of a row is {@link standing} of its two counts. A slot exists while a count is not zero.
 */
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { assert } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import { OpenTable } from "../state/open-table.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is computed. Both inputs have columns of the same types, by all of which they are dealt. */
export interface SetOperationOptions {
  readonly operation: "intersect" | "except"
  /** Whether equal rows count as often as they stand. */
  readonly all: boolean
  readonly types: ReadonlyArray<LogicalType>
}

/** An operator over input 0, the left one, and input 1. */
export function makeSetOperation(options: SetOperationOptions): Operator {
  return new SetOperation(options)
}

class SetOperation implements Operator {
  private readonly options: SetOperationOptions
  private readonly table: OpenTable
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)
  private readonly touched = new Int32Array(batchRowsMax)
  private readonly before = new Float64Array(batchRowsMax)
  private stamps = new Int32Array(64)
  private stamp = 0

  constructor(options: SetOperationOptions) {
    this.options = options
    this.table = new OpenTable({ keys: options.types, state: ["f64", "f64"] })
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) this.table.restore(bytes)
  }

  push(element: Element, input: number): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    assert(element.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { rows, kinds, columns } = element
    this.table.locate(columns, rows, this.slots, this.fresh)
    const count = this.touch(rows)
    const counts = this.table.column(input) as Float64Array
    for (let i = 0; i < rows; i++) {
      const kind = kinds === undefined ? RowKind.insert : kinds[i]!
      const back = kind === RowKind.updateBefore || kind === RowKind.delete
      counts[this.slots[i]!]! += back ? -1 : 1
    }
    this.tell(count)
  }

  /** The distinct slots of the batch, with how often each row stands before it. */
  private touch(rows: number): number {
    if (this.stamps.length < this.table.slotsMax) {
      this.stamps = new Int32Array(this.table.slotsMax * 2)
      this.stamp = 0
    }
    const stamp = ++this.stamp
    let count = 0
    for (let i = 0; i < rows; i++) {
      const slot = this.slots[i]!
      if (this.stamps[slot] === stamp) continue
      this.stamps[slot] = stamp
      this.before[count] = this.standing(slot)
      this.touched[count++] = slot
    }
    return count
  }

  private standing(slot: number): number {
    const left = Math.max(0, (this.table.column(0) as Float64Array)[slot]!)
    const right = Math.max(0, (this.table.column(1) as Float64Array)[slot]!)
    const { operation, all } = this.options
    if (operation === "intersect") {
      return all ? Math.min(left, right) : left > 0 && right > 0 ? 1 : 0
    }
    return all ? Math.max(0, left - right) : left > 0 && right === 0 ? 1 : 0
  }

  /** Rows that go are told before rows that come. */
  private tell(count: number): void {
    const gone: Array<number> = []
    const come: Array<number> = []
    for (let t = 0; t < count; t++) {
      const slot = this.touched[t]!
      const change = this.standing(slot) - this.before[t]!
      for (let n = change; n < 0; n++) gone.push(slot)
      for (let n = change; n > 0; n--) come.push(slot)
    }
    const told = gone.length + come.length
    if (told > 0) {
      const kinds = new Uint8Array(told).fill(RowKind.delete, 0, gone.length)
      const columns = this.table.keysOf(Int32Array.from([...gone, ...come]), told)
      this.outgoing.put(
        new Batch(told, columns, allInserts(kinds, told) ? undefined : kinds)
      )
    }
    this.free(count)
  }

  private free(count: number): void {
    const left = this.table.column(0) as Float64Array
    const right = this.table.column(1) as Float64Array
    const empty = this.touched.subarray(0, count).filter((slot) =>
      left[slot] === 0 && right[slot] === 0
    )
    if (empty.length > 0) this.table.release(empty, empty.length)
  }

  step(): Element | Status {
    const { mark } = this
    const given = this.outgoing.next()
    if (given !== undefined) return given
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    return { groups: this.table.snapshot(this.context!.groupsMax) }
  }
}
