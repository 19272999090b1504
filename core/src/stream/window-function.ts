/**
 * Windows that need more than an end: sessions, counts, triggers, lateness, values kept whole. A process function keeps the
 * open windows of each key as a list, which is short, and sets a timer for each end and each time to forget.
 */
import { Fault, type FaultClass } from "../fault.ts"
import type { Key } from "./key.ts"
import { type Aggregation, NoEventTime } from "./operator/window-aggregate.ts"
import type { FiredTimer, ProcessOperator, ProcessSpec } from "./operator/process-operator.ts"
import { plain } from "./state/state.ts"
import type { ValueState } from "./state/state-handle.ts"
import type { Decision, Trigger } from "./trigger.ts"
import { endsOf, type Window, windowEnding, type Windows } from "./window.ts"

/** What is done with values in windows. */
export interface WindowSettings {
  readonly windows: Windows
  readonly keyOf: (value: unknown) => Key
  readonly aggregation: Aggregation<unknown, unknown, unknown>
  readonly trigger: Trigger<unknown> | undefined
  /** How long after its end a window still takes values, each with a new result. */
  readonly latenessMillis: number
  /** Name of the side output of values that come later; undefined: they are counted as `lateRows`. */
  readonly lateTo: string | undefined
  /** Whether a result is an iterable of results. */
  readonly flat: boolean
}

const WindowFaultBase: FaultClass<"WindowFault", { problem: string }> = Fault<
  { problem: string }
>()("WindowFault", "user", "never")

/** Windows that cannot work as they are described. */
export class WindowFault extends WindowFaultBase {
  override get message(): string {
    return this.problem
  }
}

/** An open window of one key. `end` of a window without bounds is null. */
interface Open {
  start: number
  end: number | null
  state: unknown
  /** Values since the last result. */
  count: number
}

type Scope = ProcessOperator & { readonly state: { readonly open: ValueState<Array<Open>> } }

/** The process function of such windows. Throws {@link WindowFault}. */
export function windowFunction(settings: WindowSettings): ProcessSpec {
  check(settings)
  const work = new WindowWork(settings)
  return {
    inputs: [{
      keyOf: settings.keyOf,
      onValue: (value, scope) => work.add(value, scope as Scope)
    }],
    onTimer: (timer, scope) => work.fire(timer, scope as Scope),
    states: { open: plain<Array<Open>>() },
    broadcast: {},
    sides: settings.lateTo === undefined ? [] : [settings.lateTo]
  }
}

function check({ windows, aggregation, trigger, latenessMillis }: WindowSettings): void {
  const fail = (problem: string): WindowFault => new WindowFault({ problem })
  if (windows.kind === "session" && aggregation.merge === undefined) {
    throw fail("Session windows merge: give the aggregation a function `merge` of two accumulators")
  }
  if (windows.kind === "global" && trigger === undefined) {
    throw fail("A global window never ends: give it a trigger, or no result ever comes")
  }
  if ((windows.kind === "global" || windows.kind === "count") && latenessMillis > 0) {
    throw fail(`A ${windows.kind} window has no end, so nothing is late: leave out allowedLateness`)
  }
  if (windows.kind === "count" && trigger !== undefined) {
    throw fail("A count window is a trigger itself: use Window.global() with a trigger")
  }
}

class WindowWork {
  private readonly settings: WindowSettings
  private readonly ends: Array<number> = []

  constructor(settings: WindowSettings) {
    this.settings = settings
  }

  *add(value: unknown, scope: Scope): Iterable<unknown> {
    const { windows, latenessMillis } = this.settings
    const open = scope.state.open.get() ?? []
    if (windows.kind === "global" || windows.kind === "count") {
      yield* this.addUnbounded(value, open, scope)
      return
    }
    const time = scope.timestamp
    if (time === undefined) throw new NoEventTime({ operator: scope.name })
    if (windows.kind === "session") {
      const end = time + windows.gapMillis
      const entry = this.merged(open, time, end, scope)
      if (entry === undefined) this.late(value, scope)
      else yield* this.take(value, entry, open, scope)
      return
    }
    const found = endsOf(windows, time, this.ends)
    let taken = false
    // A copy: results that are taken lazily must not see the scratch of the next value.
    for (const end of this.ends.slice(0, found)) {
      if (end - 1 + latenessMillis <= scope.watermark) continue
      taken = true
      let entry = open.find((one) => one.end === end)
      if (entry === undefined) {
        entry = this.begin(open, windowEnding(windows, end), scope)
      }
      yield* this.take(value, entry, open, scope)
    }
    if (!taken && found > 0) this.late(value, scope)
  }

  private *addUnbounded(
    value: unknown,
    open: Array<Open>,
    scope: Scope
  ): Iterable<unknown> {
    const { windows } = this.settings
    const entry = open[0] ?? this.begin(open, undefined, scope)
    if (windows.kind !== "count") {
      yield* this.take(value, entry, open, scope)
      return
    }
    this.put(entry, value)
    const full = entry.count >= windows.size
    if (full) open.length = 0
    this.keep(open, scope)
    if (full) yield* this.results(entry, scope)
  }

