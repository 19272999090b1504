/** Runs histories of a job, whatever it is made of, and compares what came out. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import fc from "fast-check"
import { Fault, type FaultClass } from "../fault.ts"
import type { Graph } from "../graph/graph.ts"
import { type JobResult, start } from "../runtime/job.ts"
import {
  choicesOf,
  described,
  histories,
  type History,
  type HistoryOptions
} from "./check-history.ts"
import { textOf } from "./check-text.ts"
import { Outside } from "./check-world.ts"
import { simulate, type World } from "./simulation.ts"

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
    return `${this.problem}\n\nThe smallest history found:\n${this.history}\n\nRun it again with { seed: ${this.seed}, path: "${this.path}" }`
  }
}

/** A job that can be built anew for each process. */
export interface Subject {
  readonly build: (
    splits: History["inputs"],
    parallelism: number,
    world: World,
    outside: Outside
  ) => Graph
  /** What must come out; undefined: what a calm run gives. */
  readonly oracle:
    | ((values: Readonly<Record<string, ReadonlyArray<unknown>>>) => Iterable<unknown>)
    | undefined
  /** What is left of all rows that were made visible. */
  readonly settle: (rows: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

const stepsMax = 60_000

/** Run histories until one fails or there are enough. Throws {@link CheckFailed}. */
export function explore(subject: Subject, options: HistoryOptions): CheckReport {
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
  const property = fc.property(
    histories(options, Object.keys(options.inputs)),
    (history) => live(subject, history, report)
  )
  const details = fc.check(property, {
    seed,
    numRuns: options.histories ?? 200,
    ...(options.path === undefined ? {} : { path: options.path })
  })
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

type Report = { -readonly [Key in keyof CheckReport]: number }

function live(subject: Subject, history: History, report: Report): void {
  const values = Object.fromEntries(
    Object.entries(history.inputs).map(([name, splits]) => [name, splits.flat()])
  )
  const calm: History = {
    ...history,
    lives: [{ parallelism: 1, death: undefined }],
    capacity: 4,
    choices: { picks: [], preempts: [] }
  }
  const wanted = subject.oracle === undefined
    ? run(subject, calm, undefined)
    : [...subject.oracle(values)]
  const found = run(subject, history, report)
  report.histories++
  report.results += found.length
  report.values += Object.values(values).reduce((all, list) => all + list.length, 0)
  compare(wanted, found, subject.oracle !== undefined)
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
  subject: Subject,
  history: History,
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
    const { outcome } = simulate((world) => {
      const graph = subject.build(history.inputs, parallelism, world, outside)
      return attempt(graph, history, world, outside)
    }, { choices, crash: death, stepsMax, stepMillis: 0.05 })
    if (report !== undefined) report.checkpoints += outside.checkpoints.length - known
    if (outcome === "crashed") {
      if (report !== undefined) report.crashes++
      continue
    }
    if (Exit.isFailure(outcome)) throw new Error(`The job failed: ${Cause.pretty(outcome.cause)}`)
    break
  }
  return subject.settle(outside.rows)
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
