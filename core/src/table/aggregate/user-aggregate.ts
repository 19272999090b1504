/** Aggregates of users: one accumulator per key, which the user's functions make, change and finish. */
import type { Column } from "../../batch/column.ts"
import type { Batch } from "../../batch/element.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { columnOf, readBoxed } from "../code/boxed.ts"
import type { Boxed } from "../function/definition.ts"
import { type KnownFunction, userFault } from "../user/user-call.ts"
import type { AggregateDefinition } from "../user/user-function.ts"
import { fromUser, toUser } from "../user/user-value.ts"
import type { Accumulator } from "./accumulator.ts"
import { type Selection, Sign } from "./selection.ts"

type Change = (accumulator: unknown, ...args: ReadonlyArray<unknown>) => unknown

/** State: the accumulator, undefined when no row was added. */
export class UserAggregateAccumulator implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object"]
  readonly retractable: boolean
  readonly merge?: NonNullable<Accumulator["merge"]>
  private readonly known: KnownFunction
  private readonly definition: AggregateDefinition
  private readonly args: ReadonlyArray<number>
  private readonly types: ReadonlyArray<LogicalType>
  private readonly convert: ReadonlyArray<(value: Boxed) => unknown>
  private readonly box: (value: unknown) => Boxed

  /** `args` are the input columns of the arguments, `types` their types. */
  constructor(
    known: KnownFunction,
    definition: AggregateDefinition,
    args: ReadonlyArray<number>,
    types: ReadonlyArray<LogicalType>
  ) {
    this.known = known
    this.definition = definition
    this.args = args
    this.types = types
    this.convert = types.map(toUser)
    this.box = fromUser(known.result)
    this.retractable = definition.retract !== undefined
    if (definition.merge !== undefined) {
      this.merge = (table, base, _source, sourceTable, from, to, count) =>
        this.mergeAll(
          table.column(base) as Array<unknown>,
          sourceTable.column(base) as Array<unknown>,
          from,
          to,
          count
        )
    }
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    _argument: Column | undefined,
    sign: Sign,
    batch?: Batch
  ): void {
    const kept = table.column(base) as Array<unknown>
    const { rows, slots, count } = selection
    const change =
      (sign === Sign.accumulate ? this.definition.add : this.definition.retract) as Change
    const columns = this.args.map((at) => batch!.columns[at]!)
    this.guarded(() => {
      for (let j = 0; j < count; j++) {
        const row = rows === undefined ? j : rows[j]!
        const values = columns.map((column, k) =>
          this.convert[k]!(readBoxed(column, row, this.types[k]!))
        )
        const slot = slots[j]!
        kept[slot] = change(kept[slot] ?? this.definition.create(), ...values)
      }
    })
  }

  private mergeAll(
    kept: Array<unknown>,
    others: ReadonlyArray<unknown>,
    from: Int32Array,
    to: Int32Array,
    count: number
  ): void {
    const { create, merge } = this.definition
    this.guarded(() => {
      for (let i = 0; i < count; i++) {
        const other = others[from[i]!]
        if (other !== undefined) kept[to[i]!] = merge!(kept[to[i]!] ?? create(), other)
      }
    })
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const kept = table.column(base) as Array<unknown>
    const { create, finish } = this.definition
    const values: Array<Boxed> = []
    this.guarded(() => {
      for (let i = 0; i < count; i++) values.push(this.box(finish(kept[slots[i]!] ?? create())))
    })
    return columnOf(this.known.result, values)
  }

  private guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      throw userFault(this.known.sql, error)
    }
  }
}
