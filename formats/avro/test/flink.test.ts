/**
 * Files by Flink 2.3 and by us, read by the other. A file that Flink wrote stands in `interop/`. The long form, which makes it anew and has Flink read
 * ours: `FLINK=1 node --test formats/avro/test/flink.test.ts` with `npm run services -- start flink`.
 */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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
import { GatewaySession, start } from "../../../services/src/mod.ts"
import { factory } from "../src/mod.ts"

const { simple, string, bytes, timestamp } = LogicalType
const nested: LogicalType.LogicalType = {
  kind: "ROW",
  nullable: true,
  fields: [{ name: "x", type: simple("INT") }, { name: "y", type: string }]
}
const physical: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT", false) },
  { name: "name", type: string },
  { name: "ratio", type: simple("DOUBLE") },
  { name: "flag", type: simple("BOOLEAN") },
  { name: "data", type: bytes },
  { name: "day", type: simple("DATE") },
  { name: "at", type: timestamp(3) },
  { name: "price", type: { kind: "DECIMAL", nullable: true, precision: 20, scale: 4 } },
  { name: "tags", type: { kind: "ARRAY", nullable: true, element: string } },
  { name: "counts", type: { kind: "MAP", nullable: true, key: string, value: simple("INT") } },
  { name: "pair", type: nested }
]
const rows = Array.from({ length: 500 }, (_, i): ReadonlyArray<Value> => [
  BigInt(i) * 2n ** 50n,
  i % 5 === 0 ? null : `name ${i} é`,
  i / 3,
  i % 2 === 0,
  Buffer.from([i % 256, 0]).toString("hex"),
  i * 10 - 2000,
  [1_700_000_000_000 + i * 1001, 0],
  BigInt(i) * 123_456_789n - 10n ** 10n,
  i % 4 === 0 ? null : Array.from({ length: i % 3 }, (_, k) => k === 1 ? null : `t${k}`),
  i % 7 === 0 ? [] : [[`k${i}`, i]],
  i % 6 === 0 ? null : [i, `y${i}`]
])
const columns = physical.map((field) => `\`${field.name}\` ${LogicalType.format(field.type)}`).join(
  ", "
)

const fixture = new URL("../interop/flink-snappy.avro", import.meta.url)
const skip = process.env["FLINK"] === undefined ? "FLINK is not set" : false

describe("Avro files and Flink", () => {
  it("avro.bulkReader() reads a file that Flink 2.3 wrote, whose schema is a union of null and a record", () => {
    const file = memoryFile("flink", new Uint8Array(readFileSync(fixture)))
    const found = [...rowsOf(readBatches(factory, contextOf(factory, physical, {}), file))]
    assert.deepEqual(found.sort((a, b) => a[0]! < b[0]! ? -1 : 1), rows)
  })

  it("Flink 2.3 reads what avro.bulkWriter() wrote, and avro.bulkReader() what Flink wrote of it", {
    skip
  }, async () => {
    const flink = await start("flink")
    const session = await GatewaySession.open(flink.addresses, {
      "execution.runtime-mode": "batch",
      "table.dml-sync": "true"
    })
    for (const codec of ["null", "snappy", "zstandard", "deflate"]) {
      const work = mkdtempSync(`${tmpdir()}/millrace-flink-`)
      mkdirSync(`${work}/in`)
      const context = contextOf(factory, physical, { "avro.codec": codec })
      writeFileSync(`${work}/in/own.avro`, writeRows(factory, context, rows, 100, "coded"))
      const table = (name: string): string =>
        `CREATE TEMPORARY TABLE ${name}_${codec} (${columns}) WITH ('connector' = 'filesystem', ` +
        `'path' = 'file://${work}/${name}', 'format' = 'avro', 'avro.codec' = '${codec}')`
      await session.run(table("in"))
      await session.run(table("out"))
      const job = await session.run(`INSERT INTO out_${codec} SELECT * FROM in_${codec}`)
      if (job !== undefined) assert.equal((await session.wait(job)).state, "FINISHED")
      const found = readdirSync(`${work}/out`, { recursive: true, withFileTypes: true })
        .filter((entry) =>
          entry.isFile() && !entry.name.startsWith("_") && !entry.name.startsWith(".")
        )
        .flatMap((entry) => {
          const bytes = new Uint8Array(readFileSync(`${entry.parentPath}/${entry.name}`))
          if (codec === "snappy") writeFileSync(fixture, bytes)
          return rowsOf(readBatches(factory, context, memoryFile(entry.name, bytes)))
        })
      found.sort((a, b) => a[0]! < b[0]! ? -1 : 1)
      assert.deepEqual(found, rows)
      rmSync(work, { recursive: true })
    }
    await session.close()
  })
})
