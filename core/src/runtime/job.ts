/**
 * Runs a graph as a job: attempt after attempt until one succeeds, the restart strategy gives up, or somebody cancels or
 * stops it. Everything else about a job is in what this starts.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { CheckpointState, FoundState } from "../checkpoint/store.ts"
import type { Graph } from "../graph/graph.ts"
import { leaveAsyncContext } from "./async-context.ts"
import { runAttempt } from "./attempt.ts"
import type { CheckpointOptions } from "./checkpointing.ts"
import { JobFault } from "./job-fault.ts"
import { type JobProgress, JobStatus } from "./job-status.ts"
import { monotonicMillis } from "./monotonic.ts"
import { RestartPolicy, type RestartStrategy } from "./restart.ts"
import { RestorePlan } from "./restore.ts"
import { fallbackWarnings } from "./fallback.ts"
import { type JobPlan, plan } from "./task-plan.ts"

export type { JobProgress } from "./job-status.ts"
export type { RestartStrategy } from "./restart.ts"
export { JobFault } from "./job-fault.ts"

/** How a job is run. Times in millis, capacity in elements per channel. */
export interface JobOptions {
  /** `pipeline.name`, else the script's path. */
  readonly id: string
  /** A fresh id made by the caller, safe in file names; a resumed job keeps the one it had. */
  readonly run: string
  /** Undefined: no checkpoint is kept; sinks still commit once, at the end. */
  readonly checkpoints: CheckpointOptions | undefined
  /** Go on from this. */
  readonly restored: FoundState | undefined
  readonly restart: RestartStrategy
  readonly channelCapacity: number
  /** Rows wait so long in a builder at most; 0: they do not wait; negative: as long as the task is busy. */
  readonly bufferTimeoutMillis: number
  /** Called about four times a second and once at the end. */
  readonly onProgress?: (progress: JobProgress) => void
  /** Drop restored state that no node claims. */
  readonly allowUnclaimedState?: boolean
}

/** How a job ended well. */
export interface JobResult {
  /** `stopped`: by `stop`, before its input had ended. */
  readonly outcome: "finished" | "stopped"
  readonly progress: JobProgress
}

/** A job that runs. It ends with the scope it was started in. */
export interface RunningJob {
  readonly result: Effect.Effect<JobResult, JobFault>
  /** End it now, without a checkpoint; comes back when nothing of it is left. */
  readonly cancel: Effect.Effect<void>
  /** A last checkpoint, then the end: the job can go on from it. */
  readonly stop: Effect.Effect<JobResult, JobFault>
  readonly progress: () => JobProgress
}

const progressIntervalMillis = 250

/** Start a job. Fails at once when the graph cannot run or the checkpoint does not fit it; later failures are the result's. */
export function start(
  graph: Graph,
  options: JobOptions
): Effect.Effect<RunningJob, JobFault, Scope.Scope> {
  return Effect.gen(function* () {
    const jobPlan = yield* prepare(graph, options)
    const status = new JobStatus()
    const result = yield* Deferred.make<JobResult, JobFault>()
    const supervised = Effect.ensuring(
      supervise(jobPlan, options, status),
      Effect.sync(() => options.onProgress?.(status.progress()))
    )
    const fiber = yield* Effect.forkScoped(
      Effect.onExit(supervised, (exit) => Deferred.done(result, exit))
    )
    if (options.onProgress !== undefined) {
      yield* Effect.forkScoped(report(status, options.onProgress, fiber))
    }
    const waited = Deferred.await(result)
    return {
      result: waited,
      cancel: Effect.asVoid(Fiber.interrupt(fiber)),
      stop: Effect.suspend(() => {
        status.askStop()
        return waited
      }),
      progress: () => status.progress()
    }
  })
}

