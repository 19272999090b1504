/** Streams partitioned by key: what keeps state per key begins here. */
import { byKey } from "./by-key.ts"
import { BroadcastConnected, ConnectedStreams, type KeyedSide } from "./connected-streams.ts"
import type { BroadcastStream, DataStream } from "./data-stream.ts"
import type { NodeOptions } from "./flow.ts"
import type { Key } from "./key.ts"
import { ProcessOperator, type ProcessSpec } from "./operator/process-operator.ts"
import { ReduceOperator } from "./operator/reduce.ts"
import type { ProcessFunction } from "./process-function.ts"
import { plain, type States } from "./state/state.ts"
import { IntervalJoin, WindowJoin } from "./time-join.ts"
import type { AlignedWindows, Windows } from "./window.ts"
import { WindowedStream } from "./windowed-stream.ts"

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

  /** Keep an accumulator per key, which must be plain data, and give its result for every value. */
  aggregate<State, B>(
    aggregation: {
      readonly create: () => State
      readonly add: (state: State, value: A) => State
      readonly result: (state: State, key: K) => B
    },
    options?: NodeOptions
  ): DataStream<B> {
    return this.process({
      state: { accumulator: plain<State>() },
      onValue: (value, { key, state }) => {
        const { accumulator } = state
        const next = aggregation.add(accumulator.get() ?? aggregation.create(), value)
        accumulator.set(next)
        return [aggregation.result(next, key)]
      }
    }, { name: "aggregate", ...options })
  }

  /** Deal the values of each key into windows. */
  window(windows: Windows): WindowedStream<K, A> {
    return new WindowedStream({
      stream: this.stream,
      keyOf: this.keyOf,
      windows,
      trigger: undefined,
      latenessMillis: 0,
      lateTo: undefined
    })
  }

  /** Begin a join with the values of another stream that have the same key and are near in event time. */
  intervalJoin<B>(other: KeyedStream<K, B>): IntervalJoin<K, A, B> {
    return new IntervalJoin(this, other)
  }

  /** Begin a join with the values of another stream that have the same key and fall into the same window. */
  windowJoin<B>(other: KeyedStream<K, B>, windows: AlignedWindows): WindowJoin<K, A, B> {
    return new WindowJoin(this, other, windows)
  }
}
