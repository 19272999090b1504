/**
 * One history: a dataflow, a layout, a schedule and crashes. The job runs in simulated processes, each of which goes on
 * from the newest complete checkpoint, until one comes to the end; what was committed must be what the model gives.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Graph, type JobResult, start } from "./engine.ts"
import { type Choices, type Crash, simulate, type World } from "./engine.ts"
import { Breach, type DiskUse, Durable, type Faults, slowMillis } from "./durable.ts"
import { type Spec, workOut } from "./model.ts"
import { Order } from "./order.ts"
import { checkPrefix } from "./prefix.ts"
import { compare } from "./verdict.ts"
import { type Layout, worldGraph } from "./world-graph.ts"

/** How a process dies: as the simulation lets it, or in the nth call of the store (a call of the disk, where there is one). */
export type Death = Crash | { readonly storeCall: number }

/** All that decides a history. */
export interface History {
  readonly spec: Spec
  /** One per process; the last one stays. More than one makes a rescale. */
  readonly layouts: ReadonlyArray<Layout>
  readonly capacity: number
  readonly intervalMillis: number
  readonly faults: Faults
  /** Undefined: checkpoints are kept in memory, else by the real store. */
  readonly disk: DiskUse | undefined
  readonly crashes: ReadonlyArray<Death>
  /** Jumps of the wall clock, in every process. */
  readonly wallJumps: ReadonlyArray<{ readonly atMillis: number; readonly byMillis: number }>
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
  /** Crashes of a process that goes on from a checkpoint, before it had cut anything. */
  readonly crashesInRestore: number
  /** Crashes while the store wrote. */
  readonly crashesInWrite: number
  /** Checkpoints that were found complete although their writer had died before it knew. */
  readonly adopted: number
  /** Checkpoints that were run dry. */
  readonly prefixes: number
  readonly rescales: number
  readonly restarts: number
  /** Processes that ended by a stop and were gone on from. */
  readonly stops: number
  /** Checkpoints that were begun and given up while the process lived. */
  readonly aborts: number
  readonly repeatedCommits: number
  /** Restores of an older checkpoint since the newest was broken, and what sinks took back for it. */
  readonly fallbacks: number
  readonly rewound: number
  readonly rows: number
  /** Pairs of rows whose order was compared. */
  readonly ordered: number
  readonly steps: number
  readonly trace: number
}

const stepsMax = 30_000

/** Run a history. Throws on any breach. */
export function live(history: History, choices: Choices): Told {
  const durable = new Durable(history.faults, history.disk, choices)
  const model = workOut(history.spec)
  const told = {
    crashes: 0,
    crashesInCheckpoint: 0,
    crashesInRestore: 0,
    crashesInWrite: 0,
    prefixes: 0,
    rescales: 0,
    restarts: 0,
    aborts: 0,
    stops: 0
  }
  const order = new Order()
  let pushes = 0
  let steps = 0
  let trace = 0
  const trip = () => {
    if (history.trips.includes(pushes++)) throw new Error("A push was made to fail")
  }
  for (let process = 0;; process++) {
    const cutsBefore = durable.cuts
    const layout = history.layouts[Math.min(process, history.layouts.length - 1)]!
    const resumes = process > 0 && durable.completed > 0
    if (resumes && process < history.layouts.length) told.rescales++
    const death = history.crashes[process]
    const crash = death === undefined || "storeCall" in death ? undefined : death
    const { outcome, world } = simulate((world) => {
      const graph = worldGraph(model, layout, world, durable, trip)
      order.note(graph)
      return attempt(history, process, graph, world, durable)
    }, { choices, crash, stepsMax, stepMillis: 0.05 })
    durable.end(process)
    steps += world.steps
    trace = Math.imul(trace ^ world.trace, 0x01000193) >>> 0
    if (outcome !== "crashed") {
      if (Exit.isFailure(outcome)) {
        throw new Breach(`K4: the job failed: ${Cause.pretty(outcome.cause)}`)
      }
      // Settled before it died.
      if (outcome.value === undefined) break
      told.aborts += outcome.value.progress.checkpointsAborted
      told.restarts += outcome.value.progress.restarts
      if (outcome.value.outcome === "finished") break
      told.stops++
      continue
    }
    told.crashes++
    if (durable.cuts > durable.cutsCompleted) told.crashesInCheckpoint++
    if (resumes && durable.cuts === cutsBefore) told.crashesInRestore++
    if (durable.writing) told.crashesInWrite++
    if (durable.completed > 0) {
      checkPrefix(durable, model, layout)
      told.prefixes++
    }
  }
  const { digest, rows } = compare(durable, model, "K4")
  order.check(durable)
  const { adopted, completed, fallbacks, repeats, rewound } = durable
  return {
    ...told,
    adopted,
    completed,
    fallbacks,
    rewound,
    repeatedCommits: repeats,
    rows,
    ordered: order.compared,
    steps,
    trace: Math.imul(trace ^ digest, 0x01000193) >>> 0
  }
}

/** One process; undefined: the store says that there is nothing left to do. */
function attempt(
  history: History,
  process: number,
  graph: Graph,
  world: World,
  durable: Durable
): Effect.Effect<JobResult | undefined, unknown> {
  return Effect.scoped(Effect.gen(function* () {
    const { capacity, crashes, intervalMillis, stops, trips, wallJumps } = history
    const stopMillis = stops[process]
    const timeoutMillis = slowMillis / 2
    const death = crashes[process]
    durable.begin(
      world,
      { intervalMillis, timeoutMillis, stopMillis: stopMillis ?? Infinity },
      death !== undefined && "storeCall" in death ? death.storeCall : Infinity
    )
    for (const { atMillis, byMillis } of wallJumps) {
      world.alarm(atMillis, () => {
        world.wallOffsetMillis += byMillis
      })
    }
    const store = durable.store(world)
    const restored = yield* store.newest(() => {})
    if (restored !== undefined && durable.isSettled(restored)) return undefined
    const job = yield* start(graph, {
      id: "job",
      run: "1",
      checkpoints: {
        store,
        intervalMillis,
        timeoutMillis,
        minPauseMillis: 0,
        tolerableFailures: 50
      },
      restored,
      restart: { kind: "fixed-delay", attempts: trips.length, delayMillis: 1 },
      channelCapacity: capacity,
      bufferTimeoutMillis: 2
    })
    if (stopMillis !== undefined) {
      yield* Effect.forkScoped(Effect.delay(Effect.ignore(job.stop), stopMillis))
    }
    const result = yield* job.result
    yield* Effect.orDie(store.settle)
    return result
  }))
}
