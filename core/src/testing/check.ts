/**
 * Proves a job of a user: it runs in the simulated world, unmodified, in many histories. In each the engine's choices are
 * made badly, the process dies at some place and goes on from its newest checkpoint at another parallelism, and what
 * comes out must be what the oracle, or a run in which nothing happens, gives. A counterexample is shrunk.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import fc from "fast-check"
import { assert, Fault, type FaultClass } from "../fault.ts"
import type { Graph } from "../graph/graph.ts"
import { type JobResult, start } from "../runtime/job.ts"
import type { Site } from "../runtime/decisions.ts"
import { DataStream } from "../stream/data-stream.ts"
import { Flow } from "../stream/flow.ts"
import { valueBatch, valuesOf } from "../stream/value-batch.ts"
import { freeze, textOf } from "./check-text.ts"
import { listSource, Outside } from "./check-world.ts"
import { type Choices, fromDeviations, fromSeed } from "./choices.ts"
import { type Crash, simulate, type World } from "./simulation.ts"

/** Values of each input, by name. */
export type Inputs = Readonly<Record<string, unknown>>

/** A job as a function of its inputs: what is written in production too, behind sources of its own. */
export type CheckedJob<I extends Inputs, B> = (
  inputs: { readonly [Name in keyof I]: DataStream<I[Name]> }
) => DataStream<B>

/** How a job is checked. */
export interface CheckOptions<I extends Inputs, B> {
  /** Generators of each input's values, in the order in which they come. */
  readonly inputs: { readonly [Name in keyof I]: fc.Arbitrary<ReadonlyArray<I[Name]>> }
  /** What must come out, in any order. Without it: what comes out of a run at parallelism 1 in which nothing happens. */
  readonly oracle?: (inputs: { readonly [Name in keyof I]: ReadonlyArray<I[Name]> }) => Iterable<B>
  /** How many (200). */
  readonly histories?: number
  /** Where the generators begin (1). */
  readonly seed?: number
  /** Splits that each input may be dealt over (1): with more there is no order between values of an input. */
  readonly splitsMax?: number
  /** Subtasks of each operator at most (3). */
  readonly parallelismMax?: number
  /** Values may come so many places later than they were generated (0): disorder, and late values. */
  readonly disorder?: number
  /** Values may come twice, as from a source that promises no more than at least once. With an oracle that knows of it. */
  readonly duplicates?: boolean
}

/** What was done, so that nobody believes in a check that never tried anything. */
export interface CheckReport {
  readonly histories: number
  readonly values: number
  readonly results: number
  readonly checkpoints: number
  readonly crashes: number
  /** Crashes after which a process went on from a checkpoint. */
  readonly restores: number
  readonly rescales: number
}

const CheckFailedBase: FaultClass<
  "CheckFailed",
  { problem: string; history: string; seed: number; path: string }
> = Fault<
  { problem: string; history: string; seed: number; path: string }
>()("CheckFailed", "user", "never")

/** A history in which the job does not give what it must. */
export class CheckFailed extends CheckFailedBase {
  override get message(): string {
    return `${this.problem}\n\nThe smallest history found:\n${this.history}\n\nRun it again with { seed: ${this.seed}, histories: 1 } … path "${this.path}"`
  }
}

/** One process of a history: how wide, and how it dies; the last one lives. */
interface Life {
  readonly parallelism: number
  readonly death: Crash | undefined
}

interface History {
  readonly inputs: Readonly<Record<string, ReadonlyArray<ReadonlyArray<unknown>>>>
  readonly lives: ReadonlyArray<Life>
  readonly capacity: number
  readonly intervalMillis: number
  readonly choices: { readonly seed: number } | {
    readonly picks: ReadonlyArray<readonly [number, number]>
    readonly preempts: ReadonlyArray<number>
  }
}

const groupsMax = 8
const stepsMax = 60_000

/**
 * Check a job.
 *
 * **Errors** throws {@link CheckFailed} with the smallest history that was found. **Cost** a millisecond or so a history, in virtual time.
 */
export function check<I extends Inputs, B>(
  job: CheckedJob<I, B>,
  options: CheckOptions<I, B>
): CheckReport {
  const seed = options.seed ?? 1
  const report = {
    histories: 0,
    values: 0,
    results: 0,
    checkpoints: 0,
    crashes: 0,
    restores: 0,
    rescales: 0
  }
  const names = Object.keys(options.inputs)
  const property = fc.property(histories(options, names), (history) => {
    live(job as unknown as CheckedJob<Inputs, unknown>, history, names, options, report)
  })
  const details = fc.check(property, { seed, numRuns: options.histories ?? 200 })
  if (!details.failed) return report
  const { counterexample, counterexamplePath, errorInstance } = details
  const problem = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new CheckFailed({
    problem,
    history: described(counterexample![0]),
    seed,
    path: counterexamplePath ?? ""
  })
}

