/**
 * Exact integers beyond 2^53 as two doubles, `high × 2^52 + low`: what sums and extremes of BIGINT and DECIMAL(≤18) stand
 * in. Sums carry lazily (|low| ≤ 2^52); extremes have high 0 exactly when they are narrow, and else the quotient and rest
 * towards 0, so that they compare part by part.
 */
import { Column, narrowMax } from "../../batch/column.ts"
import { layoutOf } from "../../type/logical-type.ts"
import type { LogicalType } from "../../type/logical-type.ts"

const unit = 2 ** 52
const unitBig = 2n ** 52n
const maskBig = unitBig - 1n

/** Add `sign × values[j]` to the pair of `slots[j]`, and `sign` to its count. */
export function addNarrow(
  values: Float64Array,
  slots: Int32Array,
  count: number,
  sign: number,
  pairs: Float64Array,
  counts: Float64Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const low = pairs[2 * slot + 1]! + sign * values[j]!
    if (low > unit) {
      pairs[2 * slot]! += 1
      pairs[2 * slot + 1] = low - unit
    } else if (low < -unit) {
      pairs[2 * slot]! -= 1
      pairs[2 * slot + 1] = low + unit
    } else pairs[2 * slot + 1] = low
    counts[slot]! += sign
  }
}

/** As {@link addNarrow} for wide values. */
export function addWide(
  values: BigInt64Array,
  slots: Int32Array,
  count: number,
  sign: number,
  pairs: Float64Array,
  counts: Float64Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const value = values[j]!
    pairs[2 * slot]! += sign * Number(value >> 52n)
    const low = pairs[2 * slot + 1]! + sign * Number(value & maskBig)
    const carry = low > unit ? 1 : low < -unit ? -1 : 0
    pairs[2 * slot]! += carry
    pairs[2 * slot + 1] = low - carry * unit
    counts[slot]! += sign
  }
}

/** Add `source[from[i]]` to `into[to[i]]`. */
export function mergeDoubles(
  into: Float64Array,
  source: Float64Array,
  from: Int32Array,
  to: Int32Array,
  count: number
): void {
  for (let i = 0; i < count; i++) into[to[i]!]! += source[from[i]!]!
}

/** The same for the pairs of sums. */
export function mergePairs(
  into: Float64Array,
  source: Float64Array,
  from: Int32Array,
  to: Int32Array,
  count: number
): void {
  for (let i = 0; i < count; i++) {
    const at = 2 * to[i]!
    const low = into[at + 1]! + source[2 * from[i]! + 1]!
    const carry = low > unit ? 1 : low < -unit ? -1 : 0
    into[at]! += source[2 * from[i]!]! + carry
    into[at + 1] = low - carry * unit
  }
}

/** Keep the greatest (`sign` 1) or least (−1) of the pairs of extremes. */
export function mergeExtremes(
  into: Float64Array,
  intoSeen: Uint8Array,
  source: Float64Array,
  sourceSeen: Uint8Array,
  sign: number,
  from: Int32Array,
  to: Int32Array,
  count: number
): void {
  for (let i = 0; i < count; i++) {
    if (sourceSeen[from[i]!] === 0) continue
    const at = 2 * to[i]!
    const high = source[2 * from[i]!]!
    const low = source[2 * from[i]! + 1]!
    const byHigh = sign * (high - into[at]!)
    if (
      intoSeen[to[i]!] === 0 || byHigh > 0 || (byHigh === 0 && sign * (low - into[at + 1]!) > 0)
    ) {
      into[at] = high
      into[at + 1] = low
      intoSeen[to[i]!] = 1
    }
  }
}

/** Keep the greatest (`sign` 1) or least (−1) of narrow values. */
export function extremeNarrow(
  values: Float64Array,
  slots: Int32Array,
  count: number,
  sign: number,
  pairs: Float64Array,
  seen: Uint8Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const value = values[j]!
    const high = pairs[2 * slot]!
    const low = pairs[2 * slot + 1]!
    if (seen[slot] === 0) {
      pairs[2 * slot + 1] = value
      seen[slot] = 1
    } else if (high === 0) {
      pairs[2 * slot + 1] = sign > 0 ? Math.max(low, value) : Math.min(low, value)
    } else if (sign * high < 0) {
      pairs[2 * slot] = 0
      pairs[2 * slot + 1] = value
    }
  }
}

