/**
 * Single values of any SQL type as plain JavaScript values, for the rare paths (nested keys, `FIRST_VALUE` of a ROW) and
 * for oracles in tests. Hot paths never come here.
 *
 * **Shape** NULL: `null`; BOOLEAN: boolean; numbers, dates and TIMESTAMP(≤3): number; BIGINT and DECIMAL: bigint
 * (unscaled); TIMESTAMP(>3): `[millis, nanosOfMilli]`; strings and binaries: Uint8Array; ARRAY and ROW: array; MAP and
 * MULTISET: array of `[key, value]`; OBJECT: the value itself.
 */
import { Column, isNull, narrowMax } from "../batch/column.ts"
import type { ColumnParts } from "../batch/column.ts"
import { compareBytes } from "../batch/utf8.ts"
import { layoutOf, simple } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"

/** A value as described above. */
export type Boxed = unknown

const int: LogicalType = simple("INT", false)

/** Key and value types of a MAP; a MULTISET counts with INT. */
export function entryTypes(type: LogicalType): readonly [key: LogicalType, value: LogicalType] {
  if (type.kind === "MAP") return [type.key, type.value]
  if (type.kind === "MULTISET") return [type.element, int]
  throw new Error(`Broken invariant: ${type.kind} has no entries`)
}

/** Row `row` of a column of type `type`; bytes are copied. */
export function boxedAt(type: LogicalType, column: Column, row: number): Boxed {
  if (isNull(column, row)) return null
  const values = column.values as ReadonlyArray<unknown>
  switch (column.layout) {
    case "bool":
      return values[row] === 1
    case "i32":
    case "f64":
    case "big":
    case "object":
      return values[row]
    case "i64":
      return BigInt(values[row] as number | bigint)
    case "ts9":
      return [values[row], column.nanos[row]]
    case "bytes":
      return bytesAt(column, row)
    case "list": {
      const element = (type as LogicalType & { kind: "ARRAY" }).element
      return range(column, row).map((i) => boxedAt(element, column.children[0]!, i))
    }
    case "map": {
      const [key, value] = entryTypes(type)
      return range(column, row).map((i) => [
        boxedAt(key, column.children[0]!, i),
        boxedAt(value, column.children[1]!, i)
      ])
    }
    case "row":
      return (type as LogicalType & { kind: "ROW" }).fields.map((field, f) =>
        boxedAt(field.type, column.children[f]!, row)
      )
  }
}

/** A copy of the bytes of row `row`. */
export function bytesAt(column: Column, row: number): Uint8Array {
  const dictionary = column.dictionary
  if (dictionary === undefined) {
    const start = column.starts[row]!
    return column.bytes.slice(start, start + column.lengths[row]!)
  }
  const code = column.values[row] as number
  const start = dictionary.starts[code]!
  return dictionary.bytes.slice(start, start + dictionary.lengths[code]!)
}

function range(column: Column, row: number): Array<number> {
  return Array.from({ length: column.lengths[row]! }, (_, i) => column.starts[row]! + i)
}

/** A column of the given boxed values, in fresh arrays. Integers are narrow when all of them fit. */
export function columnOfBoxed(type: LogicalType, values: ReadonlyArray<Boxed>): Column {
  const rows = values.length
  const layout = layoutOf(type)
  const nulls = values.includes(null)
    ? Uint8Array.from(values, (value) => value === null ? 1 : 0)
    : undefined
  const common = { layout, rows, nulls }
  switch (layout) {
    case "bool":
      return new Column({ ...common, values: Uint8Array.from(values, (v) => v === true ? 1 : 0) })
    case "i32":
      return new Column({ ...common, values: Int32Array.from(values, (v) => v as number ?? 0) })
    case "f64":
      return new Column({ ...common, values: Float64Array.from(values, (v) => v as number ?? 0) })
    case "i64":
      return new Column({ ...common, values: integers(values) })
    case "big":
      return new Column({ ...common, values: values.map((v) => v ?? 0n) })
    case "object":
      return new Column({ ...common, values: [...values] })
    case "ts9": {
      const pairs = values.map((v) => (v ?? [0, 0]) as readonly [number, number])
      return new Column({
        ...common,
        values: Float64Array.from(pairs, (p) => p[0]),
        nanos: Int32Array.from(pairs, (p) => p[1])
      })
    }
    case "bytes":
      return new Column({ ...common, ...packed(values) })
    default:
      return nested(type, common, values)
  }
}

function integers(values: ReadonlyArray<Boxed>): Float64Array | BigInt64Array {
  const limit = BigInt(narrowMax)
  const wide = values.some((v) => v !== null && ((v as bigint) > limit || (v as bigint) < -limit))
  return wide
    ? BigInt64Array.from(values, (v) => v as bigint ?? 0n)
    : Float64Array.from(values, (v) => Number(v ?? 0n))
}

function packed(
  values: ReadonlyArray<Boxed>
): { bytes: Uint8Array; starts: Int32Array; lengths: Int32Array } {
  const starts = new Int32Array(values.length)
  const lengths = Int32Array.from(values, (v) => (v as Uint8Array | null)?.length ?? 0)
  let total = 0
  for (let i = 0; i < values.length; i++) {
    starts[i] = total
    total += lengths[i]!
  }
  const bytes = new Uint8Array(total)
  values.forEach((v, i) => v !== null && bytes.set(v as Uint8Array, starts[i]))
  return { bytes, starts, lengths }
}

function nested(type: LogicalType, common: ColumnParts, values: ReadonlyArray<Boxed>): Column {
  if (type.kind === "ROW") {
    return new Column({
      ...common,
      children: type.fields.map((field, f) =>
        columnOfBoxed(
          field.type,
          values.map((v) => v === null ? null : (v as ReadonlyArray<Boxed>)[f] ?? null)
        )
      )
    })
  }
  const lists = values.map((v) => (v ?? []) as ReadonlyArray<Boxed>)
  const starts = new Int32Array(lists.length)
  const lengths = Int32Array.from(lists, (list) => list.length)
  for (let i = 1; i < lists.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!
  const all = lists.flat(1)
  if (type.kind === "ARRAY") {
    return new Column({ ...common, starts, lengths, children: [columnOfBoxed(type.element, all)] })
  }
  const [key, value] = entryTypes(type)
  const entries = all as ReadonlyArray<readonly [Boxed, Boxed]>
  return new Column({
    ...common,
    starts,
    lengths,
    children: [
      columnOfBoxed(key, entries.map((e) => e[0])),
      columnOfBoxed(value, entries.map((e) => e[1]))
    ]
  })
}

/** Order of two non-NULL values of one type, as SQL orders them; NaN is the greatest. */
export function compareBoxed(a: Boxed, b: Boxed): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return compareBytes(a, 0, a.length, b, 0, b.length)
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const order = a[i] === null || b[i] === null
        ? Number(a[i] !== null) - Number(b[i] !== null)
        : compareBoxed(a[i], b[i])
      if (order !== 0) return order
    }
    return a.length - b.length
  }
  const x = a as number
  const y = b as number
  if (x < y) return -1
  if (x > y) return 1
  return Number(x !== x) - Number(y !== y)
}
