/**
 * A world for effects in which everything free is a choice: which fiber runs next, where it is set aside, how long a turn
 * is, when builders are flushed, when the process dies. It has its own clock and never returns to the event loop, so a
 * whole job runs inside one synchronous call and the same choices give the same run on every runtime.
 *
 * The engine runs in it unmodified: only its scheduler, its clock and its decisions are given.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler"
import { type Decisions, DecisionsService, type Site } from "../runtime/decisions.ts"
import type { Choices } from "./choices.ts"

/** When the process dies: after so many steps, at a virtual time, or at the `nth` (from 1) visit of a site. */
export type Crash =
  | { readonly step: number }
  | { readonly atMillis: number }
  | { readonly site: Site; readonly nth: number }

/** Thrown through the code that stands at a crash site: nothing after it may run. */
export class Crashed extends Error {
  override readonly message: string = "The simulated process died here"
}

/** The world came to rest before the program ended: a deadlock, or something that waits outside of it. */
export class Stuck extends Error {}

/** The program took more steps than any sound run would. */
export class OutOfSteps extends Error {}

interface Run {
  readonly priority: number
  readonly task: () => void
}

interface Alarm {
  readonly atMillis: number
  readonly fire: () => void
}

/** How a simulation is run. */
export interface SimulationOptions {
  readonly choices: Choices
  readonly crash?: Crash | undefined
  /** More steps than this are a livelock. */
  readonly stepsMax: number
  /** Virtual time that each step takes. */
  readonly stepMillis: number
}

/** The run queues, the clock and the end of one simulated process. */
export class World implements Scheduler {
  readonly executionMode: "async" = "async" as const
  readonly choices: Choices
  steps = 0
  /** Monotone time. */
  nowMillis = 0
  /** How far the wall clock is ahead of it: change it and the wall clock jumps. */
  wallOffsetMillis = 1_000_000_000_000
  /** True once the process has died: whatever is durable must refuse to change. */
  dead = false
  /** A digest of everything that was chosen and done. */
  trace = 0x811c9dc5
  private readonly ready: Array<Array<Run>> = []
  private readonly alarms: Array<Alarm> = []
  private readonly crash: Crash | undefined
  private readonly stepMillis: number
  private readonly visits: Map<Site, number> = new Map()

  constructor(options: SimulationOptions) {
    this.choices = options.choices
    this.crash = options.crash
    this.stepMillis = options.stepMillis
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    // Never at the first operation after a wake-up, as in Effect's own scheduler: a fiber that is interrupted before its
    // start and set aside there would forget the interruption.
    return (fiber.currentOpCount > 1 && this.choices.preempt()) ||
      fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): SchedulerDispatcher {
    const queue: Array<Run> = []
    return {
      scheduleTask: (task, priority) => {
        if (queue.length === 0) this.ready.push(queue)
        let at = queue.length
        while (at > 0 && queue[at - 1]!.priority > priority) at--
        queue.splice(at, 0, { priority, task })
      },
      flush: () => {
        while (queue.length > 0) this.runOne(queue)
      }
    }
  }

  /** Note something in the digest. */
  note(value: number): void {
    this.trace = Math.imul(this.trace ^ (value & 0xffff), 0x01000193) >>> 0
  }

  /** Do one thing. False: nothing is left to do. */
  step(): boolean {
    this.steps++
    this.nowMillis += this.stepMillis
    const alarm = this.alarms[0]
    if (alarm !== undefined && (this.ready.length === 0 || alarm.atMillis <= this.nowMillis)) {
      this.alarms.shift()
      if (alarm.atMillis > this.nowMillis) this.nowMillis = alarm.atMillis
      alarm.fire()
      return true
    }
    if (this.ready.length === 0) return false
    const chosen = this.ready.length === 1 ? 0 : this.choices.pick(this.ready.length)
    this.note(this.ready.length * 64 + chosen)
    this.runOne(this.ready[chosen]!)
    return true
  }

