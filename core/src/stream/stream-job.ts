/** A DataStream program with its settings: what a module exports for `millrace run`, and what an app runs inside itself. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { AnyFault } from "../fault.ts"
import type { Graph } from "../graph/graph.ts"
import { execute, type ExecuteOptions } from "../runtime/host/execute.ts"
import type { JobProgress, JobResult, RestartStrategy } from "../runtime/job.ts"
import type { Registry } from "../table/factory.ts"
import { make as makeRegistry } from "../table/registry.ts"
import type { DataStream } from "./data-stream.ts"
import { Flow } from "./flow.ts"
import { Streams } from "./streams.ts"
import { Tables } from "./tables.ts"

/** How a job runs; all optional. */
export interface JobSettings {
  /** Subtasks per operator (1). */
  readonly parallelism?: number
  /** Key groups, the upper bound of parallelism (128). */
  readonly groupsMax?: number
  readonly checkpoints?: {
    /** Undefined: kept in memory, for restarts within the process. */
    readonly directory?: string
    /** Undefined: only one at the end. */
    readonly interval?: Duration.Input
    readonly timeout?: Duration.Input
    readonly minPause?: Duration.Input
    readonly tolerableFailures?: number
    readonly retained?: number
  }
  /** What happens after a failure (nothing: the job fails). */
  readonly restart?: RestartStrategy
  /** Elements per channel (16). */
  readonly channelCapacity?: number
  /** How long rows wait for others before they are sent (100 ms). */
  readonly bufferTimeout?: Duration.Input
}

/** A job that can be compiled and run. */
export interface StreamJob {
  readonly _tag: "StreamJob"
  /** Its id in checkpoints. */
  readonly name: string
  /** What the engine is told; `onProgress`, `onWarning` and `resume` are the runner's. */
  readonly options: Omit<ExecuteOptions, "onProgress" | "onWarning" | "resume">
  /** Check everything and make the graph. Rejects with an OptionFault or SchemaFault. */
  readonly compile: (registry: Registry) => Promise<Graph>
}

/** How an app runs a job inside itself. */
export interface RunOptions {
  /** Where table connectors and formats are found; without tables none is needed. */
  readonly registry?: Registry
  readonly resume?: boolean
  readonly onProgress?: (progress: JobProgress) => void
  readonly onWarning?: (warning: string) => void
}

/**
 * Describe a job.
 *
 * **Example**
 * ```ts
 * const job = StreamJob.make("squares", {}, (streams) => {
 *   streams.fromIterable([1, 2, 3]).map((n) => n * n).forEach((n) => console.log(n))
 * })
 * await Effect.runPromise(StreamJob.run(job))
 * ```
 */
export function make(
  name: string,
  settings: JobSettings,
  build: (streams: Streams) => void
): StreamJob {
  return {
    _tag: "StreamJob",
    name,
    options: optionsOf(name, settings),
    compile: (registry) => compile(settings, build, registry)
  }
}

async function compile(
  settings: JobSettings,
  build: (streams: Streams) => void,
  registry: Registry
): Promise<Graph> {
  const parallelism = settings.parallelism ?? 1
  const tables = new Tables(parallelism)
  const flow = new Flow(parallelism)
  build(new Streams(flow, tables))
  await tables.resolve(registry)
  return flow.graph(settings.groupsMax ?? 128)
}

function optionsOf(name: string, settings: JobSettings): StreamJob["options"] {
  const { checkpoints = {} } = settings
  return {
    id: name,
    checkpoints: {
      directory: checkpoints.directory,
      intervalMillis: checkpoints.interval === undefined
        ? undefined
        : Duration.toMillis(checkpoints.interval),
      timeoutMillis: Duration.toMillis(checkpoints.timeout ?? "10 minutes"),
      minPauseMillis: Duration.toMillis(checkpoints.minPause ?? 0),
      tolerableFailures: checkpoints.tolerableFailures ?? 0,
      retained: checkpoints.retained ?? 1
    },
    restart: settings.restart ?? { kind: "none" },
    channelCapacity: settings.channelCapacity ?? 16,
    bufferTimeoutMillis: Duration.toMillis(settings.bufferTimeout ?? "100 millis"),
    ignoreUnclaimedState: false
  }
}

/** Run a job to its end. Interrupting the effect ends the job and all that belongs to it. */
export function run(
  job: StreamJob,
  options: RunOptions = {}
): Effect.Effect<JobResult | undefined, AnyFault> {
  return Effect.scoped(Effect.gen(function* () {
    const graph = yield* Effect.tryPromise({
      try: () => job.compile(options.registry ?? makeRegistry([])),
      catch: (error) => error as AnyFault
    })
    const execution = yield* execute(graph, {
      ...job.options,
      resume: options.resume ?? false,
      onProgress: options.onProgress ?? (() => {}),
      onWarning: options.onWarning ?? (() => {})
    })
    return execution.kind === "finished" ? undefined : yield* execution.job.result
  }))
}

/** Run a program and give the values of the stream that it answers, in the order they arrive. */
export function collect<A>(
  build: (streams: Streams) => DataStream<A>,
  settings: JobSettings = {},
  options: RunOptions = {}
): Effect.Effect<ReadonlyArray<A>, AnyFault> {
  return Effect.suspend(() => {
    const values: Array<A> = []
    const job = make(
      "collect",
      settings,
      (streams) => build(streams).forEach((value) => void values.push(value))
    )
    return Effect.as(run(job, options), values)
  })
}
