/** Broadcast state: maps that every subtask has whole, because each gets every value that changes them. */
import type { Plain } from "../../operator/operator.ts"
import type { States } from "./state.ts"
import { KeyedStates, type StoredStates } from "./keyed-states.ts"

/** One cell that has no key of its own: the states of {@link KeyedStates} for a single key. */
export class BroadcastStates {
  readonly handles: Readonly<Record<string, unknown>>
  private readonly states: KeyedStates

  constructor(states: States) {
    this.states = new KeyedStates(states)
    this.states.use("", null)
    this.handles = this.states.handles
  }

  /** As of {@link KeyedStates}. */
  stored(): StoredStates {
    return this.states.stored()
  }

  /** All of it as one value. */
  snapshot(): Plain {
    const [bytes] = this.states.snapshot(1).values()
    this.states.use("", null)
    return bytes ?? null
  }

  /** Take over the maps of a checkpoint: what the first subtask had. */
  restore(maps: ReadonlyArray<Plain>, header: StoredStates, operator: string): void {
    const groups = maps.flatMap((bytes) =>
      bytes === null ? [] : [{ group: 0, bytes: bytes as Uint8Array }]
    )
    this.states.restore({ checkpoint: 0, groups, items: [], union: [] }, header, operator)
    this.states.use("", null)
  }
}