/** As {@link extremeNarrow} for wide values. */
export function extremeWide(
  values: BigInt64Array,
  slots: Int32Array,
  count: number,
  sign: number,
  pairs: Float64Array,
  seen: Uint8Array
): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[j]!
    const value = values[j]!
    const isNarrow = value <= unitBig && value >= -unitBig
    const high = isNarrow ? 0 : Number(value / unitBig)
    const low = Number(isNarrow ? value : value % unitBig)
    const byHigh = sign * (high - pairs[2 * slot]!)
    if (
      byHigh > 0 || (byHigh === 0 && sign * (low - pairs[2 * slot + 1]!) > 0) || seen[slot] === 0
    ) {
      pairs[2 * slot] = high
      pairs[2 * slot + 1] = low
      seen[slot] = 1
    }
  }
}

/** The pair of a slot as a number when that is narrow, else undefined. */
export function narrowOf(pairs: Float64Array, slot: number): number | undefined {
  const value = pairs[2 * slot]! * unit + pairs[2 * slot + 1]!
  return value <= narrowMax && value >= -narrowMax ? value : undefined
}

/** The pair of a slot, exactly. */
export function bigOf(pairs: Float64Array, slot: number): bigint {
  return BigInt(pairs[2 * slot]!) * unitBig + BigInt(pairs[2 * slot + 1]!)
}

/**
 * The pairs of `count` slots as a column of `type`: integers wrap as Flink's do; DECIMAL beyond its precision is NULL.
 * NULL where `present(slot)` is 0.
 */
export function integerColumn(
  type: LogicalType,
  pairs: Float64Array,
  present: Float64Array | Uint8Array | undefined,
  slots: Int32Array,
  count: number
): Column {
  const nulls = nullsWhereZero(present, slots, count)
  const layout = layoutOf(type)
  if (layout === "big") {
    return bigColumn(
      type,
      Array.from({ length: count }, (_, i) => bigOf(pairs, slots[i]!)),
      nulls
    )
  }
  if (layout === "f64") {
    const values = Float64Array.from(
      { length: count },
      (_, i) => pairs[2 * slots[i]!]! * unit + pairs[2 * slots[i]! + 1]!
    )
    return new Column({ layout, rows: count, nulls, values })
  }
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const value = pairs[2 * slots[i]!]! * unit + pairs[2 * slots[i]! + 1]!
    if (value > narrowMax || value < -narrowMax) return wideColumn(type, pairs, nulls, slots, count)
    values[i] = value
  }
  if (layout === "i64") return new Column({ layout, rows: count, nulls, values })
  return new Column({ layout: "i32", rows: count, nulls, values: wrapped(type, values) })
}

function wideColumn(
  type: LogicalType,
  pairs: Float64Array,
  nulls: Uint8Array | undefined,
  slots: Int32Array,
  count: number
): Column {
  const values = new BigInt64Array(count)
  for (let i = 0; i < count; i++) values[i] = BigInt.asIntN(64, bigOf(pairs, slots[i]!))
  if (layoutOf(type) === "i64") return new Column({ layout: "i64", rows: count, nulls, values })
  const low = Float64Array.from(values, (value) => Number(BigInt.asIntN(32, value)))
  return new Column({ layout: "i32", rows: count, nulls, values: wrapped(type, low) })
}

/** Integers as the machine words of their type. */
export function wrapped(type: LogicalType, values: Float64Array): Int32Array {
  const shift = type.kind === "TINYINT" ? 24 : type.kind === "SMALLINT" ? 16 : 0
  return Int32Array.from(values, (value) => (value << shift) >> shift)
}

/** Unscaled decimals; NULL where one does not fit the precision. */
export function bigColumn(
  type: LogicalType,
  values: Array<bigint>,
  nulls: Uint8Array | undefined
): Column {
  const limit = 10n ** BigInt(type.kind === "DECIMAL" ? type.precision : 38)
  let marks = nulls
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < limit && values[i]! > -limit) continue
    marks ??= new Uint8Array(values.length)
    marks[i] = 1
  }
  const rows = values.length
  if (layoutOf(type) === "big") return new Column({ layout: "big", rows, nulls: marks, values })
  const small = values.map((value, i) => marks !== undefined && marks[i] === 1 ? 0n : value)
  const narrow = small.every((value) => value <= unitBig && value >= -unitBig)
  return new Column({
    layout: "i64",
    rows,
    nulls: marks,
    values: narrow ? Float64Array.from(small, Number) : BigInt64Array.from(small)
  })
}

/** NULL marks for slots whose number of values is 0. */
export function nullsWhereZero(
  present: Float64Array | Uint8Array | undefined,
  slots: Int32Array,
  count: number
): Uint8Array | undefined {
  if (present === undefined) return undefined
  let nulls: Uint8Array | undefined
  for (let i = 0; i < count; i++) {
    if (present[slots[i]!] !== 0) continue
    nulls ??= new Uint8Array(count)
    nulls[i] = 1
  }
  return nulls
}
