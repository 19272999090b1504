/** Streams partitioned by key: what keeps state per key begins here. */
import { byKey } from "./by-key.ts"
import { BroadcastConnected, ConnectedStreams, type KeyedSide } from "./connected-streams.ts"
import type { BroadcastStream, DataStream } from "./data-stream.ts"
import type { NodeOptions } from "./flow.ts"
import type { Key } from "./key.ts"
import { ProcessOperator, type ProcessSpec } from "./operator/process-operator.ts"
import { ReduceOperator } from "./operator/reduce.ts"
import { type Aggregation, WindowAggregateOperator } from "./operator/window-aggregate.ts"
import type { ProcessFunction } from "./process-function.ts"
import type { States } from "./state/state.ts"
import type { TumblingWindows } from "./window.ts"

/** A stream partitioned by key. */
export class KeyedStream<K extends Key, A> implements KeyedSide<K, A> {
  readonly stream: DataStream<A>
  readonly keyOf: (value: unknown) => K

  constructor(stream: DataStream<A>, keyOf: (value: A) => K) {
    this.stream = stream
    this.keyOf = keyOf as (value: unknown) => K
  }

  /**
   * Combine each value with what was kept for its key, give the result and keep it. What is kept must be plain data, and `f` gives
   * a new value: one that it changes in place would change what went out before.
   */
  reduce(f: (before: A, value: A) => A, options?: NodeOptions): DataStream<A> {
    const { keyOf } = this
    const make = () => new ReduceOperator(keyOf, f as (before: unknown, value: unknown) => unknown)
    return this.stream.transform("reduce", make, options, byKey(keyOf))
  }

  /** Call a function with each value and timer; it has state per key. */
  process<B, S extends States = Readonly<Record<never, never>>>(
    f: ProcessFunction<K, A, B, S>,
    options?: NodeOptions
  ): DataStream<B> {
    const { keyOf, stream } = this
    const spec = {
      inputs: [{ keyOf, onValue: f.onValue }],
      onTimer: f.onTimer,
      states: f.state ?? {},
      broadcast: {},
      sides: (f.sides ?? []).map((side) => side.name)
    } as unknown as ProcessSpec
    return stream.derive({
      kind: "process",
      inputs: [stream.edge(byKey(keyOf))],
      work: { kind: "operator", make: () => new ProcessOperator(spec) },
      options
    }, spec.sides)
  }

  /** Process this stream together with another one of the same kind of key. */
  connect<B>(other: KeyedStream<K, B>): ConnectedStreams<K, A, B>
  /** Process this stream by what another one, whose values go to every subtask, has told. */
  connect<B, Maps extends States>(
    other: BroadcastStream<B, Maps>
  ): BroadcastConnected<K, A, B, Maps>
  connect<B, Maps extends States>(
    other: KeyedStream<K, B> | BroadcastStream<B, Maps>
  ): ConnectedStreams<K, A, B> | BroadcastConnected<K, A, B, Maps> {
    return other instanceof KeyedStream
      ? new ConnectedStreams(this, other)
      : new BroadcastConnected(this, other)
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
