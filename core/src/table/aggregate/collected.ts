/**
 * Aggregates that keep their values: LISTAGG, ARRAY_AGG, COLLECT, PERCENTILE, the JSON aggregates, and FIRST_VALUE and LAST_VALUE where
 * rows are taken back. State is the list of rows in order of arrival, a row being its arguments; taking one back removes the
 * earliest equal one.
 *
 * **Cost** state grows with the rows of a key; a retraction looks through them.
 */
import type { Column } from "../../batch/column.ts"
import type { Batch } from "../../batch/element.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { columnOf, readBoxed } from "../code/boxed.ts"
import { compareBoxed } from "../function/comparison.ts"
import type { Boxed } from "../function/definition.ts"
import type { Accumulator } from "./accumulator.ts"
import { type Selection, Sign } from "./selection.ts"

/** The arguments of one row. */
export type Kept = ReadonlyArray<Boxed>

/** What is made of the rows of a key, of which there is at least one. */
export type Finish = (rows: ReadonlyArray<Kept>) => Boxed

/** What such an aggregate needs. */
export interface CollectedParts {
  /** Input columns of the arguments. */
  readonly args: ReadonlyArray<number>
  readonly types: ReadonlyArray<LogicalType>
  readonly type: LogicalType
  readonly finish: Finish
  /** The value over no rows. */
  readonly empty: Boxed
  /** Whether lists of two keys may be joined: not where distinct values come without their other arguments. */
  readonly mergeable: boolean
}

function equal(a: Boxed, b: Boxed, type: LogicalType): boolean {
  return a === null || b === null ? a === b : compareBoxed(a, b, type, type) === 0
}

/** State: the list, undefined when empty. */
export class CollectedAccumulator implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object"]
  readonly retractable = true
  readonly merge?: NonNullable<Accumulator["merge"]>
  private readonly parts: CollectedParts

  constructor(parts: CollectedParts) {
    this.parts = parts
    if (parts.mergeable) this.merge = mergeLists
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign,
    batch?: Batch
  ): void {
    const { args, types } = this.parts
    const kept = table.column(base) as Array<Array<Kept> | undefined>
    const columns = args.map((at, k) => k === 0 ? argument! : batch!.columns[at]!)
    const { rows, slots, count } = selection
    for (let j = 0; j < count; j++) {
      const row = rows === undefined ? j : rows[j]!
      const values = columns.map((column, k) => readBoxed(column, row, types[k]!))
      const list = kept[slots[j]!]
      if (sign === Sign.accumulate) {
        if (list === undefined) kept[slots[j]!] = [values]
        else list.push(values)
      } else if (list !== undefined) this.remove(list, values)
    }
  }

  private remove(list: Array<Kept>, values: Kept): void {
    const { types } = this.parts
    const at = list.findIndex((row) => row.every((item, k) => equal(item, values[k]!, types[k]!)))
    if (at >= 0) list.splice(at, 1)
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const kept = table.column(base) as Array<Array<Kept> | undefined>
    const { finish, empty, type } = this.parts
    const values = Array.from({ length: count }, (_, i) => {
      const list = kept[slots[i]!]
      return list === undefined || list.length === 0 ? empty : finish(list)
    })
    return columnOf(type, values)
  }
}

function mergeLists(
  table: OpenTable,
  base: number,
  _source: Accumulator,
  sourceTable: OpenTable,
  from: Int32Array,
  to: Int32Array,
  count: number
): void {
  const kept = table.column(base) as Array<Array<Kept> | undefined>
  const others = sourceTable.column(base) as Array<Array<Kept> | undefined>
  for (let i = 0; i < count; i++) {
    const other = others[from[i]!]
    if (other !== undefined) kept[to[i]!] = [...kept[to[i]!] ?? [], ...other]
  }
}
