/**
 * Runs a process function: values of one or two inputs, state and timers per key, broadcast state, any number of results.
 * Event timers fire in band, before the watermark that lets them; timers of the clock fire between elements.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
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
import { BroadcastStates } from "../state/broadcast-states.ts"
import { KeyedStates, type StateClock, type StoredStates } from "../state/keyed-states.ts"
import type { States } from "../state/state.ts"
import { TimerQueue } from "../state/timer-queue.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"

/** A timer that fires. */
export interface FiredTimer {
  /** Epoch millis for which it was set. */
  readonly time: number
  readonly clock: "event" | "processing"
}

/** What the operator gives to functions, whatever their types. */
export interface ProcessScope {
  readonly key: Key
  readonly timestamp: number | undefined
  readonly watermark: number
  readonly nowMillis: number
  readonly state: Readonly<Record<string, unknown>>
  readonly broadcast: Readonly<Record<string, unknown>>
  readonly side: (output: { readonly name: string }, value: unknown) => void
  readonly onEventTime: (time: number) => void
  readonly onProcessingTime: (time: number) => void
  readonly cancelEventTime: (time: number) => void
  readonly cancelProcessingTime: (time: number) => void
}

const SideOutputFaultBase: FaultClass<
  "SideOutputFault",
  { operator: string; output: string }
> = Fault<{ operator: string; output: string }>()("SideOutputFault", "user", "never")

/** A function gave a value to a side output that it has not declared. */
export class SideOutputFault extends SideOutputFaultBase {
  override get message(): string {
    return `Cannot give a value to side output '${this.output}' of "${this.operator}": add it to the function's \`sides\``
  }
}

/** One input of a process function. */
export interface ProcessInput {
  /** Absent: values have no key, and there are neither state nor timers in hand. */
  readonly keyOf: ((value: unknown) => Key) | undefined
  readonly onValue: (value: unknown, scope: ProcessScope) => Iterable<unknown> | void
}

/** A process function. */
export interface ProcessSpec {
  readonly inputs: ReadonlyArray<ProcessInput>
  readonly onTimer:
    | ((timer: FiredTimer, scope: ProcessScope) => Iterable<unknown> | void)
    | undefined
  readonly states: States
  /** Maps that every subtask has whole; written only by inputs without a key. */
  readonly broadcast: States
  /** Names of the side outputs: ports 1, 2, … */
  readonly sides: ReadonlyArray<string>
}

/** State: cells and timers per key; broadcast maps; by subtask the watermark and what the states are like. */
export class ProcessOperator implements Operator, ProcessScope {
  key: Key = null
  timestamp: number | undefined = undefined
  watermark: number = -Infinity
  readonly state: Readonly<Record<string, unknown>>
  readonly broadcast: Readonly<Record<string, unknown>>
  private readonly spec: ProcessSpec
  private readonly keyed: KeyedStates
  private readonly maps: BroadcastStates
  private readonly events = new TimerQueue()
  private readonly clocked = new TimerQueue()
  private readonly clock: StateClock
  private context: OperatorContext | undefined = undefined
  private identity = ""
  private pending: Element | undefined = undefined
  private input = 0
  private row = 0
  /** What is pending has been begun: timers of the clock wait until it is over. */
  private busy = false
  /** By port: what is given and has not left. */
  private readonly outs: ReadonlyArray<Out>
  /** Of all ports together. */
  private held = 0
  /** Whether what is in hand has event times: of one batch all or none do. */
  private timed = false
  /** When the sleeping fiber wakes. */
  private alarm = Infinity

  constructor(spec: ProcessSpec) {
    this.spec = spec
    this.outs = ["", ...spec.sides].map(() => ({ values: [], times: [] }))
    this.keyed = new KeyedStates(spec.states)
    this.maps = new BroadcastStates(spec.broadcast)
    this.state = this.keyed.handles
    this.broadcast = this.maps.handles
    this.clock = {
      nowMillis: () => this.context!.nowMillis(),
      watermarkMillis: -Infinity,
      eventMillis: -Infinity
    }
  }

