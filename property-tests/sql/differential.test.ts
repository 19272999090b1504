/**
 * **Claim** random queries over random tables have the same rows in Millrace as in DuckDB: as a folded changelog at any parallelism, and in
 * batch mode, where also their order is the same. **Model** DuckDB, with `dialect.ts` for what the dialects mean differently.
 * **Generator** tables of random kinds with a quarter of NULLs and few distinct values; stages put on one another. **A failure** is
 * shrunk, query first, then rows, and printed; `SEED=…` replays it, `DIFFERENTIAL=20000` is the long form.
 */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { after, before, describe, it } from "node:test"
import * as fc from "fast-check"
import {
  constants,
  createDuck,
  createFlink,
  jsonOf,
  overTime,
  sessions,
  type Table,
  table,
  whole,
  windowed
} from "./base.ts"
import { openDuck, queryDuck } from "./duck.ts"
import { runQuery } from "./run-query.ts"
import type { Shape } from "./shape.ts"
import * as Stages from "./stage.ts"

const seed = Number(process.env["SEED"] ?? 20261122)
const isNode = !("Bun" in globalThis) && !("Deno" in globalThis)
/** Bun and Deno try a part of what Node does. */
const runs = Number(process.env["DIFFERENTIAL"] ?? (isNode ? 2000 : 200))
const datasets = Math.ceil(runs / 40)
console.log(`SEED=${seed}`)

interface Data {
  readonly t: Table
  readonly u: Table
}

const data: ReadonlyArray<Data> = fc.sample(
  fc.record({ t: table("t", 24), u: table("u", 9) }),
  { seed, numRuns: datasets }
)

const stages: ReadonlyArray<Stages.Stage> = [
  Stages.calc,
  Stages.group,
  Stages.distinct,
  Stages.grouping,
  Stages.grouping,
  Stages.grouping,
  Stages.join,
  Stages.join,
  Stages.semi,
  Stages.union,
  Stages.union,
  Stages.union,
  Stages.setOperation,
  Stages.setOperation,
  Stages.setOperation,
  Stages.top,
  Stages.top,
  Stages.top,
  Stages.over,
  Stages.over,
  Stages.unnest,
  Stages.unnest,
  Stages.unnest,
  Stages.total
]

function begin({ t, u }: Data): fc.Arbitrary<Shape> {
  const aggregates = (fields: Parameters<typeof Stages.aggregates>[0]) => Stages.aggregates(fields)
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(whole(t)) },
    { weight: 1, arbitrary: fc.constant(whole(u)) },
    { weight: 1, arbitrary: constants },
    { weight: 3, arbitrary: windowed(t, aggregates) },
    { weight: 1, arbitrary: sessions(t) },
    { weight: 2, arbitrary: overTime(t) }
  )
}

function queryOf(one: Data): fc.Arbitrary<Shape> {
  const other = fc.oneof(fc.constant(whole(one.u)), fc.constant(whole(one.t)), constants)
  const again = (shape: Shape): fc.Arbitrary<Shape> =>
    fc.tuple(fc.constantFrom(...stages), other).chain(([stage, right]) => stage(shape, right))
  return begin(one).chain((first) =>
    fc.oneof(
      { weight: 1, arbitrary: fc.constant(first) },
      { weight: 2, arbitrary: again(first) },
      { weight: 3, arbitrary: again(first).chain(again) }
    )
  )
}

const cases = fc.nat(datasets - 1).chain((number) =>
  fc.tuple(fc.constant(number), queryOf(data[number]!), fc.integer({ min: 1, max: 3 }))
)

/** Every physical operator that the generator reaches. */
const expected = [
  "scan",
  "values",
  "calc",
  "window-aggregate",
  "window-rank",
  "group-aggregate",
  "expand",
  "join",
  "rank",
  "over",
  "set-operation",
  "union",
  "unnest",
  "sort",
  "settle"
]

const root = mkdtempSync(`${tmpdir()}/millrace-differential-`)
const counts = new Map<string, number>()
let filled = 0
let duck: Awaited<ReturnType<typeof openDuck>>
let loaded = -1

function store(number: number, { t, u }: Data): string {
  const folder = `${root}/${number}`
  for (const one of [t, u]) {
    mkdirSync(`${folder}/${one.name}`, { recursive: true })
    // Two files, so that a group changes in several batches.
    for (const part of [0, 1]) {
      const rows = one.rows.filter((_, i) => i % 2 === part)
      writeFileSync(`${folder}/${one.name}/${part}.json`, jsonOf({ ...one, rows }))
    }
  }
  return createFlink(t, `${folder}/t`) + createFlink(u, `${folder}/u`)
}

