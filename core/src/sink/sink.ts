/**
 * The contract of a sink: a writer per subtask and, for two-phase sinks, a committer.
 *
 * **Law 1 (exactly once).** What was written since the last barrier becomes visible only through committables:
 * `prepareCommit` (or `cut`) at the barrier gives them, they are stored in the checkpoint, and `commit` runs after it is durable.
 * **Law 2 (idempotent).** `commit` may be called again with the same committables, by this or a later attempt, also
 * after it succeeded; it then does nothing.
 * **Law 3 (restore first).** After a restore `commit` is called with the checkpoint's committables before `writer` is
 * opened; the writer removes what its own run left behind and no checkpoint names.
 * **Law 4 (no wait).** `write` never waits; when the writer cannot take more it says so by `ready()` and notifies.
 * **Law 5 (taking back).** After `rewind(n)` nothing is visible that the run prepared at a barrier after n, also after a loss of
 * power, and what other runs made is untouched. It is called on every restore, before any commit; where nothing is to be taken
 * back it does nothing. A sink without it repeats rows when a job goes on from an older checkpoint since newer ones are broken.
 */
import type * as Effect from "effect/Effect"
import type { Batch } from "../batch/element.ts"
import type { AnyFault } from "../fault.ts"
import type { OperatorContext, Plain } from "../operator/operator.ts"

/** What a sink promises about rows after crashes. */
export type SinkGuarantee = "exactly-once" | "at-least-once" | "idempotent" | "at-most-once"

/** One subtask's writer. Synchronous calls throw faults. */
export interface SinkWriter {
  /** `state` is what `snapshot` gave, per old subtask that is now this one's. */
  open(context: OperatorContext, state: ReadonlyArray<Plain>): void
  /** False: do not write now, `context.notify()` will follow. */
  ready(): boolean
  write(batch: Batch): void
  /** All rows so far are handed over and durable, as far as this sink can; gives what is to be committed. `final`: nothing follows. */
  prepareCommit(checkpoint: number, final: boolean): Effect.Effect<ReadonlyArray<Plain>, AnyFault>
  /**
   * Given by a writer that can go on while it prepares; then it is called instead of `prepareCommit`. The call itself, at the barrier, sets apart
   * all rows so far; the effect makes them durable and answers what is to be committed, while `write`, and at a later barrier `cut`, come as
   * they come. An attempt may end, and `close` be called, in the middle of it.
   */
  cut?(checkpoint: number, final: boolean): Effect.Effect<ReadonlyArray<Plain>, AnyFault>
  /** Writer state after `prepareCommit` (an open transaction, a file that goes on), or after the call of `cut`. */
  snapshot(): ReadonlyArray<Plain>
  close(): void
}

/** Makes prepared data visible. */
export interface Committer {
  commit(committables: ReadonlyArray<Plain>): Effect.Effect<void, AnyFault>
  close(): void
}

/** A sink, before it runs. */
export interface Sink {
  readonly guarantee: SinkGuarantee
  writer(): SinkWriter
  readonly committer?: ((context: OperatorContext) => Committer) | undefined
  /** Once per attempt, before any subtask opens: check access, take leases, make directories. Released by the returned effect. */
  readonly prepare?:
    | ((context: SinkJobContext) => Effect.Effect<Effect.Effect<void>, AnyFault>)
    | undefined
  /** Take back what was made visible with checkpoints after `checkpoint`, which is being restored (Law 5). Called once per attempt, after `prepare`. */
  readonly rewind?:
    | ((context: SinkJobContext, checkpoint: number) => Effect.Effect<void, AnyFault>)
    | undefined
}

/** What `prepare` and `rewind` are given. */
export type SinkJobContext = Pick<OperatorContext, "job" | "disk" | "nowMillis">
