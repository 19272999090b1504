/**
 * Join of two streams by equal keys, with a rest condition: every row meets the stored rows of the other side and is then
 * stored itself. Updating and outer joins keep per row how many matches it has, so that NULL-padded rows come and go.
 *
 * **Invariant** while a batch is at work neither side changes; its own rows are stored when all their pairs have been met.
 * The cursor (row, next stored row) stands between pages of pairs, so a hot key yields page by page. When an input has
 * ended nobody will ask for the other side's rows: they are freed, and no more are stored.
 */
import { type Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { Outgoing } from "../batch/outgoing.ts"
import { assert } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import { JoinSide } from "../state/join-side.ts"
import { gatherPadded } from "../state/padded.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** Which rows of a join come out. `semi` and `anti` give left rows only. */
export type JoinType = "inner" | "left" | "right" | "full" | "semi" | "anti"

/** What is joined; side 0 is left, 1 is right. */
export interface JoinOptions {
  readonly type: JoinType
  readonly types: readonly [left: ReadonlyArray<LogicalType>, right: ReadonlyArray<LogicalType>]
  readonly keys: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Positions of keys in which NULL equals NULL; a row with NULL in another key goes with no row. */
  readonly nullSafe?: ReadonlyArray<number> | undefined
  /** Columns that the exchanges deal by. */
  readonly groupBy: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Over left + right columns; writes 1 for TRUE. */
  readonly condition: ((batch: Batch, into: Uint8Array) => void) | undefined
}

/** An operator that joins input 0 with input 1. */
export function makeJoin(options: JoinOptions): Operator {
  return new Join(options)
}

const noRows = new Int32Array(0)

class Join implements Operator {
  private readonly options: JoinOptions
  private readonly sides: Array<JoinSide>
  private readonly ended = [false, false]
  private context: OperatorContext | undefined = undefined
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private input = 0
  /** Rows of the batch whose key has no NULL, and their keys. */
  private keyed: Int32Array = noRows
  private keyedCount = 0
  private keyColumns: ReadonlyArray<Column> = []
  private row = 0
  private at = 0
  private readonly outgoing: Outgoing = new Outgoing()
  private readonly heads = new Int32Array(batchRowsMax)
  private readonly matches = new Int32Array(batchRowsMax)
  private readonly pairRows = new Int32Array(batchRowsMax)
  private readonly pairIds = new Int32Array(batchRowsMax)
  private readonly passed = new Uint8Array(batchRowsMax)
  private readonly outRows = new Int32Array(3 * batchRowsMax)
  private readonly outIds = new Int32Array(3 * batchRowsMax)
  private readonly outKinds = new Uint8Array(3 * batchRowsMax)
  private outCount = 0

  constructor(options: JoinOptions) {
    this.options = options
    this.sides = [0, 1].map((side) => this.makeSide(side))
  }

  private makeSide(side: number): JoinSide {
    return new JoinSide(this.options.types[side]!, this.options.keys[side]!)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      splitParts(bytes).forEach((part, side) => {
        if (part !== undefined) this.sides[side]!.restore(part)
      })
    }
  }

  endInput(input: number): void {
    this.ended[input] = true
    this.sides[1 - input] = this.makeSide(1 - input)
  }

  push(element: Element, input: number): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    assert(element.rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { rows } = element
    this.batch = element
    this.input = input
    this.row = 0
    this.at = 0
    this.matches.fill(0, 0, rows)
    this.readKeys(element)
    this.sides[1 - input]!.heads(this.keyColumns, this.keyedCount, this.heads)
    if (this.keyedCount < rows) spreadHeads(this.heads, this.keyed, this.keyedCount, rows)
  }

  private readKeys(batch: Batch): void {
    const keys = this.options.keys[this.input]!.map((k) => batch.columns[k]!)
    const { rows } = batch
    if (this.keyed.length < rows) this.keyed = new Int32Array(rows)
    const strict = this.options.nullSafe === undefined
      ? keys
      : keys.filter((_, k) => !this.options.nullSafe!.includes(k))
    this.keyedCount = rowsWithoutNull(strict, rows, this.keyed)
    this.keyColumns = this.keyedCount === rows
      ? keys
      : keys.map((column) => gather(column, this.keyed, this.keyedCount))
  }

  step(): Element | Status {
    for (;;) {
      const given = this.outgoing.next()
      if (given !== undefined) return given
      const { batch } = this
      if (batch === undefined) break
      if (this.row < batch.rows) this.page(batch)
      else {
        this.keep(batch)
        this.batch = undefined
      }
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** The next page of pairs, and what comes out of it. */
  private page(batch: Batch): void {
    const from = this.row
    const other = this.sides[1 - this.input]!
    const pairs = this.collect(batch.rows, other.next)
    this.test(batch, pairs)
    this.outCount = 0
    if (this.options.type === "inner") {
      for (let p = 0; p < pairs; p++) {
        if (this.passed[p] === 0) continue
        this.out(this.pairRows[p]!, this.pairIds[p]!, kindAt(batch, this.pairRows[p]!))
      }
    } else this.pageOuter(batch, from, pairs, other)
    this.gatherOut(batch, other)
  }

  /** Fills the pair arrays from the cursor on; the row under the cursor afterwards is the first that is not finished. */
  private collect(rows: number, next: Int32Array): number {
    const { heads, pairRows, pairIds } = this
    let pairs = 0
    let { row, at } = this
    while (row < rows && pairs < batchRowsMax) {
      if (at === 0) at = heads[row]!
      while (at !== 0 && pairs < batchRowsMax) {
        pairRows[pairs] = row
        pairIds[pairs++] = at - 1
        at = next[at - 1]!
      }
      if (at !== 0) break
      row++
    }
    this.row = row
    this.at = at
    return pairs
  }

  private test(batch: Batch, pairs: number): void {
    const { condition } = this.options
    if (condition === undefined || pairs === 0) {
      this.passed.fill(1, 0, pairs)
      return
    }
    const mine = batch.columns.map((column) => gather(column, this.pairRows, pairs))
    const theirs = this.sides[1 - this.input]!.store.gather(this.pairIds, pairs)
    const columns = this.input === 0 ? [...mine, ...theirs] : [...theirs, ...mine]
    condition(new Batch(pairs, columns), this.passed)
  }

  private out(row: number, id: number, kind: number): void {
    const at = this.outCount++
    this.outRows[at] = row
    this.outIds[at] = id
    this.outKinds[at] = kind
  }

  /** Pairs of rows `from` up to the cursor, and what each finished row without a match becomes. */
  private pageOuter(batch: Batch, from: number, pairs: number, other: JoinSide): void {
    let p = 0
    const to = Math.min(batch.rows, this.at === 0 ? this.row : this.row + 1)
    for (let row = from; row < to; row++) {
      const kind = kindAt(batch, row)
      for (; p < pairs && this.pairRows[p] === row; p++) {
        if (this.passed[p] === 1) this.meet(row, this.pairIds[p]!, kind, other)
      }
      if (row < this.row) this.finish(row, kind)
    }
  }

  /** Row `row` goes with stored row `id`. */
  private meet(row: number, id: number, kind: number, other: JoinSide): void {
    const { type } = this.options
    const retract = kind === RowKind.updateBefore || kind === RowKind.delete
    const isLeft = this.input === 0
    this.matches[row]!++
    other.matches[id]! += retract ? -1 : 1
    const first = !retract && other.matches[id] === 1
    const last = retract && other.matches[id] === 0
    if (type === "semi" || type === "anti") {
      if (isLeft || !(first || last)) return
      this.out(-1, id, first === (type === "semi") ? RowKind.insert : RowKind.delete)
      return
    }
    const padsOther = type === "full" || type === (isLeft ? "right" : "left")
    if (padsOther && first) this.out(-1, id, RowKind.delete)
    this.out(row, id, kind)
    if (padsOther && last) this.out(-1, id, RowKind.insert)
  }

  /** All pairs of `row` have been met. */
  private finish(row: number, kind: number): void {
    const { type } = this.options
    const matched = this.matches[row]! > 0
    const isLeft = this.input === 0
    if (type === "semi" || type === "anti") {
      if (isLeft && matched === (type === "semi")) this.out(row, -1, kind)
    } else if (!matched && (type === "full" || type === (isLeft ? "left" : "right"))) {
      this.out(row, -1, kind)
    }
  }

  private gatherOut(batch: Batch, other: JoinSide): void {
    const count = this.outCount
    if (count === 0) return
    const { type } = this.options
    const leftOnly = type === "semi" || type === "anti"
    const isLeft = this.input === 0
    const mine = leftOnly && !isLeft
      ? []
      : batch.columns.map((column) => gatherPadded(column, this.outRows, count))
    const theirs = leftOnly && isLeft ? [] : other.store.gather(this.outIds, count)
    const kinds = allInserts(this.outKinds, count) ? undefined : this.outKinds.slice(0, count)
    const columns = isLeft ? [...mine, ...theirs] : [...theirs, ...mine]
    this.outgoing.put(new Batch(count, columns, kinds))
  }

  /** Store the batch's rows, unless nobody will ask for them. */
  private keep(batch: Batch): void {
    if (this.ended[1 - this.input]) return
    const side = this.sides[this.input]!
    const { keyed, keyedCount, keyColumns } = this
    if (batch.kinds === undefined) {
      const matches = new Int32Array(keyedCount)
      for (let j = 0; j < keyedCount; j++) matches[j] = this.matches[keyed[j]!]!
      side.add(batch.columns, keyColumns, keyed, keyedCount, matches)
      return
    }
    const all = this.options.keys[this.input]!.map((k) => batch.columns[k]!)
    const one = new Int32Array(1)
    for (let j = 0; j < keyedCount; j++) {
      const row = keyed[j]!
      const kind = batch.kinds[row]!
      one[0] = row
      const keys = all.map((column) => gather(column, one, 1))
      if (kind === RowKind.updateBefore || kind === RowKind.delete) {
        side.remove(batch.columns, keys, row)
      } else side.add(batch.columns, keys, one, 1, this.matches.subarray(row, row + 1))
    }
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const { groupBy } = this.options
    return {
      groups: joinParts(this.sides.map((side, s) => side.snapshot(groupBy[s]!, groupsMax)))
    }
  }
}

function kindAt(batch: Batch, row: number): number {
  return batch.kinds === undefined ? RowKind.insert : batch.kinds[row]!
}

function rowsWithoutNull(keys: ReadonlyArray<Column>, rows: number, into: Int32Array): number {
  let count = 0
  for (let i = 0; i < rows; i++) {
    let isNull = 0
    for (let k = 0; k < keys.length; k++) {
      const { nulls } = keys[k]!
      if (nulls !== undefined) isNull |= nulls[i]!
    }
    if (isNull === 0) into[count++] = i
  }
  return count
}

/** Heads stand per keyed row; make them stand per row, 0 where the key has a NULL. */
function spreadHeads(heads: Int32Array, keyed: Int32Array, count: number, rows: number): void {
  let j = count - 1
  for (let i = rows - 1; i >= 0; i--) {
    if (j >= 0 && keyed[j] === i) heads[i] = heads[j--]!
    else heads[i] = 0
  }
}
