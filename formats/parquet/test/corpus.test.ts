/** Files that another implementation wrote (`corpus/make.py`): every encoding, page version and codec, against the values it was given. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { readFileSync } from "node:fs"
import { LogicalType } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

const folder = new URL("../corpus/", import.meta.url)

const int = LogicalType.simple("INT")
const text = LogicalType.string
const row = (fields: Record<string, LogicalType.LogicalType>): LogicalType.LogicalType => ({
  kind: "ROW",
  nullable: true,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const array = (element: LogicalType.LogicalType): LogicalType.LogicalType => ({
  kind: "ARRAY",
  nullable: true,
  element
})

const nestedTypes: Readonly<Record<string, LogicalType.LogicalType>> = {
  "ARRAY<INT>": array(int),
  "ARRAY<ARRAY<STRING>>": array(array(text)),
  "MAP<INT, STRING>": {
    kind: "MAP",
    nullable: true,
    key: LogicalType.simple("INT", false),
    value: text
  },
  "ROW<x INT, y ROW<z STRING>>": row({ x: int, y: row({ z: text }) }),
  "ARRAY<ROW<a INT, b ARRAY<INT>>>": array(row({ a: int, b: array(int) }))
}

function typeOf(written: string): LogicalType.LogicalType {
  const nested = nestedTypes[written]
  if (nested !== undefined) return nested
  if (written === "STRING") return text
  if (written === "BYTES") return LogicalType.bytes
  const match = /^(\w+)(?:\((\d+)(?:, (\d+))?\))?$/.exec(written)!
  const [, kind, precision, scale] = match
  const parts = scale !== undefined
    ? { precision: Number(precision), scale: Number(scale) }
    : precision !== undefined
    ? { precision: Number(precision) }
    : {}
  return { kind, nullable: true, ...parts } as LogicalType.LogicalType
}

interface Expected {
  readonly columns: ReadonlyArray<
    { readonly name: string; readonly type: string; readonly values: ReadonlyArray<unknown> }
  >
}

function expected(name: string): Expected {
  const revive = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && "n" in value ? BigInt(value.n as string) : value
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"), revive) as Expected
}

describe("a Parquet file of another writer", () => {
  const names = [
    "flat-v1-snappy",
    "flat-v2-zstd",
    "flat-plain-gzip",
    "flat-checked",
    "int96",
    "nested-v1",
    "nested-v2",
    "encodings",
    "empty",
    "brotli",
    "lz4-raw"
  ]
  for (const name of names) {
    const { columns } = expected(name)
    const physical = columns.map((column) => ({ name: column.name, type: typeOf(column.type) }))
    const file = memoryFile(name, readFileSync(new URL(`${name}.parquet`, folder)))

    it(`factory.bulkReader() reads ${name}.parquet column by column`, () => {
      columns.forEach((column, i) => {
        const rows = rowsOf(readBatches(factory, contextOf(factory, physical, {}, [[i]]), file))
        assert.deepEqual(
          rows.map(([value]) => value),
          column.values,
          `${column.name} ${column.type}`
        )
      })
    })

    it(`factory.bulkReader() reads all columns of ${name}.parquet together, from every 37th row`, () => {
      const context = contextOf(factory, physical, {})
      const all = Array.from(
        { length: columns[0]!.values.length },
        (_, i) => columns.map((column) => column.values[i] as Value)
      )
      for (let from = 0; from <= all.length; from += 37) {
        assert.deepEqual(rowsOf(readBatches(factory, context, file, from)), all.slice(from))
      }
    })
  }

  it("factory.bulkReader() refuses a codec that it does not have, by name", () => {
    const bytes = new Uint8Array(readFileSync(new URL("brotli.parquet", folder)))
    // in the footer: field 4 of a column's metadata, a number, BROTLI (4); LZO is 3
    const footer = bytes.findLastIndex((_, at) =>
      bytes[at] === 0x15 && bytes[at + 1] === 8 && bytes[at + 2] === 0x16
    )
    bytes[footer + 1] = 6
    const context = contextOf(factory, [{ name: "i", type: int }], {})
    assert.throws(() => readBatches(factory, context, memoryFile("lzo", bytes)), {
      _tag: "FileFault",
      message:
        /^Cannot read Parquet file "lzo" at byte \d+: column "i" is compressed by LZO: supported are/
    })
  })
})
