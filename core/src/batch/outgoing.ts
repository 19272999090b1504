/** Rows that an operator has worked out at once and gives in batches of the size that travels. */
import { slice } from "./column.ts"
import { Batch, batchRowsMax } from "./element.ts"

/** Holds one batch of any number of rows; an operator puts the next when `next` has given all of it. */
export class Outgoing {
  private batch: Batch | undefined = undefined
  private given = 0

  /** Take over a batch; one with more rows than may travel leaves in parts. */
  put(batch: Batch): void {
    this.batch = batch
    this.given = 0
  }

  /** The next at most 1,024 rows; undefined when all are given. Parts share the columns' buffers. */
  next(): Batch | undefined {
    const { batch, given: from } = this
    if (batch === undefined) return undefined
    const to = Math.min(batch.rows, from + batchRowsMax)
    this.given = to
    if (to === batch.rows) this.batch = undefined
    if (from === 0 && to === batch.rows) return batch
    return new Batch(
      to - from,
      batch.columns.map((column) => slice(column, from, to)),
      batch.kinds?.subarray(from, to)
    )
  }
}
