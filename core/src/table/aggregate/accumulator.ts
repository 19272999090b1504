/** The contract of one aggregate: state columns by slot, a loop that adds or takes back selected rows, and a result. */
import type { Column } from "../../batch/column.ts"
import type { Batch } from "../../batch/element.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { Selection, Sign } from "./selection.ts"

/** One aggregate of one operator instance. Its state stands in columns `base …` of the table. */
export interface Accumulator {
  readonly layouts: ReadonlyArray<StateLayout>
  /** Whether rows can be taken back; the compiler chooses another accumulator for updating input when not. */
  readonly retractable: boolean
  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign,
    /** All columns of the rows, for aggregates of several arguments. */
    batch?: Batch
  ): void
  /**
   * Add what slots `from` of `source` hold to slots `to` of `table`, as if those rows had come later. Absent: this aggregate cannot be
   * merged, so windows that are put together from panes or sessions are computed row by row, or refused.
   */
  merge?(
    table: OpenTable,
    base: number,
    source: Accumulator,
    sourceTable: OpenTable,
    from: Int32Array,
    to: Int32Array,
    count: number
  ): void
  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column
}
