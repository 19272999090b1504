/** What is known about a running job, over all its attempts: the numbers for people, and the wish to stop. */
import type { CheckpointState } from "../checkpoint/store.ts"
import type { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import type { CompletedCheckpoint } from "./checkpointing.ts"
import type { JobFault } from "./job-fault.ts"

/** A job's numbers at one moment. Rows count from the start of this process and include what a restart read again. */
export interface JobProgress {
  /** Rows polled by sources. */
  readonly rowsIn: number
  /** Rows written by sinks. */
  readonly rowsOut: number
  readonly badRecords: number
  /** The greatest watermark below Infinity that a sink saw, epoch millis; −Infinity: none yet. */
  readonly eventTimeMillis: number
  readonly checkpointsCompleted: number
  /** Checkpoints that were begun and given up. */
  readonly checkpointsAborted: number
  readonly lastCheckpoint: CompletedCheckpoint | undefined
  readonly restarts: number
  /** Why the job restarted last. */
  readonly lastFailure: JobFault | undefined
  /** What the store said about checkpoints that it had to skip. */
  readonly warnings: ReadonlyArray<string>
  /** The subtasks of the present attempt. */
  readonly subtasks: ReadonlyArray<SubtaskMetrics>
}

const warningsMax = 20

/** Written by the supervisor and its attempts. */
export class JobStatus {
  /** The number of the checkpoint that was begun last. */
  checkpoint = 0
  stopAsked = false
  /** Whether the last checkpoint saw the end of all input. */
  finished = false
  /** The last completed checkpoint, only when there is no store to read it from. */
  lastState: CheckpointState | undefined = undefined
  private stop: () => void = () => {}
  private metrics: ReadonlyArray<SubtaskMetrics> = []
  private rowsInBefore = 0
  private rowsOutBefore = 0
  private badRecordsBefore = 0
  private checkpointsCompleted = 0
  private checkpointsAborted = 0
  private lastCheckpoint: CompletedCheckpoint | undefined = undefined
  private restarts = 0
  private lastFailure: JobFault | undefined = undefined
  private readonly warnings: Array<string> = []

  /** An attempt runs. */
  started(metrics: ReadonlyArray<SubtaskMetrics>, stop: () => void): void {
    this.metrics = metrics
    this.stop = stop
    if (this.stopAsked) stop()
  }

  /** Somebody wants a last checkpoint and the end. */
  askStop(): void {
    this.stopAsked = true
    this.stop()
  }

  /** An attempt failed and another follows. */
  restart(failure: JobFault): void {
    for (const { badRecords, rowsIn, rowsOut } of this.metrics) {
      this.rowsInBefore += rowsIn
      this.rowsOutBefore += rowsOut
      this.badRecordsBefore += badRecords
    }
    this.metrics = []
    this.stop = () => {}
    this.restarts++
    this.lastFailure = failure
  }

  /** A checkpoint is complete. */
  completed(state: CheckpointState, completed: CompletedCheckpoint, keep: boolean): void {
    this.checkpointsCompleted++
    this.lastCheckpoint = completed
    this.finished = state.final
    if (keep) this.lastState = state
  }

  /** A checkpoint was given up. */
  aborted(): void {
    this.checkpointsAborted++
  }

  /** Something about a checkpoint that could not be used. */
  warn(warning: string): void {
    if (this.warnings.length < warningsMax) this.warnings.push(warning)
  }

  /** The numbers now. */
  progress(): JobProgress {
    let rowsIn = this.rowsInBefore
    let rowsOut = this.rowsOutBefore
    let badRecords = this.badRecordsBefore
    let eventTimeMillis = -Infinity
    for (const metrics of this.metrics) {
      rowsIn += metrics.rowsIn
      rowsOut += metrics.rowsOut
      badRecords += metrics.badRecords
      if (metrics.hasSink) eventTimeMillis = Math.max(eventTimeMillis, metrics.watermarkMillis)
    }
    return {
      rowsIn,
      rowsOut,
      badRecords,
      eventTimeMillis,
      checkpointsCompleted: this.checkpointsCompleted,
      checkpointsAborted: this.checkpointsAborted,
      lastCheckpoint: this.lastCheckpoint,
      restarts: this.restarts,
      lastFailure: this.lastFailure,
      warnings: this.warnings.slice(),
      subtasks: this.metrics
    }
  }
}
