/**
 * MIN and MAX over updating input: all values of a key with their counts, and the best of them as long as it is known. It
 * is looked for again only when the best value itself is taken back.
 */
import type { Column } from "../../batch/column.ts"
import { boxedAt, columnOfBoxed, compareBoxed } from "../../state/boxed.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Accumulator } from "./accumulator.ts"
import { DistinctValues } from "./distinct.ts"
import { type Selection, Sign } from "./selection.ts"

/** State: the best value boxed, undefined when it is not known; the values themselves stand beside the table. */
export class RetractableExtreme implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object"]
  readonly retractable = true
  readonly values: DistinctValues
  private readonly order: number
  private readonly type: LogicalType

  constructor(order: 1 | -1, type: LogicalType, parent: OpenTable) {
    this.order = order
    this.type = type
    this.values = new DistinctValues(parent, type)
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign
  ): void {
    const best = table.column(base) as Array<unknown>
    this.values.apply(selection, argument!, sign)
    const { rows, slots, count } = selection
    for (let j = 0; j < count; j++) {
      const old = best[slots[j]!]
      if (old === undefined) continue
      const value = boxedAt(this.type, argument!, rows![j]!)
      const order = this.order * compareBoxed(value, old)
      if (sign === Sign.accumulate && order > 0) best[slots[j]!] = value
      else if (sign === Sign.retract && order === 0) best[slots[j]!] = undefined
    }
  }

  merge(
    table: OpenTable,
    base: number,
    source: Accumulator,
    sourceTable: OpenTable,
    from: Int32Array,
    to: Int32Array,
    count: number
  ): void {
    const best = table.column(base) as Array<unknown>
    const others = sourceTable.column(base) as Array<unknown>
    this.values.absorb((source as RetractableExtreme).values, from, to, count)
    for (let i = 0; i < count; i++) {
      const own = best[to[i]!]
      const other = others[from[i]!]
      // Unless both are known the best one is looked for when it is asked for.
      best[to[i]!] = own === undefined || other === undefined
        ? undefined
        : this.order * compareBoxed(other, own) > 0
        ? other
        : own
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const best = table.column(base) as Array<unknown>
    for (let i = 0; i < count; i++) {
      if (best[slots[i]!] === undefined) best[slots[i]!] = this.look(slots[i]!)
    }
    return columnOfBoxed(
      this.type,
      Array.from({ length: count }, (_, i) => best[slots[i]!] ?? null)
    )
  }

  private look(slot: number): unknown {
    const ids = this.values.of(slot)
    if (ids.length === 0) return undefined
    const column = this.values.values(ids)
    let best = boxedAt(this.type, column, 0)
    for (let i = 1; i < ids.length; i++) {
      const value = boxedAt(this.type, column, i)
      if (this.order * compareBoxed(value, best) > 0) best = value
    }
    return best
  }
}
