/**
 * The typed DataStream API: a program that says how streams of values are transformed. It builds a graph; nothing runs until
 * the job does. Values are the user's own and must not be changed once handed over.
 */
import * as Duration from "effect/Duration"
import type { Batch } from "../batch/element.ts"
import type { Exchange } from "../graph/graph.ts"
import type { Operator } from "../operator/operator.ts"
import type { Sink } from "../sink/sink.ts"
import type { Flow, NodeOptions } from "./flow.ts"
import { hashOf, identityOf, type Key } from "./key.ts"
import { AssignTimeOperator } from "./operator/assign-time.ts"
import { JoinOperator } from "./operator/join.ts"
import { ReduceOperator } from "./operator/reduce.ts"
import { FilterOperator, FlatMapOperator, MapOperator } from "./operator/transform.ts"
import { type Aggregation, WindowAggregateOperator } from "./operator/window-aggregate.ts"
import { functionSink, type SinkFunction } from "./sink/function-sink.ts"
import { valuesOf } from "./value-batch.ts"
import type { TumblingWindows } from "./window.ts"

const forward: Exchange = { kind: "forward" }

/** A stream of values of type `A`. */
export class DataStream<A> {
  readonly flow: Flow
  readonly node: string

  constructor(flow: Flow, node: string) {
    this.flow = flow
    this.node = node
  }

  /** One value for each. */
  map<B>(f: (value: A) => B, options?: NodeOptions): DataStream<B> {
    return this.transform("map", () => new MapOperator(f as (value: unknown) => unknown), options)
  }

  /** Those for which `f` is true. */
  filter<B extends A>(f: (value: A) => value is B, options?: NodeOptions): DataStream<B>
  filter(f: (value: A) => boolean, options?: NodeOptions): DataStream<A>
  filter(f: (value: A) => boolean, options?: NodeOptions): DataStream<A> {
    return this.transform(
      "filter",
      () => new FilterOperator(f as (value: unknown) => boolean),
      options
    )
  }

  /** Any number of values for each; an endless iterable is taken as far as there is room. */
  flatMap<B>(f: (value: A) => Iterable<B>, options?: NodeOptions): DataStream<B> {
    return this.transform(
      "flat-map",
      () => new FlatMapOperator(f as (value: unknown) => Iterable<unknown>),
      options
    )
  }

  /** Give values their event time (finite epoch millis or a valid Date, else an EventTimeFault); watermarks trail the latest by `lag`. */
  withEventTime(
    timeOf: (value: A) => number | Date,
    settings: { readonly lag: Duration.Input },
    options?: NodeOptions
  ): DataStream<A> {
    const lagMillis = Duration.toMillis(settings.lag)
    const time = (value: unknown) => Number(timeOf(value as A))
    return this.transform("event-time", () => new AssignTimeOperator(time, lagMillis), options)
  }

  /** All values of this stream and of others, in no order between them. */
  union(...others: ReadonlyArray<DataStream<A>>): DataStream<A> {
    const inputs = [this, ...others].map((stream) => ({ from: stream.node, exchange: forward }))
    const make = () => new MapOperator((value) => value)
    return new DataStream(
      this.flow,
      this.flow.add({ kind: "union", inputs, work: { kind: "operator", make }, options: undefined })
    )
  }

  /** Deal values round robin over all subtasks of what follows. */
  rebalance(): DataStream<A> {
    const make = () => new MapOperator((value) => value)
    const inputs = [{ from: this.node, exchange: { kind: "rebalance" } as const }]
    return new DataStream(
      this.flow,
      this.flow.add({
        kind: "rebalance",
        inputs,
        work: { kind: "operator", make },
        options: undefined
      })
    )
  }

  /** Partition by key: what follows keeps state per key. */
  keyBy<K extends Key>(keyOf: (value: A) => K): KeyedStream<K, A> {
    return new KeyedStream(this, keyOf)
  }

  /** Begin an inner join with another stream. */
  join<B>(other: DataStream<B>): Join<A, B> {
    return new Join(this, other)
  }

  /** Write to a sink. */
  sinkTo(sink: Sink, options?: NodeOptions): void {
    this.flow.add({
      kind: "sink",
      inputs: [{ from: this.node, exchange: forward }],
      work: { kind: "sink", sink },
      options
    })
  }