const folded = (rows: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  [...rows].flatMap(([text, count]) =>
    count > 0 ? Array<string>(count).fill(text) : [`${count} ${text}`]
  )
    .sort()

/** Throws when the two differ; answers what ran. */
async function compare(ddl: string, shape: Shape, parallelism: number): Promise<Set<string>> {
  const want = await queryDuck(duck, shape)
  const set = (mode: string): string =>
    `SET 'parallelism.default' = '${parallelism}';\nSET 'execution.runtime-mode' = '${mode}';\n` +
    "SET 'execution.buffer-timeout.interval' = '0 ms';\n"
  const streamed = await runQuery(`${set("streaming")}${ddl}${shape.flink};\n`)
  assert.deepEqual(folded(streamed.rows), want.toSorted(), "as a stream")
  const order = shape.fields.map(({ name }) => name).join(", ")
  const once = await runQuery(
    `${set("batch")}${ddl}SELECT * FROM (${shape.flink}) AS q ORDER BY ${order};\n`
  )
  assert.equal(once.retractions, 0, "batch mode takes rows back")
  assert.deepEqual(once.order, want, "in batch mode, in order")
  if (want.length > 0) filled++
  return new Set([...streamed.operators, ...once.operators])
}

async function load(number: number, one: Data): Promise<void> {
  if (loaded === number) return
  await duck.run(createDuck(one.t) + createDuck(one.u))
  loaded = number
}

/** The tables with as few rows as still show the difference. */
async function shrunk(one: Data, shape: Shape, parallelism: number): Promise<Data> {
  let left = one
  const differs = async (smaller: Data): Promise<boolean> => {
    await duck.run(createDuck(smaller.t) + createDuck(smaller.u))
    return await compare(store(-1, smaller), shape, parallelism).then(() => false, () => true)
  }
  for (const name of ["t", "u"] as const) {
    for (let at = 0; at < left[name].rows.length;) {
      const rows = left[name].rows.toSpliced(at, 1)
      const smaller = { ...left, [name]: { ...left[name], rows } }
      if (await differs(smaller)) left = smaller
      else at++
    }
  }
  return left
}

describe("Millrace and DuckDB", () => {
  before(async () => {
    duck = await openDuck()
  })
  after(() => {
    duck.closeSync()
    rmSync(root, { recursive: true, force: true })
  })

  it("Session.run() gives the rows of DuckDB for random queries, as a stream and in batch mode", async () => {
    const stored = new Map<number, string>()
    const property = fc.asyncProperty(cases, async ([number, shape, parallelism]) => {
      const one = data[number]!
      await load(number, one)
      const ddl = stored.get(number) ?? store(number, one)
      stored.set(number, ddl)
      const operators = await compare(ddl, shape, parallelism)
      for (const kind of operators) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    })
    const result = await fc.check(property, { seed, numRuns: runs })
    if (result.failed) {
      const [[number, shape, parallelism]] = result.counterexample!
      const { t, u } = await shrunk(data[number]!, shape, parallelism)
      const cause = result.errorInstance instanceof Error ? result.errorInstance.message : ""
      assert.fail(
        `SEED=${seed} run ${result.numRuns}, parallelism ${parallelism}\n${createDuck(t)}\n${
          createDuck(u)
        }\n${shape.flink};\n${shape.duck};\n${cause}`
      )
    }
    const cells = data.flatMap(({ t, u }) => [...t.rows, ...u.rows].flatMap((row) => row.slice(2)))
    const nulls = cells.filter((cell) => cell === null).length / cells.length
    const share = filled / runs
    console.log(
      `${runs} queries: ${
        [...counts].sort(([, a], [, b]) => b - a).map(([kind, n]) => `${kind} ${n}`).join(", ")
      }; NULLs ${Math.round(nulls * 100)} %, with rows ${Math.round(share * 100)} %`
    )
    assert.ok(nulls >= 0.2, `${nulls} of the cells are NULL`)
    assert.ok(share >= 0.7, `${share} of the queries have rows`)
    // A small part scatters more.
    const least = runs >= 2000 ? runs / 10 : runs / 20
    for (const kind of expected) {
      const count = counts.get(kind) ?? 0
      assert.ok(count >= least, `${kind} is in ${count} of ${runs} queries`)
    }
  })
})
