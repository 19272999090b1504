/** A sink that hands each value to a function, in order per subtask: at least once, since a crash repeats what came after the last checkpoint. */
import * as Effect from "effect/Effect"
import { type AnyFault, Fault, type FaultClass } from "../../fault.ts"
import type { OperatorContext, Plain } from "../../operator/operator.ts"
import type { Batch } from "../../batch/element.ts"
import type { Sink, SinkWriter } from "../../sink/sink.ts"
import { valuesOf } from "../value-batch.ts"

/** What may be given: its effect, promise or nothing is waited for before the next value. */
export type SinkFunction<A> = (value: A) => void | PromiseLike<void> | Effect.Effect<void, unknown>

const SinkFunctionFaultBase: FaultClass<"SinkFunctionFault", { sink: string; cause: unknown }> =
  Fault<
    { sink: string; cause: unknown }
  >()("SinkFunctionFault", "user", "backoff")

/** The user's function failed. */
export class SinkFunctionFault extends SinkFunctionFaultBase {
  override get message(): string {
    return `The function of sink "${this.sink}" failed: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** Make the sink. */
export function functionSink(f: SinkFunction<unknown>): Sink {
  return { guarantee: "at-least-once", writer: () => new FunctionWriter(f) }
}

class FunctionWriter implements SinkWriter {
  private readonly f: SinkFunction<unknown>
  private context: OperatorContext | undefined = undefined
  private busy = false

  constructor(f: SinkFunction<unknown>) {
    this.f = f
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  ready(): boolean {
    return !this.busy
  }

  write(batch: Batch): void {
    this.run(valuesOf(batch), 0)
  }

  /** Calls synchronous functions in a loop; the first that answers something to wait for moves the rest into a fiber. */
  private run(values: ReadonlyArray<unknown>, from: number): void {
    for (let i = from; i < values.length; i++) {
      let answer: ReturnType<SinkFunction<unknown>>
      try {
        answer = this.f(values[i])
      } catch (cause) {
        throw this.fault(cause)
      }
      if (answer === undefined) continue
      this.busy = true
      const waiting = answer
      this.context!.fork(this.wait(waiting), () => {
        this.busy = false
        this.run(values, i + 1)
      })
      return
    }
  }

  private wait(
    answer: PromiseLike<void> | Effect.Effect<void, unknown>
  ): Effect.Effect<void, AnyFault> {
    if (Effect.isEffect(answer)) {
      return Effect.mapError(answer as Effect.Effect<void, unknown>, (cause) => this.fault(cause))
    }
    return Effect.tryPromise({
      try: () => Promise.resolve(answer),
      catch: (cause) => this.fault(cause)
    })
  }

  private fault(cause: unknown): SinkFunctionFault {
    return new SinkFunctionFault({ sink: this.context!.name, cause })
  }

  prepareCommit(): Effect.Effect<ReadonlyArray<Plain>, AnyFault> {
    return Effect.succeed([])
  }

  snapshot(): ReadonlyArray<Plain> {
    return []
  }

  close(): void {}
}
