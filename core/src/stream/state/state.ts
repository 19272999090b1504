/**
 * State that a process function declares: what kind, of which schema, how long it lives. The functions get handles, which
 * always mean the key in hand.
 */
import * as Duration from "effect/Duration"
import { type Migrations, plainCodec, type StateCodec, type StateSchema } from "./state-codec.ts"
import type {
  AggregatingState,
  ListState,
  MapKey,
  MapState,
  ReducingState,
  ValueState
} from "./state-handle.ts"

/** How long an entry lives after it was last written, or read as well. */
export interface TimeToLive {
  readonly ttl: Duration.Input
  /** `event`: by the watermark; `processing`: by the clock (default). */
  readonly clock?: "event" | "processing"
  /** Whether reading keeps it alive, too (default: no). */
  readonly refreshOnRead?: boolean
}

/** What may be said of a state beside its schema. */
export interface StateOptions {
  /** Rises when the schema changes (1). */
  readonly version?: number
  readonly migrations?: Migrations
  readonly timeToLive?: TimeToLive
}

/** How a state's handle is made and how its value is stored; `Handle` is what functions get. */
export interface StateDeclaration<Handle> {
  readonly kind: "value" | "list" | "map" | "reducing" | "aggregating"
  readonly schema: StateSchema<never>
  /** Of the keys of a map. */
  readonly keySchema: StateSchema<never> | undefined
  readonly options: StateOptions
  /** Instead of what the schema gives. */
  readonly codec?: StateCodec
  readonly functions:
    | {
      readonly create: () => unknown
      readonly add: (state: unknown, value: unknown) => unknown
      readonly result: (state: unknown) => unknown
    }
    | undefined
  /** Never there: carries the handle's type. */
  readonly handle?: Handle
}

/** Declarations by name. */
export type States = Readonly<Record<string, StateDeclaration<unknown>>>

/** The handles of declared states. */
export type Handles<S extends States> = {
  readonly [Name in keyof S]: S[Name] extends StateDeclaration<infer Handle> ? Handle : never
}

function declare<Handle>(
  kind: StateDeclaration<Handle>["kind"],
  schema: unknown,
  options: StateOptions = {},
  more: Partial<Pick<StateDeclaration<Handle>, "keySchema" | "functions">> = {}
): StateDeclaration<Handle> {
  return {
    kind,
    schema: schema as StateSchema<never>,
    keySchema: undefined,
    functions: undefined,
    options,
    ...more
  }
}

/** One value per key. */
export function value<A>(
  schema: StateSchema<A>,
  options?: StateOptions
): StateDeclaration<ValueState<A>> {
  return declare("value", schema, options)
}

/** One value per key, stored as it is: plain data, of which nobody checks the form. For operators of our own. */
export function plain<A>(): StateDeclaration<ValueState<A>> {
  return { ...declare<ValueState<A>>("value", undefined), codec: plainCodec }
}

/** A list per key. */
export function list<A>(
  schema: StateSchema<A>,
  options?: StateOptions
): StateDeclaration<ListState<A>> {
  return declare("list", schema, options)
}

/** A map per key. Its time to live is that of the whole map. */
export function map<K extends MapKey, V>(
  keySchema: StateSchema<K>,
  schema: StateSchema<V>,
  options?: StateOptions
): StateDeclaration<MapState<K, V>> {
  return declare("map", schema, options, { keySchema: keySchema as StateSchema<never> })
}

/** One value per key into which others are folded. */
export function reducing<A>(
  schema: StateSchema<A>,
  reduce: (before: A, value: A) => A,
  options?: StateOptions
): StateDeclaration<ReducingState<A>> {
  const add = (state: unknown, added: unknown): unknown =>
    state === undefined ? added : reduce(state as A, added as A)
  return declare("reducing", schema, options, {
    functions: { create: () => undefined, add, result: (state) => state }
  })
}

/** An accumulator per key, of the given schema, that answers something else. */
export function aggregating<Acc, In, Out>(
  schema: StateSchema<Acc>,
  aggregation: {
    readonly create: () => Acc
    readonly add: (state: Acc, value: In) => Acc
    readonly result: (state: Acc) => Out
  },
  options?: StateOptions
): StateDeclaration<AggregatingState<In, Out>> {
  return declare("aggregating", schema, options, {
    functions: aggregation as unknown as NonNullable<StateDeclaration<unknown>["functions"]>
  })
}
