/** hyparquet's row API, which shares no decoder of values with ours, as the judge of what is read and of what is written. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { readFileSync } from "node:fs"
import * as zlib from "node:zlib"
import { parquetReadObjects } from "hyparquet"
import { type Dictionary, LogicalType } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value,
  writeRows
} from "../../conformance/src/bulk.ts"
import { ChunkPages } from "../src/chunk-pages.ts"
import { readFooter } from "../src/footer.ts"
import { factory } from "../src/mod.ts"

const compressors = {
  ZSTD: (bytes: Uint8Array): Uint8Array => zlib.zstdDecompressSync(bytes),
  GZIP: (bytes: Uint8Array): Uint8Array => zlib.gunzipSync(bytes)
}

function rowApi(bytes: Uint8Array, rowEnd?: number): Promise<Array<Record<string, unknown>>> {
  const file = bytes.slice().buffer as ArrayBuffer
  return parquetReadObjects({
    file,
    compressors,
    utf8: false,
    ...(rowEnd === undefined ? {} : { rowEnd })
  })
}

describe("the row API", () => {
  it("factory.bulkReader() agrees with it on the first 50,000 flights", async () => {
    const path = new URL(
      "../../../node_modules/vega-datasets/data/flights-3m.parquet",
      import.meta.url
    )
    const bytes = readFileSync(path)
    const physical: LogicalType.RowType = [
      { name: "date", type: LogicalType.timestamp(6) },
      { name: "delay", type: LogicalType.simple("BIGINT") },
      { name: "distance", type: LogicalType.simple("BIGINT") },
      { name: "origin", type: LogicalType.string },
      { name: "destination", type: LogicalType.string }
    ]
    const batches = readBatches(
      factory,
      contextOf(factory, physical, {}),
      memoryFile("flights", bytes),
      0,
      50000
    )
    const rows = rowsOf(batches)
    const oracle = await rowApi(bytes, 50000)
    assert.equal(rows.length, 50000)
    oracle.forEach((expected, i) => {
      const date = expected["date"] as Date
      const wanted = [
        [date.getTime(), 0],
        expected["delay"],
        expected["distance"],
        expected["origin"],
        expected["destination"]
      ]
      assert.deepEqual(rows[i], wanted)
    })
  })

  it("the row API reads what factory.bulkWriter() wrote, by every codec", async () => {
    const physical: LogicalType.RowType = [
      { name: "id", type: LogicalType.simple("BIGINT", false) },
      { name: "small", type: LogicalType.simple("SMALLINT") },
      { name: "share", type: LogicalType.simple("DOUBLE") },
      { name: "ok", type: LogicalType.simple("BOOLEAN") },
      { name: "at", type: LogicalType.timestamp(3) },
      { name: "price", type: { kind: "DECIMAL", nullable: true, precision: 10, scale: 2 } },
      { name: "name", type: LogicalType.string },
      { name: "tags", type: { kind: "ARRAY", nullable: true, element: LogicalType.string } }
    ]
    const rows = Array.from({ length: 70000 }, (_, i): ReadonlyArray<Value> => [
      BigInt(i) * 7919n - (i === 5 ? 2n ** 62n : 0n),
      i % 9 === 0 ? null : i % 1000 - 500,
      i % 10 === 0 ? null : i / 8,
      i % 11 === 0 ? null : i % 2 === 0,
      i % 12 === 0 ? null : [978307200000 + i * 3600000, 0],
      i % 13 === 0 ? null : BigInt(i * 25 - 100000),
      i % 14 === 0 ? null : i < 35000 ? `name ${i % 100}` : `text ${i}`,
      i % 1000 === 0 ? null : Array.from({ length: i % 3 }, (_, k) => k === 1 ? null : `t${i % 5}`)
    ])
    for (const compression of ["SNAPPY", "ZSTD", "GZIP", "UNCOMPRESSED"]) {
      const context = contextOf(factory, physical, { "parquet.compression": compression })
      const bytes = writeRows(
        factory,
        context,
        rows,
        1000,
        compression === "ZSTD" ? "coded" : "plain"
      )
      const oracle = await rowApi(bytes)
      assert.equal(oracle.length, rows.length)
      oracle.forEach((found, i) => {
        const [id, small, share, ok, at, price, name, tags] = rows[i]!
        const time = found["at"] as Date | undefined
        assert.equal(time?.getTime(), at === null ? undefined : (at as ReadonlyArray<Value>)[0])
        assert.equal(Math.round(((found["price"] ?? 0) as number) * 100), Number(price ?? 0n))
        const rest = [
          found["id"],
          found["small"],
          found["share"],
          found["ok"],
          found["name"],
          found["tags"]
        ]
        assert.deepEqual(rest.map((value) => value ?? null), [id, small, share, ok, name, tags])
      })
    }
  })

  it("factory.bulkWriter() gives up a dictionary that does not pay and splits long columns into pages", async () => {
    const physical: LogicalType.RowType = [
      { name: "text", type: LogicalType.string },
      { name: "parts", type: { kind: "ARRAY", nullable: false, element: LogicalType.bytes } }
    ]
    const rows = Array.from({ length: 4000 }, (_, i): ReadonlyArray<Value> => [
      i % 100 === 0 ? null : i < 1500 ? "same" : `${i} `.repeat(200),
      Array.from({ length: i % 3 }, (_, k) => `${i % 90 + 10}`.repeat(100 * (k + 1)))
    ])
    for (const form of ["plain", "coded"] as const) {
      const context = contextOf(factory, physical, {})
      const bytes = writeRows(factory, context, rows, 1000, form)
      assert.deepEqual(rowsOf(readBatches(factory, context, memoryFile("t", bytes))), rows)
      const { groups, root } = readFooter(memoryFile("t", bytes))
      const pages = new ChunkPages(memoryFile("t", bytes), groups[0]!.chunks[0]!, root.children[0]!)
      const encodings: Array<string> = []
      for (let page = pages.next(); page !== undefined; page = pages.next()) {
        encodings.push(page.encoding)
      }
      assert.deepEqual(encodings, ["PLAIN", "PLAIN"])
      const oracle = await rowApi(bytes)
      assert.deepEqual(oracle.map((row) => row["text"] ?? null), rows.map((row) => row[0]))
    }
  })

  it("factory.bulkReader() gives one dictionary object per dictionary, also when the next row group repeats it", () => {
    const physical: LogicalType.RowType = [{ name: "text", type: LogicalType.string }]
    const rows = Array.from(
      { length: 6000 },
      (_, i): ReadonlyArray<Value> => [i < 4000 ? `a${i % 5}` : `b${i % 5}`]
    )
    const context = contextOf(factory, physical, { "parquet.block.size": "1kb" })
    const file = memoryFile("t", writeRows(factory, context, rows, 1000, "coded"))
    assert.equal(readFooter(file).groups.length, 6)
    const reader = factory.bulkReader!(context, file, 0, Infinity, [])
    const seen: Array<Dictionary> = []
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
      seen.push(batch.columns[0]!.dictionary!)
    }
    assert.deepEqual(seen.map((dictionary) => seen.indexOf(dictionary)), [0, 0, 0, 0, 4, 4])
  })

  it("factory.bulkWriter() leaves out bounds that would not be exact", () => {
    const physical: LogicalType.RowType = [
      { name: "fine", type: LogicalType.timestamp(6) },
      { name: "coarse", type: LogicalType.timestamp(3) },
      { name: "nan", type: LogicalType.simple("DOUBLE") }
    ]
    const rows = [[[1, 999000], [1, 0], NaN], [[2, 1000], [2, 0], 5]]
    const context = contextOf(factory, physical, { "parquet.write.int64.timestamp": "true" })
    const { groups } = readFooter(memoryFile("t", writeRows(factory, context, rows, 10, "plain")))
    const bounds = groups[0]!.chunks.map((
      chunk
    ) => [chunk.statistics?.min_value, chunk.statistics?.max_value])
    assert.deepEqual(bounds, [[undefined, undefined], [1000n, 2000n], [undefined, undefined]])
  })
})
