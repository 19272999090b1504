/** Triggers: when a window gives its result, and whether it forgets what is in it then. Without one it does at its end. */
import * as Duration from "effect/Duration"
import type { Window } from "./window.ts"

/** What happens to a window. */
export type Decision = "continue" | "fire" | "purge" | "fire-and-purge"

/** What a trigger may decide by. */
export interface TriggerContext {
  /** Undefined for windows without bounds. */
  readonly window: Window | undefined
  /** Values since the window began or was last purged or fired, with the one in hand. */
  readonly count: number
  readonly timestamp: number | undefined
  readonly watermark: number
}

/** A trigger. Its functions decide by what they are given alone: they keep nothing. */
export interface Trigger<A> {
  /** For each value, after it was added. Absent: continue. */
  readonly onValue?: (value: A, context: TriggerContext) => Decision
  /** When the watermark passes the window's end. Absent: fire. */
  readonly atEnd?: Decision
  /** Also so often by the clock, as long as anything is in the window. */
  readonly everyMillis?: number
  readonly onClock?: Decision
}

/** At every `n`-th value; not at the end. */
export function count(n: number): Trigger<unknown> {
  return {
    onValue: (_, context) => context.count >= n ? "fire" : "continue",
    atEnd: "continue"
  }
}

/** At every value and at the end: early results. */
export function everyValue(): Trigger<unknown> {
  return { onValue: () => "fire" }
}

/** Every so often by the clock, and at the end: early results. */
export function every(interval: Duration.Input): Trigger<unknown> {
  return { everyMillis: Math.max(1, Duration.toMillis(interval)), onClock: "fire" }
}

/** As another trigger, but each result empties the window. */
export function purging<A>(trigger: Trigger<A>): Trigger<A> {
  const purged = (decision: Decision): Decision => decision === "fire" ? "fire-and-purge" : decision
  const { onValue } = trigger
  return {
    ...trigger,
    ...(onValue === undefined
      ? {}
      : { onValue: (value: A, context: TriggerContext) => purged(onValue(value, context)) }),
    atEnd: purged(trigger.atEnd ?? "fire"),
    ...(trigger.onClock === undefined ? {} : { onClock: purged(trigger.onClock) })
  }
}
