/**
 * Joins of keyed streams that forget: values meet when they are near in event time, or fall into the same window. Each side
 * keeps its values only until the watermark says that nothing can meet them any more.
 */
import * as Duration from "effect/Duration"
import { assert } from "../fault.ts"
import { byKey } from "./by-key.ts"
import type { KeyedSide } from "./connected-streams.ts"
import type { DataStream } from "./data-stream.ts"
import type { NodeOptions } from "./flow.ts"
import type { Key } from "./key.ts"
import {
  type FiredTimer,
  ProcessOperator,
  type ProcessScope,
  type ProcessSpec
} from "./operator/process-operator.ts"
import { NoEventTime } from "./operator/window-aggregate.ts"
import { plain } from "./state/state.ts"
import type { ValueState } from "./state/state-handle.ts"
import { type AlignedWindows, endsOf, type Window, windowEnding } from "./window.ts"

/** A value with its event time. */
interface Timed {
  readonly time: number
  readonly value: unknown
}

type Select = (left: unknown, right: unknown) => unknown

type JoinScope = ProcessOperator & {
  readonly state: { readonly [side in "left" | "right"]: ValueState<Array<Timed>> }
}

/** A join by event time that is being described. */
export class IntervalJoin<K extends Key, A, B> {
  private readonly left: KeyedSide<K, A>
  private readonly right: KeyedSide<K, B>

  constructor(left: KeyedSide<K, A>, right: KeyedSide<K, B>) {
    this.left = left
    this.right = right
  }

  /**
   * Every pair with left − `before` ≤ right ≤ left + `after` in event time, both ends included; the later of the two is the pair's
   * event time. Values must be plain data. Those that come behind the watermark are dropped and counted (`lateRows`).
   */
  between<C>(
    bounds: { readonly before: Duration.Input; readonly after: Duration.Input },
    select: (left: A, right: B) => C,
    options?: NodeOptions
  ): DataStream<C> {
    const before = Duration.toMillis(bounds.before)
    const after = Duration.toMillis(bounds.after)
    const work = new IntervalWork(before, after, select as unknown as Select)
    return joined(this.left, this.right, "interval-join", {
      onLeft: (value, scope) => work.add("left", value, scope),
      onRight: (value, scope) => work.add("right", value, scope),
      onTimer: (timer, scope) => work.forget(timer, scope)
    }, options)
  }
}

class IntervalWork {
  /** How far behind and ahead of a value its partners are, by the value's side. */
  private readonly reach: Readonly<Record<"left" | "right", readonly [number, number]>>
  private readonly select: Select

  constructor(before: number, after: number, select: Select) {
    this.reach = { left: [before, after], right: [after, before] }
    this.select = select
  }

  *add(side: "left" | "right", value: unknown, scope: JoinScope): Iterable<unknown> {
    const time = scope.timestamp
    if (time === undefined) throw new NoEventTime({ operator: scope.name })
    if (time <= scope.watermark) {
      scope.count("lateRows", 1)
      return
    }
    const [behind, ahead] = this.reach[side]
    const own = scope.state[side].get() ?? []
    own.push({ time, value })
    scope.state[side].set(own)
    scope.onEventTime(time + ahead)
    const other = side === "left" ? "right" : "left"
    for (const { time: at, value: found } of (scope.state[other].get() ?? []).slice()) {
      if (at < time - behind || at > time + ahead) continue
      scope.timestamp = Math.max(time, at)
      yield side === "left" ? this.select(value, found) : this.select(found, value)
    }
    scope.timestamp = time
  }

  forget({ time }: FiredTimer, scope: JoinScope): undefined {
    for (const side of ["left", "right"] as const) {
      const [, ahead] = this.reach[side]
      const kept = (scope.state[side].get() ?? []).filter((one) => one.time + ahead > time)
      if (kept.length === 0) scope.state[side].clear()
      else scope.state[side].set(kept)
    }
  }
}

/** A join within windows that is being described. */
export class WindowJoin<K extends Key, A, B> {
  private readonly left: KeyedSide<K, A>
  private readonly right: KeyedSide<K, B>
  private readonly windows: AlignedWindows

  constructor(left: KeyedSide<K, A>, right: KeyedSide<K, B>, windows: AlignedWindows) {
    this.left = left
    this.right = right
    this.windows = windows
  }

