/** When a failed attempt is followed by another, and after how long. */
import type { JobFault } from "./job-fault.ts"

/** Flink's restart strategies. Times in millis; `attempts` counts restarts, not runs. */
export type RestartStrategy =
  | { readonly kind: "none" }
  | { readonly kind: "fixed-delay"; readonly attempts: number; readonly delayMillis: number }
  | {
    readonly kind: "exponential-delay"
    readonly initialMillis: number
    readonly maxMillis: number
    readonly multiplier: number
    /** An attempt that ran so long makes the delay start over. */
    readonly resetMillis: number
  }

/** Applies a strategy to the failures of one job. */
export class RestartPolicy {
  private readonly strategy: RestartStrategy
  private restarts = 0
  private delayMillis = 0

  constructor(strategy: RestartStrategy) {
    this.strategy = strategy
    if (strategy.kind === "exponential-delay") this.delayMillis = strategy.initialMillis
  }

  /** The delay before the next attempt, or undefined: give up. A fault that says `never` is not tried again. */
  next(failure: JobFault, ranMillis: number): number | undefined {
    const { strategy } = this
    if (failure.fault?.retry === "never") return undefined
    switch (strategy.kind) {
      case "none":
        return undefined
      case "fixed-delay":
        return this.restarts++ < strategy.attempts ? strategy.delayMillis : undefined
      case "exponential-delay": {
        if (ranMillis >= strategy.resetMillis) this.delayMillis = strategy.initialMillis
        const { delayMillis } = this
        this.delayMillis = Math.min(strategy.maxMillis, delayMillis * strategy.multiplier)
        return delayMillis
      }
    }
  }
}
