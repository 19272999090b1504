/**
 * Calls an effect for each value, many at a time: the way to services. Results leave in the order of the values, or as they
 * come between two marks. What is in flight is state: a barrier does not wait for answers, and after a restore they are
 * asked for again.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import { batchRowsMax, type Element } from "../../batch/element.ts"
import { type AnyFault, Fault, type FaultClass } from "../../fault.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  type Snapshot,
  Status
} from "../../operator/operator.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"

/** How effects are run. */
export interface MapEffectSettings<E> {
  /** Effects that run at the same time in one subtask (100). */
  readonly capacity?: number
  /** Whether results keep the order of their values (true). */
  readonly ordered?: boolean
  /** An effect that takes longer fails, and is tried again if `retry` says so. */
  readonly timeout?: Duration.Input
  /** When to try again after a failure; without it the first failure fails the job. */
  readonly retry?: Schedule.Schedule<unknown, E | MapEffectTimeout>
}

const MapEffectTimeoutBase: FaultClass<"MapEffectTimeout", { millis: number }> = Fault<
  { millis: number }
>()("MapEffectTimeout", "external", "backoff")

/** An effect took longer than its time. */
export class MapEffectTimeout extends MapEffectTimeoutBase {
  override get message(): string {
    return `No answer within ${this.millis} ms`
  }
}

const MapEffectFaultBase: FaultClass<"MapEffectFault", { operator: string; cause: unknown }> =
  Fault<{ operator: string; cause: unknown }>()("MapEffectFault", "external", "backoff")

/** The effect for a value failed for good. */
export class MapEffectFault extends MapEffectFaultBase {
  override get message(): string {
    return `The effect of "${this.operator}" failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** A value in flight, or a mark that waits for those before it. */
type Waiting =
  | {
    readonly value: unknown
    readonly time: number | undefined
    done: boolean
    result: unknown
  }
  | { readonly mark: Element }

/** See the head of this file. State: the values in flight, which must be plain data, by the subtask that had them. */
export class MapEffectOperator implements Operator {
  private readonly run: (value: unknown) => Effect.Effect<unknown, unknown>
  private readonly capacity: number
  private readonly ordered: boolean
  private context: OperatorContext | undefined = undefined
  /** In order of arrival; marks stand where they came. */
  private queue: Array<Waiting> = []
  private running = 0
  private pending: Element | undefined = undefined
  private row = 0
  private barrier: Element | undefined = undefined
  /** A mark that nothing may overtake is in the queue. */
  private ending = false

  constructor(
    f: (value: unknown) => Effect.Effect<unknown, unknown>,
    settings: MapEffectSettings<unknown>
  ) {
    const { timeout, retry } = settings
    this.capacity = settings.capacity ?? 100
    this.ordered = settings.ordered ?? true
    const timed = (value: unknown): Effect.Effect<unknown, unknown> => {
      const effect = Effect.suspend(() => f(value))
      if (timeout === undefined) return effect
      const millis = Duration.toMillis(timeout)
      return Effect.timeoutOrElse(effect, {
        duration: timeout,
        orElse: () => Effect.fail(new MapEffectTimeout({ millis }))
      })
    }
    this.run = retry === undefined ? timed : (value) => Effect.retry(timed(value), retry)
  }

  open(context: OperatorContext): void {
    this.context = context
    const stored = (context.restored?.union ?? []) as unknown as ReadonlyArray<InFlight>
    for (const { subtask, values } of stored) {
      // Those of one subtask stay together and in order, whatever the parallelism is now.
      if (subtask % context.parallelism !== context.subtask) continue
      for (const [value, time] of values) this.begin(value, time)
    }
  }

  push(element: Element): void {
    if (element.tag === 3) this.barrier = element
    else if (element.tag === 0) {
      this.pending = element
      this.row = 0
    } else {
      this.queue.push({ mark: element })
      if (element.tag !== 1 || element.time === Infinity) this.ending = true
    }
  }

  step(): Element | Status {
    const { barrier } = this
    if (barrier !== undefined) {
      // Overtakes what is in flight: that is in the snapshot.
      this.barrier = undefined
      return barrier
    }
    this.start()
    const ready = this.ordered ? this.inOrder() : this.asTheyCome()
    if (ready !== undefined) {
      this.start()
      return ready
    }
    // A watermark may wait here while more comes in, but not the last one: a barrier behind it ends the job's output.
    return this.pending !== undefined || this.ending ? Status.waiting : Status.done
  }

  private start(): void {
    const { pending } = this
    if (pending === undefined || pending.tag !== 0) return
    const values = valuesOf(pending)
    while (this.row < values.length && this.running < this.capacity) {
      const at = this.row++
      this.begin(values[at], pending.timestamps?.[at])
    }
    if (this.row === values.length) this.pending = undefined
  }

  private begin(value: unknown, time: number | undefined): void {
    const one: Waiting = { value, time, done: false, result: undefined }
    this.queue.push(one)
    this.running++
    const { name, fork } = this.context!
    const effect = Effect.mapError(
      this.run(value),
      (cause): AnyFault => new MapEffectFault({ operator: name, cause })
    )
    fork(effect, (result) => {
      one.done = true
      one.result = result
      this.running--
    })
  }

  /** What stands ready at the head of the queue. */
  private inOrder(): Element | undefined {
    let count = 0
    for (const one of this.queue) {
      if ("mark" in one || !one.done || count === batchRowsMax) break
      count++
    }
    return this.leave(this.queue.slice(0, count))
  }

  /** What is ready before the first mark. */
  private asTheyCome(): Element | undefined {
    const ready: Array<Waiting> = []
    for (const one of this.queue) {
      if ("mark" in one || ready.length === batchRowsMax) break
      if (one.done) ready.push(one)
    }
    return this.leave(ready)
  }

  private leave(ready: ReadonlyArray<Waiting>): Element | undefined {
    const [first] = this.queue
    if (ready.length === 0) {
      if (first === undefined || !("mark" in first)) return undefined
      this.queue.shift()
      this.ending = this.queue.length > 0 && this.ending
      return first.mark
    }
    const gone = new Set(ready)
    this.queue = this.queue.filter((one) => !gone.has(one))
    const values = ready.map((one) => "mark" in one ? undefined : one.result)
    const times = ready.map((one) => "mark" in one ? undefined : one.time)
    const timed = times.every((time) => time !== undefined)
    return valueBatch(values, timed ? Float64Array.from(times) : undefined)
  }

  snapshot(): Snapshot {
    const flying = this.queue.flatMap((
      one
    ): ReadonlyArray<readonly [unknown, number | undefined]> =>
      "mark" in one ? [] : [[one.value, one.time]]
    )
    const stored: InFlight = {
      subtask: this.context!.subtask,
      values: flying as InFlight["values"]
    }
    return { union: [stored as unknown as Plain] }
  }
}

interface InFlight {
  readonly subtask: number
  readonly values: ReadonlyArray<readonly [value: Plain, time: number | undefined]>
}
