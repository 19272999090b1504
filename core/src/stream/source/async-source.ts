/**
 * A source over values that come in their own time: async iterables, readable streams, Effect streams. They cannot be
 * read again, so the guarantee is at most once. One split, read by one subtask; at most a batch is taken ahead.
 */
import * as Effect from "effect/Effect"
import { batchRowsMax } from "../../batch/element.ts"
import type { OperatorContext, Plain } from "../../operator/operator.ts"
import type { Polled, Source, SourceReader, Split } from "../../source/source.ts"
import { valueBatch } from "../value-batch.ts"
import { Beginning, ValuesFault } from "./beginning.ts"

/** Make the source. `what` names it in errors: `an async iterable`. */
export function asyncSource(what: string, values: () => AsyncIterable<unknown>): Source {
  const beginning = new Beginning(what, () => values()[Symbol.asyncIterator]())
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
    reader: () => new AsyncReader(beginning)
  }
}

class AsyncReader implements SourceReader {
  private readonly beginning: Beginning<AsyncIterator<unknown>>
  private context: OperatorContext | undefined = undefined
  private iterator: AsyncIterator<unknown> | undefined = undefined
  private ready: Array<unknown> = []
  private ended = false
  private asking = false

  constructor(beginning: Beginning<AsyncIterator<unknown>>) {
    this.beginning = beginning
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  /** After a restore there is nothing to go on from: the new stream is read from its start. */
  add(): void {
    this.iterator = this.beginning.begin()
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
      catch: (cause) => new ValuesFault({ source: this.beginning.what, cause })
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