  /** Call a function with each value. */
  forEach(f: SinkFunction<A>, options?: NodeOptions): void {
    this.sinkTo(functionSink(f as SinkFunction<unknown>), options)
  }

  /** Add an operator behind this stream. */
  transform<B>(
    kind: string,
    make: () => Operator,
    options: NodeOptions | undefined,
    exchange: Exchange = forward
  ): DataStream<B> {
    const inputs = [{ from: this.node, exchange }]
    return new DataStream(
      this.flow,
      this.flow.add({ kind, inputs, work: { kind: "operator", make }, options })
    )
  }
}

/** Deals batches of values by the hash of their key. */
function byKey(keyOf: (value: unknown) => Key): Exchange {
  return {
    kind: "hash",
    hash: (batch: Batch, into: Int32Array) => {
      const values = valuesOf(batch)
      for (let i = 0; i < values.length; i++) into[i] = hashOf(identityOf(keyOf(values[i])))
    }
  }
}

/** A stream partitioned by key. */
export class KeyedStream<K extends Key, A> {
  private readonly stream: DataStream<A>
  private readonly keyOf: (value: unknown) => K

  constructor(stream: DataStream<A>, keyOf: (value: A) => K) {
    this.stream = stream
    this.keyOf = keyOf as (value: unknown) => K
  }

  /** Combine each value with what was kept for its key, give the result and keep it. What is kept must be plain data. */
  reduce(f: (before: A, value: A) => A, options?: NodeOptions): DataStream<A> {
    const { keyOf } = this
    const make = () => new ReduceOperator(keyOf, f as (before: unknown, value: unknown) => unknown)
    return this.stream.transform("reduce", make, options, byKey(keyOf))
  }

  /** Deal the values of each key into windows of event time. */
  window(windows: TumblingWindows): WindowedStream<K, A> {
    return new WindowedStream(this.stream, this.keyOf, windows)
  }
}

/** A keyed stream dealt into windows. */
export class WindowedStream<K extends Key, A> {
  private readonly stream: DataStream<A>
  private readonly keyOf: (value: unknown) => K
  private readonly windows: TumblingWindows

  constructor(stream: DataStream<A>, keyOf: (value: unknown) => K, windows: TumblingWindows) {
    this.stream = stream
    this.keyOf = keyOf
    this.windows = windows
  }

  /**
   * One result per key and window, when the watermark passes the window's end; its event time is the window's last milli.
   * Values that come later are dropped and counted (`lateRows`). The accumulator must be plain data.
   */
  aggregate<State, B>(
    aggregation: Omit<Aggregation<A, State, B>, "result"> & {
      readonly result: (
        state: State,
        key: K,
        window: { readonly start: number; readonly end: number }
      ) => B
    },
    options?: NodeOptions
  ): DataStream<B> {
    const { keyOf, windows } = this
    const make = () =>
      new WindowAggregateOperator(
        windows,
        keyOf,
        aggregation as unknown as Aggregation<unknown, unknown, unknown>
      )
    return this.stream.transform("window-aggregate", make, options, byKey(keyOf))
  }
}

/** An inner join that is being described. */
export class Join<A, B> {
  private readonly left: DataStream<A>
  private readonly right: DataStream<B>

  constructor(left: DataStream<A>, right: DataStream<B>) {
    this.left = left
    this.right = right
  }

  /** Every pair with equal keys, once; a bounded side frees what the other side keeps when it has ended. */
  on<C>(
    leftKey: (value: A) => Key,
    rightKey: (value: B) => Key,
    select: (left: A, right: B) => C,
    options?: NodeOptions
  ): DataStream<C> {
    const keys = [leftKey, rightKey] as unknown as readonly [
      (value: unknown) => Key,
      (value: unknown) => Key
    ]
    const sides = { keys, select: select as (left: unknown, right: unknown) => unknown }
    const inputs = [{ from: this.left.node, exchange: byKey(keys[0]) }, {
      from: this.right.node,
      exchange: byKey(keys[1])
    }]
    const work = { kind: "operator" as const, make: () => new JoinOperator(sides) }
    return new DataStream(
      this.left.flow,
      this.left.flow.add({ kind: "join", inputs, work, options })
    )
  }
}
