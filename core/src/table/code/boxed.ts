/** Single values out of columns and columns out of single values: the slow way, for nested values and for oracles. */
import { BytesBuilder } from "../../batch/bytes-builder.ts"
import { Column, isNull, narrowMax } from "../../batch/column.ts"
import { bytesOf, textOf } from "../../batch/render.ts"
import { layoutOf, type LogicalType, simple } from "../../type/logical-type.ts"
import type { Boxed, Moment } from "../function/definition.ts"
import { isText } from "../function/type-rule.ts"

const int = simple("INT", false)

/** Row `row` of a column of `type`; nested values whole. */
export function readBoxed(column: Column, row: number, type: LogicalType): Boxed {
  if (isNull(column, row)) return null
  switch (column.layout) {
    case "bool":
      return column.values[row] === 1
    case "i32":
    case "f64":
      return column.values[row] as number
    case "i64":
    case "big":
      return BigInt(column.values[row] as number | bigint)
    case "ts9":
      return { millis: column.values[row] as number, nanos: column.nanos[row]! }
    case "bytes":
      return isText(type) ? textOf(column, row) : bytesOf(column, row)
    case "list":
      return readRange(
        column,
        row,
        (at) => readBoxed(column.children[0]!, at, (type as { element: LogicalType }).element)
      )
    case "map": {
      const key = type.kind === "MAP" ? type.key : (type as { element: LogicalType }).element
      const value = type.kind === "MAP" ? type.value : int
      return readRange(
        column,
        row,
        (at) => [readBoxed(column.children[0]!, at, key), readBoxed(column.children[1]!, at, value)]
      )
    }
    case "row":
      return (type as LogicalType & { kind: "ROW" }).fields.map((field, i) =>
        readBoxed(column.children[i]!, row, field.type)
      )
    case "object":
      return (column.values[row] ?? null) as Boxed
  }
}

function readRange(column: Column, row: number, read: (at: number) => Boxed): ReadonlyArray<Boxed> {
  const from = column.starts[row]!
  return Array.from({ length: column.lengths[row]! }, (_, i) => read(from + i))
}

function nullsOf(values: ReadonlyArray<Boxed>): Uint8Array | undefined {
  if (!values.includes(null)) return undefined
  return Uint8Array.from(values, (value) => value === null ? 1 : 0)
}

function exactColumn(values: ReadonlyArray<Boxed>, big: boolean): Column["values"] {
  const all = values.map((value) => (value ?? 0n) as bigint)
  if (big) return all
  const limit = BigInt(narrowMax)
  if (all.every((value) => value <= limit && value >= -limit)) return Float64Array.from(all, Number)
  return BigInt64Array.from(all)
}

function listColumn(
  values: ReadonlyArray<Boxed>,
  layout: "list" | "map",
  type: LogicalType
): Column {
  const starts = new Int32Array(values.length)
  const lengths = new Int32Array(values.length)
  const elements: Array<Boxed> = []
  values.forEach((value, i) => {
    const items = (value ?? []) as ReadonlyArray<Boxed>
    starts[i] = elements.length
    lengths[i] = items.length
    elements.push(...items)
  })
  const shape = { layout, rows: values.length, nulls: nullsOf(values), starts, lengths }
  if (type.kind === "ARRAY") {
    return new Column({ ...shape, children: [columnOf(type.element, elements)] })
  }
  const key = type.kind === "MAP" ? type.key : (type as { element: LogicalType }).element
  const value = type.kind === "MAP" ? type.value : int
  const pairs = elements as ReadonlyArray<Boxed> as ReadonlyArray<readonly [Boxed, Boxed]>
  return new Column({
    ...shape,
    children: [columnOf(key, pairs.map(([k]) => k)), columnOf(value, pairs.map(([, v]) => v))]
  })
}

function bytesColumn(values: ReadonlyArray<Boxed>): Column {
  const builder = new BytesBuilder()
  for (const value of values) {
    if (value === null) builder.pushNull()
    else if (typeof value === "string") builder.pushText(value)
    else builder.push(value as Uint8Array, 0, (value as Uint8Array).length)
  }
  return builder.finish()
}

/** A column of `type` that holds `values`; BIGINT narrow when it can be, text plain. */
export function columnOf(type: LogicalType, values: ReadonlyArray<Boxed>): Column {
  const layout = layoutOf(type)
  const shape = { layout, rows: values.length, nulls: nullsOf(values) }
  switch (layout) {
    case "bool":
      return new Column({
        ...shape,
        values: Uint8Array.from(values, (value) => value === true ? 1 : 0)
      })
    case "i32":
      return new Column({
        ...shape,
        values: Int32Array.from(values, (value) => (value ?? 0) as number)
      })
    case "f64":
      return new Column({
        ...shape,
        values: Float64Array.from(values, (value) => (value ?? 0) as number)
      })
    case "i64":
    case "big":
      return new Column({ ...shape, values: exactColumn(values, layout === "big") })
    case "ts9": {
      const moments = values.map((value) => (value ?? { millis: 0, nanos: 0 }) as Moment)
      return new Column({
        ...shape,
        values: Float64Array.from(moments, (moment) => moment.millis),
        nanos: Int32Array.from(moments, (moment) => moment.nanos)
      })
    }
    case "bytes":
      return bytesColumn(values)
    case "list":
    case "map":
      return listColumn(values, layout, type)
    case "row": {
      const { fields } = type as LogicalType & { kind: "ROW" }
      const children = fields.map((field, k) =>
        columnOf(
          field.type,
          values.map((value) => value === null ? null : (value as ReadonlyArray<Boxed>)[k]!)
        )
      )
      return new Column({ ...shape, children })
    }
    case "object":
      return new Column({ ...shape, values })
  }
}
