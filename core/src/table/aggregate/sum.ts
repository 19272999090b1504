/**
 * SUM, SUM0 and AVG. Integers and decimals are summed exactly and divided once, at the end; FLOAT and DOUBLE as doubles in
 * the order of the rows.
 */
import { Column, narrowMax } from "../../batch/column.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import { layoutOf } from "../../type/logical-type.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Accumulator } from "./accumulator.ts"
import {
  addNarrow,
  addWide,
  bigColumn,
  bigOf,
  integerColumn,
  mergeDoubles,
  mergePairs,
  narrowOf,
  nullsWhereZero,
  wrapped
} from "./integer-pair.ts"
import type { Selection, Sign } from "./selection.ts"

/** What is made of a sum and a count. */
export type SumKind = "sum" | "sum0" | "avg"

/** The accumulator of a sum over values of type `argument` that gives `type`. */
export function makeSum(kind: SumKind, argument: LogicalType, type: LogicalType): Accumulator {
  const layout = layoutOf(argument)
  if (layout === "big") return new BigSum(kind, argument, type)
  if (layout === "f64") return new DoubleSum(kind, type)
  return new IntegerSum(kind, argument, type)
}

/** Sums of doubles: sum, count. */
class DoubleSum implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["f64", "f64"]
  readonly retractable = true
  private readonly kind: SumKind
  private readonly type: LogicalType

  constructor(kind: SumKind, type: LogicalType) {
    this.kind = kind
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign
  ): void {
    addDoubles(
      selection.doubles(argument!),
      selection.slots,
      selection.count,
      sign,
      table.column(base) as Float64Array,
      table.column(base + 1) as Float64Array
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
    for (let k = base; k < base + 2; k++) {
      const own = table.column(k) as Float64Array
      mergeDoubles(own, sourceTable.column(k) as Float64Array, from, to, count)
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const sums = table.column(base) as Float64Array
    const counts = table.column(base + 1) as Float64Array
    const nulls = this.kind === "sum0" ? undefined : nullsWhereZero(counts, slots, count)
    const values = new Float64Array(count)
    if (this.kind === "avg") divideDoubles(sums, counts, slots, count, values)
    else for (let i = 0; i < count; i++) values[i] = sums[slots[i]!]!
    if (this.type.kind === "FLOAT") {
      for (let i = 0; i < count; i++) values[i] = Math.fround(values[i]!)
    }
    return new Column({ layout: "f64", rows: count, nulls, values })
  }
}

function addDoubles(
  values: Float64Array,
  slots: Int32Array,
  count: number,
  sign: number,
  sums: Float64Array,
  counts: Float64Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    sums[slot]! += sign * values[j]!
    counts[slot]! += sign
  }
}

function divideDoubles(
  sums: Float64Array,
  counts: Float64Array,
  slots: Int32Array,
  count: number,
  into: Float64Array
): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!
    into[i] = counts[slot] === 0 ? 0 : sums[slot]! / counts[slot]!
  }
}

/** Sums of integers and DECIMAL(≤18): an exact pair, count. */
class IntegerSum implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["i64", "f64"]
  readonly retractable = true
  private readonly kind: SumKind
  private readonly argument: LogicalType
  private readonly type: LogicalType

  constructor(kind: SumKind, argument: LogicalType, type: LogicalType) {
    this.kind = kind
    this.argument = argument
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign
  ): void {
    const pairs = table.column(base) as Float64Array
    const counts = table.column(base + 1) as Float64Array
    const { slots, count } = selection
    if (argument!.values instanceof BigInt64Array) {
      addWide(selection.wides(argument!), slots, count, sign, pairs, counts)
    } else addNarrow(selection.doubles(argument!), slots, count, sign, pairs, counts)
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
    const pairs = table.column(base) as Float64Array
    const counts = table.column(base + 1) as Float64Array
    mergePairs(pairs, sourceTable.column(base) as Float64Array, from, to, count)
    mergeDoubles(counts, sourceTable.column(base + 1) as Float64Array, from, to, count)
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const pairs = table.column(base) as Float64Array
    const counts = table.column(base + 1) as Float64Array
    if (this.kind !== "avg") {
      const present = this.kind === "sum0" ? undefined : counts
      return integerColumn(this.type, pairs, present, slots, count)
    }
    const nulls = nullsWhereZero(counts, slots, count)
    const sums = {
      narrow: (slot: number) => narrowOf(pairs, slot),
      big: (slot: number) => bigOf(pairs, slot)
    }
    return this.type.kind === "DECIMAL"
      ? averageDecimal(
        this.argument,
        this.type,
        (slot) => bigOf(pairs, slot),
        counts,
        slots,
        count,
        nulls
      )
      : averageInteger(this.type, sums, counts, slots, count, nulls)
  }
}

