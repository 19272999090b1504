/**
 * The states of all keys of one subtask: a cell per key with a value per declared state. Values live as the program made
 * them; they are encoded by their schemas only when a snapshot is taken, and what has outlived its time is left out then.
 */
import * as Duration from "effect/Duration"
import { decodePlain, encodePlain } from "../../checkpoint/plain-codec.ts"
import type { Plain, Restored } from "../../operator/operator.ts"
import { keyGroup } from "../../state/key-group.ts"
import { hashOf, type Key } from "../key.ts"
import type { StateDeclaration, States } from "./state.ts"
import {
  migration,
  type StateCodec,
  stateCodec,
  StateFault,
  type StoredState
} from "./state-codec.ts"
import { makeHandle } from "./state-handle.ts"

/** The states of one key. */
export interface Cell {
  readonly identity: string
  readonly key: Key
  readonly values: Array<unknown>
  /** By state, when it dies; undefined when no state has a time to live. */
  readonly deaths: Float64Array | undefined
}

interface Slot {
  readonly name: string
  readonly declaration: StateDeclaration<unknown>
  readonly codec: StateCodec
  /** Of the keys of a map. */
  readonly keyCodec: StateCodec | undefined
  /** Infinity: it lives on. */
  readonly lifeMillis: number
  readonly byEvent: boolean
  readonly refreshOnRead: boolean
}

/** What time it is for states that die. */
export interface StateClock {
  readonly nowMillis: () => number
  /** The watermark: by it states of event time die. */
  watermarkMillis: number
  /** The event time of the value or timer in hand, at least the watermark: by it they live on. */
  eventMillis: number
}

/** One key's cell as stored. */
type StoredCell = readonly [
  identity: string,
  key: Plain,
  values: ReadonlyArray<Plain>,
  deaths: ReadonlyArray<number>
]

/** What a checkpoint says of the states as a whole, the same from every subtask. */
export interface StoredStates {
  readonly [name: string]: StoredState & { readonly kind: string; readonly keys: string }
}

/** See the head of this file. */
export class KeyedStates {
  readonly handles: Readonly<Record<string, unknown>>
  private readonly slots: ReadonlyArray<Slot>
  private readonly cells = new Map<string, Cell>()
  private readonly mortal: boolean
  private clock: StateClock = {
    nowMillis: () => 0,
    watermarkMillis: -Infinity,
    eventMillis: -Infinity
  }
  private current: Cell | undefined = undefined
  private identity = ""
  private key: Key = null

  constructor(states: States) {
    this.slots = Object.entries(states).map(([name, declaration]) => slotOf(name, declaration))
    this.mortal = this.slots.some((slot) => slot.lifeMillis < Infinity)
    this.handles = Object.fromEntries(
      this.slots.map(({ name, declaration }, at) => [name, makeHandle(this, at, declaration)])
    )
  }

  /** Number of keys. */
  get size(): number {
    return this.cells.size
  }

  /** Give the clock by which states die; before anything else. */
  start(clock: StateClock): void {
    this.clock = clock
  }

  /** The handles mean this key from now on. */
  use(identity: string, key: Key): void {
    this.current = this.cells.get(identity)
    this.identity = identity
    this.key = key
  }

  /** The value of a state of the key in hand; undefined when there is none or it has died. */
  read(at: number): unknown {
    const cell = this.current
    if (cell === undefined) return undefined
    if (cell.deaths === undefined) return cell.values[at]
    const slot = this.slots[at]!
    if (this.isDead(slot, cell.deaths[at]!)) {
      this.write(at, undefined)
      return undefined
    }
    if (slot.refreshOnRead) cell.deaths[at] = this.deathOf(slot)
    return cell.values[at]
  }

  /** Set a state of the key in hand; undefined clears it, and a key without any state is forgotten. */
  write(at: number, value: unknown): void {
    let cell = this.current
    if (cell === undefined) {
      if (value === undefined) return
      cell = this.add(this.identity, this.key)
      this.current = cell
    }
    cell.values[at] = value
    if (cell.deaths !== undefined) {
      const slot = this.slots[at]!
      cell.deaths[at] = value === undefined ? Infinity : this.deathOf(slot)
    }
    if (value === undefined && cell.values.every((other) => other === undefined)) {
      this.cells.delete(cell.identity)
      this.current = undefined
    }
  }

  private isDead(slot: Slot, death: number): boolean {
    return death <= (slot.byEvent ? this.clock.watermarkMillis : this.clock.nowMillis())
  }

  /** When a state dies that is written now. Before there is any event time nothing ages by it. */
  private deathOf(slot: Slot): number {
    const from = slot.byEvent ? this.clock.eventMillis : this.clock.nowMillis()
    return from === -Infinity ? Infinity : from + slot.lifeMillis
  }

  private add(identity: string, key: Key): Cell {
    const cell: Cell = {
      identity,
      key,
      values: new Array<unknown>(this.slots.length).fill(undefined),
      deaths: this.mortal ? new Float64Array(this.slots.length).fill(Infinity) : undefined
    }
    this.cells.set(identity, cell)
    return cell
  }

