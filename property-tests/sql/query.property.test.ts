/**
 * **Claim** a query over bounded files gives, once its changes are folded, the rows that SQL says, at any parallelism and with the least
 * room in channels. **Model** `term.ts`, `query.ts`: loops over arrays. **Generator** tables of few and many equal keys, NULLs, extremes
 * and odd texts, spread over files so that groups change in several batches; queries of each kind. **A failure** is a wrong answer;
 * `SEED=…` replays it.
 */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { after, describe, it } from "node:test"
import * as fc from "fast-check"
import { type Query, query, type Tables } from "./query.ts"
import { runQuery } from "./run-query.ts"
import { columns, type Row, text, typeName, type Value, valueOf } from "./term.ts"

const seed = Number(process.env["SEED"] ?? 20261122)
const runs = Number(process.env["QUERIES"] ?? 250)
console.log(`SEED=${seed}`)

const root = mkdtempSync(`${tmpdir()}/millrace-queries-`)

function table(lengthMax: number): fc.Arbitrary<ReadonlyArray<Row>> {
  const row = fc.tuple(
    ...columns.map(([name, kind]) =>
      name === "id" || name === "ts" ? valueOf(kind) : fc.option(valueOf(kind), { freq: 6 })
    )
  )
  return fc.array(row, { maxLength: lengthMax, size: "max" }).map((rows) =>
    rows.map((values, id): Row => ({
      ...Object.fromEntries(columns.map(([name], i) => [name, values[i] as Value])),
      id
    }))
  )
}

function json(row: Row): string {
  const fields = columns.flatMap(([name, kind]) => {
    const value = row[name]!
    if (value === null) return []
    const quoted = kind === "STRING" || kind === "TIMESTAMP"
    const written = kind === "TIMESTAMP" ? JSON.stringify(text(kind, value)) : text(kind, value)
    return [`"${name}":${quoted ? written : written.toLowerCase()}`]
  })
  return `{${fields.join(",")}}\n`
}

/** Write the rows to as many files as are asked for. */
function store(folder: string, rows: ReadonlyArray<Row>, files: number): void {
  mkdirSync(folder, { recursive: true })
  for (let file = 0; file < files; file++) {
    const own = rows.filter((_, i) => i % files === file)
    writeFileSync(`${folder}/${file}.json`, own.map(json).join(""))
  }
}

function script(folder: string, one: Query, parallelism: number, mode: string): string {
  const fields = columns.map(([name, kind]) => `${name} ${typeName(kind)}`).join(", ")
  const create = (name: string): string =>
    `CREATE TABLE ${name} (${fields}, WATERMARK FOR ts AS ts - INTERVAL '99999' DAY) WITH (` +
    `'connector' = 'filesystem', 'path' = '${folder}/${name}', 'format' = 'json');\n`
  return `SET 'parallelism.default' = '${parallelism}';\n` +
    `SET 'execution.runtime-mode' = '${mode}';\n` +
    "SET 'execution.buffer-timeout.interval' = '0 ms';\n" +
    (parallelism === 2
      ? "SET 'table.exec.mini-batch.enabled' = 'true';\nSET 'table.exec.mini-batch.size' = '7';\n" +
        "SET 'table.exec.mini-batch.allow-latency' = '1 ms';\n"
      : "") +
    `SET 'millrace.channel-capacity' = '${parallelism === 1 ? 16 : 1}';\n` +
    `${create("t")}${create("u")}${one.sql};\n`
}

function expected(one: Query, tables: Tables): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const row of one.of(tables)) {
    const line = row.map((value, i) => text(one.kinds[i]!, value)).join(", ")
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return counts
}

const sorted = (counts: ReadonlyMap<string, number>): ReadonlyArray<readonly [string, number]> =>
  [...counts].toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)

describe("a query", () => {
  after(() => rmSync(root, { recursive: true, force: true }))

  it("Session.run() of a random query gives the rows of a naive evaluator at parallelism 1 to 3, and in batch mode", async () => {
    let number = 0
    let rows = 0
    let retracted = 0
    const names = new Set<string>()
    const property = fc.asyncProperty(
      table(40),
      table(12),
      fc.integer({ min: 1, max: 8 }),
      query,
      async (t, u, files, one) => {
        const folder = `${root}/${number++}`
        store(`${folder}/t`, t, files)
        store(`${folder}/u`, u, 1)
        const want = sorted(expected(one, { t, u }))
        for (const parallelism of [1, 1 + number % 3]) {
          const got = await runQuery(script(folder, one, parallelism, "streaming"))
          retracted += Math.min(1, got.retractions)
          assert.deepEqual(sorted(got.rows), want, `${one.sql} at parallelism ${parallelism}`)
        }
        const once = await runQuery(script(folder, one, 1 + number % 2, "batch"))
        assert.deepEqual(sorted(once.rows), want, `${one.sql} in batch mode`)
        assert.equal(once.retractions, 0, `${one.sql} in batch mode takes rows back`)
        rmSync(folder, { recursive: true })
        names.add(one.name)
        rows += want.length
      }
    )
    await fc.assert(property, { seed, numRuns: runs })
    assert.ok(rows > 3 * runs, `${rows} rows in ${runs} queries prove little`)
    assert.ok(retracted > runs / 4, `changes were taken back in ${retracted} runs only`)
    assert.ok(runs < 250 || names.size === 19, `only ${[...names].join(", ")} were tried`)
  })
})
