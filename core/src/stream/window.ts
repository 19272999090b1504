/** Windows of event time. */
import * as Duration from "effect/Duration"
import { assert } from "../fault.ts"

/** A span of event time: `start` inclusive, `end` exclusive, epoch millis. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** Deals event times into windows that neither overlap nor leave gaps. */
export interface TumblingWindows {
  readonly sizeMillis: number
  readonly offsetMillis: number
}

/** Windows of a fixed size, aligned to the epoch plus `offset`. */
export function tumbling(size: Duration.Input, offset: Duration.Input = 0): TumblingWindows {
  const sizeMillis = Duration.toMillis(size)
  assert(sizeMillis >= 1, "a window is at least a milli long")
  return { sizeMillis, offsetMillis: Duration.toMillis(offset) }
}

/** The start of the window that holds `timestamp`. */
export function startOf(windows: TumblingWindows, timestamp: number): number {
  const { sizeMillis, offsetMillis } = windows
  return Math.floor((timestamp - offsetMillis) / sizeMillis) * sizeMillis + offsetMillis
}