  /** Every pair within a window, when it ends. Values must be plain data; late ones are dropped and counted (`lateRows`). */
  select<C>(select: (left: A, right: B) => C, options?: NodeOptions): DataStream<C> {
    return this.apply(function* (_key, _window, lefts, rights) {
      for (const left of lefts) for (const right of rights) yield select(left, right)
    }, options)
  }

  /** Any results from the values of both sides of a window, when it ends; one side may have none: with it outer joins are written. */
  apply<C>(
    f: (
      key: K,
      window: Window,
      lefts: ReadonlyArray<A>,
      rights: ReadonlyArray<B>
    ) => Iterable<C>,
    options?: NodeOptions
  ): DataStream<C> {
    const work = new WindowJoinWork(this.windows, f as unknown as CoGroup)
    return joined(this.left, this.right, "window-join", {
      onLeft: (value, scope) => work.add("left", value, scope),
      onRight: (value, scope) => work.add("right", value, scope),
      onTimer: (timer, scope) => work.fire(timer, scope)
    }, options)
  }
}

type CoGroup = (
  key: Key,
  window: Window,
  lefts: ReadonlyArray<unknown>,
  rights: ReadonlyArray<unknown>
) => Iterable<unknown>

/** Values are kept once, whatever number of windows they are in. */
class WindowJoinWork {
  private readonly windows: AlignedWindows
  private readonly f: CoGroup
  private readonly ends: Array<number> = []

  constructor(windows: AlignedWindows, f: CoGroup) {
    this.windows = windows
    this.f = f
  }

  add(side: "left" | "right", value: unknown, scope: JoinScope): undefined {
    const time = scope.timestamp
    if (time === undefined) throw new NoEventTime({ operator: scope.name })
    const found = endsOf(this.windows, time, this.ends)
    let taken = false
    for (let at = 0; at < found; at++) {
      const end = this.ends[at]!
      if (end - 1 <= scope.watermark) continue
      taken = true
      scope.onEventTime(end - 1)
    }
    if (!taken) {
      if (found > 0) scope.count("lateRows", 1)
      return
    }
    const own = scope.state[side].get() ?? []
    own.push({ time, value })
    scope.state[side].set(own)
  }

  *fire({ time }: FiredTimer, scope: JoinScope): Iterable<unknown> {
    const window = windowEnding(this.windows, time + 1)
    const within = (side: "left" | "right"): ReadonlyArray<unknown> =>
      (scope.state[side].get() ?? []).filter((one) =>
        one.time >= window.start && one.time < window.end
      ).map((one) => one.value)
    const results = this.f(scope.key, window, within("left"), within("right"))
    yield* results
    for (const side of ["left", "right"] as const) {
      const kept = (scope.state[side].get() ?? []).filter((one) =>
        this.lastEnd(one.time) - 1 > time
      )
      if (kept.length === 0) scope.state[side].clear()
      else scope.state[side].set(kept)
    }
  }

  private lastEnd(time: number): number {
    const found = endsOf(this.windows, time, this.ends)
    let last = -Infinity
    for (let at = 0; at < found; at++) last = Math.max(last, this.ends[at]!)
    return last
  }
}

interface JoinFunctions {
  readonly onLeft: (value: unknown, scope: JoinScope) => Iterable<unknown> | undefined
  readonly onRight: (value: unknown, scope: JoinScope) => Iterable<unknown> | undefined
  readonly onTimer: (timer: FiredTimer, scope: JoinScope) => Iterable<unknown> | undefined
}

function joined<K extends Key, A, B, C>(
  left: KeyedSide<K, A>,
  right: KeyedSide<K, B>,
  kind: string,
  functions: JoinFunctions,
  options: NodeOptions | undefined
): DataStream<C> {
  assert(left.stream.flow === right.stream.flow, "both streams of a join belong to one job")
  const call = (f: JoinFunctions["onLeft"]) => (value: unknown, scope: ProcessScope) =>
    f(value, scope as JoinScope)
  const spec: ProcessSpec = {
    inputs: [
      { keyOf: left.keyOf, onValue: call(functions.onLeft) },
      { keyOf: right.keyOf, onValue: call(functions.onRight) }
    ],
    onTimer: (timer, scope) => functions.onTimer(timer, scope as JoinScope),
    states: { left: plain<Array<Timed>>(), right: plain<Array<Timed>>() },
    broadcast: {},
    sides: []
  }
  return left.stream.derive({
    kind,
    inputs: [left.stream.edge(byKey(left.keyOf)), right.stream.edge(byKey(right.keyOf))],
    work: { kind: "operator", make: () => new ProcessOperator(spec) },
    options
  })
}
