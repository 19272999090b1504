/**
 * The rows of a batch that count for one aggregate — filter TRUE, arguments not NULL, of the wanted kind — as a dense list,
 * so that every update loop runs over plain arrays of one shape without a test per row.
 */
import type { Column } from "../../batch/column.ts"
import { RowKind } from "../../batch/element.ts"
import type { Batch } from "../../batch/element.ts"

/** Which rows of a changelog are meant. */
export const Sign = { accumulate: 1, retract: -1 } as const

/** The value type of {@link Sign}. */
export type Sign = typeof Sign[keyof typeof Sign]

/** Scratch of one aggregate. `rows` is undefined when every row of the batch is selected. */
export class Selection {
  count = 0
  rows: Int32Array | undefined = undefined
  slots: Int32Array
  private ownRows = new Int32Array(1024)
  private ownSlots = new Int32Array(1024)
  private numbers = new Float64Array(1024)

  constructor() {
    this.slots = this.ownSlots
  }

  /** Select all of `count` rows. */
  all(slots: Int32Array, count: number): void {
    this.count = count
    this.rows = undefined
    this.slots = slots
  }

  /** Select rows of `batch`. */
  select(
    batch: Batch,
    slots: Int32Array,
    sign: Sign,
    filter: Column | undefined,
    argument: Column | undefined
  ): void {
    const rows = batch.rows
    const { kinds } = batch
    const nulls = argument?.nulls
    this.count = rows
    this.rows = undefined
    this.slots = slots
    if (kinds === undefined && filter === undefined && nulls === undefined) return
    this.reserve(rows)
    if (kinds === undefined && nulls === undefined && filter!.nulls === undefined) {
      this.count = takeTrue(filter!.values as Uint8Array, rows, slots, this.ownRows, this.ownSlots)
      this.rows = this.ownRows
      this.slots = this.ownSlots
      return
    }
    let count = everyRow(this.ownRows, rows)
    if (kinds !== undefined) count = keepKind(this.ownRows, count, kinds, sign === Sign.retract)
    if (filter !== undefined) {
      count = keepTrue(this.ownRows, count, filter.values as Uint8Array)
      if (filter.nulls !== undefined) count = keepPresent(this.ownRows, count, filter.nulls)
    }
    if (nulls !== undefined) count = keepPresent(this.ownRows, count, nulls)
    if (count === rows) return
    this.take(this.ownRows, count, slots)
  }

  /** Keep the rows at the given positions of this selection, ascending. */
  narrow(positions: Int32Array, count: number): void {
    this.reserve(this.count)
    const { rows, slots } = this
    for (let j = 0; j < count; j++) {
      const at = positions[j]!
      this.ownRows[j] = rows === undefined ? at : rows[at]!
      this.ownSlots[j] = slots[at]!
    }
    this.count = count
    this.rows = this.ownRows
    this.slots = this.ownSlots
  }

  private take(rows: Int32Array, count: number, slots: Int32Array): void {
    for (let j = 0; j < count; j++) this.ownSlots[j] = slots[rows[j]!]!
    this.rows = rows
    this.slots = this.ownSlots
    this.count = count
  }

  private reserve(rows: number): void {
    if (this.ownRows.length >= rows) return
    this.ownRows = new Int32Array(rows)
    this.ownSlots = new Int32Array(rows)
  }

  /** The selected values of a column as doubles; the column's own array where it can be. Not for wide columns. */
  doubles(column: Column): Float64Array {
    const { rows, count } = this
    const values = column.values
    if (rows === undefined && values instanceof Float64Array) return values
    if (this.numbers.length < count) this.numbers = new Float64Array(count)
    const into = this.numbers
    if (values instanceof Float64Array) gatherDoubles(values, rows!, count, into)
    else gatherInts(values as Int32Array, rows, count, into)
    return into
  }

  /** The selected values of a wide column. */
  wides(column: Column): BigInt64Array {
    const { rows, count } = this
    const values = column.values as BigInt64Array
    if (rows === undefined) return values
    const into = new BigInt64Array(count)
    for (let j = 0; j < count; j++) into[j] = values[rows[j]!]!
    return into
  }
}

/** Whether a row of this kind takes something back. */
export function isRetraction(kind: number): boolean {
  return kind === RowKind.updateBefore || kind === RowKind.delete
}

function everyRow(rows: Int32Array, count: number): number {
  for (let i = 0; i < count; i++) rows[i] = i
  return count
}

function keepKind(rows: Int32Array, count: number, kinds: Uint8Array, retract: boolean): number {
  let n = 0
  for (let j = 0; j < count; j++) {
    if (isRetraction(kinds[rows[j]!]!) === retract) rows[n++] = rows[j]!
  }
  return n
}

/** The common case, a filter alone, in one pass without a branch. */
function takeTrue(
  values: Uint8Array,
  rows: number,
  slots: Int32Array,
  ownRows: Int32Array,
  ownSlots: Int32Array
): number {
  let count = 0
  for (let i = 0; i < rows; i++) {
    ownRows[count] = i
    ownSlots[count] = slots[i]!
    count += values[i]!
  }
  return count
}

function keepTrue(rows: Int32Array, count: number, values: Uint8Array): number {
  let n = 0
  for (let j = 0; j < count; j++) if (values[rows[j]!] === 1) rows[n++] = rows[j]!
  return n
}

function keepPresent(rows: Int32Array, count: number, nulls: Uint8Array): number {
  let n = 0
  for (let j = 0; j < count; j++) if (nulls[rows[j]!] === 0) rows[n++] = rows[j]!
  return n
}

function gatherDoubles(
  values: Float64Array,
  rows: Int32Array,
  count: number,
  into: Float64Array
): void {
  for (let j = 0; j < count; j++) into[j] = values[rows[j]!]!
}

function gatherInts(
  values: Int32Array,
  rows: Int32Array | undefined,
  count: number,
  into: Float64Array
): void {
  if (rows === undefined) { for (let j = 0; j < count; j++) into[j] = values[j]! }
  else for (let j = 0; j < count; j++) into[j] = values[rows[j]!]!
}
