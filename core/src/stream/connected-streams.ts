/** Two streams that one function processes: by the same key, or one by key and one in every subtask. */
import type { Exchange } from "../graph/graph.ts"
import type { BroadcastStream, DataStream } from "./data-stream.ts"
import type { NodeOptions } from "./flow.ts"
import { byKey } from "./by-key.ts"
import type { Key } from "./key.ts"
import { ProcessOperator, type ProcessSpec } from "./operator/process-operator.ts"
import type { BroadcastFunction, ConnectedFunction } from "./process-function.ts"
import type { States } from "./state/state.ts"

/** A stream with its key. */
export interface KeyedSide<K extends Key, A> {
  readonly stream: DataStream<A>
  readonly keyOf: (value: unknown) => K
}

type None = Readonly<Record<never, never>>

/** Two streams with keys of one kind. */
export class ConnectedStreams<K extends Key, A1, A2> {
  private readonly left: KeyedSide<K, A1>
  private readonly right: KeyedSide<K, A2>

  constructor(left: KeyedSide<K, A1>, right: KeyedSide<K, A2>) {
    this.left = left
    this.right = right
  }

  /** Call a function with each value of both and each timer; state is shared. In no order between the streams. */
  process<B, S extends States = None>(
    f: ConnectedFunction<K, A1, A2, B, S>,
    options?: NodeOptions
  ): DataStream<B> {
    const { left, right } = this
    const spec = {
      inputs: [
        { keyOf: left.keyOf, onValue: f.onLeft },
        { keyOf: right.keyOf, onValue: f.onRight }
      ],
      onTimer: f.onTimer,
      states: f.state ?? {},
      broadcast: {},
      sides: (f.sides ?? []).map((side) => side.name)
    } as unknown as ProcessSpec
    return left.stream.derive({
      kind: "connect",
      inputs: [left.stream.edge(byKey(left.keyOf)), right.stream.edge(byKey(right.keyOf))],
      work: { kind: "operator", make: () => new ProcessOperator(spec) },
      options
    }, spec.sides)
  }
}

const everywhere: Exchange = { kind: "broadcast" }

/** A keyed stream and one that goes to every subtask. */
export class BroadcastConnected<K extends Key, A1, A2, Maps extends States> {
  private readonly left: KeyedSide<K, A1>
  private readonly right: BroadcastStream<A2, Maps>

  constructor(left: KeyedSide<K, A1>, right: BroadcastStream<A2, Maps>) {
    this.left = left
    this.right = right
  }

  /** Call a function with each value, and with each broadcast value in every subtask. */
  process<B, S extends States = None>(
    f: BroadcastFunction<K, A1, A2, B, S, Maps>,
    options?: NodeOptions
  ): DataStream<B> {
    const { left, right } = this
    const spec = {
      inputs: [
        { keyOf: left.keyOf, onValue: f.onValue },
        { keyOf: undefined, onValue: f.onBroadcast }
      ],
      onTimer: f.onTimer,
      states: f.state ?? {},
      broadcast: right.maps,
      sides: (f.sides ?? []).map((side) => side.name)
    } as unknown as ProcessSpec
    return left.stream.derive({
      kind: "broadcast-connect",
      inputs: [left.stream.edge(byKey(left.keyOf)), right.stream.edge(everywhere)],
      work: { kind: "operator", make: () => new ProcessOperator(spec) },
      options
    }, spec.sides)
  }
}
