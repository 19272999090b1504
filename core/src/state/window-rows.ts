/** What operators of windows do with the rows of a batch before they count them: event times read, late rows left out. */
import { type Column, gather } from "../batch/column.ts"
import { Batch } from "../batch/element.ts"
import { Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"

const Base: FaultClass<"NullEventTimeFault", { operator: string }> = Fault<
  { operator: string }
>()("NullEventTimeFault", "user", "never")

/** A row has no event time. */
export class NullEventTimeFault extends Base {
  override get message(): string {
    return `Cannot put a row into a window in "${this.operator}" as its event time is NULL: filter such rows out before the window`
  }
}

/**
 * The millis of a time column.
 *
 * **Errors** {@link NullEventTimeFault}.
 */
export function eventTimes(time: Column, operator: string): Float64Array {
  if (time.nulls !== undefined && time.nulls.includes(1)) throw new NullEventTimeFault({ operator })
  return time.values as Float64Array
}

/** The end of the pane that each row falls into; answers the earliest. */
export function paneEnds(
  times: Float64Array,
  rows: number,
  lengthMillis: number,
  offsetMillis: number,
  into: Float64Array
): number {
  const shift = offsetMillis + lengthMillis
  let earliest = Infinity
  for (let i = 0; i < rows; i++) {
    const end = Math.floor((times[i]! - offsetMillis) / lengthMillis) * lengthMillis + shift
    into[i] = end
    if (end < earliest) earliest = end
  }
  return earliest
}

/** The given rows of a batch, kinds included. */
export function keepRows(batch: Batch, rows: Int32Array, count: number): Batch {
  return new Batch(
    count,
    batch.columns.map((column) => gather(column, rows, count)),
    batch.kinds === undefined
      ? undefined
      : Uint8Array.from({ length: count }, (_, i) => batch.kinds![rows[i]!]!)
  )
}
