/**
 * What outlives a simulated process: completed checkpoints and what two-phase sinks have prepared and committed. It checks
 * the laws that can be seen from here and refuses to change once the process is dead.
 */
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import type { CheckpointState, CheckpointStore, FoundState } from "./engine.ts"
import { Crashed, type DiskDecisions, FileStore, SimulatedDisk, type World } from "./engine.ts"
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

/** Where checkpoints are kept; `settle` as in the engine's store. */
type Kept = CheckpointStore & { readonly settle: Effect.Effect<void, unknown> }

/** Longer than most intervals between checkpoints. */
const commitMillis = 40

/** How the real store is used on the simulated disk. */
export interface DiskUse {
  readonly retained: number
  /** Larger state goes to the segment. */
  readonly inlineBytesMax: number
  /** By end of a process, the last one stays: whether the power fails too, so that what was not made durable may be lost or torn. */
  readonly powerCuts: ReadonlyArray<boolean>
  /**
   * By end of a process: what becomes of its newest checkpoint when an older one is retained. `flip`: broken for good; `away`: the next process
   * cannot read it, later ones can.
   */
  readonly breaks: ReadonlyArray<"no" | "flip" | "away">
}

const directory = "checkpoints"

/** Of what the enumerators of a process are told when. */
export interface Pace {
  readonly intervalMillis: number
  /** A checkpoint is under way no longer than this. */
  readonly timeoutMillis: number
  /** From then on the last checkpoint may come, which waits for no interval. */
  readonly stopMillis: number
}

