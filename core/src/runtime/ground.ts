/** What everything in one attempt stands on: its parts, its services, and how a failure gets its place. */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Disk } from "../checkpoint/disk.ts"
import type { CheckpointState } from "../checkpoint/store.ts"
import type { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import type { JobIdentity } from "../operator/operator.ts"
import type { CheckpointOptions, CompletedCheckpoint } from "./checkpointing.ts"
import type { Report } from "./coordinator.ts"
import type { Decisions } from "./decisions.ts"
import type { Forks } from "./forks.ts"
import { JobFault } from "./job-fault.ts"
import type { RestorePlan } from "./restore.ts"
import type { JobPlan } from "./task-plan.ts"

/** What an attempt runs. */
export interface AttemptParts {
  readonly plan: JobPlan
  readonly job: string
  readonly run: string
  readonly attempt: number
  readonly restore: RestorePlan
  /** The number of the restored checkpoint; 0: none. */
  readonly restoredCheckpoint: number
  readonly restoredFinal: boolean
  /** Newer checkpoints than the restored one are there and broken. */
  readonly fellBack: boolean
  readonly checkpoints: CheckpointOptions | undefined
  /** Whether what operators hold at a barrier is of use: it is stored, or a restart may go on from it. */
  readonly keepsState: boolean
  readonly channelCapacity: number
  readonly bufferTimeoutMillis: number
  readonly stopping: boolean
  readonly nextCheckpoint: () => number
  readonly onStart: (metrics: ReadonlyArray<SubtaskMetrics>, stop: () => void) => void
  readonly onComplete: (state: CheckpointState, completed: CompletedCheckpoint) => void
  readonly onAbort: () => void
}

/** The services of an attempt. */
export interface Ground {
  readonly identity: JobIdentity
  readonly disk: Disk
  readonly decisions: Decisions
  /** Wall clock, epoch millis: for what is shown or stored. */
  readonly nowMillis: () => number
  /** Millis since some fixed moment, never set back: for intervals and timeouts. */
  readonly monotonicMillis: () => number
  readonly forks: Forks
  /** To the coordinator. */
  readonly tell: (report: Report) => void
}

/** The {@link JobFault} of a cause at a place; one that has its place already is kept. */
export function faultAt(
  parts: AttemptParts,
  cause: Cause.Cause<unknown>,
  node: string | undefined,
  subtask: number | undefined
): JobFault {
  const reason = Cause.squash(cause)
  if (reason instanceof JobFault) return reason
  return new JobFault({ job: parts.job, node, subtask, attempt: parts.attempt, cause: reason })
}

/** Call `make`; what it throws becomes a failure of `node`. */
export function placing<A>(
  parts: AttemptParts,
  node: string,
  subtask: number | undefined,
  make: () => A
): A {
  try {
    return make()
  } catch (error) {
    throw faultAt(parts, Cause.fail(error), node, subtask)
  }
}

/** A way to run effects beside the caller: the value to `done`, then `notify`; a failure to `failed`. */
export function forker(
  ground: Ground,
  failed: (cause: Cause.Cause<unknown>) => void,
  notify: () => void
): <A>(effect: Effect.Effect<A, unknown>, done: (value: A) => void) => void {
  return (effect, done) => {
    ground.forks.start(effect, (exit) => {
      if (Exit.isFailure(exit)) return failed(exit.cause)
      try {
        done(exit.value)
      } catch (error) {
        return failed(Cause.fail(error))
      }
      notify()
    })
  }
}
