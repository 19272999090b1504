/** A keyed stream dealt into windows: when they give a result, what becomes of late values, what is computed. */
import * as Duration from "effect/Duration"
import { byKey } from "./by-key.ts"
import type { DataStream } from "./data-stream.ts"
import type { NodeOptions } from "./flow.ts"
import type { Key } from "./key.ts"
import { ProcessOperator } from "./operator/process-operator.ts"
import { type Aggregation, WindowAggregateOperator } from "./operator/window-aggregate.ts"
import type { SideOutput } from "./side-output.ts"
import type { Trigger } from "./trigger.ts"
import { windowFunction, type WindowSettings } from "./window-function.ts"
import type { Window } from "./window.ts"

/** What is said so far. */
interface Described<A> extends Omit<WindowSettings, "aggregation" | "flat"> {
  readonly stream: DataStream<A>
}

/** See the head of this file. */
export class WindowedStream<K extends Key, A> {
  private readonly described: Described<A>

  constructor(described: Described<A>) {
    this.described = described
  }

  private with(more: Partial<Described<A>>): WindowedStream<K, A> {
    return new WindowedStream({ ...this.described, ...more })
  }

  /** When windows give their result, instead of at their end. */
  trigger(trigger: Trigger<A>): WindowedStream<K, A> {
    return this.with({ trigger: trigger as Trigger<unknown> })
  }

  /** Keep windows so long after their end; each value that comes then gives the result anew. */
  allowedLateness(time: Duration.Input): WindowedStream<K, A> {
    return this.with({ latenessMillis: Duration.toMillis(time) })
  }

  /** Give values that come too late to a side output of the result, instead of counting them as `lateRows`. */
  lateTo(output: SideOutput<A>): WindowedStream<K, A> {
    return this.with({ lateTo: output.name })
  }

  /**
   * A result per key and window; its event time is the window's last milli. The accumulator must be plain data. Sessions
   * need `merge`.
   */
  aggregate<State, B>(
    aggregation: {
      readonly create: () => State
      readonly add: (state: State, value: A) => State
      readonly result: (state: State, key: K, window: Window) => B
      readonly merge?: (a: State, b: State) => State
    },
    options?: NodeOptions
  ): DataStream<B> {
    return this.derive(aggregation, false, options)
  }

  /** The values of each window folded into one of the same type. They must be plain data. */
  reduce(f: (before: A, value: A) => A, options?: NodeOptions): DataStream<A> {
    const fold = (before: { readonly value: A } | null, value: A): { readonly value: A } => ({
      value: before === null ? value : f(before.value, value)
    })
    return this.derive<{ readonly value: A } | null, A>(
      {
        create: () => null,
        add: fold,
        result: (state) => state!.value,
        merge: (a, b) => a === null ? b : b === null ? a : fold(a, b.value)
      },
      false,
      options
    )
  }

  /** Any number of results from all values of a window, in the order in which they came. They are kept until then, as plain data. */
  apply<B>(
    f: (key: K, window: Window, values: ReadonlyArray<A>) => Iterable<B>,
    options?: NodeOptions
  ): DataStream<B> {
    return this.derive<Array<A>, Iterable<B>>(
      {
        create: () => [],
        add: (values, value) => {
          values.push(value)
          return values
        },
        result: (values, key, window) => f(key, window, [...values]),
        merge: (a, b) => [...a, ...b]
      },
      true,
      options
    )
  }

  private derive<State, B>(
    aggregation: {
      readonly create: () => State
      readonly add: (state: State, value: A) => State
      readonly result: (state: State, key: K, window: Window) => B
      readonly merge?: (a: State, b: State) => State
    },
    flat: boolean,
    options: NodeOptions | undefined
  ): DataStream<never> {
    const { stream, ...described } = this.described
    const { windows, keyOf, trigger, latenessMillis, lateTo } = described
    const untyped = aggregation as unknown as Aggregation<unknown, unknown, unknown>
    const aligned = windows.kind !== "session" && windows.kind !== "count" &&
      windows.kind !== "global"
    const inputs = [stream.edge(byKey(keyOf))]
    if (aligned && trigger === undefined && latenessMillis === 0 && lateTo === undefined && !flat) {
      const make = () => new WindowAggregateOperator(windows, keyOf, untyped)
      return stream.derive({
        kind: "window-aggregate",
        inputs,
        work: { kind: "operator", make },
        options
      })
    }
    const spec = windowFunction({ ...described, aggregation: untyped, flat })
    return stream.derive({
      kind: `${windows.kind}-window`,
      inputs,
      work: { kind: "operator", make: () => new ProcessOperator(spec) },
      options
    }, spec.sides)
  }
}
