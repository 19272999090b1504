/**
 * The model's nodes as operators of the engine: the same functions, one row at a time, with state by key group, a cursor
 * over what is to go out, and now and then a wait.
 */
import * as Effect from "effect/Effect"
import {
  Batch,
  decodeUtf8,
  type Element,
  encodeUtf8,
  type Operator,
  type OperatorContext,
  type Snapshot,
  Status
} from "./engine.ts"
import type { World } from "./engine.ts"
import {
  apply,
  closed,
  counted,
  joined,
  keyOf,
  type Kind,
  type Row,
  windowMillis,
  windowOf
} from "./model.ts"
import { fromBatch, hashKey, toBatch } from "./rows.ts"

/** What is kept for one key. */
interface KeyState {
  total: number
  windows: Array<[start: number, weight: number]>
  left: Array<Row>
  right: Array<Row>
}

/** Called at every push; it may throw to make the attempt fail. */
export type Trip = () => void

/** See the head of this file. */
export class ModelOperator implements Operator {
  private readonly node: number
  private readonly kind: Kind
  private readonly world: World
  private readonly trip: Trip
  private context!: OperatorContext
  private readonly keys: Map<number, KeyState> = new Map()
  private out: Array<Row> = []
  private mark: Element | undefined = undefined
  private watermark = -Infinity
  private waiting = false

  constructor(node: number, kind: Kind, world: World, trip: Trip) {
    this.node = node
    this.kind = kind
    this.world = world
    this.trip = trip
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes, group } of context.restored?.groups ?? []) {
      if (group < context.groupFrom || group >= context.groupTo) throw new Error("A foreign group")
      const entries = JSON.parse(decodeUtf8(bytes, 0, bytes.length)) as Array<[number, KeyState]>
      for (const [key, state] of entries) {
        if (this.keys.has(key)) throw new Error(`Key ${key} was restored twice`)
        this.keys.set(key, state)
      }
    }
  }

  push(element: Element, input: number): void {
    this.trip()
    if (element instanceof Batch) {
      for (const row of fromBatch(element)) this.take(row, input)
      return
    }
    if (element.tag === 1) this.advance(element.time)
    this.mark = element
  }

  step(): Element | Status {
    if (this.waiting) return Status.waiting
    if (this.out.length > 0 && this.world.choices.pick(16) === 15) return this.rest()
    if (this.out.length > 0) {
      return toBatch(this.out.splice(0, 1 + this.world.choices.pick(3)))
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot | undefined {
    const groups = new Map<number, Array<[number, KeyState]>>()
    for (const [key, state] of this.keys) {
      const group = (hashKey(key) >>> 0) % this.context.groupsMax
      const entries = groups.get(group)
      if (entries === undefined) groups.set(group, [[key, state]])
      else entries.push([key, state])
    }
    const encoded = new Map<number, Uint8Array>()
    for (const [group, entries] of groups) encoded.set(group, encodeUtf8(JSON.stringify(entries)))
    return encoded.size === 0 ? undefined : { groups: encoded }
  }

  private rest(): Status {
    this.waiting = true
    this.context.fork(Effect.sleep(1 + this.world.choices.pick(3)), () => {
      this.waiting = false
    })
    return Status.waiting
  }

  private take(row: Row, input: number): void {
    switch (this.kind) {
      case "count":
        this.stateOf(row).total += row.weight
        return
      case "window":
        return this.collect(row)
      case "join":
        return this.match(row, input)
      default:
        this.out.push(...apply(this.kind, this.node, row))
    }
  }

  private stateOf(row: Row): KeyState {
    const key = keyOf(row)
    const group = (hashKey(key) >>> 0) % this.context.groupsMax
    if (group < this.context.groupFrom || group >= this.context.groupTo) {
      throw new Error(`Key ${key} came to a subtask that does not own it`)
    }
    let state = this.keys.get(key)
    if (state === undefined) {
      this.keys.set(key, state = { total: 0, windows: [], left: [], right: [] })
    }
    return state
  }

  private collect(row: Row): void {
    const start = windowOf(row)
    if (start + windowMillis - 1 <= this.watermark) {
      throw new Error(`A row is late although its source was in time: ${JSON.stringify(row)}`)
    }
    const { windows } = this.stateOf(row)
    const window = windows.find(([from]) => from === start)
    if (window === undefined) windows.push([start, row.weight])
    else window[1] += row.weight
  }

  private match(row: Row, input: number): void {
    const state = this.stateOf(row)
    const isLeft = input % 2 === 0
    ;(isLeft ? state.left : state.right).push(row)
    for (const other of isLeft ? state.right : state.left) {
      this.out.push(isLeft ? joined(this.node, row, other) : joined(this.node, other, row))
    }
  }

  private advance(watermark: number): void {
    if (watermark < this.watermark) throw new Error("A watermark went back")
    this.watermark = watermark
    for (const [key, state] of this.keys) {
      if (this.kind === "window") {
        const due = state.windows.filter(([start]) => start + windowMillis - 1 <= watermark)
        state.windows = state.windows.filter((window) => !due.includes(window))
        for (const [start, weight] of due) this.out.push(closed(this.node, key, start, weight))
      } else if (this.kind === "count" && watermark === Infinity && state.total > 0) {
        this.out.push(counted(this.node, key, state.total))
        state.total = 0
      }
    }
  }
}
