/** Failures of a whole job: what happened, in its own words, and where in the job it happened. */
import { type AnyFault, Fault, type FaultClass, isFault } from "../fault.ts"

/** Where and why a job failed. `cause` is a fault, or whatever else was thrown: a bug, or an error of a user's function. */
export interface JobFaultFields {
  readonly job: string
  /** Name of the node; undefined: the coordinator. */
  readonly node: string | undefined
  readonly subtask: number | undefined
  readonly attempt: number
  readonly cause: unknown
}

const JobFaultBase: FaultClass<"JobFault", JobFaultFields> = Fault<JobFaultFields>()(
  "JobFault",
  "external",
  "never"
)

/** A job failed and will not be restarted. The message is the cause's, then the place. */
export class JobFault extends JobFaultBase {
  override get message(): string {
    return `${textOf(this.cause)} (${this.place})`
  }

  /** Node, subtask and attempt as text. */
  get place(): string {
    const node = this.node === undefined ? "in the coordinator" : `in "${this.node}"`
    const subtask = this.subtask === undefined ? "" : `, subtask ${this.subtask}`
    return `${node}${subtask}, attempt ${this.attempt}`
  }

  /** The fault behind this, when it is one. */
  get fault(): AnyFault | undefined {
    return isFault(this.cause) ? this.cause : undefined
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

const IncompleteCheckpointBase: FaultClass<
  "IncompleteCheckpoint",
  { checkpoint: number; reason: string; remedy: string }
> = Fault<{ checkpoint: number; reason: string; remedy: string }>()(
  "IncompleteCheckpoint",
  "external",
  "backoff"
)

/** A checkpoint could not be taken, more often than the job tolerates. */
export class IncompleteCheckpoint extends IncompleteCheckpointBase {
  override get message(): string {
    return `Cannot complete checkpoint ${this.checkpoint}: ${this.reason}; ${this.remedy}`
  }
}

const RestoreFaultBase: FaultClass<"RestoreFault", { checkpoint: number; reason: string }> = Fault<
  { checkpoint: number; reason: string }
>()("RestoreFault", "user", "never")

/** A checkpoint does not fit the job that is to go on from it. */
export class RestoreFault extends RestoreFaultBase {
  override get message(): string {
    return `Cannot restore checkpoint ${this.checkpoint}: ${this.reason}`
  }
}

const GraphFaultBase: FaultClass<"GraphFault", { node: string; reason: string }> = Fault<
  { node: string; reason: string }
>()("GraphFault", "user", "never")

/** A graph that cannot be run. */
export class GraphFault extends GraphFaultBase {
  override get message(): string {
    return `Cannot run "${this.node}": ${this.reason}`
  }
}
