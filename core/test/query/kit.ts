/** Queries over two small random tables on the real engine, each with a naive evaluator; at several parallelisms. */
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { materialize, tableOf } from "../operator/kit.ts"
import { Memory } from "../operator/memory-connector.ts"
import { seed } from "../state/kit.ts"
import { type Cell, greatest, groupBy } from "./three-valued.ts"

/** A row of `s` or `t`: `n` tells rows apart where that matters. */
export interface Line {
  readonly k: Cell
  readonly v: Cell
  readonly n: Cell
}

/** A query and what it means. */
export interface Sample {
  readonly sql: string
  /** Only over rows that are not updated. */
  readonly insertsOnly?: boolean
  readonly of: (
    s: ReadonlyArray<Line>,
    t: ReadonlyArray<Line>
  ) => ReadonlyArray<ReadonlyArray<Cell | boolean>>
}

const small = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(null) }
)

function lines(prefix: string, lengthMax: number): fc.Arbitrary<ReadonlyArray<Line>> {
  return fc.array(fc.record({ k: small, v: small }), { maxLength: lengthMax }).map((rows) =>
    rows.map((row, i): Line => ({ ...row, n: `${prefix}${i}` }))
  )
}

/** As `MAX(v), MAX(n) … GROUP BY k`, so that rows are updated while the query runs. */
function updating(rows: ReadonlyArray<Line>): ReadonlyArray<Line> {
  return [...groupBy(rows, (row) => row.k)].map(([k, own]) => ({
    k,
    v: greatest(own.map((row) => row.v)),
    n: own.map((row) => row.n as string).sort().at(-1)!
  }))
}

const encoder = new TextEncoder()

/** `int 5` is an INT, other numbers are BIGINT. */
function boxed(cell: Cell | boolean): unknown {
  if (typeof cell === "string" && cell.startsWith("int ")) return Number(cell.slice(4))
  return typeof cell === "string"
    ? encoder.encode(cell)
    : typeof cell === "number"
    ? BigInt(cell)
    : cell
}

function script(sql: string, updates: readonly [boolean, boolean]): string {
  const table = (name: string, changing: boolean): string =>
    `CREATE TABLE ${name}0 (k BIGINT, v BIGINT, n STRING) WITH ('connector' = 'memory');
     CREATE TEMPORARY VIEW ${name} AS ${
      changing
        ? `SELECT k, MAX(v) AS v, MAX(n) AS n FROM ${name}0 GROUP BY k`
        : `SELECT k, v, n FROM ${name}0`
    };`
  return `${table("s", updates[0])}\n${table("t", updates[1])}\n${sql};`
}

/** Run `samples` over random tables and compare; every sample is met. */
export async function checkSamples(samples: ReadonlyArray<Sample>, runs: number): Promise<void> {
  const met = new Set<string>()
  let rows = 0
  const property = fc.asyncProperty(
    lines("s", 14),
    lines("t", 14),
    fc.tuple(fc.boolean(), fc.boolean()),
    fc.integer({ min: 1, max: 3 }),
    fc.nat(samples.length - 1),
    async (s, t, changing, parallelism, at) => {
      const { sql, of, insertsOnly } = samples[at]!
      const updates: readonly [boolean, boolean] = insertsOnly === true ? [false, false] : changing
      const memory = new Memory()
      const store = (name: string, own: ReadonlyArray<Line>): void => {
        memory.tables.set(
          name,
          own.map((row) => [boxed(row.k), boxed(row.v), boxed(row.n)] as never)
        )
      }
      store("s0", s)
      store("t0", t)
      await memory.run(script(sql, updates), parallelism)
      const want = of(updates[0] ? updating(s) : s, updates[1] ? updating(t) : t)
      assert.deepEqual(
        materialize(memory.collected),
        tableOf(want.map((row) => row.map(boxed) as never)),
        sql
      )
      met.add(sql)
      rows += want.length
    }
  )
  await fc.assert(property, { seed, numRuns: runs })
  assert.equal(met.size, samples.length, "every query is met")
  assert.ok(rows > runs, `${rows} rows in ${runs} runs prove little`)
}