  /** The operator's name, for messages. */
  get name(): string {
    return this.context!.name
  }

  /** Count a thing under the operator's name. */
  count(metric: string, by: number): void {
    this.context!.count(metric, by)
  }

  get nowMillis(): number {
    return this.context!.nowMillis()
  }

  readonly side = (output: { readonly name: string }, value: unknown): void => {
    const port = this.spec.sides.indexOf(output.name) + 1
    if (port === 0) {
      throw new SideOutputFault({ operator: this.context!.name, output: output.name })
    }
    this.give(port, value)
  }

  readonly onEventTime = (time: number): void => {
    this.events.add(time, this.identity, this.key)
  }

  readonly onProcessingTime = (time: number): void => {
    this.clocked.add(time, this.identity, this.key)
    this.sleep()
  }

  readonly cancelEventTime = (time: number): void => this.events.delete(time, this.identity)

  readonly cancelProcessingTime = (time: number): void => this.clocked.delete(time, this.identity)

  open(context: OperatorContext): void {
    this.context = context
    this.keyed.start(this.clock)
    const { restored } = context
    if (restored === undefined) return
    const headers = restored.union as unknown as ReadonlyArray<Header>
    const [header] = headers
    if (header === undefined) return
    // Subtasks may have been at different watermarks: nothing may be late that another would have taken.
    this.advance(Math.min(...headers.map(({ watermark }) => watermark ?? -Infinity)))
    const groups = restored.groups.map(({ group, bytes }) => {
      const [cells, timers] = decodePlain(bytes) as unknown as StoredGroup
      for (const [clock, time, identity, key] of timers) {
        const queue = clock === 0 ? this.events : this.clocked
        queue.add(time, identity, key as Key)
      }
      return { group, bytes: cells }
    })
    this.keyed.restore({ ...restored, groups }, header.states, context.name)
    this.maps.restore(headers.flatMap(({ maps }) => maps ?? []), header.broadcast, context.name)
    this.sleep()
  }

  push(element: Element, input: number): void {
    this.pending = element
    this.input = input
    this.row = 0
    this.busy = false
  }

  step(): Element | Status {
    if (this.held >= batchRowsMax) return this.take()
    if (this.held === 0) this.fireClock()
    const { pending } = this
    if (pending === undefined || (this.held > 0 && !this.busy)) {
      return this.held > 0 ? this.take() : Status.done
    }
    if (pending.tag === 0) {
      const values = valuesOf(pending)
      this.busy = true
      this.process(values, pending.timestamps)
      if (this.row === values.length) {
        this.pending = undefined
        this.busy = false
      }
      return this.held > 0 ? this.take() : Status.done
    }
    this.busy = true
    if (pending.tag === 1) this.fireEvents(pending)
    if (this.held > 0) return this.take()
    this.pending = undefined
    this.busy = false
    return pending
  }

  private process(values: ReadonlyArray<unknown>, timestamps: Float64Array | undefined): void {
    const { keyOf, onValue } = this.spec.inputs[this.input]!
    this.hand(timestamps !== undefined)
    while (this.row < values.length && this.held < batchRowsMax) {
      const at = this.row++
      const value = values[at]
      const time = timestamps?.[at]
      this.timestamp = time
      this.clock.eventMillis = time === undefined || time < this.watermark ? this.watermark : time
      if (keyOf !== undefined) this.use(keyOf(value))
      this.results(onValue(value, this))
    }
  }

  private use(key: Key): void {
    this.key = key
    this.identity = identityOf(key)
    this.keyed.use(this.identity, key)
  }

  private results(given: Iterable<unknown> | void): void {
    if (given === undefined) return
    if (Array.isArray(given)) { for (let i = 0; i < given.length; i++) this.give(0, given[i]) }
    else for (const value of given) this.give(0, value)
  }

  private give(port: number, value: unknown): void {
    const out = this.outs[port]!
    out.values.push(value)
    if (this.timed) out.times.push(this.timestamp!)
    this.held++
  }