  /** Put a value into its window; its result when the trigger says so, or when the window has given its own already. */
  private *take(
    value: unknown,
    entry: Open,
    open: Array<Open>,
    scope: Scope
  ): Iterable<unknown> {
    const { trigger } = this.settings
    this.put(entry, value)
    const ended = entry.end !== null && entry.end - 1 <= scope.watermark
    const decision = trigger?.onValue?.(value, {
      window: windowOf(entry),
      count: entry.count,
      timestamp: scope.timestamp,
      watermark: scope.watermark
    }) ?? "continue"
    const late = ended ? trigger?.atEnd ?? "fire" : "continue"
    yield* this.decide(decision === "continue" ? late : decision, entry, open, scope)
  }

  private put(entry: Open, value: unknown): void {
    entry.state = this.settings.aggregation.add(entry.state, value)
    entry.count++
  }

  private *decide(
    decision: Decision,
    entry: Open,
    open: Array<Open>,
    scope: Scope
  ): Iterable<unknown> {
    const fires = decision === "fire" || decision === "fire-and-purge"
    const results = fires ? this.results(entry, scope) : []
    if (decision === "purge" || decision === "fire-and-purge") {
      entry.state = this.settings.aggregation.create()
    }
    if (decision !== "continue") entry.count = 0
    this.keep(open, scope)
    yield* results
  }

  /** A result has the last milli of its window as event time. */
  private results(entry: Open, scope: Scope): Iterable<unknown> {
    if (entry.end !== null && scope.timestamp !== undefined) scope.timestamp = entry.end - 1
    const { aggregation, flat } = this.settings
    const result = aggregation.result(entry.state, scope.key, windowOf(entry) ?? unbounded)
    return flat ? result as Iterable<unknown> : [result]
  }

  private begin(open: Array<Open>, window: Window | undefined, scope: Scope): Open {
    const { aggregation, trigger, latenessMillis } = this.settings
    const entry: Open = {
      start: window?.start ?? 0,
      end: window?.end ?? null,
      state: aggregation.create(),
      count: 0
    }
    open.push(entry)
    if (window !== undefined) {
      if (window.end - 1 > scope.watermark) scope.onEventTime(window.end - 1)
      if (latenessMillis > 0) scope.onEventTime(window.end - 1 + latenessMillis)
    }
    if (trigger?.everyMillis !== undefined) this.ring(scope, trigger.everyMillis)
    return entry
  }

  /** The next full interval of the clock, so that all keys ring at once and a restart changes nothing. */
  private ring(scope: Scope, everyMillis: number): void {
    scope.onProcessingTime((Math.floor(scope.nowMillis / everyMillis) + 1) * everyMillis)
  }

  /** The session that `[start, end)` belongs to, with all that it touches merged; undefined when even so it is too late. */
  private merged(open: Array<Open>, start: number, end: number, scope: Scope): Open | undefined {
    const { aggregation, latenessMillis } = this.settings
    const touching = open.filter((one) => one.start <= end && start <= one.end!)
    const from = Math.min(start, ...touching.map((one) => one.start))
    const to = Math.max(end, ...touching.map((one) => one.end!))
    if (to - 1 + latenessMillis <= scope.watermark) return undefined
    const [first] = touching
    if (first === undefined) return this.begin(open, { start, end }, scope)
    for (const other of touching.slice(1)) {
      first.state = aggregation.merge!(first.state, other.state)
      first.count += other.count
      open.splice(open.indexOf(other), 1)
    }
    first.start = from
    if (to !== first.end) {
      first.end = to
      if (to - 1 > scope.watermark) scope.onEventTime(to - 1)
      if (latenessMillis > 0) scope.onEventTime(to - 1 + latenessMillis)
    }
    return first
  }

  *fire({ time, clock }: FiredTimer, scope: Scope): Iterable<unknown> {
    const { trigger, latenessMillis } = this.settings
    const open = scope.state.open.get()
    if (open === undefined) return
    if (clock === "processing") {
      if (trigger?.everyMillis !== undefined) this.ring(scope, trigger.everyMillis)
      for (const entry of open.slice()) {
        if (entry.count > 0) yield* this.decide(trigger?.onClock ?? "fire", entry, open, scope)
      }
      return
    }
    for (const entry of open.filter((one) => one.end !== null && one.end - 1 === time)) {
      if (entry.count > 0 || trigger === undefined) {
        yield* this.decide(trigger?.atEnd ?? "fire", entry, open, scope)
      }
    }
    const kept = open.filter((one) => one.end === null || one.end - 1 + latenessMillis > time)
    this.keep(kept, scope)
  }

  private keep(open: Array<Open>, scope: Scope): void {
    if (open.length === 0) scope.state.open.clear()
    else scope.state.open.set(open)
  }

  private late(value: unknown, scope: Scope): void {
    const { lateTo } = this.settings
    if (lateTo === undefined) scope.count("lateRows", 1)
    else scope.side({ name: lateTo }, value)
  }
}

const unbounded: Window = { start: -Infinity, end: Infinity }

function windowOf({ start, end }: Open): Window | undefined {
  return end === null ? undefined : { start, end }
}
