/** Batches of user values: one OBJECT column. */
import { Column } from "../batch/column.ts"
import { Batch } from "../batch/element.ts"

/** A batch of `values`; `timestamps` (epoch millis) when event time was assigned. Both arrays are taken over. */
export function valueBatch(
  values: ReadonlyArray<unknown>,
  timestamps: Float64Array | undefined,
  port?: number
): Batch {
  const column = new Column({ layout: "object", rows: values.length, values })
  return new Batch(values.length, [column], undefined, timestamps, port)
}

/** The values of such a batch. Not to be changed. */
export function valuesOf(batch: Batch): ReadonlyArray<unknown> {
  return batch.columns[0]!.values as ReadonlyArray<unknown>
}
