/**
 * CPU seconds of the window aggregate of the flights example over 3,000,000 made-up rows of the same shape: 283 coded
 * airports, one-hour windows, two of them open, COUNT, AVG(DOUBLE), MAX(BIGINT), COUNT with FILTER.
 * Run: `node bench/engine/window-aggregate.ts` (or bun, or deno run -A).
 */
import os from "node:os"
import { Column } from "../../core/src/batch/column.ts"
import { Dictionary } from "../../core/src/batch/dictionary.ts"
import { Batch, Watermark } from "../../core/src/batch/element.ts"
import { isElement } from "../../core/src/operator/operator.ts"
import type { OperatorContext } from "../../core/src/operator/operator.ts"
import { makeWindowAggregate } from "../../core/src/operator/window-aggregate.ts"
import { compileAggregates } from "../../core/src/table/aggregate/aggregate-set.ts"
import { simple, string, timestamp } from "../../core/src/type/logical-type.ts"

const rows = 1024
const total = 3_000_000
const airports = 283

const words = Array.from({ length: airports }, (_, i) => `${String.fromCharCode(65 + i % 26)}${i}`)
const dictionary = new Dictionary(
  airports,
  new TextEncoder().encode(words.join("")),
  Int32Array.from(words, (_, i) => words.slice(0, i).join("").length),
  Int32Array.from(words, (word) => word.length)
)

function batchAt(from: number): Batch {
  const times = new Float64Array(rows)
  const codes = new Int32Array(rows)
  const delays = new Float64Array(rows)
  const late = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    times[i] = 978307200000 + (from + i) * 2628 + Math.floor(Math.random() * 200000)
    codes[i] = Math.floor(Math.random() ** 4 * airports)
    delays[i] = Math.floor(Math.random() * 100) - 20
    late[i] = delays[i]! > 15 ? 1 : 0
  }
  return new Batch(rows, [
    new Column({ layout: "f64", rows, values: times }),
    new Column({ layout: "bytes", rows, values: codes, dictionary }),
    new Column({ layout: "i64", rows, values: delays }),
    new Column({ layout: "f64", rows, values: delays }),
    new Column({ layout: "bool", rows, values: late })
  ])
}

const input = [
  { name: "ts", type: timestamp(3) },
  { name: "origin", type: string },
  { name: "delay", type: simple("BIGINT") },
  { name: "delay_double", type: simple("DOUBLE") },
  { name: "late", type: simple("BOOLEAN") }
]
const calls = [
  { name: "count", args: [], filter: undefined, distinct: false, type: simple("BIGINT", false) },
  { name: "avg", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "max", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "count", args: [], filter: 4, distinct: false, type: simple("BIGINT", false) }
]
const batches = Array.from({ length: Math.ceil(total / rows) }, (_, i) => batchAt(i * rows))

function run(): { seconds: number; given: number } {
  const operator = makeWindowAggregate({
    window: { kind: "tumble", sizeMillis: 3600000, offsetMillis: 0 },
    timeColumn: 0,
    keys: [1],
    keyTypes: [string],
    groupBy: [0],
    aggregates: compileAggregates(calls, input, false),
    retracting: false,
    properties: ["window_start", "window_end"]
  })
  const context = { restored: undefined, groupsMax: 128, name: "bench", count: () => {} }
  operator.open(context as unknown as OperatorContext)
  let given = 0
  const from = process.cpuUsage()
  for (const batch of batches) {
    operator.push(batch, 0)
    operator.step()
    const times = batch.columns[0]!.values as Float64Array
    operator.push(new Watermark(times[rows - 1]! - 300000), 0)
    for (let out = operator.step(); isElement(out); out = operator.step()) {
      if (out.tag === 0) given += out.rows
    }
  }
  const spent = process.cpuUsage(from)
  return { seconds: (spent.user + spent.system) / 1e6, given }
}

console.log(`${os.cpus()[0]?.model ?? "unknown"}, ${os.arch()}`)
for (let round = 0; round < 3; round++) {
  const { seconds, given } = run()
  console.log(`window-aggregate: ${seconds.toFixed(3)} CPU s for ${total} rows, ${given} out`)
}
