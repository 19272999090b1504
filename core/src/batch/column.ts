/**
 * One column of a batch: typed arrays and views, never a boxed value per row.
 *
 * There is one class with all fields for all layouts, so that generic code stays monomorphic; which fields count is
 * told by `layout` (ARCHITECTURE.md, "Batch"). A column that has been sent is immutable; slices share its buffers.
 */
import type { Layout } from "../type/logical-type.ts"
import { type Dictionary } from "./dictionary.ts"

/** What may stand in {@link Column.values}. */
export type Values = Uint8Array | Int32Array | Float64Array | BigInt64Array | ReadonlyArray<unknown>

/** The fields of a column that differ from their defaults. */
export interface ColumnParts {
  readonly layout: Layout
  readonly rows: number
  readonly values?: Values
  readonly nulls?: Uint8Array | undefined
  readonly nanos?: Int32Array
  readonly bytes?: Uint8Array
  readonly starts?: Int32Array
  readonly lengths?: Int32Array
  readonly dictionary?: Dictionary | undefined
  readonly children?: ReadonlyArray<Column>
}

const noBytes = new Uint8Array(0)
const noInts = new Int32Array(0)
const noColumns: ReadonlyArray<Column> = []

/** The largest magnitude for which a BIGINT column may be *narrow*: the sum of two such values is still exact. */
export const narrowMax: number = 2 ** 52

/**
 * Shape, by layout (`n` = `rows`):
 * - `bool`: `values: Uint8Array(n)` of 0 and 1;
 * - `i32`: `values: Int32Array(n)`; DATE in days since 1970, TIME in millis of the day;
 * - `f64`: `values: Float64Array(n)`; TIMESTAMP(≤3) in epoch millis, INTERVAL_DAY_TIME in millis;
 * - `i64`: `values: Float64Array(n)` (*narrow*: all magnitudes ≤ {@link narrowMax}) or `BigInt64Array(n)` (*wide*);
 *   BIGINT, and the unscaled value of DECIMAL(≤18);
 * - `ts9`: `values: Float64Array(n)` epoch millis and `nanos: Int32Array(n)`, 0…999,999 within the milli;
 * - `big`: `values: bigint[]`, the unscaled value of DECIMAL(>18);
 * - `bytes`: plain: row i is `bytes[starts[i] … +lengths[i])`; coded (`dictionary` set): `values: Int32Array(n)` codes;
 * - `list`: row i is elements `starts[i] … +lengths[i])` of `children[0]`; `map`: the same over `children[0]` keys and
 *   `children[1]` values (MULTISET: values are INT counts);
 * - `row`: `children`, one per field, each with n rows;
 * - `object`: `values: unknown[]`.
 *
 * `nulls` is one byte per row, 1 = NULL, and absent when no row is NULL. What stands at a NULL row is unspecified but in
 * range (a code < size, a start + length ≤ bytes.length).
 */
export class Column {
  readonly layout: Layout
  readonly rows: number
  readonly nulls: Uint8Array | undefined
  readonly values: Values
  readonly nanos: Int32Array
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly lengths: Int32Array
  readonly dictionary: Dictionary | undefined
  readonly children: ReadonlyArray<Column>

  constructor(parts: ColumnParts) {
    this.layout = parts.layout
    this.rows = parts.rows
    this.nulls = parts.nulls
    this.values = parts.values ?? noInts
    this.nanos = parts.nanos ?? noInts
    this.bytes = parts.bytes ?? noBytes
    this.starts = parts.starts ?? noInts
    this.lengths = parts.lengths ?? noInts
    this.dictionary = parts.dictionary
    this.children = parts.children ?? noColumns
  }

  /** Whether an `i64` column stands in a Float64Array. */
  get narrow(): boolean {
    return this.values instanceof Float64Array
  }
}

/** Whether row `row` is NULL. */
export function isNull(column: Column, row: number): boolean {
  return column.nulls !== undefined && column.nulls[row] === 1
}

/** Rows `from` (inclusive) to `to` (exclusive) as a view on the same buffers. Cost: O(columns), no copy. */
export function slice(column: Column, from: number, to: number): Column {
  if (from === 0 && to === column.rows) return column
  return new Column({
    layout: column.layout,
    rows: to - from,
    nulls: column.nulls?.subarray(from, to),
    values: column.values.length === 0 ? column.values : sliceValues(column.values, from, to),
    nanos: column.nanos.length === 0 ? column.nanos : column.nanos.subarray(from, to),
    bytes: column.bytes,
    starts: column.starts.length === 0 ? column.starts : column.starts.subarray(from, to),
    lengths: column.lengths.length === 0 ? column.lengths : column.lengths.subarray(from, to),
    dictionary: column.dictionary,
    children: column.layout === "row"
      ? column.children.map((child) => slice(child, from, to))
      : column.children
  })
}

function sliceValues(values: Values, from: number, to: number): Values {
  return Array.isArray(values)
    ? values.slice(from, to)
    : (values as Float64Array).subarray(from, to)
}

/** The `count` rows that `rows` names, in that order, in fresh arrays (bytes, children of lists and dictionaries stay shared). */
export function gather(column: Column, rows: Int32Array, count: number): Column {
  return new Column({
    layout: column.layout,
    rows: count,
    nulls: column.nulls === undefined ? undefined : gatherU8(column.nulls, rows, count),
    values: column.values.length === 0 ? column.values : gatherValues(column.values, rows, count),
    nanos: column.nanos.length === 0 ? column.nanos : gatherI32(column.nanos, rows, count),
    bytes: column.bytes,
    starts: column.starts.length === 0 ? column.starts : gatherI32(column.starts, rows, count),
    lengths: column.lengths.length === 0 ? column.lengths : gatherI32(column.lengths, rows, count),
    dictionary: column.dictionary,
    children: column.layout === "row"
      ? column.children.map((child) => gather(child, rows, count))
      : column.children
  })
}

function gatherValues(values: Values, rows: Int32Array, count: number): Values {
  if (values instanceof Float64Array) return gatherF64(values, rows, count)
  if (values instanceof Int32Array) return gatherI32(values, rows, count)
  if (values instanceof Uint8Array) return gatherU8(values, rows, count)
  if (values instanceof BigInt64Array) {
    const out = new BigInt64Array(count)
    for (let i = 0; i < count; i++) out[i] = values[rows[i]!]!
    return out
  }
  const out = new Array<unknown>(count)
  for (let i = 0; i < count; i++) out[i] = values[rows[i]!]
  return out
}

function gatherU8(values: Uint8Array, rows: Int32Array, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let i = 0; i < count; i++) out[i] = values[rows[i]!]!
  return out
}

function gatherI32(values: Int32Array, rows: Int32Array, count: number): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) out[i] = values[rows[i]!]!
  return out
}

function gatherF64(values: Float64Array, rows: Int32Array, count: number): Float64Array {
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) out[i] = values[rows[i]!]!
  return out
}