/** Fibers that the schedule holds back may make a checkpoint so much later. */
const paceSlackMillis = 60

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
  /** Restores that found a checkpoint whose writer did not live to hear that it was complete. */
  adopted = 0
  /** A write of the store is under way. */
  writing = false
  /** By number: what the store was asked to write and has not said to be complete. */
  private readonly open: Map<number, CheckpointState> = new Map()
  private readonly disk: SimulatedDisk | undefined
  private readonly use: DiskUse | undefined
  private world: World | undefined = undefined
  private callsLeft = Infinity
  /** Checkpoints that a process need not find. */
  private readonly lost: Set<number> = new Set()
  /** A file that cannot be opened in this process. */
  private away: string | undefined = undefined
  /** Restores of an older checkpoint than the newest. */
  fallbacks = 0
  /** What sinks have taken back. */
  rewound = 0
  private pace: Pace = { intervalMillis: 0, timeoutMillis: Infinity, stopMillis: 0 }

  /** `use`: checkpoints are kept by the engine's own store on a simulated disk; undefined: in a list. */
  constructor(faults: Faults, use?: DiskUse, decisions?: DiskDecisions) {
    this.faults = faults
    this.use = use
    if (use === undefined || decisions === undefined) return
    this.disk = new SimulatedDisk({
      decisions,
      refuse: (action, path) => {
        this.call()
        return action === "open" && path === this.away ? "Other" : undefined
      }
    })
  }

  /** A process begins. It dies at its `callsMax`th call of the store. */
  begin(world: World, pace: Pace, callsMax: number): void {
    this.world = world
    this.pace = pace
    this.callsLeft = callsMax
    this.writing = false
  }

  /** Process number `process` has ended, well or badly. */
  end(process: number): void {
    if (this.disk === undefined) return
    const { powerCuts } = this.use!
    if (powerCuts[Math.min(process, powerCuts.length - 1)] === true) this.disk.crash()
    else this.disk.kill()
    this.away = undefined
    const { breaks } = this.use!
    this.breakNewest(breaks[process] ?? "no", this.disk)
  }

  private breakNewest(how: "no" | "flip" | "away", disk: SimulatedDisk): void {
    const prefix = `${directory}/job/1/chk-`
    const found = disk.files()
      .filter((file) => file.startsWith(prefix) && file.endsWith("/manifest"))
      .map((file) => Number(file.slice(prefix.length, -"/manifest".length)))
      .sort((a, b) => a - b)
    const newest = found.at(-1)
    // With one retained the older is on its way out, and a loss of power may have left any part of it.
    if (how === "no" || this.use!.retained < 2 || newest === undefined) return
    if (found.length < 2 || this.lost.has(found.at(-2)!)) return
    const file = `${prefix}${newest}/manifest`
    if (how === "away") this.away = file
    else if (!disk.flip(file, 200)) return
    this.lost.add(newest)
  }

  /** The same sinks and their newest checkpoint, in a world in which nothing goes wrong. */
  fork(): Durable {
    const fork = new Durable({ declines: [], slowWrites: [], slowPrepares: [], slowCommits: [] })
    fork.checkpoints.push(this.checkpoints.at(-1)!)
    for (const [id, entry] of this.prepared) fork.prepared.set(id, entry)
    for (const [id, entry] of this.committed) fork.committed.set(id, entry)
    return fork
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
  store(world: World): CheckpointStore & { readonly settle: Effect.Effect<void, unknown> } {
    const pause = Effect.suspend(() => Effect.sleep(world.choices.pick(4)))
    const kept = this.disk === undefined ? this.listStore() : this.fileStore(this.disk)
    return {
      write: (state) =>
        Effect.gen({ self: this }, function* (this: Durable) {
          yield* pause
          this.guard(world)
          const number = this.writes++
          if (this.faults.declines.includes(number)) yield* Effect.fail(new Declined() as never)
          if (this.faults.slowWrites.includes(number)) yield* Effect.sleep(slowMillis)
          this.guard(world)
          this.open.set(state.checkpoint, structuredClone(state))
          this.writing = true
          const bytes = yield* Effect.onExit(kept.write(state), () =>
            Effect.sync(() => {
              if (!world.dead) this.writing = false
            }))
          this.complete(this.open.get(state.checkpoint)!)
          yield* pause
          return bytes
        }),
      newest: (report) =>
        Effect.map(kept.newest(report), (state) => {
          this.restoring(state)
          return state
        }),
      settle: kept.settle,
      ...kept.forget === undefined ? {} : {
        forget: (checkpoint: number) =>
          Effect.tap(
            kept.forget!(checkpoint),
            () => Effect.sync(() => this.forgotten(checkpoint))
          )
      }
    }
  }

  /** Whether the store says that `state` is of a job that had ended and committed all. */
  isSettled(state: CheckpointState): boolean {
    return this.disk !== undefined && FileStore.isSettled(this.disk, directory, state)
  }

  /** A sink begins to prepare: how long that takes. */
  prepareMillis(world: World): number {
    return this.faults.slowPrepares.includes(this.prepares++) ? slowMillis : world.choices.pick(3)
  }

  /** A commit begins: how long that takes. */
  commitMillis(world: World): number {
    return this.faults.slowCommits.includes(this.begun++) ? commitMillis : world.choices.pick(3)
  }

  /**
   * A checkpoint is triggered `gapMillis` after the one before (`first`: after the source was made), by monotone time. `periodic`: it cannot
   * be the last one.
   */
  triggered(world: World, gapMillis: number, first: boolean, periodic: boolean): void {
    const { intervalMillis, stopMillis, timeoutMillis } = this.pace
    if (!periodic || world.nowMillis >= stopMillis) return
    if (!first && gapMillis < intervalMillis - 0.001) {
      throw new Breach(`Pace: ${gapMillis} ms between checkpoints, wanted ${intervalMillis}`)
    }
    if (gapMillis > intervalMillis + timeoutMillis + paceSlackMillis) {
      throw new Breach(`Pace: no checkpoint for ${gapMillis} ms, wanted one in ${intervalMillis}`)
    }
  }

  /** The store is called: the process may be dead, or die here. */
  private call(): void {
    if (this.world === undefined) return
    this.guard(this.world)
    if (--this.callsLeft > 0) return
    this.world.dead = true
    throw new Crashed()
  }

  private listStore(): Kept {
    const kept: Array<CheckpointState> = this.checkpoints.slice()
    return {
      write: (state) =>
        Effect.gen({ self: this }, function* (this: Durable) {
          this.call()
          yield* Effect.yieldNow
          this.call()
          kept.push(structuredClone(state))
          return 1
        }),
      newest: () =>
        Effect.sync(() => {
          this.call()
          return structuredClone(kept.at(-1))
        }),
      settle: Effect.void
    }
  }

  private fileStore(disk: SimulatedDisk): Kept {
    const { inlineBytesMax, retained } = this.use!
    const store = FileStore.make({
      disk,
      directory,
      job: "job",
      run: "1",
      retained,
      inlineBytesMax
    })
    return {
      ...store,
      newest: () =>
        store.newest((warning) => {
          if ([...this.lost].some((number) => warning.includes(`/chk-${number}"`))) return
          throw new Breach(`Law 1: a checkpoint on disk is not complete: ${warning}`)
        })
    }
  }

  /** What a restore goes on from is the newest that was completed, or one that only its writer did not hear of. */
  private restoring(found: FoundState | undefined): void {
    const { fellBack, ...rest } = found ?? {}
    const state = found === undefined ? undefined : rest as CheckpointState
    const number = state?.checkpoint ?? 0
    const skipped = this.checkpoints.filter((one) => one.checkpoint > number)
    const older = skipped.length > 0 && skipped.every((one) => this.lost.has(one.checkpoint))
    if (fellBack === true) this.fallbacks++
    // Already hidden: the process before died when it had begun to forget.
    else if (older) this.forgotten(number)
    else this.lost.delete(number)
    if (older && fellBack === true) {
      if (!isDeepStrictEqual(state, this.checkpoints.findLast((one) => !skipped.includes(one)))) {
        throw new Breach(`Checkpoint ${number} is not restored as it was written`)
      }
      return
    }
    if (number < this.completed) {
      throw new Breach(`K8: checkpoint ${number} is restored after ${this.completed} was complete`)
    }
    if (state === undefined) return
    if (number > this.completed) {
      const written = this.open.get(number)
      if (written === undefined) throw new Breach(`Checkpoint ${number} was never written`)
      this.adopted++
      this.complete(written)
    }
    if (!isDeepStrictEqual(state, this.checkpoints.at(-1))) {
      throw new Breach(`Checkpoint ${number} is not restored as it was written`)
    }
  }

  /** Only what was complete up to `checkpoint` counts; the numbers after it are given again. */
  private forgotten(checkpoint: number): void {
    while (this.completed > checkpoint) this.checkpoints.pop()
    for (const number of this.lost) if (number > checkpoint) this.lost.delete(number)
    this.away = undefined
  }

  private complete(state: CheckpointState): void {
    this.check(state)
    this.open.clear()
    this.checkpoints.push(state)
    this.cutsCompleted = this.cuts
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
