/**
 * Join of rows with what a table says of their keys now. A batch waits until the table has answered for all of its keys, then its rows meet
 * the answers; batches and marks leave in the order they came, so nothing is pending when a barrier passes and no state is kept.
 */
import { type Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { KeyRows } from "../state/key-rows.ts"
import type { KeyedRows } from "../state/keyed-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** The rows of a table, as far as they are known. */
export interface LookupTable {
  open(context: OperatorContext): void
  /** Answers the rows once those of all keys are known; undefined: not yet, the context is notified later. The keys are the same until then. */
  rowsOf(keys: ReadonlyArray<Column>, count: number): KeyedRows | undefined
  close(): void
}

/** What is joined. Output: the input's columns, then the table's. */
export interface LookupJoinOptions {
  readonly type: "inner" | "left"
  /** Key columns of the input, in the order of the table's keys. */
  readonly keys: ReadonlyArray<number>
  readonly table: LookupTable
  /** Types of the table's columns. */
  readonly types: ReadonlyArray<LogicalType>
  /** Over input + table columns; writes 1 for TRUE. */
  readonly condition: ((batch: Batch, into: Uint8Array) => void) | undefined
}

/** An operator that looks rows up. */
export function makeLookupJoin(options: LookupJoinOptions): Operator {
  return new LookupJoin(options)
}

class LookupJoin implements Operator {
  private readonly options: LookupJoinOptions
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private found: KeyedRows | undefined = undefined
  private readonly keyed = new KeyRows()
  private row = 0
  private at = 0
  private matched = 0
  /** The row that has had a pair that fulfils the condition; −1: none. */
  private succeeded = -1
  private readonly heads = new Int32Array(batchRowsMax)
  private readonly pairRows = new Int32Array(batchRowsMax)
  private readonly pairIds = new Int32Array(batchRowsMax)
  private readonly passed = new Uint8Array(batchRowsMax)

  constructor(options: LookupJoinOptions) {
    this.options = options
  }

  open(context: OperatorContext): void {
    this.options.table.open(context)
  }

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    assert(element.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    this.batch = element
    this.found = undefined
    const keys = this.options.keys.map((k) => element.columns[k]!)
    this.keyed.read(keys, keys, element.rows)
  }

  step(): Element | Status {
    while (this.batch !== undefined) {
      const { batch } = this
      if (this.found === undefined && !this.find(batch)) return Status.waiting
      const given = this.page(batch, this.found!)
      if (this.row === batch.rows) {
        this.batch = undefined
        this.found = undefined
      }
      if (given !== undefined) return given
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  private find(batch: Batch): boolean {
    const { keyed } = this
    const found = this.options.table.rowsOf(keyed.columns, keyed.count)
    if (found === undefined) return false
    this.found = found
    found.heads(keyed.columns, keyed.count, this.heads)
    if (keyed.count < batch.rows) keyed.spread(this.heads, batch.rows)
    this.row = 0
    this.at = this.heads[0]!
    this.matched = 0
    this.succeeded = -1
    return true
  }

  /** The next pairs of rows and answers; a row whose answers have all been met without success leaves a left join alone. */
  private page(batch: Batch, found: KeyedRows): Batch | undefined {
    const { pairRows, pairIds, heads } = this
    const isLeft = this.options.type === "left"
    const hasTest = this.options.condition !== undefined
    let pairs = 0
    while (this.row < batch.rows && pairs < batchRowsMax) {
      if (this.at !== 0) {
        pairRows[pairs] = this.row
        pairIds[pairs++] = this.at - 1
        this.matched = 1
        this.at = found.next[this.at - 1]!
        if (this.at !== 0) continue
      }
      // With a condition it is known only behind it whether a row stays alone, so its pairs are tested together.
      if (isLeft && (hasTest || this.matched === 0)) {
        if (pairs === batchRowsMax) break
        pairRows[pairs] = this.row
        pairIds[pairs++] = -1
      }
      this.row++
      this.matched = 0
      this.at = this.row < batch.rows ? heads[this.row]! : 0
    }
    return pairs === 0 ? undefined : this.output(batch, found, pairs)
  }

  private output(batch: Batch, found: KeyedRows, pairs: number): Batch | undefined {
    const { pairRows, pairIds } = this
    const mine = batch.columns.map((column) => gather(column, pairRows, pairs))
    const columns = [...mine, ...found.store.gather(pairIds, pairs)]
    const kinds = batch.kinds &&
      Uint8Array.from({ length: pairs }, (_, p) => batch.kinds![pairRows[p]!]!)
    const timestamps = batch.timestamps &&
      Float64Array.from({ length: pairs }, (_, p) => batch.timestamps![pairRows[p]!]!)
    const all = new Batch(pairs, columns, kinds, timestamps, batch.port)
    return this.options.condition === undefined ? all : this.select(all, pairs)
  }

  /** Pairs that fulfil the condition, and rows that have none. */
  private select(all: Batch, pairs: number): Batch | undefined {
    const { passed, pairRows, pairIds } = this
    this.options.condition!(all, passed)
    const kept = new Int32Array(pairs)
    let count = 0
    for (let p = 0; p < pairs; p++) {
      if (pairIds[p]! >= 0) {
        if (passed[p] === 0) continue
        this.succeeded = pairRows[p]!
        kept[count++] = p
      } else {
        if (this.succeeded !== pairRows[p]!) kept[count++] = p
        this.succeeded = -1
      }
    }
    if (count === 0) return undefined
    if (count === pairs) return all
    return new Batch(
      count,
      all.columns.map((column) => gather(column, kept, count)),
      all.kinds && Uint8Array.from({ length: count }, (_, j) => all.kinds![kept[j]!]!),
      all.timestamps && Float64Array.from({ length: count }, (_, j) => all.timestamps![kept[j]!]!),
      all.port
    )
  }

  snapshot(): Snapshot | undefined {
    return undefined
  }

  close(): void {
    this.options.table.close()
  }
}
