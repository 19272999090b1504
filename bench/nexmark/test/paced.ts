/** The filesystem connector, but a reader that has given a few batches waits for the next checkpoint: so that a short job has several. */
import type {
  ConnectorFactory,
  OperatorContext,
  Source,
  SourceReader
} from "@millrace/core/internal"
import { factory } from "@millrace/connector-filesystem"

const batchesBetween = 3

/** The connector `paced`. */
export const paced: ConnectorFactory = {
  ...factory,
  identifier: "paced",
  source: {
    traits: factory.source!.traits,
    make: (context, abilities) => pace(factory.source!.make(context, abilities))
  }
}

function pace(source: Source): Source {
  return {
    ...source,
    enumerator: (context) => source.enumerator(context),
    reader: () => new PacedReader(source.reader())
  }
}

class PacedReader implements SourceReader {
  private readonly inner: SourceReader
  private context: OperatorContext | undefined = undefined
  private left = batchesBetween

  constructor(inner: SourceReader) {
    this.inner = inner
  }

  open(context: OperatorContext): void {
    this.context = context
    this.inner.open(context)
  }

  add(split: Parameters<SourceReader["add"]>[0]): void {
    this.inner.add(split)
  }

  poll(): ReturnType<SourceReader["poll"]> {
    if (this.left === 0) return { kind: "empty" }
    const polled = this.inner.poll()
    if (polled.kind === "batch") this.left--
    return polled
  }

  snapshot(): ReturnType<SourceReader["snapshot"]> {
    return this.inner.snapshot()
  }

  complete(checkpoint: number): void {
    this.inner.complete?.(checkpoint)
    this.left = batchesBetween
    this.context!.notify()
  }

  close(): void {
    this.inner.close()
  }
}
