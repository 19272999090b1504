/**
 * What reading the flights and writing the hourly table cost in Parquet, in CPU seconds of this process over its start, and the
 * peak of its memory. Run `node bench/formats/parquet.ts read`, `… write`, or `… read origin` for single columns.
 */
import { fstatSync, openSync, readSync } from "node:fs"
import {
  Batch,
  type ByteSink,
  Column,
  Dictionary,
  encodeUtf8,
  type FormatContext,
  LogicalType,
  type RandomFile,
  readOptions
} from "@millrace/core/internal"
import { factory } from "@millrace/format-parquet"

const path =
  new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url).pathname

function openFile(name: string): RandomFile {
  const handle = openSync(name, "r")
  return {
    path: name,
    sizeBytes: fstatSync(handle).size,
    read: (at, length) => {
      const bytes = new Uint8Array(length)
      readSync(handle, bytes, 0, length, at)
      return bytes
    }
  }
}

function context(
  physical: LogicalType.RowType,
  projection: ReadonlyArray<number>,
  given: Record<string, string>
): FormatContext {
  const options = readOptions(factory.options, { given, prefix: "parquet." }, new Set(), [])
  return {
    options,
    physical,
    projection: projection.map((i) => [i]),
    timeZone: "UTC",
    table: "bench"
  }
}

const flights: LogicalType.RowType = [
  { name: "date", type: LogicalType.timestamp(6) },
  { name: "delay", type: LogicalType.simple("BIGINT") },
  { name: "distance", type: LogicalType.simple("BIGINT") },
  { name: "origin", type: LogicalType.string },
  { name: "destination", type: LogicalType.string }
]

function read(names: ReadonlyArray<string>): string {
  const projection = names.map((name) => flights.findIndex((field) => field.name === name))
  const reader = factory.bulkReader!(
    context(flights, projection, {}),
    openFile(path),
    0,
    Infinity,
    []
  )
  let rows = 0
  let delays = 0
  const dictionaries = new Set<Dictionary>()
  for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
    rows += batch.rows
    for (const column of batch.columns) {
      if (column.dictionary !== undefined) dictionaries.add(column.dictionary)
      if (column.layout === "i64") delays += sum(column.values as Float64Array)
    }
  }
  return `${rows} rows, delays ${delays}, ${dictionaries.size} dictionaries`
}

function sum(values: Float64Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}

const hourly: LogicalType.RowType = [
  { name: "window_start", type: LogicalType.timestamp(3) },
  { name: "origin", type: LogicalType.string },
  { name: "city", type: LogicalType.string },
  { name: "flights", type: LogicalType.simple("BIGINT") },
  { name: "avg_delay", type: LogicalType.simple("DOUBLE") },
  { name: "max_delay", type: LogicalType.simple("BIGINT") },
  { name: "late_share", type: LogicalType.simple("DOUBLE") }
]

function names(count: number, letters: number): Dictionary {
  const parts = Array.from(
    { length: count },
    (_, i) => encodeUtf8((i * 7919).toString(26).padStart(letters, "a"))
  )
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  parts.forEach((part, i) => {
    starts[i] = at
    lengths[i] = part.length
    bytes.set(part, at)
    at += part.length
  })
  return new Dictionary(count, bytes, starts, lengths)
}

class Drained implements ByteSink {
  bytes: Uint8Array = new Uint8Array(1 << 16)
  length = 0
  total = 0
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
  drain(): void {
    this.total += this.length
    this.length = 0
  }
}

function write(codec: string): string {
  const out = new Drained()
  const given = { "parquet.compression": codec }
  const writer = factory.bulkWriter!(context(hourly, [0, 1, 2, 3, 4, 5, 6], given), out)
  const origins = names(300, 3)
  const cities = names(300, 12)
  let seed = 42
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor(seed / 4294967296 * limit)
  }
  const rows = 424259
  for (let at = 0; at < rows;) {
    const count = Math.min(1024, rows - at)
    const start = new Float64Array(count)
    const codes = new Int32Array(count)
    const counts = new Float64Array(count)
    const average = new Float64Array(count)
    const worst = new Float64Array(count)
    const late = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      start[i] = 978307200000 + Math.floor((at + i) / 100) * 3600000
      codes[i] = random(300)
      counts[i] = 1 + random(20)
      average[i] = (random(2000) - 200) / counts[i]!
      worst[i] = random(300) - 10
      late[i] = random(20) / 20
    }
    const column = (layout: "f64" | "i64", values: Float64Array): Column =>
      new Column({ layout, rows: count, values })
    writer.write(
      new Batch(count, [
        column("f64", start),
        new Column({ layout: "bytes", rows: count, values: codes, dictionary: origins }),
        new Column({ layout: "bytes", rows: count, values: codes, dictionary: cities }),
        column("i64", counts),
        column("f64", average),
        column("i64", worst),
        column("f64", late)
      ])
    )
    out.drain()
    at += count
  }
  writer.finish()
  out.drain()
  return `${rows} rows, ${codec}, ${out.total} bytes`
}

const before = process.cpuUsage()
const began = performance.now()
const [mode = "read", ...rest] = process.argv.slice(2)
const said = mode === "write"
  ? write(rest[0] ?? "SNAPPY")
  : read(rest.length > 0 ? rest : ["date", "delay", "origin"])
const used = process.cpuUsage(before)
const wall = performance.now() - began
const seconds = ((used.user + used.system) / 1e6).toFixed(2)
const peakMegabytes = (process.resourceUsage().maxRSS / 1024).toFixed(0)
console.log(
  `${mode}: ${said}; ${seconds} CPU s, ${(wall / 1000).toFixed(2)} s, peak ${peakMegabytes} MB`
)