  /** What {@link restore} compares with. */
  stored(): StoredStates {
    return Object.fromEntries(
      this.slots.map(({ name, declaration, codec, keyCodec }) => [name, {
        kind: declaration.kind,
        version: codec.version,
        fingerprint: codec.fingerprint,
        keys: keyCodec?.fingerprint ?? ""
      }])
    )
  }

  /** Cells by key group, encoded; dead states are dropped for good. */
  snapshot(groupsMax: number): ReadonlyMap<number, Uint8Array> {
    const groups = new Map<number, Array<Plain>>()
    for (const cell of this.cells.values()) {
      const stored = this.encode(cell)
      if (stored === undefined) {
        this.cells.delete(cell.identity)
        continue
      }
      const group = keyGroup(hashOf(cell.identity), groupsMax)
      const list = groups.get(group)
      if (list === undefined) groups.set(group, [stored as unknown as Plain])
      else list.push(stored as unknown as Plain)
    }
    this.current = undefined
    return new Map([...groups].map(([group, list]) => [group, encodePlain(list)]))
  }

  private encode(cell: Cell): StoredCell | undefined {
    const { deaths } = cell
    let alive = false
    const values = this.slots.map((slot, at): Plain => {
      if (deaths !== undefined && this.isDead(slot, deaths[at]!)) cell.values[at] = undefined
      const value = cell.values[at]
      if (value === undefined) return undefined
      alive = true
      return encodeValue(slot, value)
    })
    if (!alive) return undefined
    return [cell.identity, cell.key as Plain, values, deaths === undefined ? [] : [...deaths]]
  }

  /**
   * Take over what checkpoints hold. States are found by name; one that the program no longer has is dropped.
   *
   * **Errors** throws StateFault for a state whose kind or schema differs without a migration.
   */
  restore(restored: Restored, header: StoredStates, operator: string): void {
    const names = Object.keys(header)
    const readers = names.map((name) => this.readerOf(name, header[name]!, operator))
    for (const { bytes } of restored.groups) {
      for (
        const [identity, key, values, deaths] of decodePlain(bytes) as unknown as ReadonlyArray<
          StoredCell
        >
      ) {
        const cell = this.add(identity, key as Key)
        names.forEach((_, from) => {
          const reader = readers[from]
          if (reader === undefined || values[from] === undefined) return
          cell.values[reader.at] = reader.read(values[from])
          if (cell.deaths !== undefined) cell.deaths[reader.at] = deaths[from] ?? Infinity
        })
      }
    }
  }

  private readerOf(
    name: string,
    stored: StoredStates[string],
    operator: string
  ): { readonly at: number; readonly read: (value: Plain) => unknown } | undefined {
    const at = this.slots.findIndex((slot) => slot.name === name)
    if (at < 0) return undefined
    const slot = this.slots[at]!
    const { declaration } = slot
    if (declaration.kind !== stored.kind || (slot.keyCodec?.fingerprint ?? "") !== stored.keys) {
      const detail = declaration.kind === stored.kind
        ? "the checkpoint holds a map with keys of another schema"
        : `the checkpoint holds a ${stored.kind} state, the program declares a ${declaration.kind} state`
      throw new StateFault({
        operator,
        state: name,
        detail: `${detail}. Give it another name, or start without --resume`
      })
    }
    const migrate = migration(slot.codec, stored, operator, name)
    return { at, read: (value) => decodeValue(slot, value, migrate, operator) }
  }
}

function slotOf(name: string, declaration: StateDeclaration<unknown>): Slot {
  const { options, schema, keySchema } = declaration
  const { timeToLive } = options
  return {
    name,
    declaration,
    codec: declaration.codec ?? stateCodec(schema, options.version ?? 1, options.migrations ?? {}),
    keyCodec: keySchema === undefined ? undefined : stateCodec(keySchema, 1, {}),
    lifeMillis: timeToLive === undefined ? Infinity : Duration.toMillis(timeToLive.ttl),
    byEvent: timeToLive?.clock === "event",
    refreshOnRead: timeToLive?.refreshOnRead ?? false
  }
}

function encodeValue(slot: Slot, value: unknown): Plain {
  const { declaration, codec, keyCodec } = slot
  if (declaration.kind === "list") return (value as ReadonlyArray<unknown>).map(codec.encode)
  if (declaration.kind !== "map") return codec.encode(value)
  return [...value as Map<unknown, unknown>].map(([k, v]) => [keyCodec!.encode(k), codec.encode(v)])
}

function decodeValue(
  slot: Slot,
  stored: Plain,
  migrate: (value: unknown) => unknown,
  operator: string
): unknown {
  const { declaration, codec, keyCodec, name } = slot
  try {
    const one = (value: unknown): unknown => codec.decode(migrate(value))
    if (declaration.kind === "list") return (stored as ReadonlyArray<Plain>).map(one)
    if (declaration.kind !== "map") return one(stored)
    return new Map(
      (stored as ReadonlyArray<readonly [Plain, Plain]>).map(([k, v]) => [
        keyCodec!.decode(k),
        one(v)
      ])
    )
  } catch (error) {
    const detail = `what the checkpoint holds does not fit its schema: ${
      error instanceof Error ? error.message : String(error)
    }`
    throw new StateFault({ operator, state: name, detail })
  }
}
