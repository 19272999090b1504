/** Gives values their event time and makes watermarks that trail the latest by a fixed lag. */
import { type Element, Watermark } from "../../batch/element.ts"
import {
  type Operator,
  type OperatorContext,
  type Snapshot,
  Status
} from "../../operator/operator.ts"
import { Fault, type FaultClass } from "../../fault.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"

const EventTimeFaultBase: FaultClass<"EventTimeFault", { given: number }> = Fault<
  { given: number }
>()("EventTimeFault", "user", "never")

/** A value has no event time. Without this it would be late for every window, or end all of them. */
export class EventTimeFault extends EventTimeFaultBase {
  override get message(): string {
    return `Cannot use ${this.given} as an event time: wanted finite milliseconds since 1970 or a valid Date; filter values without a time before`
  }
}

/** Watermarks from before are replaced, but for the last one of bounded input. State: the latest watermark. */
export class AssignTimeOperator implements Operator {
  private readonly timeOf: (value: unknown) => number
  private readonly lagMillis: number
  private pending: Element | undefined = undefined
  private after: Watermark | undefined = undefined
  private latest = -Infinity

  constructor(timeOf: (value: unknown) => number, lagMillis: number) {
    this.timeOf = timeOf
    this.lagMillis = lagMillis
  }

  open(context: OperatorContext): void {
    for (const item of context.restored?.union ?? []) {
      this.latest = Math.min(this.latest === -Infinity ? Infinity : this.latest, item as number)
    }
  }

  push(element: Element): void {
    this.pending = element
  }

  step(): Element | Status {
    const { pending, after } = this
    if (after !== undefined) {
      this.after = undefined
      return after
    }
    this.pending = undefined
    if (pending === undefined) return Status.done
    if (pending.tag === 1) return pending.time === Infinity ? pending : Status.done
    if (pending.tag !== 0) return pending
    const values = valuesOf(pending)
    const times = new Float64Array(values.length)
    let most = -Infinity
    for (let i = 0; i < times.length; i++) {
      const time = this.timeOf(values[i])
      if (!Number.isFinite(time)) throw new EventTimeFault({ given: time })
      times[i] = time
      if (time > most) most = time
    }
    if (most - this.lagMillis > this.latest) {
      this.latest = most - this.lagMillis
      // One milli less: a later row may still have the very time of the latest.
      this.after = new Watermark(this.latest - 1)
    }
    return valueBatch(values, times)
  }

  snapshot(): Snapshot | undefined {
    return this.latest === -Infinity ? undefined : { union: [this.latest] }
  }
}
