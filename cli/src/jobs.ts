/** The jobs of one invocation: started one after the other, ended together; one that fails ends the others. */
import process from "node:process"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import {
  type AnyFault,
  execute,
  type ExecuteOptions,
  type Graph,
  type JobFault,
  type JobProgress,
  writeStandard
} from "@millrace/core/internal"
import { ProgressLine } from "./progress-line.ts"

/** Options of all jobs. */
export interface JobsOptions {
  readonly quiet: boolean
  readonly resume: boolean
  readonly output: "table" | "json" | "csv"
  readonly terminal: boolean
}

/** What is needed to run one job. */
export type JobRequest =
  & Omit<ExecuteOptions, "onProgress" | "onWarning" | "resume">
  & {
    readonly graph: Graph
    /** Rows of a query go to standard output: no progress line between them. */
    readonly query: boolean
    /** Aborted when nobody reads a query's rows any more: its job ends, the others go on, and that is no failure. */
    readonly unread?: AbortSignal
    /** Called when there was nothing to do, as the job had finished in an earlier process. */
    readonly onFinished?: () => void
  }

/** The jobs. */
export class Jobs {
  readonly options: JobsOptions
  private readonly fibers: Array<Fiber.Fiber<void, AnyFault>> = []
  private exitCode: number | undefined = undefined

  constructor(options: JobsOptions) {
    this.options = options
  }

  /** Whether a signal has asked for the end. */
  get stopping(): boolean {
    return this.exitCode !== undefined
  }

  /** End all jobs cleanly: nothing prepared is lost, nothing half-written is seen. */
  stop(exitCode: number): void {
    this.exitCode ??= exitCode
    for (const fiber of this.fibers) fiber.interruptUnsafe()
  }

  /** Start a job; the promise is of its end. Failures also show in {@link ended}. */
  start(request: JobRequest): Promise<Exit.Exit<void, AnyFault>> {
    const line = this.options.quiet || request.query ? undefined : new ProgressLine({
      name: request.id,
      terminal: this.options.terminal,
      write: (text) => writeStandard("error", text),
      now: () => performance.now()
    })
    const fiber = Effect.runFork(Effect.scoped(this.program(request, line)))
    this.fibers.push(fiber)
    request.unread?.addEventListener("abort", () => fiber.interruptUnsafe())
    fiber.addObserver((exit) => {
      line?.clear()
      if (Exit.isFailure(exit) && request.unread?.aborted !== true) {
        for (const other of this.fibers) if (other !== fiber) other.interruptUnsafe()
      }
    })
    return Effect.runPromise(Fiber.await(fiber))
  }

  private program(
    request: JobRequest,
    line: ProgressLine | undefined
  ): Effect.Effect<void, AnyFault, never> {
    const { options } = this
    let restarts = 0
    let warnings = 0
    return Effect.scoped(Effect.gen(function* () {
      const execution = yield* execute(request.graph, {
        ...request,
        resume: options.resume,
        onProgress: (progress: JobProgress) => {
          if (progress.restarts > restarts) {
            restarts = progress.restarts
            line?.clear()
            writeStandard(
              "error",
              `Note: job "${request.id}" restarts after: ${
                progress.lastFailure?.message ?? "a failure"
              }\n`
            )
          }
          for (; warnings < progress.warnings.length; warnings++) {
            line?.clear()
            writeStandard("error", `Note: ${progress.warnings[warnings]}\n`)
          }
          line?.show(progress)
        },
        onWarning: (warning: string) => {
          line?.clear()
          writeStandard("error", `Note: ${warning}\n`)
        }
      })
      if (execution.kind === "finished") {
        request.onFinished?.()
        writeStandard(
          "error",
          `Job "${request.id}" had finished with checkpoint ${execution.checkpoint}: nothing to do\n`
        )
        return
      }
      if (execution.resumed !== undefined && !options.quiet) {
        writeStandard("error", `Job "${request.id}" goes on from checkpoint ${execution.resumed}\n`)
      }
      yield* Effect.catchIf(
        execution.job.result,
        (fault) => onlyPrints(fault, request),
        (fault) =>
          Effect.sync(() => {
            writeStandard("error", `Note: job "${request.id}" ends: ${fault.message}\n`)
          })
      )
      line?.done(execution.job.progress())
    }))
  }

  /** Wait for all jobs; answers the exit code and prints what failed. */
  async ended(): Promise<number> {
    const exits = await Promise.all(
      this.fibers.map((fiber) => Effect.runPromise(Fiber.await(fiber)))
    )
    const { failureOf } = await import("./failure.ts")
    const failures = exits.flatMap((exit) => failureOf(exit))
    for (const failure of failures) writeStandard("error", `${failure}\n`)
    if (failures.length > 0) return 1
    return this.exitCode ?? Number(process.exitCode ?? 0)
  }
}

/** Whether the reader of what a job prints has gone, and there is no other sink that still waits for rows. */
function onlyPrints(failure: JobFault, request: JobRequest): boolean {
  return failure.fault?._tag === "PrintFault" &&
    request.graph.nodes.filter(({ work }) => work.kind === "sink").length === 1
}
