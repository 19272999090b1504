/**
 * The contract of a source: an enumerator (one per job, finds and hands out splits) and readers (one per subtask, poll
 * splits and remember positions).
 *
 * **Law 1 (position).** `snapshot` gives, for every split not yet finished, the position after the last batch that
 * `poll` gave. Reading on from there gives the same records, in the same order, cut into batches at the same places.
 * **Law 2 (once).** At any checkpoint a split is in exactly one place: the enumerator's snapshot or one reader's. The
 * engine keeps it so by sending triggers and assignments through one FIFO control lane.
 * **Law 3 (lazily).** A reader asks for its next split only when it has finished the last, so that per-split
 * watermarks stay close together. Of a source with `assignment` "eager" it asks again after each split it was given, until
 * there is none: partitions that never end are all in somebody's hand.
 * **Law 4 (no wait).** `poll` never waits: it gives `empty` and calls `context.notify()` later.
 */
import type { Batch } from "../batch/element.ts"
import type { Plain } from "../operator/operator.ts"
import type { OperatorContext } from "../operator/operator.ts"

/** A piece of the input with the position to go on from. Plain data, stored in checkpoints. */
export interface Split {
  /** Unique within the source, stable over restarts. */
  readonly id: string
  readonly [key: string]: Plain
}

/** What a poll gives. */
export type Polled =
  | { readonly kind: "batch"; readonly split: string; readonly batch: Batch }
  /** The split is read to its end: its watermark no longer counts. */
  | { readonly kind: "finished"; readonly split: string }
  /** Nothing now; a notification will come, or there is no split. */
  | { readonly kind: "empty" }

/** What a reader or an enumerator can declare about loss and repetition; see docs/guarantees. */
export type SourceGuarantee = "exactly-once" | "at-least-once" | "at-most-once"

/** One subtask's reader. Synchronous calls; they throw faults. */
export interface SourceReader {
  open(context: OperatorContext): void
  add(split: Split): void
  poll(): Polled
  /** Splits in hand with their positions (Law 1). */
  snapshot(): ReadonlyArray<Split>
  /** A checkpoint is durable: acknowledge or commit offsets outside. */
  complete?(checkpoint: number): void
  close(): void
}

/** Finds splits; runs in the coordinator, one per source of the job. Synchronous, or tells of new splits by `context.discovered`. */
export interface SplitEnumerator {
  /** The next split for `subtask`; `"wait"`: none now, more may come; `"done"`: never any more. */
  next(subtask: number): Split | "wait" | "done"
  snapshot(): Plain
  close(): void
}

/** What an enumerator is given. */
export interface EnumeratorContext
  extends Pick<OperatorContext, "job" | "disk" | "fork" | "fail" | "nowMillis"> {
  readonly parallelism: number
  /** What `snapshot` gave at the restored checkpoint. */
  readonly restored: Plain
  /** Splits were found after a `"wait"`. */
  readonly discovered: () => void
}

/** A source, before it runs. */
export interface Source {
  readonly boundedness: "bounded" | "unbounded"
  readonly guarantee: SourceGuarantee
  /** How many splits a reader holds (Law 3); default: "lazy", one. */
  readonly assignment?: "lazy" | "eager" | undefined
  enumerator(context: EnumeratorContext): SplitEnumerator
  reader(): SourceReader
}

/** How event time advances with a split's batches. */
export interface WatermarkStrategy {
  /** The watermark that the rows of `batch` allow (epoch millis), or −Infinity. Called per batch, per split; the engine keeps the maximum. */
  readonly ofBatch: (batch: Batch) => number
  /** A split without rows for so long holds nobody back. Undefined: never idle. */
  readonly idleTimeoutMillis: number | undefined
}
