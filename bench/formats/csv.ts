/**
 * How fast CSV is decoded and written: M rows per CPU second over Nexmark bids in memory, beside splitting each line at its commas.
 *
 * Run: `node bench/formats/csv.ts [bid.csv]`; make the file with `node gen-nexmark.js 500000 /tmp/nexmark`.
 */
import {
  type Batch,
  type FormatContext,
  GrowingBytes,
  LogicalType,
  type OptionProblem,
  readOptions
} from "@millrace/core/internal"
import { factory } from "../../formats/csv/src/mod.ts"
import { factory as json } from "../../formats/json/src/mod.ts"
import * as fs from "node:fs"

const { simple, string, timestamp } = LogicalType
const bigint = simple("BIGINT")
const physical: LogicalType.RowType = [
  { name: "auction", type: bigint },
  { name: "bidder", type: bigint },
  { name: "price", type: bigint },
  { name: "channel", type: string },
  { name: "url", type: string },
  { name: "dateTime", type: timestamp(3) },
  { name: "extra", type: string }
]

const path = process.argv[2] ?? "/tmp/nexmark/csv/bid.csv"
const bytes = new Uint8Array(fs.readFileSync(path))
const chunkBytes = 1 << 20

function contextOf(
  made: typeof factory,
  projection: ReadonlyArray<ReadonlyArray<number>>
): FormatContext {
  const problems: Array<OptionProblem> = []
  const options = readOptions(made.options, { given: {}, prefix: "" }, new Set(), problems)
  return { options, physical, projection, timeZone: "UTC", table: "bid" }
}

type Decoder = ReturnType<NonNullable<typeof factory.decoder>>

function makeDecoder(projection: ReadonlyArray<ReadonlyArray<number>>): Decoder {
  return factory.decoder!(contextOf(factory, projection), (bad) => {
    throw new Error(bad.error)
  })
}

function decodeAll(decoder: Decoder, use: (batch: Batch) => void): number {
  let rows = 0
  for (let start = 0; start < bytes.length;) {
    const chunk = bytes.subarray(start, start + chunkBytes)
    const last = start + chunk.length === bytes.length
    let at = 0
    for (;;) {
      const next = decoder.decodeStream(chunk, at, chunk.length, last, 1024)
      const batch = decoder.take()
      if (batch !== undefined) {
        rows += batch.rows
        use(batch)
      }
      if (next === at) break
      at = next
    }
    start += at
  }
  return rows
}

function splitAll(): number {
  const text = Buffer.from(bytes.buffer)
  let rows = 0
  for (let at = 0; at < text.length; rows++) {
    const end = text.indexOf(10, at)
    text.toString("latin1", at, end).split(",")
    at = end + 1
  }
  return rows
}

function report(name: string, run: () => number): void {
  let best = Infinity, rows = 0
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    rows = run()
    const used = process.cpuUsage(before)
    best = Math.min(best, (used.user + used.system) / 1e6)
  }
  console.log(
    `${name.padEnd(34)} ${(rows / best / 1e6).toFixed(2)} M rows, ${
      (bytes.length / best / 1e6).toFixed(0)
    } MB read per CPU second`
  )
}

const all = physical.map((_, i) => [i])
report("split of each line", splitAll)
const two = makeDecoder([[0], [2]])
report("auction, price", () => decodeAll(two, () => {}))
const whole = makeDecoder(all)
report("all columns", () => decodeAll(whole, () => {}))
for (const made of [factory, json]) {
  const decoder = makeDecoder(all)
  const encoder = made.encoder!(contextOf(made, all))
  const out = new GrowingBytes()
  report(`all columns, written as ${made.identifier}`, () =>
    decodeAll(decoder, (batch) => {
      out.length = 0
      encoder.encodeStream(batch, out)
    }))
}