function prepare(graph: Graph, options: JobOptions): Effect.Effect<JobPlan, JobFault> {
  return Effect.suspend(() => {
    try {
      const jobPlan = plan(graph)
      new RestorePlan(options.restored).check(graph, options.allowUnclaimedState === true)
      return Effect.succeed(jobPlan)
    } catch (cause) {
      const attempt = attemptAfter(options.restored)
      return Effect.fail(
        new JobFault({ job: options.id, node: undefined, subtask: undefined, attempt, cause })
      )
    }
  })
}

function attemptAfter(restored: CheckpointState | undefined): number {
  return (restored?.attempt ?? 0) + 1
}

/** Attempt after attempt. */
function supervise(
  jobPlan: JobPlan,
  options: JobOptions,
  status: JobStatus
): Effect.Effect<JobResult, JobFault> {
  return Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const policy = new RestartPolicy(options.restart)
    let { restored } = options
    status.checkpoint = restored?.checkpoint ?? 0
    for (let attempt = attemptAfter(restored);; attempt++) {
      const startedMillis = monotonicMillis(clock)
      const exit = yield* Effect.exit(
        runAttempt(attemptParts(jobPlan, options, status, restored, attempt))
      )
      if (Exit.isSuccess(exit)) {
        return { outcome: status.finished ? "finished" : "stopped", progress: status.progress() }
      }
      const failure = failureOf(exit)
      if (failure === undefined) return yield* Effect.failCause(exit.cause)
      const ranMillis = monotonicMillis(clock) - startedMillis
      const delayMillis = policy.next(failure, ranMillis)
      if (delayMillis === undefined) return yield* Effect.fail(failure)
      status.restart(failure)
      yield* Effect.sleep(delayMillis)
      restored = (yield* newest(options, status, attempt)) ?? options.restored
      for (const warning of fallbackWarnings(jobPlan.graph, restored)) status.warn(warning)
    }
  })
}

function failureOf(exit: Exit.Exit<void, JobFault>): JobFault | undefined {
  const error = Exit.findErrorOption(exit)
  return error._tag === "Some" ? error.value : undefined
}

/** The newest checkpoint of this run: what the store verifies, or what is in memory when there is no store. */
function newest(
  options: JobOptions,
  status: JobStatus,
  attempt: number
): Effect.Effect<FoundState | undefined, JobFault> {
  const { checkpoints } = options
  if (checkpoints === undefined) return Effect.sync(() => status.lastState)
  return Effect.mapError(
    checkpoints.store.newest((warning) => status.warn(warning)),
    (cause) =>
      new JobFault({ job: options.id, node: undefined, subtask: undefined, attempt, cause })
  )
}

function attemptParts(
  jobPlan: JobPlan,
  options: JobOptions,
  status: JobStatus,
  restored: FoundState | undefined,
  attempt: number
): Parameters<typeof runAttempt>[0] {
  return {
    plan: jobPlan,
    job: options.id,
    run: options.run,
    attempt,
    restore: new RestorePlan(restored),
    restoredCheckpoint: restored?.checkpoint ?? 0,
    restoredFinal: restored?.final === true,
    fellBack: restored?.fellBack === true,
    checkpoints: options.checkpoints,
    keepsState: options.checkpoints !== undefined || options.restart.kind !== "none",
    channelCapacity: options.channelCapacity,
    bufferTimeoutMillis: options.bufferTimeoutMillis,
    stopping: status.stopAsked,
    nextCheckpoint: () => ++status.checkpoint,
    onStart: (metrics, stop) => status.started(metrics, stop),
    onComplete: (state, completed) =>
      status.completed(state, completed, options.checkpoints === undefined),
    onAbort: () => status.aborted()
  }
}

function report(
  status: JobStatus,
  onProgress: (progress: JobProgress) => void,
  fiber: Fiber.Fiber<unknown, unknown>
): Effect.Effect<void> {
  return Effect.gen(function* () {
    yield* leaveAsyncContext
    while (fiber.pollUnsafe() === undefined) {
      yield* Effect.sleep(progressIntervalMillis)
      if (fiber.pollUnsafe() === undefined) onProgress(status.progress())
    }
  })
}
