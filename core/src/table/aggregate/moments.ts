/**
 * Variances and standard deviations: count, mean and the sum of squared distances, updated value by value, so that large values that lie
 * close together keep their digits. Taking a value back is the same step backwards.
 */
import { Column } from "../../batch/column.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { columnOf } from "../code/boxed.ts"
import type { Boxed } from "../function/definition.ts"
import { parseDecimal } from "../../type/text.ts"
import { scaleOf } from "../function/type-rule.ts"
import type { Accumulator } from "./accumulator.ts"
import { type Selection, Sign } from "./selection.ts"

/** What is made of the moments. */
export type Moment = "var_pop" | "var_samp" | "stddev_pop" | "stddev_samp"

/** State: count, mean, sum of squared distances from the mean. */
export class MomentAccumulator implements Accumulator {
  readonly layouts: ReadonlyArray<StateLayout> = ["f64", "f64", "f64"]
  readonly retractable = true
  private readonly kind: Moment
  private readonly type: LogicalType
  private readonly unit: number

  /** `argument` is the type of the values, `type` that of the result. */
  constructor(kind: Moment, argument: LogicalType, type: LogicalType) {
    this.kind = kind
    this.type = type
    this.unit = 10 ** scaleOf(argument)
  }

  update(
    table: OpenTable,
    base: number,
    selection: Selection,
    argument: Column | undefined,
    sign: Sign
  ): void {
    const counts = table.column(base) as Float64Array
    const means = table.column(base + 1) as Float64Array
    const squares = table.column(base + 2) as Float64Array
    const values = argument!.values as ArrayLike<number | bigint>
    const { rows, slots, count } = selection
    const step = sign === Sign.accumulate ? addValue : takeValue
    for (let j = 0; j < count; j++) {
      const value = Number(values[rows === undefined ? j : rows[j]!]!) / this.unit
      step(counts, means, squares, slots[j]!, value)
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
    const [counts, means, squares] = [0, 1, 2].map((k) => table.column(base + k) as Float64Array)
    const others = [0, 1, 2].map((k) => sourceTable.column(base + k) as Float64Array)
    for (let i = 0; i < count; i++) {
      const [a, b] = [to[i]!, from[i]!]
      const more = others[0]![b]!
      if (more === 0) continue
      const total = counts![a]! + more
      const apart = others[1]![b]! - means![a]!
      squares![a]! += others[2]![b]! + apart * apart * counts![a]! * more / total
      means![a]! += apart * more / total
      counts![a] = total
    }
  }

  result(table: OpenTable, base: number, slots: Int32Array, count: number): Column {
    const counts = table.column(base) as Float64Array
    const squares = table.column(base + 2) as Float64Array
    const values = Array.from({ length: count }, (_, i) => {
      const slot = slots[i]!
      const value = this.finish(counts[slot]!, squares[slot]!)
      return value === null ? null : boxNumber(value, this.type)
    })
    return columnOf(this.type, values)
  }

  private finish(count: number, squares: number): number | null {
    const sample = this.kind.endsWith("samp")
    const divisor = sample ? count - 1 : count
    if (divisor <= 0) return null
    const variance = Math.max(0, squares) / divisor
    return this.kind.startsWith("var") ? variance : Math.sqrt(variance)
  }
}

function addValue(
  counts: Float64Array,
  means: Float64Array,
  squares: Float64Array,
  slot: number,
  value: number
): void {
  const total = ++counts[slot]!
  const apart = value - means[slot]!
  means[slot]! += apart / total
  squares[slot]! += apart * (value - means[slot]!)
}

function takeValue(
  counts: Float64Array,
  means: Float64Array,
  squares: Float64Array,
  slot: number,
  value: number
): void {
  const total = --counts[slot]!
  if (total === 0) {
    means[slot] = 0
    squares[slot] = 0
    return
  }
  const apart = value - means[slot]!
  means[slot]! -= apart / total
  squares[slot]! -= apart * (value - means[slot]!)
}

/** A double as a value of a numeric type: integers cut, and held within their range, decimals rounded half up. */
function boxNumber(value: number, type: LogicalType): Boxed {
  if (type.kind === "DOUBLE") return value
  if (type.kind === "FLOAT") return Math.fround(value)
  if (type.kind === "DECIMAL") {
    return parseDecimal(String(value), type.precision, type.scale) ?? null
  }
  const most = 2n ** BigInt(integerBits[type.kind]! - 1) - 1n
  const whole = BigInt(Math.trunc(value))
  const held = whole > most ? most : whole
  return type.kind === "BIGINT" ? held : Number(held)
}

const integerBits: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INT: 32,
  BIGINT: 64
}
