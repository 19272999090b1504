/** A partition of a topic, with the place where reading goes on. Plain data, kept in checkpoints. */
import type { Split } from "@millrace/core/internal"

/** **Units** offsets; `stop` is exclusive, −1: read on for ever. */
export interface PartitionSplit extends Split {
  readonly topic: string
  readonly partition: number
  /** The next record's offset. */
  readonly next: number
  readonly stop: number
  /** Rows that the record at `next` has given already: one record may hold more rows than a batch. */
  readonly skip: number
}

/** The id of a partition's split. */
export function splitId(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
