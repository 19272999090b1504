/** The handles by which a process function reads and writes the state of the key in hand. Values must not be changed in place: set them. */
import type { KeyedStates } from "./keyed-states.ts"
import type { StateDeclaration } from "./state.ts"

/** What may be a key of a map. */
export type MapKey = string | number | bigint | boolean

/** One value. */
export interface ValueState<A> {
  /** Undefined when nothing was set. */
  get(): A | undefined
  set(value: A): void
  clear(): void
}

/** A list. */
export interface ListState<A> {
  get(): ReadonlyArray<A>
  add(value: A): void
  set(values: ReadonlyArray<A>): void
  clear(): void
}

/** A map. */
export interface MapState<K extends MapKey, V> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): void
  delete(key: K): boolean
  entries(): IterableIterator<[K, V]>
  clear(): void
}

/** One value into which others are folded. */
export interface ReducingState<A> {
  get(): A | undefined
  add(value: A): void
  clear(): void
}

/** An accumulator that answers something else. */
export interface AggregatingState<In, Out> {
  /** Undefined when nothing was added. */
  get(): Out | undefined
  add(value: In): void
  clear(): void
}

/** The handle of slot `slot`. */
export function makeHandle(
  states: KeyedStates,
  slot: number,
  declaration: StateDeclaration<unknown>
): unknown {
  switch (declaration.kind) {
    case "value":
      return new ValueHandle(states, slot)
    case "list":
      return new ListHandle(states, slot)
    case "map":
      return new MapHandle(states, slot)
    default:
      return new FoldingHandle(states, slot, declaration.functions!)
  }
}

class ValueHandle implements ValueState<unknown> {
  private readonly states: KeyedStates
  private readonly slot: number

  constructor(states: KeyedStates, slot: number) {
    this.states = states
    this.slot = slot
  }

  get(): unknown {
    return this.states.read(this.slot)
  }

  set(value: unknown): void {
    this.states.write(this.slot, value)
  }

  clear(): void {
    this.states.write(this.slot, undefined)
  }
}

const none: ReadonlyArray<never> = []

class ListHandle implements ListState<unknown> {
  private readonly states: KeyedStates
  private readonly slot: number

  constructor(states: KeyedStates, slot: number) {
    this.states = states
    this.slot = slot
  }

  get(): ReadonlyArray<unknown> {
    return this.states.read(this.slot) as ReadonlyArray<unknown> | undefined ?? none
  }

  add(value: unknown): void {
    const values = this.states.read(this.slot) as Array<unknown> | undefined
    if (values === undefined) this.states.write(this.slot, [value])
    else {
      values.push(value)
      this.states.write(this.slot, values)
    }
  }

  set(values: ReadonlyArray<unknown>): void {
    this.states.write(this.slot, values.length === 0 ? undefined : [...values])
  }

  clear(): void {
    this.states.write(this.slot, undefined)
  }
}

class MapHandle implements MapState<MapKey, unknown> {
  private readonly states: KeyedStates
  private readonly slot: number

  constructor(states: KeyedStates, slot: number) {
    this.states = states
    this.slot = slot
  }

  get size(): number {
    return this.map()?.size ?? 0
  }

  get(key: MapKey): unknown {
    return this.map()?.get(key)
  }

  has(key: MapKey): boolean {
    return this.map()?.has(key) ?? false
  }

  set(key: MapKey, value: unknown): void {
    const map = this.map() ?? new Map<MapKey, unknown>()
    map.set(key, value)
    this.states.write(this.slot, map)
  }

  delete(key: MapKey): boolean {
    const map = this.map()
    if (map === undefined || !map.delete(key)) return false
    this.states.write(this.slot, map.size === 0 ? undefined : map)
    return true
  }

  entries(): IterableIterator<[MapKey, unknown]> {
    return (this.map() ?? new Map<MapKey, unknown>()).entries()
  }

  clear(): void {
    this.states.write(this.slot, undefined)
  }

  private map(): Map<MapKey, unknown> | undefined {
    return this.states.read(this.slot) as Map<MapKey, unknown> | undefined
  }
}

class FoldingHandle implements AggregatingState<unknown, unknown> {
  private readonly states: KeyedStates
  private readonly slot: number
  private readonly functions: NonNullable<StateDeclaration<unknown>["functions"]>

  constructor(
    states: KeyedStates,
    slot: number,
    functions: NonNullable<StateDeclaration<unknown>["functions"]>
  ) {
    this.states = states
    this.slot = slot
    this.functions = functions
  }

  get(): unknown {
    const state = this.states.read(this.slot)
    return state === undefined ? undefined : this.functions.result(state)
  }

  add(value: unknown): void {
    const { add, create } = this.functions
    this.states.write(this.slot, add(this.states.read(this.slot) ?? create(), value))
  }

  clear(): void {
    this.states.write(this.slot, undefined)
  }
}
