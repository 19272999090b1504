/**
 * Values of every SQL type in plain JavaScript, made at random, put into columns and taken out again: what the suite of bulk formats
 * compares with. It shares no code with any format.
 */
import assert from "node:assert/strict"
import fc from "fast-check"
import { Column, Dictionary, encodeUtf8, LogicalType, narrowMax } from "@millrace/core/internal"

type Type = LogicalType.LogicalType
/**
 * A value: BIGINT and DECIMAL (unscaled) are bigints, bytes are hex, timestamps are `[millis, nanos]`, ROW and ARRAY are arrays, MAP and
 * MULTISET arrays of pairs.
 */
export type Value = null | boolean | number | bigint | string | ReadonlyArray<Value>

/** How the suite makes columns: as a decoder would (`plain`) or with dictionaries (`coded`). */
export type TextForm = "plain" | "coded"

/** The column of a type that holds `values`. */
export function columnOf(type: Type, values: ReadonlyArray<Value>, form: TextForm): Column {
  const layout = LogicalType.layoutOf(type)
  const rows = values.length
  const nulls = values.some((value) => value === null)
    ? Uint8Array.from(values, (value) => value === null ? 1 : 0)
    : undefined
  switch (layout) {
    case "bool":
      return new Column({
        layout,
        rows,
        nulls,
        values: Uint8Array.from(values, (value) => value === true ? 1 : 0)
      })
    case "i32":
      return new Column({ layout, rows, nulls, values: Int32Array.from(values, Number) })
    case "f64": {
      const time = type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ"
      const of = (value: Value): number =>
        time && value !== null ? Number((value as ReadonlyArray<Value>)[0]) : Number(value)
      return new Column({ layout, rows, nulls, values: Float64Array.from(values, of) })
    }
    case "i64": {
      const longs = values.map((value) => value === null ? 0n : value as bigint)
      const wide = longs.some((value) => value > BigInt(narrowMax) || value < -BigInt(narrowMax))
      return new Column({
        layout,
        rows,
        nulls,
        values: wide ? BigInt64Array.from(longs) : Float64Array.from(longs, Number)
      })
    }
    case "ts9": {
      const part = (i: number) => (value: Value): number =>
        value === null ? 0 : Number((value as ReadonlyArray<Value>)[i])
      return new Column({
        layout,
        rows,
        nulls,
        values: Float64Array.from(values, part(0)),
        nanos: Int32Array.from(values, part(1))
      })
    }
    case "big":
      return new Column({ layout, rows, nulls, values: values.map((value) => value ?? 0n) })
    case "bytes":
      return textColumn(type, values, nulls, form)
    case "row": {
      const fields = (type as Type & { readonly kind: "ROW" }).fields
      const children = fields.map((field, i) =>
        columnOf(
          field.type,
          values.map((value) => value === null ? fill(field.type) : (value as Array<Value>)[i]!),
          form
        )
      )
      return new Column({ layout, rows, nulls, children })
    }
    default:
      return rangeColumn(type, values, nulls, form)
  }
}

/** What stands at a NULL row of a NOT NULL field: anything in range. */
function fill(type: Type): Value {
  if (type.nullable) return null
  switch (LogicalType.layoutOf(type)) {
    case "bool":
      return false
    case "i64":
    case "big":
      return 0n
    case "f64":
      return type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ" ? [0, 0] : 0
    case "ts9":
      return [0, 0]
    case "bytes":
      return ""
    case "row":
      return (type as Type & { readonly kind: "ROW" }).fields.map((field) => fill(field.type))
    case "list":
    case "map":
      return []
    default:
      return 0
  }
}

function rangeColumn(
  type: Type,
  values: ReadonlyArray<Value>,
  nulls: Uint8Array | undefined,
  form: TextForm
): Column {
  const lists = values.map((value) => value === null ? [] : value as ReadonlyArray<Value>)
  const lengths = Int32Array.from(lists, (list) => list.length)
  const starts = new Int32Array(values.length)
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!
  const items = lists.flat(1)
  const parts = itemTypes(type)
  const children = parts.length === 1
    ? [columnOf(parts[0]!, items, form)]
    : parts.map((part, i) => columnOf(part, items.map((pair) => (pair as Array<Value>)[i]!), form))
  return new Column({
    layout: LogicalType.layoutOf(type),
    rows: values.length,
    nulls,
    starts,
    lengths,
    children
  })
}

