/**
 * One attempt of a job without an engine: the contexts that its parts are given, with forks that run for real, and its end, after
 * which nothing of it runs on.
 *
 * **Invariant** whoever waits is woken by a notification, by a failure, or after {@link patienceMillis} with an assertion.
 */
import assert from "node:assert/strict"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { AnyFault, EnumeratorContext, OperatorContext, Plain } from "@millrace/core/internal"
import type { MortalDisk } from "./mortal-disk.ts"

/** How long a promised notification may take. */
const patienceMillis = 10_000

/** Raised by notifications of one subtask. */
export class Bell {
  private rung = false
  private wake: () => void = () => {}

  ring(): void {
    this.rung = true
    this.wake()
  }

  /** Forget what rang so far. */
  reset(): void {
    this.rung = false
  }

  /** Until it rings. `promise` says who promised it. */
  async wait(promise: string): Promise<void> {
    if (this.rung) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.wake = resolve
      timer = setTimeout(resolve, patienceMillis)
    })
    clearTimeout(timer)
    assert.ok(this.rung, `${promise}, but no notification came in ${patienceMillis} ms`)
  }
}

/** Which execution of which job a stage is. */
export interface StageIdentity {
  readonly run: string
  readonly attempt: number
}

/** See the head of this file. */
export class Stage {
  readonly disk: MortalDisk
  readonly identity: StageIdentity
  private readonly fibers: Set<Fiber.Fiber<unknown, unknown>> = new Set()
  private readonly bells: Array<Bell> = []
  private failure: { readonly error: unknown } | undefined = undefined
  private ended = false

  constructor(disk: MortalDisk, identity: StageIdentity) {
    this.disk = disk
    this.identity = identity
  }

  /** What a reader or writer is opened with. */
  context(subtask: number, parallelism: number, bell: Bell): OperatorContext {
    this.bells.push(bell)
    return {
      name: "conformance",
      job: { id: "conformance", ...this.identity },
      subtask,
      parallelism,
      groupsMax: 128,
      groupFrom: Math.ceil(subtask * 128 / parallelism),
      groupTo: Math.ceil((subtask + 1) * 128 / parallelism),
      restored: undefined,
      notify: () => bell.ring(),
      fail: (fault) => this.fail(fault),
      fork: (effect, done) => this.fork(effect, done, bell),
      disk: this.disk,
      count: () => {},
      nowMillis: () => Date.now()
    }
  }

  /** What an enumerator is given. */
  enumeratorContext(parallelism: number, restored: Plain, bell: Bell): EnumeratorContext {
    const context = this.context(0, parallelism, bell)
    const { job, disk, fork, fail, nowMillis } = context
    const discovered = (): void => bell.ring()
    return { job, disk, fork, fail, nowMillis, parallelism, restored, discovered }
  }

  /** Throw what failed beside the calls. */
  check(): void {
    if (this.failure !== undefined) throw this.failure.error
  }

  /** Run an effect to its end; throws its fault. */
  async run<A>(effect: Effect.Effect<A, AnyFault>): Promise<A> {
    const exit = await this.start(effect).exit
    if (Exit.isSuccess(exit)) return exit.value
    throw Cause.squash(exit.cause)
  }

  /** Start an effect that is to be interrupted by {@link end}. */
  start<A>(effect: Effect.Effect<A, AnyFault>): { readonly exit: Promise<Exit.Exit<A, AnyFault>> } {
    const fiber = Effect.runFork(effect)
    this.fibers.add(fiber)
    const exit = new Promise<Exit.Exit<A, AnyFault>>((resolve) => {
      fiber.addObserver((ended) => {
        this.fibers.delete(fiber)
        resolve(ended)
      })
    })
    return { exit }
  }

  /** Interrupt all that was forked and wait for it. */
  async end(): Promise<void> {
    this.ended = true
    await Effect.runPromise(Fiber.interruptAll([...this.fibers]))
  }

  private fork<A>(
    effect: Effect.Effect<A, AnyFault>,
    done: (value: A) => void,
    bell: Bell
  ): void {
    if (this.ended) return
    void this.start(effect).exit.then((exit) => {
      if (this.ended) return
      if (!Exit.isSuccess(exit)) return this.fail(Cause.squash(exit.cause))
      try {
        done(exit.value)
      } catch (error) {
        this.fail(error)
      }
      bell.ring()
    })
  }

  private fail(error: unknown): void {
    this.failure ??= { error }
    for (const bell of this.bells) bell.ring()
  }
}
