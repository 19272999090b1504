/** COUNT: a double per key. */
import { Column } from "../../batch/column.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { Accumulator } from "./accumulator.ts"
import { mergeDoubles } from "./integer-pair.ts"
import type { Selection, Sign } from "./selection.ts"

/** The number of selected rows. */
export class CountAccumulator implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["f64"]
  readonly retractable = true

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    _argument: Column | undefined,
    sign: Sign
  ): void {
    addToEach(selection.slots, selection.count, sign, table.column(base) as Float64Array)
  }

  merge(
    table: OpenTable,
    base: number,
    _source: Accumulator,
    sourceTable: OpenTable,
    from: Int32Array,
    to: Int32Array,
    count: number
  ): void {
    const counts = table.column(base) as Float64Array
    mergeDoubles(counts, sourceTable.column(base) as Float64Array, from, to, count)
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const counts = table.column(base) as Float64Array
    const values = new Float64Array(count)
    for (let i = 0; i < count; i++) values[i] = counts[slots[i]!]!
    return new Column({ layout: "i64", rows: count, values })
  }
}

function addToEach(slots: Int32Array, count: number, sign: number, counts: Float64Array): void {
  for (let j = 0; j < count; j++) counts[slots[j]!]! += sign
}