const sites: ReadonlyArray<Site> = [
  "prepared",
  "acknowledged",
  "stored",
  "completed",
  "committing",
  "committed",
  "restoring"
]

function histories<I extends Inputs, B>(
  options: CheckOptions<I, B>,
  names: ReadonlyArray<string>
): fc.Arbitrary<History> {
  const death: fc.Arbitrary<Crash> = fc.oneof(
    fc.record({ step: fc.nat(80) }),
    fc.record({ step: fc.nat(400) }),
    fc.record({ site: fc.constantFrom(...sites), nth: fc.integer({ min: 1, max: 4 }) })
  )
  const parallelism = fc.integer({ min: 1, max: options.parallelismMax ?? 3 })
  const lives = fc.tuple(
    fc.array(fc.record({ parallelism, death }), { maxLength: 3 }),
    parallelism
  ).map(([dying, last]): ReadonlyArray<Life> => [
    ...dying,
    { parallelism: last, death: undefined }
  ])
  const inputs = fc.record(
    Object.fromEntries(names.map((name) => [name, dealt(options.inputs[name]!, options)]))
  )
  const choices = fc.oneof(
    fc.record({ seed: fc.nat() }),
    fc.record({
      picks: fc.array(fc.tuple(fc.nat(60), fc.nat(7)), { maxLength: 12 }),
      preempts: fc.array(fc.nat(200), { maxLength: 4 })
    })
  )
  return fc.record({
    inputs,
    lives,
    capacity: fc.integer({ min: 1, max: 4 }),
    intervalMillis: fc.integer({ min: 3, max: 30 }),
    choices
  }) as fc.Arbitrary<History>
}

