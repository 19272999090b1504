/**
 * How fast Avro is decoded and written: M rows per CPU second over bids like Nexmark's, made here, beside avsc with the same schema in the
 * same process. avsc gives an object a record, as it must; Millrace gives columns, and with the last line objects made from these.
 *
 * Run: `node bench/formats/avro.ts [rows]`.
 */
import {
  Batch,
  batchRowsMax,
  decodeUtf8,
  type FormatContext,
  GrowingBytes,
  LogicalType
} from "@millrace/core/internal"
import avsc from "avsc"
import { columnOf, contextOf, memoryFile, type Value } from "../../formats/conformance/src/bulk.ts"
import { deriveSchema } from "../../formats/avro/src/derive.ts"
import { factory } from "../../formats/avro/src/mod.ts"

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
const count = Number(process.argv[2] ?? 200_000)
const rows = Array.from({ length: Math.min(count, 20_000) }, (_, i): ReadonlyArray<Value> => [
  BigInt(1000 + i * 7919 % 100_000),
  BigInt(1000 + i * 104_729 % 100_000),
  BigInt(i * 7907 % 1_000_000),
  ["Google", "Facebook", "Baidu", "Apple"][i % 4]!,
  `https://www.nexmark.com/auction/${i % 1000}/item.htm?query=1&channel_id=${i % 1000}`,
  [1_700_000_000_000 + i, 0],
  "abcdefghijklmnopqrstuvwxyz".repeat(2).slice(0, i % 50)
])
const times = Math.ceil(count / rows.length)
const context = contextOf(factory, physical, {})
const encoder = factory.encoder!(context)
const batches = Array.from({ length: Math.ceil(rows.length / batchRowsMax) }, (_, i) => {
  const part = rows.slice(i * batchRowsMax, (i + 1) * batchRowsMax)
  return new Batch(
    part.length,
    physical.map((field, k) => columnOf(field.type, part.map((row) => row[k]!), "plain"))
  )
})

function encodeAll(): Array<Uint8Array> {
  const messages: Array<Uint8Array> = []
  const out = new GrowingBytes()
  for (const batch of batches) {
    for (let row = 0; row < batch.rows; row++) {
      out.length = 0
      encoder.encodeRow(batch.columns, row, out)
      messages.push(out.bytes.slice(0, out.length))
    }
  }
  return messages
}

/** The messages as a fetch from a broker has them: many in one array, message i from `offsets[i]` to `offsets[i + 1]`. */
const apart = encodeAll()
const whole = Buffer.concat(apart)
const offsets = [0]
for (const message of apart) offsets.push(offsets[offsets.length - 1]! + message.length)
const type = avsc.Type.forSchema(
  deriveSchema(physical, true) as never,
  { wrapUnions: false } as never
)
const objects = apart.map((bytes) => type.fromBuffer(Buffer.from(bytes)) as Record<string, unknown>)
const size = whole.length
let sum = 0

function report(name: string, run: () => void): void {
  let best = Infinity
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    for (let k = 0; k < times; k++) run()
    const used = process.cpuUsage(before)
    best = Math.min(best, (used.user + used.system) / 1e6)
  }
  const done = rows.length * times
  console.log(
    `${name.padEnd(44)} ${(done / best / 1e6).toFixed(2)} M rows, ${
      (size * times / best / 1e6).toFixed(0)
    } MB per CPU second`
  )
}

function decodeMessages(
  use: (batch: Batch) => void,
  made: FormatContext,
  each?: ReadonlyArray<Uint8Array>
): void {
  const decoder = factory.decoder!(made, (bad) => {
    throw new Error(bad.error)
  })
  for (let i = 0; i < apart.length; i++) {
    if (each === undefined) decoder.decodeMessage(whole, offsets[i]!, offsets[i + 1]!)
    else decoder.decodeMessage(each[i]!, 0, each[i]!.length)
    if (decoder.rows >= batchRowsMax) use(decoder.take()!)
  }
  while (decoder.rows > 0) use(decoder.take()!)
}

function fromAvsc(): void {
  for (let i = 0; i < apart.length; i++) {
    sum += (type.decode(whole, offsets[i]!) as unknown as { value: { extra: string } }).value.extra
      .length
  }
}

function readFile(bytes: Uint8Array): void {
  const reader = factory.bulkReader!(context, memoryFile("bids.avro", bytes), 0, Infinity, [])
  for (let batch = reader.next(); batch !== undefined; batch = reader.next()) sum += batch.rows
}

function writeFile(codec: string): Uint8Array {
  const out = new GrowingBytes()
  const writer = factory.bulkWriter!(contextOf(factory, physical, { "avro.codec": codec }), out)
  for (const batch of batches) writer.write(batch)
  writer.finish()
  return out.view()
}

function toObjects(batch: Batch): void {
  const [auction, bidder, price, channel, url, dateTime, extra] = batch.columns
  const text = (column: typeof channel, i: number): string =>
    decodeUtf8(column!.bytes, column!.starts[i]!, column!.lengths[i]!)
  for (let i = 0; i < batch.rows; i++) {
    const made = {
      auction: auction!.values[i],
      bidder: bidder!.values[i],
      price: price!.values[i],
      channel: text(channel, i),
      url: text(url, i),
      dateTime: dateTime!.values[i],
      extra: text(extra, i)
    }
    sum += made.extra.length
  }
}

report("avsc: messages to objects", fromAvsc)
report("messages to columns", () => decodeMessages((batch) => sum += batch.rows, context))
const two = contextOf(factory, physical, {}, [[0], [2]])
report(
  "messages to columns auction, price",
  () => decodeMessages((batch) => sum += batch.rows, two)
)
report(
  "messages of their own arrays to columns",
  () => decodeMessages((batch) => sum += batch.rows, context, apart)
)
report("messages to objects", () => decodeMessages(toObjects, context))
for (const codec of ["null", "snappy", "zstandard"]) {
  const bytes = writeFile(codec).slice()
  report(`file (${codec}) to columns`, () => readFile(bytes))
}
report("avsc: objects to messages", () => {
  for (const object of objects) sum += type.toBuffer(object).length
})
report("columns to messages", () => sum += encodeAll().length)
for (const codec of ["null", "snappy"]) {
  report(`columns to file (${codec})`, () => sum += writeFile(codec).length)
}
