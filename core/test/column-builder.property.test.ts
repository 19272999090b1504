/**
 * **Claim** whatever the forms of the pieces, a builder gives the rows that were appended, in order. **Model** a plain
 * array of JavaScript values. **Generator** columns of every layout, nested ones too, in random forms (narrow or wide, coded or
 * plain, with NULLs or none), appended as ranges and as chosen rows. A failure is a builder that loses or mixes rows.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { Column, isNull } from "../src/batch/column.ts"
import { BatchBuilder, concatBatches } from "../src/batch/batch-builder.ts"
import { ColumnBuilder, concat } from "../src/batch/column-builder.ts"
import { Dictionary } from "../src/batch/dictionary.ts"
import { Batch } from "../src/batch/element.ts"
import { decodeUtf8, encodeUtf8 } from "../src/batch/utf8.ts"

type Value = null | number | bigint | boolean | string | ReadonlyArray<Value> | { pair: unknown }

function packed(texts: ReadonlyArray<string>): {
  bytes: Uint8Array
  starts: Int32Array
  lengths: Int32Array
} {
  const parts = texts.map(encodeUtf8)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  const starts = new Int32Array(parts.length)
  const lengths = new Int32Array(parts.length)
  let used = 0
  for (const [i, part] of parts.entries()) {
    bytes.set(part, used)
    starts[i] = used
    lengths[i] = part.length
    used += part.length
  }
  return { bytes, starts, lengths }
}

const words = ["", "a", "Zürich", "x".repeat(40), "b"]
const shared = words.map((_, i) => {
  const rotated = [...words.slice(i), ...words.slice(0, i)]
  const { bytes, lengths, starts } = packed(rotated)
  return { rotated, dictionary: new Dictionary(words.length, bytes, starts, lengths) }
})

function nullsOf(values: ReadonlyArray<Value>): { nulls?: Uint8Array } {
  return values.includes(null)
    ? { nulls: Uint8Array.from(values, (value) => value === null ? 1 : 0) }
    : {}
}

/** A column of text: plain, or coded by one of a few dictionaries. */
function textColumn(values: ReadonlyArray<string | null>, form: number): Column {
  const rows = values.length
  const nulls = nullsOf(values)
  if (form === 0) {
    return new Column({
      layout: "bytes",
      rows,
      ...packed(values.map((text) => text ?? "")),
      ...nulls
    })
  }
  const { dictionary, rotated } = shared[form]!
  const codes = Int32Array.from(values, (text) => text === null ? 0 : rotated.indexOf(text))
  return new Column({ layout: "bytes", rows, values: codes, dictionary, ...nulls })
}

function longColumn(values: ReadonlyArray<number | null>, wide: boolean): Column {
  const rows = values.length
  const stored = wide
    ? BigInt64Array.from(values, (value) => BigInt(value ?? 0))
    : Float64Array.from(values, (value) => value ?? NaN)
  return new Column({ layout: "i64", rows, values: stored, ...nullsOf(values) })
}

function listColumn(values: ReadonlyArray<ReadonlyArray<number> | null>, wide: boolean): Column {
  const starts = new Int32Array(values.length)
  const lengths = new Int32Array(values.length)
  const flat: Array<number> = []
  for (const [i, list] of values.entries()) {
    starts[i] = flat.length
    lengths[i] = list?.length ?? 0
    flat.push(...(list ?? []))
  }
  const child = longColumn(flat, wide)
  const rows = values.length
  return new Column({
    layout: "list",
    rows,
    starts,
    lengths,
    children: [child],
    ...nullsOf(values)
  })
}

/** What a row of a column is. */
function valueAt(column: Column, row: number): Value {
  if (isNull(column, row)) return null
  switch (column.layout) {
    case "bytes": {
      if (column.dictionary !== undefined) {
        return column.dictionary.text((column.values as Int32Array)[row]!)
      }
      return decodeUtf8(column.bytes, column.starts[row]!, column.lengths[row]!)
    }
    case "i64":
      return Number(column.values[row])
    case "ts9":
      return [Number(column.values[row]), column.nanos[row]!]
    case "list":
      return Array.from(
        { length: column.lengths[row]! },
        (_, i) => valueAt(column.children[0]!, column.starts[row]! + i)
      )
    case "row":
      return column.children.map((child) => valueAt(child, row))
    default:
      return column.values[row] as Value
  }
}

interface Piece {
  readonly column: Column
  readonly values: ReadonlyArray<Value>
}

const texts = fc.array(fc.option(fc.constantFrom(...words), { freq: 4 }), { maxLength: 300 })
const longs = fc.array(fc.option(fc.integer(), { freq: 4 }), { maxLength: 300 })
const lists = fc.array(
  fc.option(fc.array(fc.integer(), { maxLength: 4 }), { freq: 4 }),
  { maxLength: 100 }
)