/** Values late by some places, some of them twice, in splits. */
function dealt<I extends Inputs, B>(
  values: fc.Arbitrary<ReadonlyArray<unknown>>,
  options: CheckOptions<I, B>
): fc.Arbitrary<ReadonlyArray<ReadonlyArray<unknown>>> {
  const { disorder = 0, duplicates = false, splitsMax = 1 } = options
  const marks = <A>(one: fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<A>> =>
    fc.array(one, { maxLength: 20 })
  return fc.record({
    list: values,
    delays: disorder === 0 ? fc.constant([]) : marks(fc.nat(disorder)),
    twice: duplicates ? marks(fc.boolean()) : fc.constant([]),
    homes: splitsMax === 1 ? fc.constant([]) : marks(fc.nat(splitsMax - 1))
  }).map(({ delays, homes, list, twice }) => {
    // What is not said of a value is said of the one that stands in its place modulo their number.
    const of = <A>(said: ReadonlyArray<A>, i: number): A | undefined => said[i % (said.length || 1)]
    const coming = list.flatMap((value, i) => {
      const one = { value: freeze(value), at: i + (of(delays, i) ?? 0), split: of(homes, i) ?? 0 }
      return of(twice, i) === true ? [one, { ...one, at: one.at + 1 }] : [one]
    }).sort((a, b) => a.at - b.at)
    return Array.from(
      { length: splitsMax },
      (_, split) => coming.filter((one) => one.split === split).map((one) => one.value)
    )
  })
}

type Report = { -readonly [Key in keyof CheckReport]: number }

function live<I extends Inputs, B>(
  job: CheckedJob<Inputs, unknown>,
  history: History,
  names: ReadonlyArray<string>,
  options: CheckOptions<I, B>,
  report: Report
): void {
  const { oracle } = options
  const values = Object.fromEntries(names.map((name) => [name, history.inputs[name]!.flat()]))
  const calm: History = {
    ...history,
    lives: [{ parallelism: 1, death: undefined }],
    capacity: 4,
    choices: { picks: [], preempts: [] }
  }
  const wanted = oracle === undefined
    ? run(job, calm, names, undefined)
    : [...oracle(values as unknown as Parameters<typeof oracle>[0])]
  const found = run(job, history, names, report)
  report.histories++
  report.results += found.length
  report.values += Object.values(values).reduce((all, list) => all + list.length, 0)
  compare(wanted, found, oracle !== undefined)
}

function compare(
  wanted: ReadonlyArray<unknown>,
  found: ReadonlyArray<unknown>,
  byOracle: boolean
): void {
  const left = new Map<string, number>()
  for (const value of wanted) left.set(textOf(value), (left.get(textOf(value)) ?? 0) + 1)
  const extra: Array<string> = []
  for (const value of found) {
    const text = textOf(value)
    const count = left.get(text) ?? 0
    if (count === 0) extra.push(text)
    else left.set(text, count - 1)
  }
  const missing = [...left].flatMap(([text, count]) => Array.from({ length: count }, () => text))
  if (missing.length === 0 && extra.length === 0) return
  const some = (list: ReadonlyArray<string>): string =>
    list.slice(0, 8).map((text) => `  ${text}\n`).join("") +
    (list.length > 8 ? `  … ${list.length - 8} more\n` : "")
  throw new Error(
    `The job does not give what ${byOracle ? "the oracle says" : "a run without crashes gives"}` +
      (missing.length === 0 ? "" : `\nMissing:\n${some(missing)}`) +
      (extra.length === 0 ? "" : `\nToo much:\n${some(extra)}`)
  )
}

/** All processes of a history, one after the other; what was made visible in the end. */
function run(
  job: CheckedJob<Inputs, unknown>,
  history: History,
  names: ReadonlyArray<string>,
  report: Report | undefined
): ReadonlyArray<unknown> {
  const outside = new Outside()
  const choices = choicesOf(history)
  let width: number | undefined
  for (const { parallelism, death } of history.lives) {
    const known = outside.checkpoints.length
    if (report !== undefined && known > 0) {
      report.restores++
      if (width !== parallelism) report.rescales++
    }
    width = parallelism
    const { outcome } = simulate(
      (world) =>
        attempt(graphOf(job, history, names, parallelism, world, outside), history, world, outside),
      { choices, crash: death, stepsMax, stepMillis: 0.05 }
    )
    if (report !== undefined) report.checkpoints += outside.checkpoints.length - known
    if (outcome === "crashed") {
      if (report !== undefined) report.crashes++
      continue
    }
    if (Exit.isFailure(outcome)) throw new Error(`The job failed: ${Cause.pretty(outcome.cause)}`)
    break
  }
  return outside.rows
}

function choicesOf({ choices }: History): Choices {
  return "seed" in choices
    ? fromSeed(choices.seed)
    : fromDeviations(choices.picks, choices.preempts)
}

function graphOf(
  job: CheckedJob<Inputs, unknown>,
  history: History,
  names: ReadonlyArray<string>,
  parallelism: number,
  world: World,
  outside: Outside
): Graph {
  const flow = new Flow(parallelism)
  const make = (rows: ReadonlyArray<unknown>) => valueBatch(rows, undefined)
  const streams = Object.fromEntries(names.map((name) => {
    const node = flow.add({
      kind: `input ${name}`,
      inputs: [],
      work: {
        kind: "source",
        source: listSource(world, history.inputs[name]!, make),
        compute: undefined,
        watermark: undefined,
        badRecords: undefined
      },
      options: { parallelism: 1 }
    })
    return [name, new DataStream<unknown>(flow, node)]
  }))
  const result = job(streams)
  assert(result.flow === flow, "the job gives a stream made from its inputs")
  result.sinkTo(outside.sink(world, "result", valuesOf))
  return flow.graph(groupsMax)
}

function attempt(
  graph: Graph,
  history: History,
  world: World,
  outside: Outside
): Effect.Effect<JobResult, unknown> {
  return Effect.scoped(Effect.gen(function* () {
    const store = outside.store(world)
    const job = yield* start(graph, {
      id: "check",
      run: "1",
      checkpoints: {
        store,
        intervalMillis: history.intervalMillis,
        timeoutMillis: 10_000,
        minPauseMillis: 0,
        tolerableFailures: 0
      },
      restored: yield* store.newest(() => {}),
      restart: { kind: "none" },
      channelCapacity: history.capacity,
      bufferTimeoutMillis: 2
    })
    return yield* job.result
  }))
}

function described(history: History): string {
  const { capacity, inputs, intervalMillis, lives } = history
  const lines = Object.entries(inputs).map(([name, splits]) =>
    `  ${name}: ${splits.map((rows) => `[${rows.map(textOf).join(", ")}]`).join(" | ")}`
  )
  for (const { parallelism, death } of lives) {
    const end = death === undefined
      ? "runs to its end"
      : "site" in death
      ? `dies at the ${death.nth}. visit of '${death.site}'`
      : "step" in death
      ? `dies after ${death.step} steps`
      : `dies after ${death.atMillis} ms`
    lines.push(`  a process at parallelism ${parallelism} ${end}`)
  }
  return [...lines, `  checkpoints every ${intervalMillis} ms, channels of ${capacity}`].join("\n")
}
