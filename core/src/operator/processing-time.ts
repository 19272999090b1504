/**
 * Makes processing time an event time: each row gets the moment of the job's clock at which it comes, and watermarks follow the clock, also
 * while no rows come. Whatever is built on event time then works on processing time too.
 *
 * **Invariant** moments never fall, over restores too, so no row is late behind this operator. Watermarks from above end here, but for Infinity:
 * with the end of bounded input all windows close.
 */
import * as Effect from "effect/Effect"
import { Column } from "../batch/column.ts"
import { Batch, type Element, Tag, Watermark } from "../batch/element.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** How often the clock is told while no rows come. */
const tickMillis = 50

/** An operator that writes the time into column `column`, of type TIMESTAMP_LTZ(3). */
export function makeProcessingTime(column: number): Operator {
  return new ProcessingTime(column)
}

class ProcessingTime implements Operator {
  private readonly column: number
  private context: OperatorContext | undefined = undefined
  private pending: Element | undefined = undefined
  private latest = -Infinity
  private told = -Infinity
  private ticked = false
  private ended = false

  constructor(column: number) {
    this.column = column
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const item of context.restored?.union ?? []) {
      this.latest = Math.max(this.latest, item as number)
    }
    this.tick()
  }

  private tick(): void {
    this.context!.fork(Effect.sleep(tickMillis), () => {
      if (this.ended) return
      this.ticked = true
      this.tick()
    })
  }

  private now(): number {
    return this.latest = Math.max(this.latest, this.context!.nowMillis())
  }

  push(element: Element): void {
    if (element.tag === Tag.watermark) {
      if (element.time !== Infinity) return
      this.ended = true
    }
    this.pending = element.tag === Tag.batch ? this.stamped(element) : element
  }

  private stamped(batch: Batch): Batch {
    const { rows } = batch
    const values = new Float64Array(rows).fill(this.now())
    const columns = [...batch.columns]
    columns[this.column] = new Column({ layout: "f64", rows, values })
    return new Batch(rows, columns, batch.kinds, batch.timestamps)
  }

  step(): Element | Status {
    const { pending } = this
    this.pending = undefined
    if (pending !== undefined) return pending
    if (!this.ticked || this.ended) return Status.done
    this.ticked = false
    // One milli less: a later row may still have this very moment.
    const time = this.now() - 1
    if (time <= this.told) return Status.done
    this.told = time
    return new Watermark(time)
  }

  snapshot(): Snapshot {
    return { union: this.latest === -Infinity ? [] : [this.latest] }
  }
}
