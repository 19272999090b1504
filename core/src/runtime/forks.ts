/**
 * The fibers that operators, enumerators and the coordinator start beside themselves. They belong to one attempt: when it
 * ends they are interrupted and waited for, so nothing of an attempt outlives it.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/** Starts effects from synchronous code. */
export class Forks {
  private readonly services: Context.Context<never>
  private readonly fibers: Set<Fiber.Fiber<unknown, unknown>> = new Set()
  private closed = false

  constructor(services: Context.Context<never>) {
    this.services = services
  }

  /** Run `effect`; `done` is told how it ended, unless the attempt ended first. Answers a way to give it up. */
  start<A, E>(effect: Effect.Effect<A, E>, done: (exit: Exit.Exit<A, E>) => void): () => void {
    if (this.closed) return () => {}
    let wanted = true
    const fiber = Effect.runForkWith(this.services)(effect)
    this.fibers.add(fiber)
    fiber.addObserver((exit) => {
      this.fibers.delete(fiber)
      if (wanted && !this.closed) done(exit)
    })
    return () => {
      wanted = false
      fiber.interruptUnsafe()
    }
  }

  /** Interrupt all and wait for them. Nothing starts or reports afterwards. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    return Fiber.interruptAll([...this.fibers])
  })
}
