/**
 * What outlives a simulated process: completed checkpoints and what two-phase sinks have prepared and committed. It checks
 * the laws that can be seen from here and refuses to change once the process is dead.
 */
import * as Effect from "effect/Effect"
import type { CheckpointState, CheckpointStore } from "./engine.ts"
import { Crashed, type World } from "./engine.ts"
import type { Row } from "./model.ts"

/** Rows that a writer has handed over. */
export interface Prepared {
  readonly sink: string
  readonly checkpoint: number
  readonly rows: ReadonlyArray<Row>
}

/** A law was broken; the message names it. */
export class Breach extends Error {}

/** The store refused a write on purpose. */
export class Declined extends Error {}

/**
 * By number, counted over all processes: which writes are refused, which writes and preparations outlast the timeout, which
 * commits outlast a checkpoint or more. */
export interface Faults {
  readonly declines: ReadonlyArray<number>
  readonly slowWrites: ReadonlyArray<number>
  readonly slowPrepares: ReadonlyArray<number>
  readonly slowCommits: ReadonlyArray<number>
}

/** Longer than the timeout of any checkpoint of a history. */
export const slowMillis = 120

/** Longer than most intervals between checkpoints. */
const commitMillis = 40

/** See the head of this file. */
export class Durable {
  readonly checkpoints: Array<CheckpointState> = []
  readonly prepared: Map<string, Prepared> = new Map()
  readonly committed: Map<string, Prepared> = new Map()
  /** How often readers gave positions, and how often they had when the last checkpoint was completed. */
  cuts = 0
  cutsCompleted = 0
  /** What is to go wrong with writes and with what sinks prepare. */
  readonly faults: Faults
  private writes = 0
  private prepares = 0
  private begun = 0
  /** Commits of checkpoints, and among them those made again. */
  commits = 0
  repeats = 0

  constructor(faults: Faults) {
    this.faults = faults
  }

  /** Number of the newest complete checkpoint. */
  get completed(): number {
    return this.checkpoints.at(-1)?.checkpoint ?? 0
  }

  /** Refuse to change when the process is dead. */
  guard(world: World): void {
    if (world.dead) throw new Crashed()
  }

  /** The store as one process sees it. */
  store(world: World): CheckpointStore {
    const pause = Effect.suspend(() => Effect.sleep(world.choices.pick(4)))
    return {
      write: (state) =>
        Effect.gen({ self: this }, function* (this: Durable) {
          yield* pause
          this.guard(world)
          const number = this.writes++
          if (this.faults.declines.includes(number)) yield* Effect.fail(new Declined() as never)
          if (this.faults.slowWrites.includes(number)) yield* Effect.sleep(slowMillis)
          this.guard(world)
          this.check(state)
          this.checkpoints.push(structuredClone(state))
          this.cutsCompleted = this.cuts
          yield* pause
          return 1
        }),
      newest: () => Effect.sync(() => structuredClone(this.checkpoints.at(-1)))
    }
  }

  /** A sink begins to prepare: how long that takes. */
  prepareMillis(world: World): number {
    return this.faults.slowPrepares.includes(this.prepares++) ? slowMillis : world.choices.pick(3)
  }

  /** A commit begins: how long that takes. */
  commitMillis(world: World): number {
    return this.faults.slowCommits.includes(this.begun++) ? commitMillis : world.choices.pick(3)
  }

  private check(state: CheckpointState): void {
    const last = this.checkpoints.at(-1)
    if (state.checkpoint <= this.completed) {
      throw new Breach(`K8: checkpoint ${state.checkpoint} follows ${this.completed}`)
    }
    const parts = state.subtasks.map(({ subtask, task }) => `${task}/${subtask}`)
    if (new Set(parts).size !== parts.length || parts.length === 0) {
      throw new Breach(`K5: checkpoint ${state.checkpoint} has the parts ${parts}`)
    }
    if (last === undefined) return
    const before = positionsOf(last)
    for (const [split, from] of positionsOf(state)) {
      if (from < (before.get(split) ?? 0)) throw new Breach(`K8: split ${split} goes back`)
    }
  }
}

/** Where every split in hand stands. */
function positionsOf(state: CheckpointState): Map<string, number> {
  const positions = new Map<string, number>()
  for (const { operators } of state.subtasks) {
    for (const [id, { items }] of operators) {
      for (const item of items ?? []) {
        const { split } = item as { split?: { id: string; split: number; from: number } }
        if (split === undefined) continue
        const name = `${id}:${split.id}`
        if (positions.has(name)) throw new Breach(`K8: split ${name} is in two places`)
        positions.set(name, split.from)
      }
    }
  }
  return positions
}
