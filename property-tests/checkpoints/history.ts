/**
 * One history: a dataflow, a layout, a schedule and crashes. The job runs in simulated processes, each of which goes on
 * from the newest complete checkpoint, until one comes to the end; what was committed must be what the model gives.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type JobResult, start } from "./engine.ts"
import { type Choices, type Crash, simulate, type World } from "./engine.ts"
import { Breach, Durable, type Faults, slowMillis } from "./durable.ts"
import { type Spec, textOf, workOut } from "./model.ts"
import { type Layout, worldGraph } from "./world-graph.ts"

/** All that decides a history. */
export interface History {
  readonly spec: Spec
  /** One per process; the last one stays. More than one makes a rescale. */
  readonly layouts: ReadonlyArray<Layout>
  readonly capacity: number
  readonly intervalMillis: number
  readonly faults: Faults
  readonly crashes: ReadonlyArray<Crash>
  /** Per process: after how many millis it is asked to stop with a checkpoint; undefined: never. */
  readonly stops: ReadonlyArray<number | undefined>
  /** Pushes at which an operator throws, counted over all processes: the engine restarts the job itself. */
  readonly trips: ReadonlyArray<number>
}

/** What happened, for counters against vacuity and for comparison between runtimes. */
export interface Told {
  readonly completed: number
  readonly crashes: number
  /** Crashes while a checkpoint was under way. */
  readonly crashesInCheckpoint: number
  /** Crashes before the restored process had read anything. */
  readonly crashesInRestore: number
  readonly rescales: number
  readonly restarts: number
  /** Processes that ended by a stop and were gone on from. */
  readonly stops: number
  /** Checkpoints that were begun and given up while the process lived. */
  readonly aborts: number
  readonly repeatedCommits: number
  readonly rows: number
  readonly steps: number
  readonly trace: number
}

const stepsMax = 30_000

/** Run a history. Throws on any breach. */
export function live(history: History, choices: Choices): Told {
  const durable = new Durable(history.faults)
  const model = workOut(history.spec)
  const told = {
    crashes: 0,
    crashesInCheckpoint: 0,
    crashesInRestore: 0,
    rescales: 0,
    restarts: 0,
    aborts: 0,
    stops: 0
  }
  let pushes = 0
  let steps = 0
  let trace = 0
  const trip = () => {
    if (history.trips.includes(pushes++)) throw new Error("A push was made to fail")
  }
  for (let process = 0;; process++) {
    const cutsBefore = durable.cuts
    const layout = history.layouts[Math.min(process, history.layouts.length - 1)]!
    if (process > 0 && process < history.layouts.length && durable.completed > 0) told.rescales++
    const { outcome, world } = simulate(
      (world) => attempt(history, process, layout, world, durable, trip, model),
      { choices, crash: history.crashes[process], stepsMax, stepMillis: 0.05 }
    )
    steps += world.steps
    trace = Math.imul(trace ^ world.trace, 0x01000193) >>> 0
    if (outcome !== "crashed") {
      if (Exit.isFailure(outcome)) {
        throw new Breach(`K4: the job failed: ${Cause.pretty(outcome.cause)}`)
      }
      told.aborts += outcome.value.progress.checkpointsAborted
      told.restarts += outcome.value.progress.restarts
      if (outcome.value.outcome === "finished") break
      told.stops++
      continue
    }
    told.crashes++
    if (durable.cuts > durable.cutsCompleted) told.crashesInCheckpoint++
    if (process > 0 && durable.cuts === cutsBefore) told.crashesInRestore++
  }
  const rows = compare(durable, model)
  const { completed, repeats } = durable
  return { ...told, completed, repeatedCommits: repeats, rows, steps, trace }
}

function attempt(
  history: History,
  process: number,
  layout: Layout,
  world: World,
  durable: Durable,
  trip: () => void,
  model: ReturnType<typeof workOut>
): Effect.Effect<JobResult, unknown> {
  return Effect.scoped(Effect.gen(function* () {
    const store = durable.store(world)
    const { capacity, intervalMillis } = history
    const timeoutMillis = slowMillis / 2
    const job = yield* start(worldGraph(model, layout, world, durable, trip), {
      id: "job",
      run: "run",
      checkpoints: {
        store,
        intervalMillis,
        timeoutMillis,
        minPauseMillis: 0,
        tolerableFailures: 50
      },
      restored: yield* store.newest(() => {}),
      restart: { kind: "fixed-delay", attempts: history.trips.length, delayMillis: 1 },
      channelCapacity: capacity,
      bufferTimeoutMillis: 2
    })
    const stopMillis = history.stops[process]
    if (stopMillis !== undefined) {
      yield* Effect.forkScoped(Effect.delay(Effect.ignore(job.stop), stopMillis))
    }
    return yield* job.result
  }))
}

function compare(durable: Durable, model: ReturnType<typeof workOut>): number {
  const got: Array<string> = []
  for (const { rows, sink } of durable.committed.values()) {
    for (const row of rows) got.push(`${sink} ${textOf(row)}`)
  }
  const want: Array<string> = []
  for (const end of model.ends) {
    for (const row of model.rows[end]!) want.push(`s${end} ${textOf(row)}`)
  }
  for (const [source, letters] of model.letters.entries()) {
    for (const row of letters) want.push(`l${source} ${textOf(row)}`)
  }
  got.sort()
  want.sort()
  for (let i = 0; i < Math.max(got.length, want.length); i++) {
    if (got[i] !== want[i]) {
      throw new Breach(
        `K4: ${got.length} rows are committed and ${want.length} wanted; at ${i} "${
          got[i]
        }" stands for "${want[i]}"`
      )
    }
  }
  if (durable.prepared.size > 0) throw new Breach("K4: something prepared was never committed")
  return got.length
}
