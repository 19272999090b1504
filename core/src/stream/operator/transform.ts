/** Stateless transformations of user values: map, filter, flatMap. Marks pass through. */
import { type Batch, batchRowsMax, type Element } from "../../batch/element.ts"
import { type Operator, type Snapshot, Status } from "../../operator/operator.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"

/** What all three share: one pending element, no state. */
abstract class Transform implements Operator {
  protected pending: Element | undefined = undefined

  open(): void {}

  push(element: Element): void {
    this.pending = element
  }

  step(): Element | Status {
    const { pending } = this
    if (pending === undefined) return Status.done
    if (pending.tag !== 0) {
      this.pending = undefined
      return pending
    }
    return this.batch(pending) ?? Status.done
  }

  /** The next piece of what comes of `batch`; clears `pending` with the last one. */
  protected abstract batch(batch: Batch): Batch | undefined

  snapshot(): Snapshot | undefined {
    return undefined
  }
}

/** One value for each. */
export class MapOperator extends Transform {
  private readonly f: (value: unknown) => unknown

  constructor(f: (value: unknown) => unknown) {
    super()
    this.f = f
  }

  protected batch(batch: Batch): Batch {
    this.pending = undefined
    const { f } = this
    const values = valuesOf(batch)
    const out = new Array<unknown>(values.length)
    for (let i = 0; i < out.length; i++) out[i] = f(values[i])
    return valueBatch(out, batch.timestamps)
  }
}

/** Those for which `f` is true. */
export class FilterOperator extends Transform {
  private readonly f: (value: unknown) => boolean

  constructor(f: (value: unknown) => boolean) {
    super()
    this.f = f
  }

  protected batch(batch: Batch): Batch | undefined {
    this.pending = undefined
    const { f } = this
    const values = valuesOf(batch)
    const out: Array<unknown> = []
    const times = batch.timestamps === undefined ? undefined : new Float64Array(values.length)
    for (let i = 0; i < values.length; i++) {
      if (!f(values[i])) continue
      if (times !== undefined) times[out.length] = batch.timestamps![i]!
      out.push(values[i])
    }
    if (out.length === values.length) return batch
    return out.length === 0 ? undefined : valueBatch(out, times?.subarray(0, out.length))
  }
}

/** Any number of values for each; resumable within one value's results. */
export class FlatMapOperator extends Transform {
  private readonly f: (value: unknown) => Iterable<unknown>
  private row = 0
  private rest: Iterator<unknown> | undefined = undefined

  constructor(f: (value: unknown) => Iterable<unknown>) {
    super()
    this.f = f
  }

  protected batch(batch: Batch): Batch | undefined {
    const values = valuesOf(batch)
    const out: Array<unknown> = []
    const times = batch.timestamps === undefined ? undefined : new Float64Array(batchRowsMax)
    while (this.row < values.length) {
      this.rest ??= this.f(values[this.row])[Symbol.iterator]()
      for (let next = this.rest.next();; next = this.rest.next()) {
        if (next.done === true) break
        if (times !== undefined) times[out.length] = batch.timestamps![this.row]!
        out.push(next.value)
        // Full: the iterator is kept, and goes on behind what it gave last.
        if (out.length === batchRowsMax) return valueBatch(out, times)
      }
      this.rest = undefined
      this.row++
    }
    this.row = 0
    this.pending = undefined
    return out.length === 0 ? undefined : valueBatch(out, times?.subarray(0, out.length))
  }
}
