/**
 * Monotone time, by which the engine measures intervals and timeouts: a wall clock that is set hours back or forward neither
 * stops checkpoints nor makes them all due at once. Wall time is only for what is shown or stored.
 */
import type * as Clock from "effect/Clock"

/**
 * Millis since some fixed moment of this process's clock, with fractions; never goes back.
 *
 * **Cost** one system call and one short bigint: for once in a turn or a poll, not for a row.
 */
export function monotonicMillis(clock: Clock.Clock): number {
  return Number(clock.monotonicTimeNanosUnsafe()) / 1e6
}
