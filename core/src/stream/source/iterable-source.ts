/** A source over an iterable that can be made again: replayable by counting, so exactly once. One split, read by one subtask. */
import { batchRowsMax } from "../../batch/element.ts"
import type { Plain } from "../../operator/operator.ts"
import type { Polled, Source, SourceReader, Split, SplitEnumerator } from "../../source/source.ts"
import { valueBatch } from "../value-batch.ts"
import { Beginning } from "./beginning.ts"

interface CountSplit extends Split {
  readonly id: "values"
  readonly taken: number
}

/** Make the source. `values` is called at every start: it must give the same values again for a restart to be exact. */
export function iterableSource(values: () => Iterable<unknown>): Source {
  const beginning = new Beginning("an iterable", () => values()[Symbol.iterator]())
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: (context) => new OneSplit(context.restored),
    reader: () => new IterableReader(beginning)
  }
}

class OneSplit implements SplitEnumerator {
  private given: boolean

  constructor(restored: Plain) {
    this.given = restored === true
  }

  next(): Split | "done" {
    if (this.given) return "done"
    this.given = true
    return { id: "values", taken: 0 }
  }

  snapshot(): Plain {
    return this.given
  }

  close(): void {}
}

class IterableReader implements SourceReader {
  private readonly beginning: Beginning<Iterator<unknown>>
  private iterator: Iterator<unknown> | undefined = undefined
  private taken = 0

  constructor(beginning: Beginning<Iterator<unknown>>) {
    this.beginning = beginning
  }

  open(): void {}

  add(split: Split): void {
    this.taken = (split as CountSplit).taken
    this.iterator = this.beginning.begin()
    for (let i = 0; i < this.taken; i++) this.iterator.next()
  }

  poll(): Polled {
    const { iterator } = this
    if (iterator === undefined) return { kind: "empty" }
    const out: Array<unknown> = []
    while (out.length < batchRowsMax) {
      const next = iterator.next()
      if (next.done === true) {
        if (out.length > 0) break
        this.iterator = undefined
        return { kind: "finished", split: "values" }
      }
      out.push(next.value)
    }
    this.taken += out.length
    return { kind: "batch", split: "values", batch: valueBatch(out, undefined) }
  }

  snapshot(): ReadonlyArray<Split> {
    return this.iterator === undefined ? [] : [{ id: "values", taken: this.taken }]
  }

  close(): void {
    this.iterator?.return?.()
    this.iterator = undefined
  }
}
