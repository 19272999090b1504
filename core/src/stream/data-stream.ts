/**
 * The typed DataStream API: a program that says how streams of values are transformed. It builds a graph; nothing runs until
 * the job does. Values are the user's own and must not be changed once handed over.
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { Fault, type FaultClass } from "../fault.ts"
import type { Exchange } from "../graph/graph.ts"
import type { Operator } from "../operator/operator.ts"
import type { Sink } from "../sink/sink.ts"
import { byKey } from "./by-key.ts"
import type { Flow, NodeOptions, NodeSpec } from "./flow.ts"
import type { Key } from "./key.ts"
import { KeyedStream } from "./keyed-stream.ts"
import { AssignTimeOperator } from "./operator/assign-time.ts"
import { JoinOperator } from "./operator/join.ts"
import { MapEffectOperator, type MapEffectSettings } from "./operator/map-effect.ts"
import { FilterOperator, FlatMapOperator, MapOperator } from "./operator/transform.ts"
import type { SideOutput } from "./side-output.ts"
import { functionSink, type SinkFunction } from "./sink/function-sink.ts"
import type { States } from "./state/state.ts"

const forward: Exchange = { kind: "forward" }

const UnknownSideOutputBase: FaultClass<
  "UnknownSideOutput",
  { output: string; known: ReadonlyArray<string> }
> = Fault<{ output: string; known: ReadonlyArray<string> }>()("UnknownSideOutput", "user", "never")

/** A side output was asked of a stream whose function does not declare it. */
export class UnknownSideOutput extends UnknownSideOutputBase {
  override get message(): string {
    const known = this.known.length === 0 ? "none" : this.known.join(", ")
    return `The function has no side output '${this.output}' (declared: ${known}): add it to the function's \`sides\``
  }
}

/** A stream of values of type `A`. */
export class DataStream<A> {
  readonly flow: Flow
  readonly node: string
  /** The output of the node. */
  private readonly port: number
  /** Names of the node's side outputs: ports 1, 2, … */
  private readonly sides: ReadonlyArray<string>

  constructor(flow: Flow, node: string, port = 0, sides: ReadonlyArray<string> = []) {
    this.flow = flow
    this.node = node
    this.port = port
    this.sides = sides
  }

  /** This stream as the input of a node. */
  edge(exchange: Exchange): NodeSpec["inputs"][number] {
    return { from: this.node, port: this.port, exchange }
  }

  /** Add a node to the job; answers its main output. */
  derive<B>(spec: NodeSpec, sides: ReadonlyArray<string> = []): DataStream<B> {
    return new DataStream(this.flow, this.flow.add(spec), 0, sides)
  }

  /** The values that the function behind this stream gave to a side output. */
  side<B>(output: SideOutput<B>): DataStream<B> {
    const port = this.sides.indexOf(output.name) + 1
    if (port === 0) throw new UnknownSideOutput({ output: output.name, known: this.sides })
    return new DataStream(this.flow, this.node, port)
  }

  /** Send every value to every subtask of the function that it is connected with. */
  broadcast<Maps extends States>(maps: Maps): BroadcastStream<A, Maps> {
    return new BroadcastStream(this, maps)
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

  /**
   * Call an effect for each value, many at a time: the way to services. Values in flight are part of checkpoints, as plain
   * data, and asked for again after a restart. A failure that `retry` does not mend fails the job.
   */
  mapEffect<B, E>(
    f: (value: A) => Effect.Effect<B, E>,
    settings: MapEffectSettings<E> = {},
    options?: NodeOptions
  ): DataStream<B> {
    const run = f as (value: unknown) => Effect.Effect<unknown, unknown>
    const make = () => new MapEffectOperator(run, settings as MapEffectSettings<unknown>)
    return this.transform("map-effect", make, options)
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
    const inputs = [this, ...others].map((stream) => stream.edge(forward))
    const make = () => new MapOperator((value) => value)
    return this.derive({
      kind: "union",
      inputs,
      work: { kind: "operator", make },
      options: undefined
    })
  }

  /** Deal values round robin over all subtasks of what follows. */
  rebalance(): DataStream<A> {
    const make = () => new MapOperator((value) => value)
    return this.transform("rebalance", make, undefined, { kind: "rebalance" })
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
      inputs: [this.edge(forward)],
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
    return this.derive({
      kind,
      inputs: [this.edge(exchange)],
      work: { kind: "operator", make },
      options
    })
  }
}

/** A stream whose values go to every subtask, with the maps in which functions keep what it tells. */
export class BroadcastStream<A, Maps extends States> {
  readonly stream: DataStream<A>
  readonly maps: Maps

  constructor(stream: DataStream<A>, maps: Maps) {
    this.stream = stream
    this.maps = maps
  }

  /** As of its stream. */
  edge(exchange: Exchange): NodeSpec["inputs"][number] {
    return this.stream.edge(exchange)
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
    const inputs = [this.left.edge(byKey(keys[0])), this.right.edge(byKey(keys[1]))]
    const work = { kind: "operator" as const, make: () => new JoinOperator(sides) }
    return this.left.derive({ kind: "join", inputs, work, options })
  }
}
