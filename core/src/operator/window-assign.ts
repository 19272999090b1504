/** Appends window_start, window_end and window_time to every row: a windowing function that nothing aggregates. */
import { Column } from "../batch/column.ts"
import { Batch, type Element, Tag } from "../batch/element.ts"
import { Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { type Operator, type OperatorContext, Status } from "./operator.ts"

/** A tumbling window; times in millis. */
export interface WindowAssignOptions {
  readonly sizeMillis: number
  readonly offsetMillis: number
  readonly timeColumn: number
}

const Base: FaultClass<"UnassignedWindowFault", { operator: string }> = Fault<
  { operator: string }
>()("UnassignedWindowFault", "user", "never")

/** A row has no event time. */
export class UnassignedWindowFault extends Base {
  override get message(): string {
    return `Cannot assign a row to a window in "${this.operator}" as its event time is NULL: filter such rows out before the window`
  }
}

/** An operator that assigns tumbling windows. */
export function makeWindowAssign(options: WindowAssignOptions): Operator {
  return new WindowAssign(options)
}

class WindowAssign implements Operator {
  private readonly options: WindowAssignOptions
  private name = ""
  private result: Element | undefined = undefined

  constructor(options: WindowAssignOptions) {
    this.options = options
  }

  open(context: OperatorContext): void {
    this.name = context.name
  }

  push(element: Element): void {
    this.result = element.tag === Tag.batch ? this.assign(element) : element
  }

  private assign(batch: Batch): Batch {
    const { rows } = batch
    const { sizeMillis, offsetMillis, timeColumn } = this.options
    const time = batch.columns[timeColumn]!
    if (time.nulls !== undefined && time.nulls.includes(1)) {
      throw new UnassignedWindowFault({ operator: this.name })
    }
    const times = time.values as Float64Array
    const starts = new Float64Array(rows)
    const ends = new Float64Array(rows)
    const lasts = new Float64Array(rows)
    for (let i = 0; i < rows; i++) {
      const start = Math.floor((times[i]! - offsetMillis) / sizeMillis) * sizeMillis + offsetMillis
      starts[i] = start
      ends[i] = start + sizeMillis
      lasts[i] = start + sizeMillis - 1
    }
    const appended = [starts, ends, lasts].map((values) =>
      new Column({ layout: "f64", rows, values })
    )
    return new Batch(rows, [...batch.columns, ...appended], batch.kinds, batch.timestamps)
  }

  step(): Element | Status {
    const { result } = this
    this.result = undefined
    return result ?? Status.done
  }

  snapshot(): undefined {}
}
