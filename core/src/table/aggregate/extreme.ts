/** MIN and MAX over input that only grows: the best value so far per key. NaN is greater than every number. */
import { Column } from "../../batch/column.ts"
import { compareBytes } from "../../batch/utf8.ts"
import { boxedAt, bytesAt, columnOfBoxed, compareBoxed } from "../../state/boxed.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import { layoutOf } from "../../type/logical-type.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Accumulator } from "./accumulator.ts"
import {
  extremeNarrow,
  extremeWide,
  integerColumn,
  mergeExtremes,
  nullsWhereZero
} from "./integer-pair.ts"
import type { Selection } from "./selection.ts"

/** The accumulator of the greatest (`order` 1) or least (−1) value of `type`. */
export function makeExtreme(order: 1 | -1, type: LogicalType): Accumulator {
  switch (layoutOf(type)) {
    case "i32":
    case "i64":
      return new IntegerExtreme(order, type)
    case "f64":
      return new DoubleExtreme(order)
    default:
      return new BoxedExtreme(order, type)
  }
}

/** State: an exact pair; whether there is one. */
class IntegerExtreme implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["i64", "bool"]
  readonly retractable = false
  private readonly order: number
  private readonly type: LogicalType

  constructor(order: number, type: LogicalType) {
    this.order = order
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined
  ): void {
    const pairs = table.column(base) as Float64Array
    const seen = table.column(base + 1) as Uint8Array
    const { slots, count } = selection
    if (argument!.values instanceof BigInt64Array) {
      extremeWide(selection.wides(argument!), slots, count, this.order, pairs, seen)
    } else extremeNarrow(selection.doubles(argument!), slots, count, this.order, pairs, seen)
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
    mergeExtremes(
      table.column(base) as Float64Array,
      table.column(base + 1) as Uint8Array,
      sourceTable.column(base) as Float64Array,
      sourceTable.column(base + 1) as Uint8Array,
      this.order,
      from,
      to,
      count
    )
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    return integerColumn(
      this.type,
      table.column(base) as Float64Array,
      table.column(base + 1) as Uint8Array,
      slots,
      count
    )
  }
}

/** State: the value; whether there is one. */
class DoubleExtreme implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["f64", "bool"]
  readonly retractable = false
  private readonly order: number

  constructor(order: number) {
    this.order = order
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined
  ): void {
    const best = table.column(base) as Float64Array
    const seen = table.column(base + 1) as Uint8Array
    const values = selection.doubles(argument!)
    if (this.order > 0) greatest(values, selection.slots, selection.count, best, seen)
    else least(values, selection.slots, selection.count, best, seen)
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
    const others = sourceTable.column(base) as Float64Array
    const seen = sourceTable.column(base + 1) as Uint8Array
    const best = table.column(base) as Float64Array
    const own = table.column(base + 1) as Uint8Array
    for (let i = 0; i < count; i++) {
      if (seen[from[i]!] === 0) continue
      const slots = to.subarray(i, i + 1)
      const values = others.subarray(from[i]!, from[i]! + 1)
      if (this.order > 0) greatest(values, slots, 1, best, own)
      else least(values, slots, 1, best, own)
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const best = table.column(base) as Float64Array
    const values = new Float64Array(count)
    for (let i = 0; i < count; i++) values[i] = best[slots[i]!]!
    const nulls = nullsWhereZero(table.column(base + 1) as Uint8Array, slots, count)
    return new Column({ layout: "f64", rows: count, nulls, values })
  }
}

function greatest(
  values: Float64Array,
  slots: Int32Array,
  count: number,
  best: Float64Array,
  seen: Uint8Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const value = values[j]!
    if (value > best[slot]! || value !== value || seen[slot] === 0) {
      best[slot] = value
      seen[slot] = 1
    }
  }
}

function least(
  values: Float64Array,
  slots: Int32Array,
  count: number,
  best: Float64Array,
  seen: Uint8Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const value = values[j]!
    const old = best[slot]!
    if (value < old || old !== old || seen[slot] === 0) {
      best[slot] = value
      seen[slot] = 1
    }
  }
}

/** State: the boxed value, undefined when there is none. Text compares without being boxed. */
class BoxedExtreme implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object"]
  readonly retractable = false
  private readonly order: number
  private readonly type: LogicalType

  constructor(order: number, type: LogicalType) {
    this.order = order
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined
  ): void {
    const best = table.column(base) as Array<unknown>
    const column = argument!
    const { rows, slots, count } = selection
    for (let j = 0; j < count; j++) {
      const row = rows === undefined ? j : rows[j]!
      const old = best[slots[j]!]
      if (old === undefined || this.order * this.compare(column, row, old) > 0) {
        best[slots[j]!] = boxedAt(this.type, column, row)
      }
    }
  }

  private compare(column: Column, row: number, old: unknown): number {
    if (column.layout !== "bytes") return compareBoxed(boxedAt(this.type, column, row), old)
    const bytes = old as Uint8Array
    if (column.dictionary !== undefined) {
      const own = bytesAt(column, row)
      return compareBytes(own, 0, own.length, bytes, 0, bytes.length)
    }
    return compareBytes(
      column.bytes,
      column.starts[row]!,
      column.lengths[row]!,
      bytes,
      0,
      bytes.length
    )
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
    const best = table.column(base) as Array<unknown>
    const others = sourceTable.column(base) as Array<unknown>
    for (let i = 0; i < count; i++) {
      const other = others[from[i]!]
      if (other === undefined) continue
      const old = best[to[i]!]
      if (old === undefined || this.order * compareBoxed(other, old) > 0) best[to[i]!] = other
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const best = table.column(base) as Array<unknown>
    return columnOfBoxed(
      this.type,
      Array.from({ length: count }, (_, i) => best[slots[i]!] ?? null)
    )
  }
}
