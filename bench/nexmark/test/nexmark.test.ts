/**
 * Claim: every Nexmark query gives the oracle's rows, at parallelism 1 and 2, in batch mode, and when the job breaks in the middle and goes on at
 * another parallelism. Model: loops over the events. A failure: a wrong answer of SQL, or rows lost or doubled by a restore.
 * `SEED=…` makes other events.
 */
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { after, before, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { loadModule, Registry, Session } from "@millrace/core/internal"
import { builtIn } from "millrace"
import { type Answer, answerOf, answerText, runPlan } from "../answer.ts"
import { eventsOf } from "../events.ts"
import { generate } from "../generate.ts"
import { answered, type Events, oracle, parseEvents } from "../oracle.ts"
import { scriptOf } from "../queries.ts"
import { Ledger } from "./ledger.ts"
import { paced } from "./paced.ts"

const seed = Number(process.env["SEED"] ?? 7)
console.log(`SEED=${seed}`)

/** Flink's own answers to 500,000 events, compared in the long form: `NEXMARK=500000`. */
const flink = readFileSync(
  fileURLToPath(new URL("../flink-500000.sha256", import.meta.url)),
  "utf8"
)
const full = process.env["NEXMARK"] === "500000"

const root = mkdtempSync(`${tmpdir()}/millrace-nexmark-`)
/** Fourteen seconds of events; for q23 bidders are persons only after 50,000 events. */
const short = `${root}/short/p1`
const long = `${root}/long/p1`
const known = new Map<string, Events>()
const running = answered

function eventsFor(query: string): string {
  return query === "q23" ? long : short
}

function want(query: string): ReadonlyArray<string> {
  const path = eventsFor(query)
  if (!known.has(path)) known.set(path, parseEvents(readFileSync(`${path}/events.json`, "utf8")))
  return oracle(query, known.get(path)!)
}

function check(query: string, answer: Answer): void {
  const rows = answer.text.trimEnd().split("\n").slice(1)
  const wanted = want(query)
  assert.ok(wanted.length > 0, "the answer is not empty")
  assert.deepEqual(rows, wanted)
}

/** Break at a barrier, go on with another number of subtasks. Answers whether it broke. */
async function broken(query: string, from: number, to: number): Promise<boolean> {
  const ledger = new Ledger()
  const registry = Registry.make([...builtIn, paced, ledger.factory()])
  const checkpoints = `${root}/${query}-${from}`
  ledger.breakAt = 2
  for (const parallelism of [from, to]) {
    const script = scriptOf(query, {
      events: eventsFor(query),
      mode: "streaming",
      parallelism,
      target: "ledger",
      checkpoints
    }).replace("'connector' = 'filesystem'", "'connector' = 'paced'")
    for await (const outcome of Session.make({ registry, loadModule }).run(script, "nexmark.sql")) {
      if (outcome.kind !== "job") continue
      const options = { resume: ledger.broken, collect: () => {}, intervalMillis: 1 }
      try {
        if (parallelism === from || ledger.broken) await runPlan(outcome, registry, options)
      } catch (error) {
        assert.ok(parallelism === from && ledger.broken, error as Error)
      }
    }
  }
  check(query, answerText(ledger.header, ledger.table))
  return ledger.broken
}

describe("nexmark", () => {
  before(() => {
    generate(7_000, `${root}/short`, { seed, eventsPerSecond: 500, onlyOrdered: true })
    generate(51_000, `${root}/long`, { seed, eventsPerSecond: 10_000, onlyOrdered: true })
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  for (const query of running) {
    it(`${query} gives the oracle's rows, parallel and in batch mode too`, async () => {
      const modes = [["streaming", 1], ["streaming", 2], ["batch", 2]] as const
      // Its events are many: what the others prove of modes holds for its joins too.
      for (const [mode, parallelism] of query === "q23" ? modes.slice(1, 2) : modes) {
        const events = eventsFor(query)
        check(
          query,
          await answerOf(scriptOf(query, { events, mode, parallelism, target: "collect" }))
        )
      }
    })
  }

  it("q12 counts every bid once, in windows of ten seconds of the clock", async () => {
    const options = { events: short, mode: "streaming", parallelism: 2, target: "collect" } as const
    const { text } = await answerOf(scriptOf("q12", options))
    const rows = text.trimEnd().split("\n").slice(1).map((line) => line.split(","))
    const bids = oracle("q0", parseEvents(readFileSync(`${short}/events.json`, "utf8")))
    assert.equal(rows.reduce((sum, row) => sum + Number(row[1]), 0), bids.length)
    for (const [, , start, end] of rows) {
      assert.equal(Date.parse(`${start}Z`) % 10_000, 0)
      assert.equal(Date.parse(`${end}Z`) - Date.parse(`${start}Z`), 10_000)
    }
  })

  for (const line of full ? flink.trimEnd().split("\n") : []) {
    const [sum, file] = line.split(/ +/) as [string, string]
    const query = file.replace(".csv", "")
    it(`${query} gives Flink's answer to 500,000 events`, async () => {
      const options = { mode: "streaming", parallelism: 1, target: "collect" } as const
      const answer = await answerOf(scriptOf(query, { events: eventsOf(500_000, 42), ...options }))
      assert.equal(answer.sum, sum)
    })
  }

  it("all queries give the oracle's rows when they break and go on at another parallelism", async () => {
    let count = 0
    const short = running.filter((query) => query !== "q23")
    for (const [at, query] of short.entries()) {
      if (await broken(query, at % 2 === 0 ? 1 : 2, at % 2 === 0 ? 2 : 1)) count++
    }
    assert.equal(count, short.length, "every job broke before its end")
  })
})
