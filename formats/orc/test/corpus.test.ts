/** Files that another implementation wrote (`corpus/make.py`): every type, encoding and compression, against the values it was given. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { LogicalType } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"
import { fileOf, readExpected } from "./corpus-kit.ts"

const names = [
  "flat-uncompressed",
  "flat-zlib",
  "flat-snappy",
  "flat-zstd",
  "flat-lz4",
  "nested",
  "empty",
  "flat-v1-runs",
  "zone"
]

describe("the corpus", () => {
  for (const name of names) {
    it(`factory.bulkReader() reads ${name}.orc`, () => {
      const { physical, rows } = readExpected(name)
      const file = fileOf(name)
      const found = rowsOf(readBatches(factory, contextOf(factory, physical, {}), file))
      physical.forEach((field, i) =>
        assert.deepEqual(found.map((row) => row[i]), rows.map((row) => row[i]), field.name)
      )
    })

    it(`factory.bulkReader() goes on from every position of ${name}.orc, and its ranges lose no row`, () => {
      const { physical, rows } = readExpected(name)
      const file = fileOf(name)
      const context = contextOf(factory, physical, {})
      const all = readBatches(factory, context, file)
      for (const { from } of all) {
        const rest = readBatches(factory, context, file, from)
        assert.deepEqual(rest, all.filter((batch) => batch.from >= from))
      }
      for (const from of [1, 77, 500]) {
        assert.deepEqual(rowsOf(readBatches(factory, context, file, from)), rows.slice(from))
      }
      for (const parts of [1, 2, 5]) {
        const ranges = factory.bulkRanges!(file, parts)
        assert.ok(ranges.length <= parts)
        const read = ranges.flatMap(([from, to]) =>
          rowsOf(readBatches(factory, context, file, from, to))
        )
        assert.deepEqual(read, rows)
      }
    })
  }

  it("factory.bulkReader() reads only what is projected, in any order, and within rows", () => {
    const { physical, rows } = readExpected("nested")
    const file = fileOf("nested")
    for (const projection of [[[3, 1, 0], [0]], [[3, 0], [3]], []]) {
      const pick = (row: ReadonlyArray<Value>, path: ReadonlyArray<number>): Value =>
        path.reduce<Value>(
          (value, index) => value === null ? null : (value as ReadonlyArray<Value>)[index]!,
          row
        )
      const context = contextOf(factory, physical, {}, projection)
      assert.deepEqual(
        rowsOf(readBatches(factory, context, file)),
        rows.map((row) => projection.map((path) => pick(row, path)))
      )
    }
  })

  it("factory.bulkReader() widens numbers and refuses types that do not fit", () => {
    const { physical, rows } = readExpected("flat-zlib")
    const file = fileOf("flat-zlib")
    const read = (name: string, type: LogicalType.LogicalType): ReadonlyArray<Value> =>
      rowsOf(readBatches(factory, contextOf(factory, [{ name, type }], {}), file)).map((row) =>
        row[0]!
      )
    const column = (name: string): ReadonlyArray<Value> => {
      const at = physical.findIndex((field) => field.name === name)
      return rows.map((row) => row[at]!)
    }
    const { simple } = LogicalType
    assert.deepEqual(read("tiny", simple("INT")), column("tiny"))
    const big = (value: Value): Value => value === null ? null : BigInt(value as number)
    assert.deepEqual(read("tiny", simple("BIGINT")), column("tiny").map(big))
    assert.deepEqual(read("int", simple("BIGINT")), column("int").map(big))
    assert.deepEqual(read("float", simple("DOUBLE")), column("float"))
    const decimal = { kind: "DECIMAL", nullable: true, precision: 30, scale: 4 } as const
    const moved = (value: Value): Value => value === null ? null : (value as bigint) * 100n
    assert.deepEqual(read("price", decimal), column("price").map(moved))
    const seconds = (
      [millis]: readonly [number, number]
    ): Value => [Math.floor(millis / 1000) * 1000, 0]
    const at = column("at").map((value) =>
      value === null ? null : seconds(value as [number, number])
    )
    assert.deepEqual(read("at", LogicalType.timestamp(0)), at)
    const fault = { _tag: "FileTypeFault" }
    assert.throws(() => read("int", simple("SMALLINT")), fault)
    assert.throws(() => read("text", simple("INT")), fault)
    assert.throws(() => read("price", { ...decimal, precision: 12, scale: 4 }), fault)
    assert.throws(() => read("seen", LogicalType.timestamp(3)), fault)
    assert.throws(() => read("prise", decimal), {
      _tag: "FileColumnFault",
      message: /Cannot find column "prise".*did you mean "price"\?/
    })
  })

  it("factory.check() refuses types that ORC has not", () => {
    const physical: LogicalType.RowType = [
      { name: "t", type: { kind: "TIME", nullable: true, precision: 0 } }
    ]
    assert.deepEqual(factory.check!(contextOf(factory, physical, {}), "source"), [
      "The 'orc' format has no type for column 't', which is TIME"
    ])
  })

  it("memoryFile() shows that a column is read without the bytes of others", () => {
    const file = fileOf("flat-uncompressed")
    let bytes = 0
    const counted = {
      ...memoryFile("counted", file.read(0, file.sizeBytes)),
      read: (at: number, length: number): Uint8Array => {
        bytes += length
        return file.read(at, length)
      }
    }
    const context = contextOf(factory, [{ name: "flag", type: LogicalType.simple("BOOLEAN") }], {})
    assert.equal(readBatches(factory, context, counted).length, 2)
    assert.ok(bytes < 25_000, `${bytes} of ${file.sizeBytes} bytes were read`)
  })
})
