/** The one thing a subtask's fiber waits on: something may have changed, look again. */
import * as Effect from "effect/Effect"

/**
 * A latch that remembers one notification. Notifications coalesce: many before a wait are one wake-up.
 *
 * **Cost** `notify` with nobody waiting is one assignment; with a waiter it schedules the fiber (it never runs it inside the
 * caller's stack). Never fails.
 */
export class Signal {
  private raised = false
  private resume: ((effect: Effect.Effect<void>) => void) | undefined = undefined

  /** Wake the waiter, or let the next wait return at once. */
  notify(): void {
    const resume = this.resume
    if (resume === undefined) {
      this.raised = true
      return
    }
    this.resume = undefined
    resume(Effect.yieldNow)
  }

  /** Wait for the next notification. One waiter at a time. */
  readonly wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.raised) {
      this.raised = false
      resume(Effect.void)
      return
    }
    this.resume = resume
    return Effect.sync(() => {
      this.resume = undefined
    })
  })
}