const pieces: Readonly<Record<string, fc.Arbitrary<Piece>>> = {
  bytes: fc.tuple(texts, fc.nat(4)).map(([values, form]) => ({
    column: textColumn(values, form),
    values
  })),
  i64: fc.tuple(longs, fc.boolean()).map(([values, wide]) => ({
    column: longColumn(values, wide),
    values
  })),
  list: fc.tuple(lists, fc.boolean()).map(([values, wide]) => ({
    column: listColumn(values, wide),
    values
  })),
  ts9: longs.map((values) => ({
    column: new Column({
      layout: "ts9",
      rows: values.length,
      values: Float64Array.from(values, (value) => value ?? 0),
      nanos: Int32Array.from(values, (value) => (value ?? 0) & 0xfff),
      ...nullsOf(values)
    }),
    values: values.map((value) => value === null ? null : [value, value & 0xfff])
  })),
  row: fc.tuple(texts, fc.nat(4)).map(([values, form]) => ({
    column: new Column({
      layout: "row",
      rows: values.length,
      children: [textColumn(values, form), longColumn(values.map((_, i) => i), form % 2 === 0)],
      ...nullsOf(values)
    }),
    values: values.map((value, i) => value === null ? null : [value, i])
  })),
  object: fc.array(fc.integer(), { maxLength: 50 }).map((values) => ({
    column: new Column({ layout: "object", rows: values.length, values }),
    values
  })),
  bool: fc.array(fc.nat(1), { maxLength: 300 }).map((values) => ({
    column: new Column({ layout: "bool", rows: values.length, values: Uint8Array.from(values) }),
    values
  }))
}

describe("ColumnBuilder", () => {
  for (const [layout, piece] of Object.entries(pieces)) {
    it(`gives back every row of ${layout} columns in any forms`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(piece, fc.boolean(), fc.nat(), fc.nat()), {
            minLength: 1,
            maxLength: 5
          }),
          fc.boolean(),
          (given, twice) => {
            const builder = new ColumnBuilder(given[0]![0].column.layout)
            for (let round = 0; round < (twice ? 2 : 1); round++) {
              const want: Array<Value> = []
              for (const [{ column, values }, byRows, a, b] of given) {
                const from = a % (values.length + 1)
                const to = from + (b % (values.length - from + 1))
                if (byRows) {
                  const rows = Int32Array.from({ length: to - from }, (_, i) => to - 1 - i)
                  builder.appendRows(column, rows, 0, rows.length)
                  want.push(...Array.from(rows, (row) => values[row]!))
                } else {
                  builder.appendRange(column, from, to)
                  want.push(...values.slice(from, to))
                }
              }
              const out = builder.finish()
              assert.equal(out.rows, want.length)
              assert.deepEqual(want.map((_, row) => valueAt(out, row)), want)
              assert.equal(builder.rows, 0)
            }
          }
        ),
        { numRuns: 60 }
      )
    })
  }

  it("keeps codes while the dictionary is one, and turns plain when another comes", () => {
    const one = concat([textColumn(["a", "b"], 1), textColumn(["b"], 1)])
    assert.equal(one.dictionary, shared[1]!.dictionary)
    const other = concat([textColumn(["a", "b"], 1), textColumn(["b"], 2)])
    assert.equal(other.dictionary, undefined)
    assert.deepEqual([0, 1, 2].map((row) => valueAt(other, row)), ["a", "b", "b"])
  })

  it("stays narrow until a wide piece comes", () => {
    assert.equal(concat([longColumn([1], false), longColumn([2], false)]).narrow, true)
    assert.equal(concat([longColumn([1], false), longColumn([2], true)]).narrow, false)
  })

  it("gives columns that later rows do not change", () => {
    const builder = new ColumnBuilder("i32")
    const column = (value: number) =>
      new Column({ layout: "i32", rows: 1, values: Int32Array.of(value) })
    builder.appendRange(column(1), 0, 1)
    const first = builder.finish()
    builder.appendRange(column(2), 0, 1)
    builder.finish()
    assert.equal(first.values[0], 1)
  })
})

describe("BatchBuilder", () => {
  const column = (values: ReadonlyArray<number>) =>
    new Column({ layout: "i32", rows: values.length, values: Int32Array.from(values) })

  it("counts rows that came before any kind as inserts", () => {
    const batch = concatBatches([
      new Batch(2, [column([1, 2])]),
      new Batch(2, [column([3, 4])], Uint8Array.of(3, 2))
    ])
    assert.deepEqual(Array.from(batch.kinds!), [0, 0, 3, 2])
  })

  it("accepts only batches that agree about timestamps", () => {
    const builder = new BatchBuilder()
    builder.appendRange(new Batch(1, [column([1])], undefined, Float64Array.of(7)), 0, 1)
    assert.equal(builder.accepts(new Batch(1, [column([1])])), false)
    const batch = builder.finish()
    assert.deepEqual(Array.from(batch.timestamps!), [7])
    assert.equal(builder.accepts(new Batch(1, [column([1])])), true)
  })
})
