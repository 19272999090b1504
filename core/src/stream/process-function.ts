/**
 * Process functions: code of a user that is called with each value and each timer, keeps state per key, and gives any number
 * of values. What it keeps outside of its state is lost in a crash.
 */
import type { FiredTimer } from "./operator/process-operator.ts"
import type { SideOutput } from "./side-output.ts"
import type { Handles, States } from "./state/state.ts"

export type { FiredTimer } from "./operator/process-operator.ts"

/** What a function is told of the value or timer in hand. The object is the same at every call: do not keep it. */
export interface ProcessContext<K, S extends States> {
  readonly key: K
  /** Event time of the value, or of the event timer, in epoch millis; undefined when none was assigned. */
  readonly timestamp: number | undefined
  /** Event time up to which all has come, in epoch millis; −Infinity before the first. */
  readonly watermark: number
  /** The clock. What depends on it is not the same in a second run. */
  readonly nowMillis: number
  /** States of the key. */
  readonly state: Handles<S>
  /** Give a value to a side output that the function declares. */
  readonly side: <A>(output: SideOutput<A>, value: A) => void
  /** Call `onTimer` for this key when the watermark reaches `time`. Each (key, time) once. */
  readonly onEventTime: (time: number) => void
  /** Call `onTimer` for this key when the clock reaches `time`. After the end of bounded input it does not. */
  readonly onProcessingTime: (time: number) => void
  readonly cancelEventTime: (time: number) => void
  readonly cancelProcessingTime: (time: number) => void
}

/** What a function of any kind declares. */
export interface ProcessDeclaration<S extends States> {
  /** States per key, by name. */
  readonly state?: S
  readonly sides?: ReadonlyArray<SideOutput<unknown>>
}

/** A function over a keyed stream. */
export interface ProcessFunction<K, A, B, S extends States> extends ProcessDeclaration<S> {
  /** What comes of a value: an array, a generator, or nothing. */
  readonly onValue: (value: A, context: ProcessContext<K, S>) => Iterable<B> | void
  readonly onTimer?: (timer: FiredTimer, context: ProcessContext<K, S>) => Iterable<B> | void
}

/** A function over two keyed streams that share keys, state and timers. */
export interface ConnectedFunction<K, A1, A2, B, S extends States> extends ProcessDeclaration<S> {
  readonly onLeft: (value: A1, context: ProcessContext<K, S>) => Iterable<B> | void
  readonly onRight: (value: A2, context: ProcessContext<K, S>) => Iterable<B> | void
  readonly onTimer?: (timer: FiredTimer, context: ProcessContext<K, S>) => Iterable<B> | void
}

/** What the broadcast side of a function may do: change the maps, give values. */
export interface BroadcastContext<Maps extends States> {
  readonly timestamp: number | undefined
  readonly watermark: number
  readonly broadcast: Handles<Maps>
  readonly side: <A>(output: SideOutput<A>, value: A) => void
}

/** A function over a keyed stream and one whose values go to every subtask. */
export interface BroadcastFunction<K, A1, A2, B, S extends States, Maps extends States>
  extends ProcessDeclaration<S> {
  readonly onValue: (
    value: A1,
    context: ProcessContext<K, S> & { readonly broadcast: Handles<Maps> }
  ) => Iterable<B> | void
  /** Called in every subtask with every value of the broadcast stream: change the maps alike in all of them. */
  readonly onBroadcast: (value: A2, context: BroadcastContext<Maps>) => Iterable<B> | void
  readonly onTimer?: (
    timer: FiredTimer,
    context: ProcessContext<K, S> & { readonly broadcast: Handles<Maps> }
  ) => Iterable<B> | void
}
