/**
 * A source over values that come in their own time: async iterables, readable streams, Effect streams. They cannot be
 * read again, so the guarantee is at most once. One split, read by one subtask; at most a batch is taken ahead.
 */
import * as Effect from "effect/Effect"
import { batchRowsMax } from "../../batch/element.ts"
import { Fault, type FaultClass } from "../../fault.ts"
import type { OperatorContext, Plain } from "../../operator/operator.ts"
import type { Polled, Source, SourceReader, Split } from "../../source/source.ts"
import { valueBatch } from "../value-batch.ts"

const ValuesFaultBase: FaultClass<"ValuesFault", { source: string; cause: unknown }> = Fault<
  { source: string; cause: unknown }
>()(
  "ValuesFault",
  "user",
  "never"
)

/** The user's stream of values failed. */
export class ValuesFault extends ValuesFaultBase {
  override get message(): string {
    return `Cannot read from ${this.source}: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

/** Make the source. `what` names it in errors: `an async iterable`. */
export function asyncSource(what: string, values: () => AsyncIterable<unknown>): Source {
  return {
    boundedness: "bounded",
    guarantee: "at-most-once",
    enumerator: (context) => {
      let given = context.restored === true
      return {
        next: () => {
          if (given) return "done"
          given = true
          return { id: "values" }
        },
        snapshot: (): Plain => given,
        close: () => {}
      }
    },
    reader: () => new AsyncReader(what, values)
  }
}

class AsyncReader implements SourceReader {
  private readonly what: string
  private readonly values: () => AsyncIterable<unknown>
  private context: OperatorContext | undefined = undefined
  private iterator: AsyncIterator<unknown> | undefined = undefined
  private ready: Array<unknown> = []
  private ended = false
  private asking = false

  constructor(what: string, values: () => AsyncIterable<unknown>) {
    this.what = what
    this.values = values
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  /** After a restore there is nothing to go on from: the new stream is read from its start. */
  add(): void {
    this.iterator = this.values()[Symbol.asyncIterator]()
    this.ask()
  }

  poll(): Polled {
    if (this.ready.length > 0) {
      const out = this.ready
      this.ready = []
      this.ask()
      return { kind: "batch", split: "values", batch: valueBatch(out, undefined) }
    }
    if (!this.ended || this.iterator === undefined) return { kind: "empty" }
    this.iterator = undefined
    return { kind: "finished", split: "values" }
  }

  private ask(): void {
    if (this.asking || this.ended || this.iterator === undefined) return
    this.asking = true
    this.context!.fork(this.take(this.iterator), () => {
      this.asking = false
      if (this.ready.length < batchRowsMax) this.ask()
    })
  }

  private take(iterator: AsyncIterator<unknown>): Effect.Effect<void, ValuesFault> {
    return Effect.tryPromise({
      try: async () => {
        const next = await iterator.next()
        if (next.done === true) this.ended = true
        else this.ready.push(next.value)
      },
      catch: (cause) => new ValuesFault({ source: this.what, cause })
    })
  }

  snapshot(): ReadonlyArray<Split> {
    return this.iterator === undefined ? [] : [{ id: "values" }]
  }

  close(): void {
    // The stream's own clean-up may wait; nothing of the job waits for it.
    this.iterator?.return?.().catch(() => {})
    this.iterator = undefined
  }
}
