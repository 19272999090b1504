/**
 * Runs a graph on this machine: takes the lease of the job's checkpoint directory, finds what to resume from, begins or goes
 * on with a run, and starts the engine on the real disk. Both the command and embedded jobs come through here.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DiskService } from "../../checkpoint/disk-service.ts"
import * as FileStore from "../../checkpoint/file-store.ts"
import * as Lease from "../../checkpoint/lease.ts"
import * as MemoryStore from "../../checkpoint/memory-store.ts"
import * as RunId from "../../checkpoint/run-id.ts"
import type { CheckpointStore, FoundState } from "../../checkpoint/store.ts"
import { jobDirectory } from "../../checkpoint/store-path.ts"
import type { AnyFault } from "../../fault.ts"
import type { Graph } from "../../graph/graph.ts"
import { fallbackWarnings } from "../fallback.ts"
import { type JobProgress, type RestartStrategy, type RunningJob, start } from "../job.ts"
import { hostDisk } from "./disk.ts"

/** Where and how often checkpoints are made. Times in millis. */
export interface CheckpointSettings {
  /** Undefined: they are kept in memory, for restarts within the process. */
  readonly directory: string | undefined
  /** Undefined: only the last one of a finishing job. */
  readonly intervalMillis: number | undefined
  readonly timeoutMillis: number
  readonly minPauseMillis: number
  readonly tolerableFailures: number
  readonly retained: number
}

/** How a graph is run. */
export interface ExecuteOptions {
  /** Names the job in checkpoints: only the same id resumes. */
  readonly id: string
  readonly checkpoints: CheckpointSettings
  /** Go on from the newest complete checkpoint of the job, if there is one. */
  readonly resume: boolean
  readonly restart: RestartStrategy
  /** Elements per channel. */
  readonly channelCapacity: number
  readonly bufferTimeoutMillis: number
  readonly ignoreUnclaimedState: boolean
  readonly onProgress: (progress: JobProgress) => void
  /** Something that the user should know but that does not stop the job. */
  readonly onWarning: (warning: string) => void
}

/** What came of the wish to run. */
export type Execution =
  | {
    readonly kind: "running"
    readonly job: RunningJob
    /** The checkpoint that it goes on from, or undefined for a fresh start. */
    readonly resumed: number | undefined
  }
  /** Resume was asked, and the newest checkpoint says that the job had ended. Nothing was touched. */
  | { readonly kind: "finished"; readonly checkpoint: number }

/** Start `graph`. The job, its leases and files end with the scope. */
export function execute(
  graph: Graph,
  options: ExecuteOptions
): Effect.Effect<Execution, AnyFault, Scope.Scope> {
  return Effect.provideService(prepare(graph, options), DiskService, hostDisk)
}

function prepare(
  graph: Graph,
  options: ExecuteOptions
): Effect.Effect<Execution, AnyFault, Scope.Scope> {
  return Effect.gen(function* () {
    const { checkpoints, id } = options
    const now = yield* Clock.currentTimeMillis
    const { directory } = checkpoints
    if (directory === undefined) {
      if (options.resume) {
        options.onWarning(
          "no checkpoint directory is set, so there is nothing to resume: starting fresh"
        )
      }
      // What is kept in memory only serves restarts of this process.
      const kept = checkpoints.intervalMillis !== undefined || options.restart.kind !== "none"
      const store = kept ? MemoryStore.make() : undefined
      return yield* launch(graph, options, RunId.make(1, now), store, undefined)
    }
    const owner = { job: id, run: "", attempt: 0 }
    yield* Effect.acquireRelease(
      Lease.acquire(hostDisk, jobDirectory(directory, id), owner),
      (lease) => lease.release
    )
    const restored = options.resume ? yield* newest(directory, options) : undefined
    // a job that died between its last checkpoint and its commits is not settled: it runs again, commits and ends
    if (restored !== undefined && FileStore.isSettled(hostDisk, directory, restored)) {
      return { kind: "finished", checkpoint: restored.checkpoint }
    }
    if (options.resume && restored === undefined) {
      options.onWarning(`job "${id}" has no complete checkpoint in "${directory}": starting fresh`)
    }
    const run = restored?.run ?? RunId.next(hostDisk, directory, id, now)
    const store = FileStore.make({
      disk: hostDisk,
      directory,
      job: id,
      run,
      retained: checkpoints.retained
    })
    const execution = yield* launch(graph, options, run, store, restored)
    return execution.kind === "finished"
      ? execution
      : { ...execution, job: settling(execution.job, store) }
  })
}

/** The job, which marks its final checkpoint as settled when it has ended. A mark that fails costs a resume one more commit. */
function settling(job: RunningJob, store: FileStore.FileStore): RunningJob {
  const settle = Effect.ignore(store.settle)
  return {
    ...job,
    result: Effect.tap(job.result, () => settle),
    stop: Effect.tap(job.stop, () => settle)
  }
}

function newest(
  directory: string,
  options: ExecuteOptions
): Effect.Effect<FoundState | undefined, AnyFault> {
  // Any run serves: the store looks for the newest one itself.
  const store = FileStore.make({
    disk: hostDisk,
    directory,
    job: options.id,
    run: RunId.make(1, 0),
    retained: 1
  })
  return store.newest(options.onWarning)
}

function launch(
  graph: Graph,
  options: ExecuteOptions,
  run: string,
  store: CheckpointStore | undefined,
  restored: FoundState | undefined
): Effect.Effect<Execution, AnyFault, Scope.Scope> {
  for (const warning of fallbackWarnings(graph, restored)) options.onWarning(warning)
  const { intervalMillis, timeoutMillis, minPauseMillis, tolerableFailures } = options.checkpoints
  return Effect.map(
    start(graph, {
      id: options.id,
      run,
      checkpoints: store &&
        { store, intervalMillis, timeoutMillis, minPauseMillis, tolerableFailures },
      restored,
      restart: options.restart,
      channelCapacity: options.channelCapacity,
      bufferTimeoutMillis: options.bufferTimeoutMillis,
      onProgress: options.onProgress,
      allowUnclaimedState: options.ignoreUnclaimedState
    }),
    (job): Execution => ({ kind: "running", job, resumed: restored?.checkpoint })
  )
}
