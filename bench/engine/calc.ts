/**
 * Rows per CPU second of filters and projections over batches of 1,024 rows: the generated loop beside one written by hand for just
 * that expression, in turns in the same run. Prints the machine and one line per expression.
 * Run: `node bench/engine/calc.ts` (or bun, or deno run -A).
 */
import os from "node:os"
import { Column, gather } from "../../core/src/batch/column.ts"
import { Dictionary } from "../../core/src/batch/dictionary.ts"
import { Batch } from "../../core/src/batch/element.ts"
import { compileCalc, compilePredicate } from "../../core/src/table/code/calc.ts"
import type { Expression } from "../../core/src/table/expression.ts"
import { inferScalar } from "../../core/src/table/function/registry.ts"
import { type LogicalType, simple, string, timestamp } from "../../core/src/type/logical-type.ts"

const rows = 1024
const settings = { timeZone: "UTC", nowMillis: () => 0 }
const bigint = simple("BIGINT", false)
const int = simple("INT", false)
const input = [
  { name: "auction", type: bigint },
  { name: "price", type: bigint },
  { name: "ts", type: timestamp(3, false) },
  { name: "channel", type: string },
  { name: "url", type: string }
]

function makeBatch(): Batch {
  const auction = Float64Array.from({ length: rows }, () => Math.floor(Math.random() * 100_000))
  const price = Float64Array.from({ length: rows }, () => Math.floor(Math.random() * 10_000_000))
  const ts = Float64Array.from({ length: rows }, (_, i) => 1_700_000_000_000 + i)
  const words = [
    "apple",
    "google",
    "facebook",
    "baidu",
    ...Array.from({ length: 1000 }, (_, i) => `channel-${i}`)
  ]
  const all = new TextEncoder().encode(words.join(""))
  const lengths = Int32Array.from(words, (word) => word.length)
  const starts = new Int32Array(words.length)
  for (let i = 1; i < words.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!
  const dictionary = new Dictionary(words.length, all, starts, lengths)
  const codes = Int32Array.from({ length: rows }, () => Math.floor(Math.random() * words.length))
  const coded = new Column({ layout: "bytes", rows, values: codes, dictionary })
  const plain = new Column({
    layout: "bytes",
    rows,
    bytes: all,
    starts: Int32Array.from(codes, (code) => starts[code]!),
    lengths: Int32Array.from(codes, (code) => lengths[code]!)
  })
  return new Batch(rows, [
    new Column({ layout: "i64", rows, values: auction }),
    new Column({ layout: "i64", rows, values: price }),
    new Column({ layout: "f64", rows, values: ts }),
    coded,
    plain
  ])
}

function column(index: number): Expression {
  return { op: "input", index, type: input[index]!.type }
}

function literal(value: string, type: LogicalType): Expression {
  return { op: "literal", value, type: { ...type, nullable: false } }
}

function call(sql: string, ...args: ReadonlyArray<Expression>): Expression {
  const inferred = inferScalar(sql, args.map((arg) => arg.type))
  if ("problem" in inferred) throw new Error(inferred.problem)
  const cast = args.map((arg, i): Expression => ({
    op: "cast",
    of: arg,
    try: false,
    type: inferred.args[i]!
  }))
  return { op: "call", name: inferred.name, args: cast, type: inferred.type }
}

const batches = Array.from({ length: 32 }, makeBatch)

function numbers(batch: Batch, index: number): Float64Array {
  return batch.columns[index]!.values as Float64Array
}

interface Contest {
  readonly name: string
  readonly generated: (batch: Batch) => number
  readonly byHand: (batch: Batch) => number
}

const minutes = compileCalc(input, undefined, [
  call("-", column(2), literal("300000", simple("INTERVAL_DAY_TIME")))
], settings)
const modulo = compileCalc(
  input,
  call("=", call("%", column(0), literal("123", int)), literal("0", int)),
  [column(0), column(1)],
  settings
)
const big = compileCalc(input, undefined, [
  column(0),
  call(
    "*",
    literal("0.908", { kind: "DECIMAL", nullable: false, precision: 3, scale: 3 }),
    column(1)
  )
], settings)
const product = call(
  "*",
  literal("0.908", { kind: "DECIMAL", nullable: false, precision: 3, scale: 3 }),
  column(1)
)
const amount = { kind: "DECIMAL", nullable: false, precision: 10, scale: 0 } as const
const between = compilePredicate(
  input,
  call(
    "AND",
    call(">", product, literal("1000000", amount)),
    call("<", product, literal("5000000", amount))
  ),
  settings
)
const sum = compileCalc(input, undefined, [
  call("+", call("*", column(0), literal("3", int)), column(1))
], settings)
const isApple = (index: number) => {
  const test = compilePredicate(
    input,
    call("=", column(index), literal("apple", { kind: "CHAR", nullable: false, length: 5 })),
    settings
  )
  const into = new Uint8Array(rows)
  return (batch: Batch) => {
    test(batch, into)
    return into[0]!
  }
}

/** A hand-written loop over coded text: one comparison per entry of the dictionary, kept for the last one. */
function codedByHand(): (batch: Batch) => number {
  const marks = new WeakMap<Dictionary, Uint8Array>()
  const into = new Uint8Array(rows)
  return (batch) => {
    const { values, dictionary } = batch.columns[3]!
    let mark = marks.get(dictionary!)
    if (mark === undefined) {
      mark = Uint8Array.from(
        { length: dictionary!.size },
        (_, code) => dictionary!.text(code) === "apple" ? 1 : 0
      )
      marks.set(dictionary!, mark)
    }
    const codes = values as Int32Array
    for (let i = 0; i < rows; i++) into[i] = mark[codes[i]!]!
    return into[0]!
  }
}

const apple = new TextEncoder().encode("apple")

function plainByHand(): (batch: Batch) => number {
  const into = new Uint8Array(rows)
  return (batch) => {
    const { bytes, starts, lengths } = batch.columns[4]!
    for (let i = 0; i < rows; i++) {
      let same = lengths[i] === 5
      for (let k = 0; same && k < 5; k++) same = bytes[starts[i]! + k] === apple[k]
      into[i] = same ? 1 : 0
    }
    return into[0]!
  }
}

const picked = new Int32Array(rows)
const marks = new Uint8Array(rows)

const contests: ReadonlyArray<Contest> = [
  {
    name: "ts - INTERVAL '5' MINUTE",
    generated: (batch) => minutes.run(batch)!.rows,
    byHand: (batch) => {
      const ts = numbers(batch, 2)
      const out = new Float64Array(rows)
      for (let i = 0; i < rows; i++) out[i] = ts[i]! - 300000
      return new Column({ layout: "f64", rows, values: out }).rows
    }
  },
  {
    name: "auction * 3 + price",
    generated: (batch) => sum.run(batch)!.rows,
    byHand: (batch) => {
      const a = numbers(batch, 0), b = numbers(batch, 1)
      const out = new Float64Array(rows)
      for (let i = 0; i < rows; i++) {
        const x = a[i]! * 3
        if (x > 2 ** 52 || x < -(2 ** 52)) return -1
        const y = x + b[i]!
        if (y > 2 ** 52 || y < -(2 ** 52)) return -1
        out[i] = y
      }
      return new Column({ layout: "i64", rows, values: out }).rows
    }
  },
  {
    name: "WHERE auction % 123 = 0",
    generated: (batch) => modulo.run(batch)?.rows ?? 0,
    byHand: (batch) => {
      const a = numbers(batch, 0)
      let count = 0
      for (let i = 0; i < rows; i++) if (a[i]! % 123 === 0) picked[count++] = i
      return count === 0
        ? 0
        : new Batch(count, [0, 1].map((k) => gather(batch.columns[k]!, picked, count))).rows
    }
  },
  {
    name: "0.908 * price, DECIMAL(23, 3) out",
    generated: (batch) => big.run(batch)!.rows,
    byHand: (batch) => {
      const price = numbers(batch, 1)
      const out = new Array<bigint>(rows)
      for (let i = 0; i < rows; i++) out[i] = BigInt(price[i]! * 908)
      return new Column({ layout: "big", rows, values: out }).rows
    }
  },
  {
    name: "0.908 * price > 1000000 AND … < 5000000",
    generated: (batch) => {
      between(batch, marks)
      return marks[0]!
    },
    byHand: (batch) => {
      const price = numbers(batch, 1)
      for (let i = 0; i < rows; i++) {
        const x = price[i]! * 908
        if (x > 2 ** 52 || x < -(2 ** 52)) return -1
        marks[i] = x > 1_000_000_000 && x < 5_000_000_000 ? 1 : 0
      }
      return marks[0]!
    }
  },
  { name: "channel = 'apple' (coded)", generated: isApple(3), byHand: codedByHand() },
  { name: "url = 'apple' (plain)", generated: isApple(4), byHand: plainByHand() }
]

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function measure(work: (batch: Batch) => number, rounds: number): number {
  const from = cpuSeconds()
  let sum = 0
  for (let round = 0; round < rounds; round++) for (const batch of batches) sum += work(batch)
  if (!Number.isFinite(sum)) throw new Error("The work must give numbers")
  return rounds * batches.length * rows / (cpuSeconds() - from) / 1e6
}

console.log(`${os.cpus()[0]?.model ?? "unknown"}, ${os.cpus().length} cores, ${process.version}`)
for (const { name, generated, byHand } of contests) {
  measure(generated, 100)
  measure(byHand, 100)
  let best = 0
  let bestByHand = 0
  for (let turn = 0; turn < 5; turn++) {
    best = Math.max(best, measure(generated, 200))
    bestByHand = Math.max(bestByHand, measure(byHand, 200))
  }
  const ratio = (best / bestByHand).toFixed(2)
  console.log(
    `${name.padEnd(42)} ${best.toFixed(0).padStart(6)} M rows/s, by hand ${
      bestByHand.toFixed(0).padStart(6)
    }, ratio ${ratio}`
  )
}
