/**
 * Files by fastavro with every codec (`interop/make.py` makes them), and with `PYTHON=` a Python that has fastavro, files by us read by it.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { describe, it } from "node:test"
import { LogicalType } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value,
  writeRows
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
type Json = Readonly<Record<string, unknown>>
const { simple, string, bytes } = LogicalType
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))
const decimal: Type = { kind: "DECIMAL", nullable: true, precision: 20, scale: 4 }
const physical = fields({
  id: simple("BIGINT"),
  name: string,
  ratio: simple("DOUBLE"),
  small: simple("FLOAT"),
  flag: simple("BOOLEAN"),
  data: bytes,
  color: string,
  code: bytes,
  day: simple("DATE"),
  clock: { kind: "TIME", nullable: true, precision: 3 },
  micros: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 6 },
  wall: { kind: "TIMESTAMP", nullable: true, precision: 3 },
  price: decimal,
  key: string,
  tags: { kind: "ARRAY", nullable: true, element: string },
  counts: { kind: "MAP", nullable: true, key: string, value: simple("INT") },
  inner: { kind: "ROW", nullable: true, fields: fields({ x: simple("INT") }) },
  absent: simple("INT")
})
const folder = new URL("../interop/", import.meta.url)
const given = { "avro.timestamp_mapping.legacy": "false" }

/** The value that fastavro's JSON stands for. */
function valueOf(type: Type, json: unknown): Value {
  if (json === null || json === undefined) return null
  switch (type.kind) {
    case "BIGINT":
      return BigInt(json as number)
    case "DATE":
      return Date.parse(`${json}T00:00:00Z`) / 86400000
    case "TIME":
      return Date.parse(`1970-01-01T${String(json).slice(0, 12)}Z`)
    case "TIMESTAMP_LTZ":
    case "TIMESTAMP": {
      const [, seconds, fraction = ""] = /^([^.+]*)(?:\.(\d+))?/.exec(String(json))!
      const nanos = Number(fraction.padEnd(9, "0"))
      return [Date.parse(`${seconds!.replace(" ", "T")}Z`) + Math.floor(nanos / 1e6), nanos % 1e6]
    }
    case "DECIMAL": {
      const [whole, part = ""] = String(json).split(".")
      return BigInt(whole! + part.padEnd(type.scale, "0"))
    }
    case "ARRAY":
      return (json as ReadonlyArray<unknown>).map((item) => valueOf(type.element, item))
    case "MAP":
      return Object.entries(json as Json).map(([key, item]) => [key, valueOf(type.value, item)])
    case "ROW":
      return type.fields.map((field) => valueOf(field.type, (json as Json)[field.name]))
    default:
      return json as Value
  }
}

const expected =
  (JSON.parse(readFileSync(new URL("fastavro.json", folder), "utf8")) as ReadonlyArray<Json>)
    .map((row) => physical.map((field) => valueOf(field.type, row[field.name])))

describe("Avro files of others", () => {
  for (const codec of ["null", "deflate", "snappy", "zstandard"]) {
    it(`avro.bulkReader() reads what fastavro wrote with ${codec}`, () => {
      const file = memoryFile(
        "f",
        new Uint8Array(readFileSync(new URL(`fastavro-${codec}.avro`, folder)))
      )
      const context = contextOf(factory, physical, given)
      assert.deepEqual(rowsOf(readBatches(factory, context, file)), expected)
      const ranges = factory.bulkRanges!(file, 3)
      assert.equal(ranges.length, 3)
      const parts = ranges.flatMap(([from, to]) =>
        rowsOf(readBatches(factory, context, file, from, to))
      )
      assert.deepEqual(parts, expected)
      const some = contextOf(factory, physical, given, [[16, 0], [0]])
      assert.deepEqual(
        rowsOf(readBatches(factory, some, file)),
        expected.map((row) => [
          row[16] === null ? null : (row[16] as ReadonlyArray<Value>)[0]!,
          row[0]!
        ])
      )
    })
  }

  const python = process.env["PYTHON"]
  it("fastavro reads what avro.bulkWriter() wrote", {
    skip: python === undefined ? "PYTHON is not set" : false
  }, () => {
    const work = mkdtempSync(`${tmpdir()}/millrace-avro-`)
    const script = new URL("make.py", folder).pathname
    const written = physical.filter(({ name }) => name !== "absent")
    const rows = expected.map((row) => row.slice(0, -1))
    for (const codec of ["null", "deflate", "snappy", "zstandard"]) {
      const context = contextOf(factory, written, { ...given, "avro.codec": codec })
      writeFileSync(`${work}/own.avro`, writeRows(factory, context, rows, 100, "coded"))
      const ran = spawnSync(python!, [script, "read", `${work}/own.avro`], {
        encoding: "utf8",
        maxBuffer: 2 ** 26
      })
      assert.equal(ran.status, 0, ran.stderr)
      const read = (JSON.parse(ran.stdout) as ReadonlyArray<Json>)
        .map((row) => written.map((field) => valueOf(field.type, row[field.name])))
      assert.deepEqual(read, rows)
    }
    rmSync(work, { recursive: true })
  })
})
