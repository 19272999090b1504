/** Random values and columns of every SQL type, in every form that a column may have. Shared by the tests of keyed state. */
import * as fc from "fast-check"
import { Column } from "../../src/batch/column.ts"
import { Dictionary } from "../../src/batch/dictionary.ts"
import { type Boxed, boxedAt, columnOfBoxed } from "../../src/state/boxed.ts"
import { bytes, simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"

/** Seed of a run: `SEED=…` in the environment replays it. */
export const seed: number = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`SEED=${seed}`)

/** Flat types first. */
export const types: ReadonlyArray<LogicalType> = [
  simple("BOOLEAN"),
  simple("INT"),
  simple("BIGINT"),
  simple("DOUBLE"),
  timestamp(3),
  timestamp(9),
  string,
  bytes,
  { kind: "DECIMAL", nullable: true, precision: 12, scale: 2 },
  { kind: "DECIMAL", nullable: true, precision: 30, scale: 2 },
  { kind: "ARRAY", nullable: true, element: simple("INT") },
  {
    kind: "ROW",
    nullable: true,
    fields: [{ name: "a", type: simple("BIGINT") }, { name: "b", type: string }]
  },
  { kind: "MAP", nullable: true, key: simple("INT", false), value: string }
]

/** A value of `type`, boxed; few different ones, so that keys meet again, and the extremes among them. */
export function value(type: LogicalType): fc.Arbitrary<Boxed> {
  const some = present(type)
  return type.nullable
    ? fc.oneof({ weight: 5, arbitrary: some }, { weight: 1, arbitrary: fc.constant(null) })
    : some
}

function present(type: LogicalType): fc.Arbitrary<Boxed> {
  switch (type.kind) {
    case "BOOLEAN":
      return fc.boolean()
    case "INT":
      return fc.constantFrom(0, 1, -1, 2, 3, 2147483647, -2147483648)
    case "BIGINT":
      return fc.constantFrom(
        0n,
        1n,
        -1n,
        7n,
        2n ** 52n,
        -(2n ** 52n),
        2n ** 52n + 1n,
        2n ** 63n - 1n,
        -(2n ** 63n)
      )
    case "DOUBLE":
      return fc.constantFrom(
        0,
        -0,
        1,
        1.5,
        -2.25,
        NaN,
        Infinity,
        2 ** 52,
        2 ** 53,
        2 ** 53 + 2,
        1e300
      )
    case "TIMESTAMP":
      return type.precision <= 3
        ? fc.constantFrom(0, 1, -1, 978307200000, 253402300799999)
        : fc.constantFrom([0, 0], [0, 1], [-1, 999999], [978307200000, 500000])
    case "VARCHAR":
    case "VARBINARY":
      return fc.constantFrom("", "a", "b", "ab", "abcde", "Zürich", "x".repeat(40)).map((text) =>
        new TextEncoder().encode(text)
      )
    case "DECIMAL":
      return type.precision <= 18
        ? fc.constantFrom(0n, 1n, -1n, 999999999999n)
        : fc.constantFrom(0n, 1n, -1n, 128n, -128n, -129n, 10n ** 29n, -(10n ** 29n))
    case "ARRAY":
      return fc.array(value(type.element), { maxLength: 2 })
    case "ROW":
      return fc.tuple(...type.fields.map((field) => value(field.type)))
    case "MAP":
      return fc.uniqueArray(fc.tuple(value(type.key), value(type.value)), {
        maxLength: 2,
        selector: (entry) => entry[0] as number
      })
    default:
      throw new Error(`No values of ${type.kind}`)
  }
}

/** The form in which a column is handed over. */
export type Form = "plain" | "other"

/** A column of the values: text coded and integers wide when `form` is `other`. */
export function column(type: LogicalType, values: ReadonlyArray<Boxed>, form: Form): Column {
  const plain = columnOfBoxed(type, values)
  if (form === "plain") return plain
  const { layout, rows, nulls } = plain
  if (layout === "i64") {
    return new Column({
      layout,
      rows,
      nulls,
      values: BigInt64Array.from(values, (v) => v as bigint ?? 0n)
    })
  }
  return layout === "bytes" ? coded(plain) : plain
}

/** The same text as codes of a dictionary of its distinct values, with one entry that no row has. */
export function coded(plain: Column): Column {
  const texts = Array.from(
    { length: plain.rows },
    (_, i) =>
      [...plain.bytes.subarray(plain.starts[i], plain.starts[i]! + plain.lengths[i]!)].join(",")
  )
  const distinct = ["1,2,3", ...new Set(texts)]
  const entries = distinct.map((text) =>
    Uint8Array.from(text === "" ? [] : text.split(",").map(Number))
  )
  const starts = new Int32Array(entries.length)
  for (let i = 1; i < entries.length; i++) starts[i] = starts[i - 1]! + entries[i - 1]!.length
  const all = new Uint8Array(entries.reduce((sum, entry) => sum + entry.length, 0))
  entries.forEach((entry, i) => all.set(entry, starts[i]))
  const dictionary = new Dictionary(
    entries.length,
    all,
    starts,
    Int32Array.from(entries, (entry) => entry.length)
  )
  return new Column({
    layout: "bytes",
    rows: plain.rows,
    nulls: plain.nulls,
    values: Int32Array.from(texts, (text) => distinct.lastIndexOf(text)),
    dictionary
  })
}

/** One text per value, equal exactly for equal keys. */
export function keyText(boxed: Boxed): string {
  return JSON.stringify(boxed, (_, item) => {
    if (typeof item === "bigint") return `${item}n`
    if (item instanceof Uint8Array) return `x${[...item].join(",")}`
    if (typeof item === "number") return item === 0 ? "0" : String(item)
    return item
  })
}

/** The text of a key that may hold a MAP: entries in the order of their keys. */
export function keyOfRow(types: ReadonlyArray<LogicalType>, row: ReadonlyArray<Boxed>): string {
  return row.map((boxed, k) =>
    types[k]!.kind === "MAP" && boxed !== null
      ? keyText([...boxed as Array<[number, Boxed]>].sort((a, b) => a[0] - b[0]))
      : keyText(boxed)
  ).join("|")
}

/** The rows of columns as texts. */
export function rowTexts(
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<Column>,
  rows: number
): Array<string> {
  return Array.from(
    { length: rows },
    (_, i) => keyOfRow(types, columns.map((one, k) => boxedAt(types[k]!, one, i)))
  )
}