  /** Whether the crash that is planned by steps or time is due. */
  dies(): boolean {
    const { crash } = this
    if (crash === undefined) return this.dead
    if ("step" in crash && this.steps >= crash.step) this.dead = true
    if ("atMillis" in crash && this.nowMillis >= crash.atMillis) this.dead = true
    return this.dead
  }

  /** The engine is at a site. Throws {@link Crashed} when this is where the process dies. */
  visit(site: Site): void {
    const { crash } = this
    if (this.dead) throw new Crashed()
    const nth = (this.visits.get(site) ?? 0) + 1
    this.visits.set(site, nth)
    this.note(site.length * 31 + nth)
    if (crash === undefined || !("site" in crash) || crash.site !== site || crash.nth !== nth) {
      return
    }
    this.dead = true
    throw new Crashed()
  }

  /** Call `fire` after `delayMillis`; answers how to call it off. */
  alarm(delayMillis: number, fire: () => void): () => void {
    const alarm = { atMillis: this.nowMillis + delayMillis, fire }
    let at = this.alarms.length
    while (at > 0 && this.alarms[at - 1]!.atMillis > alarm.atMillis) at--
    this.alarms.splice(at, 0, alarm)
    return () => {
      const index = this.alarms.indexOf(alarm)
      if (index >= 0) this.alarms.splice(index, 1)
    }
  }

  /** How often a site was visited. */
  visited(site: Site): number {
    return this.visits.get(site) ?? 0
  }

  private runOne(queue: Array<Run>): void {
    const { task } = queue.shift()!
    const at = this.ready.indexOf(queue)
    this.ready.splice(at, 1)
    // Behind the others, so that the canonical choice is fair.
    if (queue.length > 0) this.ready.push(queue)
    task()
  }
}

/** What came of a simulated process. */
export interface Simulated<A, E> {
  readonly outcome: Exit.Exit<A, E> | "crashed"
  readonly world: World
}

/** Run `program` to its end or its crash. Throws {@link Stuck} and {@link OutOfSteps}. */
export function simulate<A, E>(
  program: (world: World) => Effect.Effect<A, E>,
  options: SimulationOptions
): Simulated<A, E> {
  const world = new World(options)
  const provided = Effect.provideService(
    Effect.provideService(Effect.suspend(() => program(world)), Clock.Clock, clockOf(world)),
    DecisionsService,
    decisionsOf(world)
  )
  const fiber = Effect.runFork(provided, { scheduler: world })
  for (;;) {
    if (world.dies()) return { outcome: "crashed", world }
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return { outcome: exit, world }
    if (world.steps >= options.stepsMax) {
      throw new OutOfSteps(`The program is not done after ${options.stepsMax} steps`)
    }
    if (!world.step()) {
      throw new Stuck(`Nothing can run after ${world.steps} steps and the program has not ended`)
    }
  }
}

/** Lengths of turns in steps: the canonical one, and short ones, which interleave most. */
const turns: ReadonlyArray<number> = [12, 1, 2, 1, 3, 1, 5, 1]

/** The engine's choices, badly made on purpose. The canonical choice is the largest turn and no early flush. */
function decisionsOf(world: World): Decisions {
  const { choices } = world
  return {
    pickLane: (n) => choices.pick(n),
    turnSteps: () => turns[choices.pick(turns.length)]!,
    flushEarly: () => choices.pick(3) === 1,
    wholeRowsMin: 2,
    reach: (site) => world.visit(site)
  }
}

function clockOf(world: World): Clock.Clock {
  const millis = () => Math.floor(world.nowMillis + world.wallOffsetMillis)
  const nanos = () => BigInt(millis()) * 1_000_000n
  const monotonicNanos = () => BigInt(Math.floor(world.nowMillis * 1e6))
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonicNanos,
    monotonicTimeNanos: Effect.sync(monotonicNanos),
    sleep: (duration) => {
      const delayMillis = Duration.toMillis(duration)
      if (delayMillis <= 0) return Effect.yieldNow
      return Effect.callback<void>((resume) => {
        const callOff = world.alarm(delayMillis, () => resume(Effect.void))
        return Effect.sync(callOff)
      })
    }
  }
}