function itemTypes(type: Type): ReadonlyArray<Type> {
  if (type.kind === "ARRAY") return [type.element]
  if (type.kind === "MAP") return [type.key, type.value]
  return [(type as Type & { readonly kind: "MULTISET" }).element, LogicalType.simple("INT", false)]
}

function textColumn(
  type: Type,
  values: ReadonlyArray<Value>,
  nulls: Uint8Array | undefined,
  form: TextForm
): Column {
  const all = values.map((value) => bytesOf(type, (value ?? "") as string))
  const rows = values.length
  if (form === "plain") return new Column({ layout: "bytes", rows, nulls, ...packed(all) })
  const distinct = [...new Set(values.map((value) => (value ?? "") as string))]
  const { bytes, starts, lengths } = packed(distinct.map((text) => bytesOf(type, text)))
  const codes = Int32Array.from(values, (value) => distinct.indexOf((value ?? "") as string))
  const dictionary = new Dictionary(distinct.length, bytes, starts, lengths)
  return new Column({ layout: "bytes", rows, nulls, values: codes, dictionary })
}

function bytesOf(type: Type, text: string): Uint8Array {
  return isText(type)
    ? encodeUtf8(text)
    : Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function isText(type: Type): boolean {
  return type.kind === "CHAR" || type.kind === "VARCHAR"
}

/** The parts as views into one array. */
export function packed(
  parts: ReadonlyArray<Uint8Array>
): { bytes: Uint8Array; starts: Int32Array; lengths: Int32Array } {
  const lengths = Int32Array.from(parts, (part) => part.length)
  const starts = new Int32Array(parts.length)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  parts.forEach((part, i) => {
    starts[i] = at
    bytes.set(part, at)
    at += part.length
  })
  return { bytes, starts, lengths }
}

/** The value at a row of a column. */
export function valueAt(type: Type, column: Column, row: number): Value {
  assert.equal(column.layout, LogicalType.layoutOf(type))
  if (column.nulls !== undefined && column.nulls[row] === 1) return null
  switch (column.layout) {
    case "bool":
      return column.values[row] === 1
    case "i64":
    case "big":
      return BigInt(column.values[row] as number)
    case "f64":
      return type.kind.startsWith("TIMESTAMP")
        ? [column.values[row] as number, 0]
        : column.values[row] as number
    case "ts9":
      return [column.values[row] as number, column.nanos[row]!]
    case "bytes": {
      const source = column.dictionary ?? column
      const at = column.dictionary === undefined ? row : column.values[row] as number
      const bytes = source.bytes.subarray(
        source.starts[at]!,
        source.starts[at]! + source.lengths[at]!
      )
      return isText(type)
        ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
        : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
    }
    case "row":
      return (type as Type & { readonly kind: "ROW" }).fields.map((f, i) =>
        valueAt(f.type, column.children[i]!, row)
      )
    case "list":
    case "map": {
      const parts = itemTypes(type)
      return Array.from({ length: column.lengths[row]! }, (_, i) => {
        const values = parts.map((part, k) =>
          valueAt(part, column.children[k]!, column.starts[row]! + i)
        )
        return parts.length === 1 ? values[0]! : values
      })
    }
    default:
      return column.values[row] as number
  }
}

/** Values of a type. Timestamps stay within the years 1678 to 2261, where INT64 nanoseconds end. */
export function arbitraryValue(type: Type): fc.Arbitrary<Value> {
  const value = arbitraryPresent(type)
  return type.nullable ? fc.option(value, { freq: 4 }) : value
}

function arbitraryPresent(type: Type): fc.Arbitrary<Value> {
  const long = fc.oneof(
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  )
  switch (type.kind) {
    case "BOOLEAN":
      return fc.boolean()
    case "TINYINT":
      return fc.integer({ min: -128, max: 127 })
    case "SMALLINT":
      return fc.integer({ min: -32768, max: 32767 })
    case "INT":
    case "DATE":
      return fc.integer()
    case "TIME":
      return fc.integer({ min: 0, max: 86399999 })
    case "BIGINT":
      return long
    case "FLOAT":
      return fc.float()
    case "DOUBLE":
      return fc.double()
    case "DECIMAL":
      return fc.bigInt({
        min: -(10n ** BigInt(type.precision)) + 1n,
        max: 10n ** BigInt(type.precision) - 1n
      })
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return arbitraryTime(type.precision)
    case "CHAR":
    case "VARCHAR":
      return fc.oneof(
        fc.constantFrom("a", "bb", ""),
        fc.string({ unit: "grapheme", maxLength: 40 })
      )
    case "BINARY":
    case "VARBINARY":
      return fc.uint8Array({ maxLength: 20 }).map((bytes) =>
        Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")
      )
    case "ARRAY":
      return fc.array(arbitraryValue(type.element), { maxLength: 4 })
    case "MAP":
      return fc.array(fc.tuple(arbitraryPresent(type.key), arbitraryValue(type.value)), {
        maxLength: 3
      })
    case "MULTISET":
      return fc.array(fc.tuple(arbitraryPresent(type.element), fc.integer({ min: 1, max: 9 })), {
        maxLength: 3
      })
    case "ROW":
      return fc.tuple(...type.fields.map((field) => arbitraryValue(field.type)))
    default:
      throw new Error(`No values are made for ${type.kind}`)
  }
}

function arbitraryTime(precision: number): fc.Arbitrary<Value> {
  const millis = fc.integer({ min: -9214560000000, max: 9214560000000 })
  if (precision <= 3) {
    const step = 10 ** (3 - precision)
    return millis.map((value) => [Math.floor(value / step) * step, 0])
  }
  const step = 10 ** (9 - precision)
  return fc.tuple(millis, fc.integer({ min: 0, max: 999999 })).map(([m, n]) => [m, n - n % step])
}

/** Types that bulk formats hold: all SQL types but intervals. */
export function arbitraryType(depth: number): fc.Arbitrary<Type> {
  const nullable = fc.boolean()
  const simple = [
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DATE"
  ] as const
  const flat: ReadonlyArray<fc.Arbitrary<Type>> = [
    fc.record({ kind: fc.constantFrom(...simple), nullable }),
    fc.record({
      kind: fc.constantFrom("VARCHAR", "VARBINARY"),
      nullable,
      length: fc.constant(LogicalType.lengthMax)
    }),
    fc.record({
      kind: fc.constantFrom("TIMESTAMP", "TIMESTAMP_LTZ"),
      nullable,
      precision: fc.constantFrom(0, 3, 6, 9)
    }),
    fc.record({ kind: fc.constant("TIME"), nullable, precision: fc.constant(0) }),
    fc.record({
      kind: fc.constant("DECIMAL"),
      nullable,
      precision: fc.constantFrom(1, 9, 10, 18, 19, 38),
      scale: fc.constantFrom(0, 1)
    })
  ]
  if (depth === 0) return fc.oneof(...flat)
  const inner = arbitraryType(depth - 1)
  const key = arbitraryType(0).map((type) => LogicalType.withNullable(type, false))
  const fields = fc.array(inner, { minLength: 1, maxLength: 3 }).map((types) =>
    types.map((type, i) => ({ name: `f${i}`, type }))
  )
  return fc.oneof(
    { arbitrary: fc.oneof(...flat), weight: 4 },
    { arbitrary: fc.record({ kind: fc.constant("ARRAY"), nullable, element: inner }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant("MAP"), nullable, key, value: inner }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant("MULTISET"), nullable, element: key }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant("ROW"), nullable, fields }), weight: 1 }
  )
}
