/**
 * Rows per CPU second through `OpenTable.locate`, for the key shapes that matter. Prints the machine and one line per
 * shape. Run: `node bench/engine/keyed-table.ts` (or bun, or deno run -A).
 */
import os from "node:os"
import { Column } from "../../core/src/batch/column.ts"
import { Dictionary } from "../../core/src/batch/dictionary.ts"
import { OpenTable } from "../../core/src/state/open-table.ts"
import { simple, string, timestamp } from "../../core/src/type/logical-type.ts"
import type { LogicalType } from "../../core/src/type/logical-type.ts"

const rows = 1024
const batches = 64

function numbers(keys: number, spread: number): Column {
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = Math.floor(Math.random() * keys) * spread
  return new Column({ layout: "i64", rows, values })
}

function times(windows: number, at: number): Column {
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    values[i] = 978307200000 + (at + Math.floor(Math.random() * windows)) * 3600000
  }
  return new Column({ layout: "f64", rows, values })
}

function makeDictionary(size: number): Dictionary {
  const words = Array.from({ length: size }, (_, i) => `k${i.toString(36).padStart(3, "0")}`)
  const bytes = new TextEncoder().encode(words.join(""))
  return new Dictionary(
    size,
    bytes,
    Int32Array.from(words, (_, i) => i * 4),
    new Int32Array(size).fill(4)
  )
}

function coded(dictionary: Dictionary): Column {
  const values = new Int32Array(rows)
  for (let i = 0; i < rows; i++) values[i] = Math.floor(Math.random() * dictionary.size)
  return new Column({ layout: "bytes", rows, values, dictionary })
}

function plain(dictionary: Dictionary): Column {
  const column = coded(dictionary)
  const codes = column.values as Int32Array
  return new Column({
    layout: "bytes",
    rows,
    bytes: dictionary.bytes,
    starts: Int32Array.from(codes, (c) => dictionary.starts[c]!),
    lengths: Int32Array.from(codes, (c) => dictionary.lengths[c]!)
  })
}

function measure(
  name: string,
  keys: ReadonlyArray<LogicalType>,
  make: (batch: number) => ReadonlyArray<Column>
): void {
  const table = new OpenTable({ keys, state: ["f64"] })
  const data = Array.from({ length: batches }, (_, i) => make(i))
  const slots = new Int32Array(rows)
  const fresh = new Int32Array(rows)
  for (let round = 0; round < 8; round++) {
    for (const columns of data) table.locate(columns, rows, slots, fresh)
  }
  const rounds = 64
  const from = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    for (const columns of data) table.locate(columns, rows, slots, fresh)
  }
  const spent = process.cpuUsage(from)
  const seconds = (spent.user + spent.system) / 1e6
  const rate = rounds * batches * rows / seconds / 1e6
  console.log(`${name.padEnd(44)} ${rate.toFixed(1).padStart(8)} M rows/CPU s, ${table.size} keys`)
}

const small = makeDictionary(300)
const large = makeDictionary(40000)
const time = timestamp(3)
console.log(`${os.cpus()[0]?.model ?? "unknown"}, ${os.arch()}`)
measure("one BIGINT, 1,000 keys", [simple("BIGINT")], () => [numbers(1000, 1)])
measure("one BIGINT, 1,000,000 keys", [simple("BIGINT")], () => [numbers(1e6, 977)])
measure(
  "(TIMESTAMP, coded STRING), 2 × 300 keys",
  [time, string],
  () => [times(2, 0), coded(small)]
)
measure("one coded STRING, 40,000 keys", [string], () => [coded(large)])
measure("one plain STRING, 300 keys", [string], () => [plain(small)])
measure("(BIGINT, BIGINT, BIGINT), 1,000 keys", [
  simple("BIGINT"),
  simple("BIGINT"),
  simple("BIGINT")
], () => [numbers(10, 1), numbers(10, 3), numbers(10, 7)])