  /** What follows has event times or not; what is in hand of the other kind must have left. */
  private hand(timed: boolean): void {
    if (this.held === 0) this.timed = timed
  }

  private take(): Element {
    const port = this.outs.findIndex((out) => out.values.length > 0)
    const out = this.outs[port]!
    const values = out.values.splice(0, batchRowsMax)
    const times = this.timed ? Float64Array.from(out.times.splice(0, batchRowsMax)) : undefined
    this.held -= values.length
    return valueBatch(values, times, port)
  }

  private fireEvents(mark: Watermark): void {
    const { onTimer } = this.spec
    this.hand(true)
    while (this.held < batchRowsMax) {
      const timer = this.events.take(mark.time)
      if (timer === undefined) {
        this.advance(mark.time)
        return
      }
      this.advance(Math.max(this.watermark, timer.time))
      this.timestamp = timer.time
      this.use(timer.key)
      if (onTimer !== undefined) this.results(onTimer({ time: timer.time, clock: "event" }, this))
    }
  }

  private advance(watermark: number): void {
    this.watermark = watermark
    this.clock.watermarkMillis = watermark
    if (this.clock.eventMillis < watermark) this.clock.eventMillis = watermark
  }

  /** Timers of the clock fire while nothing else is in hand, and not after the end of bounded input. */
  private fireClock(): void {
    if (this.busy || this.watermark === Infinity) return
    const now = this.context!.nowMillis()
    if (this.clocked.next() > now) return
    this.hand(false)
    this.timestamp = undefined
    const { onTimer } = this.spec
    while (this.held < batchRowsMax) {
      const timer = this.clocked.take(now)
      if (timer === undefined) break
      this.use(timer.key)
      if (onTimer !== undefined) {
        this.results(onTimer({ time: timer.time, clock: "processing" }, this))
      }
    }
    this.sleep()
  }

  /** Wake for the first timer of the clock. */
  private sleep(): void {
    const next = this.clocked.next()
    if (next >= this.alarm) return
    this.alarm = next
    const wait = Math.max(0, next - this.context!.nowMillis())
    this.context!.fork(Effect.sleep(Duration.millis(wait)), () => {
      if (this.alarm !== next) return
      this.alarm = Infinity
      this.sleep()
    })
  }

  snapshot(): Snapshot {
    const { groupsMax, subtask } = this.context!
    const cells = this.keyed.snapshot(groupsMax)
    const timers = new Map<number, Array<StoredTimer>>()
    const queues = [this.events, this.clocked] as const
    queues.forEach((queue, clock) => {
      for (const { time, identity, key } of queue.all()) {
        const group = keyGroup(hashOf(identity), groupsMax)
        const stored: StoredTimer = [clock, time, identity, key as Plain]
        const list = timers.get(group)
        if (list === undefined) timers.set(group, [stored])
        else list.push(stored)
      }
    })
    const groups = new Map<number, Uint8Array>()
    for (const group of new Set([...cells.keys(), ...timers.keys()])) {
      const stored: StoredGroup = [cells.get(group) ?? noCells, timers.get(group) ?? []]
      groups.set(group, encodePlain(stored as unknown as Plain))
    }
    const header: Header = {
      watermark: this.watermark,
      states: this.keyed.stored(),
      broadcast: this.maps.stored(),
      // Every subtask has the same maps: the first one's are kept.
      maps: subtask === 0 ? [this.maps.snapshot()] : []
    }
    return { groups, union: [header as unknown as Plain] }
  }
}

interface Out {
  readonly values: Array<unknown>
  readonly times: Array<number>
}

const noCells: Uint8Array = encodePlain([])

type StoredTimer = readonly [clock: number, time: number, identity: string, key: Plain]
type StoredGroup = readonly [cells: Uint8Array, timers: ReadonlyArray<StoredTimer>]

/** What each subtask says beside its groups. */
interface Header {
  readonly watermark: number
  readonly states: StoredStates
  readonly broadcast: StoredStates
  readonly maps: ReadonlyArray<Plain>
}
