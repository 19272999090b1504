/** What a job says about its checkpoints, and what it can tell of them. */
import type { CheckpointStore } from "../checkpoint/store.ts"

/** Where checkpoints go and when they are taken. Times in millis. */
export interface CheckpointOptions {
  readonly store: CheckpointStore
  /** Undefined: only the last one, when the job ends. */
  readonly intervalMillis: number | undefined
  readonly timeoutMillis: number
  /** At least so long between the end of one and the start of the next. */
  readonly minPauseMillis: number
  /** So many in a row may fail before the job does. */
  readonly tolerableFailures: number
}

/** A completed checkpoint. */
export interface CompletedCheckpoint {
  readonly id: number
  readonly bytes: number
  readonly durationMillis: number
}