/** Sums of DECIMAL(>18): a bigint, count. */
class BigSum implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["object", "f64"]
  readonly retractable = true
  private readonly kind: SumKind
  private readonly argument: LogicalType
  private readonly type: LogicalType

  constructor(kind: SumKind, argument: LogicalType, type: LogicalType) {
    this.kind = kind
    this.argument = argument
    this.type = type
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign
  ): void {
    const sums = table.column(base) as Array<bigint | undefined>
    const counts = table.column(base + 1) as Float64Array
    const values = argument!.values as ReadonlyArray<bigint>
    const { rows, slots, count } = selection
    for (let j = 0; j < count; j++) {
      const value = values[rows === undefined ? j : rows[j]!]!
      sums[slots[j]!] = (sums[slots[j]!] ?? 0n) + (sign > 0 ? value : -value)
      counts[slots[j]!]! += sign
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
    const sums = table.column(base) as Array<bigint | undefined>
    const counts = table.column(base + 1) as Float64Array
    const others = sourceTable.column(base) as Array<bigint | undefined>
    for (let i = 0; i < count; i++) {
      const other = others[from[i]!]
      if (other !== undefined) sums[to[i]!] = (sums[to[i]!] ?? 0n) + other
    }
    mergeDoubles(counts, sourceTable.column(base + 1) as Float64Array, from, to, count)
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const sums = table.column(base) as Array<bigint | undefined>
    const counts = table.column(base + 1) as Float64Array
    const nulls = this.kind === "sum0" ? undefined : nullsWhereZero(counts, slots, count)
    const sumOf = (slot: number): bigint => sums[slot] ?? 0n
    if (this.kind === "avg") {
      return averageDecimal(this.argument, this.type, sumOf, counts, slots, count, nulls)
    }
    return bigColumn(this.type, Array.from({ length: count }, (_, i) => sumOf(slots[i]!)), nulls)
  }
}

interface Sums {
  readonly narrow: (slot: number) => number | undefined
  readonly big: (slot: number) => bigint
}

/** Truncated quotients. A narrow sum divided as doubles truncates right: the quotient's error is below 1 / count. */
function averageInteger(
  type: LogicalType,
  sums: Sums,
  counts: Float64Array,
  slots: Int32Array,
  count: number,
  nulls: Uint8Array | undefined
): Column {
  const values = new Float64Array(count)
  const exact: Array<bigint> = []
  let wide = false
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!
    const n = counts[slot]!
    const sum = n === 0 ? 0 : sums.narrow(slot)
    if (sum !== undefined) values[i] = n === 0 ? 0 : Math.trunc(sum / n)
    else {
      exact[i] = sums.big(slot) / BigInt(n)
      values[i] = Number(exact[i]!)
      if (values[i]! > narrowMax || values[i]! < -narrowMax) wide = true
    }
  }
  if (layoutOf(type) === "i32") {
    return new Column({ layout: "i32", rows: count, nulls, values: wrapped(type, values) })
  }
  if (!wide) return new Column({ layout: "i64", rows: count, nulls, values })
  const wides = BigInt64Array.from(values, (value, i) => exact[i] ?? BigInt(value))
  return new Column({ layout: "i64", rows: count, nulls, values: wides })
}

/** Quotients at the result's scale, half away from zero. */
function averageDecimal(
  argument: LogicalType,
  type: LogicalType,
  sumOf: (slot: number) => bigint,
  counts: Float64Array,
  slots: Int32Array,
  count: number,
  nulls: Uint8Array | undefined
): Column {
  const from = argument.kind === "DECIMAL" ? argument.scale : 0
  const to = type.kind === "DECIMAL" ? type.scale : 0
  const up = 10n ** BigInt(Math.max(0, to - from))
  const down = 10n ** BigInt(Math.max(0, from - to))
  const values = Array.from({ length: count }, (_, i) => {
    const n = counts[slots[i]!]!
    return n === 0 ? 0n : divideHalfUp(sumOf(slots[i]!) * up, BigInt(n) * down)
  })
  return bigColumn(type, values, nulls)
}

function divideHalfUp(value: bigint, by: bigint): bigint {
  const half = by / 2n
  return value < 0n ? -((-value + half) / by) : (value + half) / by
}
