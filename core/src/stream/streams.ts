/** What a job's program is given: it makes the first streams, from values at hand, from the user's own streams, and from tables. */
import * as Stream from "effect/Stream"
import type { Source } from "../source/source.ts"
import { DataStream } from "./data-stream.ts"
import type { Flow, NodeOptions } from "./flow.ts"
import { type RecordSchema, rowCodec } from "./schema-row.ts"
import { asyncSource } from "./source/async-source.ts"
import { iterableSource } from "./source/iterable-source.ts"
import type { TableOptions, Tables } from "./tables.ts"

/** The beginnings of streams. */
export class Streams {
  private readonly flow: Flow
  private readonly tables: Tables

  constructor(flow: Flow, tables: Tables) {
    this.flow = flow
    this.tables = tables
  }

  /** The values of an iterable, or of what a function gives at every start. Exactly once if it gives the same again. */
  fromIterable<A>(values: Iterable<A> | (() => Iterable<A>), options?: NodeOptions): DataStream<A> {
    return this.from(
      "iterable",
      iterableSource(typeof values === "function" ? values : () => values),
      { parallelism: 1, ...options }
    )
  }

  /** The values of an async iterable, as they come. At most once: they cannot be read again. */
  fromAsyncIterable<A>(
    values: AsyncIterable<A> | (() => AsyncIterable<A>),
    options?: NodeOptions
  ): DataStream<A> {
    const make = typeof values === "function" ? values : () => values
    return this.from("async-iterable", asyncSource("an async iterable", make), {
      parallelism: 1,
      ...options
    })
  }

  /**
   * The chunks of a web stream. At most once. The stream is cancelled when the job ends before it, so a job that may restart gives a
   * function that opens a new one.
   */
  fromReadableStream<A>(
    stream: ReadableStream<A> | (() => ReadableStream<A>),
    options?: NodeOptions
  ): DataStream<A> {
    const given = typeof stream === "function" ? undefined : new Chunks(stream)
    const open = () => given ?? new Chunks((stream as () => ReadableStream<A>)())
    return this.from("readable-stream", asyncSource("a readable stream", open), {
      parallelism: 1,
      ...options
    })
  }

  /** The values of an Effect stream that needs nothing more. At most once. */
  fromStream<A, E>(stream: Stream.Stream<A, E>, options?: NodeOptions): DataStream<A> {
    return this.from(
      "stream",
      asyncSource("an Effect stream", () => Stream.toAsyncIterable(stream)),
      { parallelism: 1, ...options }
    )
  }

  /** The values of any source that gives batches of values. */
  from<A>(kind: string, source: Source, options?: NodeOptions): DataStream<A> {
    const work = {
      kind: "source" as const,
      source,
      compute: undefined,
      watermark: undefined,
      badRecords: undefined
    }
    return new DataStream(this.flow, this.flow.add({ kind, inputs: [], work, options }))
  }

  /** The rows of a table as records of a schema: connector and format as in SQL's WITH clause. */
  fromTable<A>(options: TableOptions, schema: RecordSchema<A>, node?: NodeOptions): DataStream<A> {
    const codec = rowCodec(schema)
    const work = this.tables.source(options, codec)
    return new DataStream(
      this.flow,
      this.flow.add({ kind: `table ${options["connector"]}`, inputs: [], work, options: node })
    )
  }

  /** Write records to a table: connector and format as in SQL's WITH clause. */
  toTable<A>(
    stream: DataStream<A>,
    options: TableOptions,
    schema: RecordSchema<A>,
    node?: NodeOptions
  ): void {
    stream.sinkTo(this.tables.sink(options, rowCodec(schema)), node)
  }
}

/** The chunks of a web stream. Unlike a generator it can be ended while a chunk is awaited, and then cancels the stream. */
class Chunks<A> implements AsyncIterableIterator<A> {
  private readonly stream: ReadableStream<A>
  private reader: ReadableStreamDefaultReader<A> | undefined = undefined

  constructor(stream: ReadableStream<A>) {
    this.stream = stream
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<A>> {
    this.reader ??= this.stream.getReader()
    const { done, value } = await this.reader.read()
    if (!done) return { done, value }
    this.reader.releaseLock()
    return { done, value: undefined }
  }

  async return(): Promise<IteratorResult<A>> {
    await this.reader?.cancel()
    this.reader?.releaseLock()
    return { done: true, value: undefined }
  }
}
