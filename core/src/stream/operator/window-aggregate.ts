/**
 * Aligned windows over keyed values: an accumulator per window and key, results when the watermark passes the window's
 * last milli. Windows fire in order of their end; within a window keys in order of their first value. What needs more (a
 * trigger, lateness, sessions) runs as a process function: `window-function.ts`.
 */
import { batchRowsMax, type Element, type Watermark } from "../../batch/element.ts"
import { decodePlain, encodePlain } from "../../checkpoint/plain-codec.ts"
import { Fault, type FaultClass } from "../../fault.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  type Snapshot,
  Status
} from "../../operator/operator.ts"
import { keyGroup } from "../../state/key-group.ts"
import { hashOf, identityOf, type Key } from "../key.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"
import { type AlignedWindows, endsOf, type Window, windowEnding } from "../window.ts"

/** What an aggregation does with the values of one window and key. The accumulator is plain data. */
export interface Aggregation<A, State, B> {
  readonly create: () => State
  /** Changes or replaces the accumulator. */
  readonly add: (state: State, value: A) => State
  readonly result: (state: State, key: Key, window: Window) => B
  /** Puts two accumulators into one; windows that merge, as sessions do, need it. */
  readonly merge?: (a: State, b: State) => State
}

const NoEventTimeBase: FaultClass<"NoEventTime", { operator: string }> = Fault<
  { operator: string }
>()("NoEventTime", "user", "never")

/** Values without event time reached a window. */
export class NoEventTime extends NoEventTimeBase {
  override get message(): string {
    return `Cannot put values into windows at "${this.operator}" as they have no event time: call withEventTime before keyBy`
  }
}

interface Entry {
  readonly key: Key
  state: unknown
}

/** State: entries by window (its end) and key; the watermark up to which windows have fired. */
export class WindowAggregateOperator implements Operator {
  private readonly windows: AlignedWindows
  private readonly keyOf: (value: unknown) => Key
  private readonly aggregation: Aggregation<unknown, unknown, unknown>
  private readonly open_ = new Map<number, Map<string, Entry>>()
  private context: OperatorContext | undefined = undefined
  private pending: Element | undefined = undefined
  private watermark = -Infinity
  /** Scratch: the windows of one value. */
  private readonly ends: Array<number> = []
  private firing: {
    readonly mark: Watermark
    readonly ends: Array<number>
    entries: Iterator<Entry> | undefined
  } | undefined = undefined

  constructor(
    windows: AlignedWindows,
    keyOf: (value: unknown) => Key,
    aggregation: Aggregation<unknown, unknown, unknown>
  ) {
    this.windows = windows
    this.keyOf = keyOf
    this.aggregation = aggregation
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      for (
        const [end, identity, key, state] of decodePlain(bytes) as ReadonlyArray<
          [number, string, Key, unknown]
        >
      ) {
        this.windowOf(end).set(identity, { key, state })
      }
    }
    const marks = (context.restored?.union ?? []) as ReadonlyArray<number>
    // Subtasks may have been at different watermarks: none may now call a row late that another would have taken.
    if (marks.length > 0) this.watermark = Math.min(...marks)
  }

  push(element: Element): void {
    this.pending = element
  }

  step(): Element | Status {
    if (this.firing !== undefined) return this.fire()
    const { pending } = this
    this.pending = undefined
    if (pending === undefined) return Status.done
    if (pending.tag === 0) {
      this.add(valuesOf(pending), pending.timestamps)
      return Status.done
    }
    if (pending.tag !== 1) return pending
    this.watermark = pending.time
    const ends = [...this.open_.keys()].filter((end) => end - 1 <= pending.time)
    this.firing = { mark: pending, ends: ends.sort((a, b) => a - b), entries: undefined }
    return this.fire()
  }

  private add(values: ReadonlyArray<unknown>, timestamps: Float64Array | undefined): void {
    if (timestamps === undefined) throw new NoEventTime({ operator: this.context!.name })
    const { aggregation, windows } = this
    let late = 0
    const { ends } = this
    for (let i = 0; i < values.length; i++) {
      const found = endsOf(windows, timestamps[i]!, ends)
      let taken = false
      for (let at = 0; at < found; at++) {
        const end = ends[at]!
        if (end - 1 <= this.watermark) continue
        taken = true
        const window = this.windowOf(end)
        const key = this.keyOf(values[i])
        const identity = identityOf(key)
        let entry = window.get(identity)
        if (entry === undefined) window.set(identity, entry = { key, state: aggregation.create() })
        entry.state = aggregation.add(entry.state, values[i])
      }
      if (!taken && found > 0) late++
    }
    if (late > 0) this.context!.count("lateRows", late)
  }

  private windowOf(end: number): Map<string, Entry> {
    let window = this.open_.get(end)
    if (window === undefined) this.open_.set(end, window = new Map())
    return window
  }

  private fire(): Element {
    const firing = this.firing!
    const out: Array<unknown> = []
    const times = new Float64Array(batchRowsMax)
    while (firing.ends.length > 0) {
      const end = firing.ends[0]!
      const window = windowEnding(this.windows, end)
      firing.entries ??= this.open_.get(end)!.values()
      for (let next = firing.entries.next(); next.done !== true; next = firing.entries.next()) {
        times[out.length] = window.end - 1
        out.push(this.aggregation.result(next.value.state, next.value.key, window))
        if (out.length === batchRowsMax) return valueBatch(out, times)
      }
      this.open_.delete(end)
      firing.ends.shift()
      firing.entries = undefined
    }
    if (out.length > 0) return valueBatch(out, times.subarray(0, out.length))
    this.firing = undefined
    return firing.mark
  }

  snapshot(): Snapshot {
    const groups = new Map<number, Array<Plain>>()
    for (const [end, window] of this.open_) {
      for (const [identity, { key, state }] of window) {
        const group = keyGroup(hashOf(identity), this.context!.groupsMax)
        const item = [end, identity, key as Plain, state as Plain]
        const list = groups.get(group)
        if (list === undefined) groups.set(group, [item])
        else list.push(item)
      }
    }
    return {
      groups: new Map([...groups].map(([group, list]) => [group, encodePlain(list)])),
      union: [this.watermark]
    }
  }
}
