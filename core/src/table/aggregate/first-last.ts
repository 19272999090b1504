/** FIRST_VALUE and LAST_VALUE: the first or last value that is not NULL, in the order the rows come. */
import type { Column } from "../../batch/column.ts"
import { boxedAt, columnOfBoxed } from "../../state/boxed.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Accumulator } from "./accumulator.ts"
import type { Selection } from "./selection.ts"

/** State: the boxed value, undefined when there is none. */
export class FirstLastAccumulator implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object"]
  readonly retractable = false
  private readonly last: boolean
  private readonly type: LogicalType

  constructor(last: boolean, type: LogicalType) {
    this.last = last
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined
  ): void {
    const kept = table.column(base) as Array<unknown>
    const { rows, slots, count } = selection
    for (let j = 0; j < count; j++) {
      if (!this.last && kept[slots[j]!] !== undefined) continue
      kept[slots[j]!] = boxedAt(this.type, argument!, rows === undefined ? j : rows[j]!)
    }
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
    const kept = table.column(base) as Array<unknown>
    const others = sourceTable.column(base) as Array<unknown>
    for (let i = 0; i < count; i++) {
      const other = others[from[i]!]
      if (other !== undefined && (this.last || kept[to[i]!] === undefined)) kept[to[i]!] = other
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const kept = table.column(base) as Array<unknown>
    return columnOfBoxed(
      this.type,
      Array.from({ length: count }, (_, i) => kept[slots[i]!] ?? null)
    )
  }
}
