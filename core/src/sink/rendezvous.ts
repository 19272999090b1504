/**
 * Several subtasks of one sink meet here on a restore: no writer opens before every subtask has committed what the
 * checkpoint handed to it, since a writer that cleans up must not meet what a sibling is about to make visible.
 */

/** Counts down; whoever waits is called when all have arrived. */
export class Rendezvous {
  private remaining: number
  private readonly waiters: Array<() => void> = []

  constructor(parties: number) {
    this.remaining = parties
  }

  /** One party is there; `then` runs when all are. */
  arrive(then: () => void): void {
    this.waiters.push(then)
    if (--this.remaining > 0) return
    for (const waiter of this.waiters.splice(0)) waiter()
  }
}
