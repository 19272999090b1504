/**
 * The end of a changelog in batch mode: keeps how often each row stands and gives what is left when the input has ended.
 *
 * **Invariant** nothing is given before the watermark Infinity, and nothing is kept after it.
 */
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { OpenTable } from "../state/open-table.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** An operator over rows of the given types, by all of whose columns they are dealt. */
export function makeSettle(types: ReadonlyArray<LogicalType>): Operator {
  return new Settle(types)
}

class Settle implements Operator {
  private table: OpenTable
  private readonly types: ReadonlyArray<LogicalType>
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  /** Slots to give, as often as they stand. */
  private due: Int32Array | undefined = undefined
  private given = 0
  private readonly slots = new Int32Array(batchRowsMax)
  private readonly fresh = new Int32Array(batchRowsMax)

  constructor(types: ReadonlyArray<LogicalType>) {
    this.types = types
    this.table = new OpenTable({ keys: types, state: ["f64"] })
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) this.table.restore(bytes)
  }

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      if (element.tag === Tag.watermark && element.time === Infinity) this.end()
      return
    }
    const { rows, kinds, columns } = element
    const { slots } = this
    this.table.locate(columns, rows, slots, this.fresh)
    const counts = this.table.column(0) as Float64Array
    const touched = new Set<number>()
    for (let i = 0; i < rows; i++) {
      const kind = kinds === undefined ? RowKind.insert : kinds[i]!
      const back = kind === RowKind.updateBefore || kind === RowKind.delete
      counts[slots[i]!]! += back ? -1 : 1
      if (counts[slots[i]!] === 0) touched.add(slots[i]!)
    }
    const gone = Int32Array.from(touched).filter((slot) => counts[slot] === 0)
    this.table.release(gone, gone.length)
  }

  private end(): void {
    const counts = this.table.column(0) as Float64Array
    this.due = Int32Array.from(
      [...this.table.live()].flatMap((slot) => Array<number>(Math.max(0, counts[slot]!)).fill(slot))
    )
    this.given = 0
  }

  step(): Element | Status {
    const { due, mark } = this
    if (due !== undefined) {
      const slots = due.subarray(this.given, this.given + batchRowsMax)
      this.given += slots.length
      if (slots.length > 0) {
        return new Batch(slots.length, this.table.keysOf(slots, slots.length))
      }
      this.due = undefined
      this.table = new OpenTable({ keys: this.types, state: ["f64"] })
    }
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    return { groups: this.table.snapshot(this.context!.groupsMax) }
  }
}
