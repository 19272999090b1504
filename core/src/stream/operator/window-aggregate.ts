/**
 * Tumbling windows over keyed values: an accumulator per window and key, results when the watermark passes the window's
 * last milli. Windows fire in order of their end; within a window keys in order of their first value.
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
import { startOf, type TumblingWindows, type Window } from "../window.ts"

/** What an aggregation does with the values of one window and key. The accumulator is plain data. */
export interface Aggregation<A, State, B> {
  readonly create: () => State
  /** Changes or replaces the accumulator. */
  readonly add: (state: State, value: A) => State
  readonly result: (state: State, key: Key, window: Window) => B
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

/** State: entries by window and key; the watermark up to which windows have fired. */
export class WindowAggregateOperator implements Operator {
  private readonly windows: TumblingWindows
  private readonly keyOf: (value: unknown) => Key
  private readonly aggregation: Aggregation<unknown, unknown, unknown>
  private readonly open_ = new Map<number, Map<string, Entry>>()
  private context: OperatorContext | undefined = undefined
  private pending: Element | undefined = undefined
  private watermark = -Infinity
  private firing: {
    readonly mark: Watermark
    readonly starts: Array<number>
    entries: Iterator<Entry> | undefined
  } | undefined = undefined

  constructor(
    windows: TumblingWindows,
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
        const [start, identity, key, state] of decodePlain(bytes) as ReadonlyArray<
          [number, string, Key, unknown]
        >
      ) {
        this.windowOf(start).set(identity, { key, state })
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
    const starts = [...this.open_.keys()].filter((start) =>
      start + this.windows.sizeMillis - 1 <= pending.time
    )
    this.firing = { mark: pending, starts: starts.sort((a, b) => a - b), entries: undefined }
    return this.fire()
  }

  private add(values: ReadonlyArray<unknown>, timestamps: Float64Array | undefined): void {
    if (timestamps === undefined) throw new NoEventTime({ operator: this.context!.name })
    const { aggregation, windows } = this
    let late = 0
    for (let i = 0; i < values.length; i++) {
      const start = startOf(windows, timestamps[i]!)
      if (start + windows.sizeMillis - 1 <= this.watermark) {
        late++
        continue
      }
      const window = this.windowOf(start)
      const key = this.keyOf(values[i])
      const identity = identityOf(key)
      let entry = window.get(identity)
      if (entry === undefined) window.set(identity, entry = { key, state: aggregation.create() })
      entry.state = aggregation.add(entry.state, values[i])
    }
    if (late > 0) this.context!.count("lateRows", late)
  }

  private windowOf(start: number): Map<string, Entry> {
    let window = this.open_.get(start)
    if (window === undefined) this.open_.set(start, window = new Map())
    return window
  }

  private fire(): Element {
    const firing = this.firing!
    const out: Array<unknown> = []
    const times = new Float64Array(batchRowsMax)
    while (firing.starts.length > 0) {
      const start = firing.starts[0]!
      const window = { start, end: start + this.windows.sizeMillis }
      firing.entries ??= this.open_.get(start)!.values()
      for (let next = firing.entries.next(); next.done !== true; next = firing.entries.next()) {
        times[out.length] = window.end - 1
        out.push(this.aggregation.result(next.value.state, next.value.key, window))
        if (out.length === batchRowsMax) return valueBatch(out, times)
      }
      this.open_.delete(start)
      firing.starts.shift()
      firing.entries = undefined
    }
    if (out.length > 0) return valueBatch(out, times.subarray(0, out.length))
    this.firing = undefined
    return firing.mark
  }

  snapshot(): Snapshot {
    const groups = new Map<number, Array<Plain>>()
    for (const [start, window] of this.open_) {
      for (const [identity, { key, state }] of window) {
        const group = keyGroup(hashOf(identity), this.context!.groupsMax)
        const item = [start, identity, key as Plain, state as Plain]
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
