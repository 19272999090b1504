/** A piece of a table's files: a whole file, a range of its bytes, or a range of its rows. Plain data, kept in checkpoints. */
import type { Split } from "@millrace/core/internal"

/**
 * **Units** `rows` splits: `from`, `to`, `next` are byte offsets of the decoded file, a record belongs to the range in which it begins. `bulk`
 * splits: row numbers. `to` −1: the end of the file.
 */
export interface FileSplit extends Split {
  readonly kind: "rows" | "bulk"
  readonly path: string
  /** Of the file as it was listed; more that is appended later is not read. */
  readonly sizeBytes: number
  readonly modifiedMillis: number
  readonly from: number
  readonly to: number
  /** Where reading goes on. */
  readonly next: number
  /** Rows that the record at `next` has given already: one record may hold more rows than a batch. */
  readonly skip: number
}
