/**
 * How fast JSON is decoded: M rows per CPU second over Nexmark events in memory, beside `JSON.parse` of each line.
 *
 * Run: `node bench/formats/json.ts [events.json]`; make the file with `node gen-nexmark.js 500000 /tmp/nexmark`.
 */
import {
  type FormatContext,
  LogicalType,
  type OptionProblem,
  readOptions
} from "@millrace/core/internal"
import { factory } from "../../formats/json/src/mod.ts"
import * as fs from "node:fs"

const { simple, string, timestamp } = LogicalType
const bigint = simple("BIGINT")
const row = (fields: Record<string, LogicalType.LogicalType>): LogicalType.LogicalType => ({
  kind: "ROW",
  nullable: true,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const time = timestamp(3)
const physical: LogicalType.RowType = [
  { name: "event_type", type: simple("INT") },
  {
    name: "person",
    type: row({
      id: bigint,
      name: string,
      emailAddress: string,
      creditCard: string,
      city: string,
      state: string,
      dateTime: time,
      extra: string
    })
  },
  {
    name: "auction",
    type: row({
      id: bigint,
      itemName: string,
      description: string,
      initialBid: bigint,
      reserve: bigint,
      dateTime: time,
      expires: time,
      seller: bigint,
      category: bigint,
      extra: string
    })
  },
  {
    name: "bid",
    type: row({
      auction: bigint,
      bidder: bigint,
      price: bigint,
      channel: string,
      url: string,
      dateTime: time,
      extra: string
    })
  }
]

const cases: Readonly<Record<string, ReadonlyArray<ReadonlyArray<number>>>> = {
  "event_type, bid.auction": [[0], [3, 0]],
  "three numbers of the bid": [[0], [3, 0], [3, 1], [3, 2]],
  "all of the bid": [[0], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4], [3, 5], [3, 6]],
  "the bid as ROW": [[0], [3]],
  "nothing": []
}

const path = process.argv[2] ?? "/tmp/nexmark/p1/events.json"
let bytes: Uint8Array = new Uint8Array(fs.readFileSync(path))
const chunkBytes = 1 << 20

function cpuSeconds(run: () => number): [rows: number, seconds: number] {
  const before = process.cpuUsage()
  const rows = run()
  const used = process.cpuUsage(before)
  return [rows, (used.user + used.system) / 1e6]
}

type Decoder = ReturnType<NonNullable<typeof factory.decoder>>

function makeDecoder(
  projection: ReadonlyArray<ReadonlyArray<number>>,
  given: Record<string, string>
): Decoder {
  const problems: Array<OptionProblem> = []
  const options = readOptions(factory.options, { given, prefix: "json." }, new Set(), problems)
  const context: FormatContext = {
    options,
    physical,
    projection,
    timeZone: "UTC",
    table: "events"
  }
  return factory.decoder!(context, (bad) => {
    throw new Error(bad.error)
  })
}

function decodeAll(decoder: Decoder): number {
  let rows = 0
  for (let start = 0; start < bytes.length;) {
    const chunk = bytes.subarray(start, start + chunkBytes)
    const last = start + chunk.length === bytes.length
    let at = 0
    for (;;) {
      const next = decoder.decodeStream(chunk, at, chunk.length, last, 1024)
      rows += decoder.take()?.rows ?? 0
      if (next === at) break
      at = next
    }
    start += at
  }
  return rows
}

function parseAll(): number {
  const buffer = Buffer.from(bytes.buffer)
  let rows = 0
  for (let at = 0; at < buffer.length; rows++) {
    const end = buffer.indexOf(10, at)
    JSON.parse(buffer.toString("latin1", at, end))
    at = end + 1
  }
  return rows
}

function report(name: string, run: () => number): void {
  let best = Infinity, rows = 0
  for (let i = 0; i < 6; i++) {
    const [count, seconds] = cpuSeconds(run)
    rows = count
    best = Math.min(best, seconds)
  }
  console.log(
    `${name.padEnd(34)} ${(rows / best / 1e6).toFixed(2)} M rows, ${
      (bytes.length / best / 1e6).toFixed(0)
    } MB per CPU second`
  )
}

const only = process.argv[3]
if (only === undefined) report("JSON.parse of each line", parseAll)
for (const [name, projection] of Object.entries(cases)) {
  if (only !== undefined && only !== name) continue
  const decoder = makeDecoder(projection, {})
  report(name, () => decodeAll(decoder))
}
if (only === undefined) {
  const exact = makeDecoder(cases["all of the bid"]!, {
    "json.decode.json-parser.enabled": "false"
  })
  report("all of the bid, exact reader", () => decodeAll(exact))
}

if (only === undefined) {
  bytes = spaced(bytes)
  const learned = makeDecoder(cases["all of the bid"]!, {})
  report("all of the bid, spaces, reversed", () => decodeAll(learned))
}

/** The first fifth of the events as others write them: white space, the fields in reverse. */
function spaced(events: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(events.subarray(0, events.length / 5)).split("\n").slice(
    0,
    -1
  )
  const reversed = (value: unknown): unknown =>
    value === null || typeof value !== "object" ? value : Object.fromEntries(
      Object.entries(value).reverse().map(([name, inner]) => [name, reversed(inner)])
    )
  const line = (text: string): string =>
    JSON.stringify(reversed(JSON.parse(text)), null, 1).replaceAll(/\n */g, " ")
  return new TextEncoder().encode(lines.map((text) => `${line(text)}\n`).join(""))
}
