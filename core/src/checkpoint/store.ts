/**
 * Where checkpoints live. The coordinator is the only writer.
 *
 * **Law 1 (manifest last).** A checkpoint is complete when its segments, then its manifest, then the directory's entry
 * are durable. `newest` never answers anything else, and verifies lengths and checksums before it does.
 * **Law 2 (monotone).** Numbers rise within a run; an older checkpoint is removed only after a newer one is complete.
 * **Law 3 (runs).** Every fresh start is a run of its own; `newest` looks at the newest run only.
 * **Law 4 (forgetting).** After `forget(n)` no checkpoint after n is answered again, whatever becomes readable, also after a
 * loss of power: sinks are about to take back what those had made visible.
 */
import type * as Effect from "effect/Effect"
import type { AnyFault } from "../fault.ts"
import type { Plain, Snapshot } from "../operator/operator.ts"

/** One subtask's part: snapshots by state id (a task may chain several operators). */
export interface SubtaskState {
  readonly task: string
  readonly subtask: number
  readonly operators: ReadonlyMap<string, Snapshot>
}

/** A whole checkpoint, in memory. */
export interface CheckpointState {
  readonly job: string
  readonly run: string
  readonly checkpoint: number
  readonly attempt: number
  /** True: the job had finished. */
  readonly final: boolean
  readonly groupsMax: number
  /** By source state id: what its enumerator gave. */
  readonly enumerators: ReadonlyMap<string, Plain>
  readonly subtasks: ReadonlyArray<SubtaskState>
  /** Plain facts about operators, for names in messages: state id → name. */
  readonly names: ReadonlyMap<string, string>
}

/** What {@link CheckpointStore.newest} answers. */
export interface FoundState extends CheckpointState {
  /** True: newer ones are there and broken, so that sinks may have made visible more than this one knows. */
  readonly fellBack?: boolean
}

/** The store of one job. */
export interface CheckpointStore {
  /** Make `state` durable (Law 1), then remove what retention lets go. Answers the bytes written. */
  write(state: CheckpointState): Effect.Effect<number, AnyFault>
  /** The newest complete checkpoint of the newest run; a broken one is skipped with a warning to `report`, and one before it is tried. */
  newest(report: (warning: string) => void): Effect.Effect<FoundState | undefined, AnyFault>
  /** Give up all after `checkpoint` (Law 4). Absent: `newest` never falls back. */
  readonly forget?: (checkpoint: number) => Effect.Effect<void, AnyFault>
}
