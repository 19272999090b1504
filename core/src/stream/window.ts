/** Windows: how values of a key are put together, by event time or by count. */
import * as Duration from "effect/Duration"
import { assert } from "../fault.ts"

/** A span of event time: `start` inclusive, `end` exclusive, epoch millis. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** Windows that are the same for all keys. */
export type AlignedWindows =
  | { readonly kind: "tumbling"; readonly sizeMillis: number; readonly offsetMillis: number }
  | {
    readonly kind: "sliding"
    readonly sizeMillis: number
    readonly slideMillis: number
    readonly offsetMillis: number
  }
  | {
    readonly kind: "cumulating"
    readonly sizeMillis: number
    readonly stepMillis: number
    readonly offsetMillis: number
  }

/** Any windows. */
export type Windows =
  | AlignedWindows
  | { readonly kind: "session"; readonly gapMillis: number }
  | { readonly kind: "count"; readonly size: number }
  | { readonly kind: "global" }

function millis(duration: Duration.Input, what: string): number {
  const found = Duration.toMillis(duration)
  assert(found >= 1 && Number.isInteger(found), `${what} is a whole number of millis, at least 1`)
  return found
}

/** Windows of a fixed size that neither overlap nor leave gaps, aligned to the epoch plus `offset`. */
export function tumbling(size: Duration.Input, offset: Duration.Input = 0): AlignedWindows {
  return {
    kind: "tumbling",
    sizeMillis: millis(size, "the size of a window"),
    offsetMillis: Duration.toMillis(offset)
  }
}

/** Windows of a fixed size of which one begins every `slide`: a value is in size / slide of them, or in none when slides are longer. */
export function sliding(
  size: Duration.Input,
  slide: Duration.Input,
  offset: Duration.Input = 0
): AlignedWindows {
  return {
    kind: "sliding",
    sizeMillis: millis(size, "the size of a window"),
    slideMillis: millis(slide, "the slide of windows"),
    offsetMillis: Duration.toMillis(offset)
  }
}

/** Windows that begin every `size` and give a result every `step` until the next one begins. `step` divides `size`. */
export function cumulating(
  size: Duration.Input,
  step: Duration.Input,
  offset: Duration.Input = 0
): AlignedWindows {
  const sizeMillis = millis(size, "the size of a window")
  const stepMillis = millis(step, "the step of windows")
  assert(sizeMillis % stepMillis === 0, "the step of windows divides their size")
  return { kind: "cumulating", sizeMillis, stepMillis, offsetMillis: Duration.toMillis(offset) }
}

/** A window goes on as long as values of its key come less than `gap` apart. */
export function session(gap: Duration.Input): Windows {
  return { kind: "session", gapMillis: millis(gap, "the gap of sessions") }
}

/** A result for every `size` values of a key, whatever their time; what is left over at the end gives none. */
export function count(size: number): Windows {
  assert(Number.isInteger(size) && size >= 1, "a count window holds at least one value")
  return { kind: "count", size }
}

/** One window per key for ever: only a trigger lets out what is in it. */
export function global(): Windows {
  return { kind: "global" }
}

/** The ends of the windows that hold `timestamp`, in any order, put into `into`; answers how many. */
export function endsOf(windows: AlignedWindows, timestamp: number, into: Array<number>): number {
  const { sizeMillis, offsetMillis } = windows
  const since = timestamp - offsetMillis
  if (windows.kind === "tumbling") {
    into[0] = Math.floor(since / sizeMillis) * sizeMillis + offsetMillis + sizeMillis
    return 1
  }
  let found = 0
  if (windows.kind === "sliding") {
    const { slideMillis } = windows
    let start = Math.floor(since / slideMillis) * slideMillis + offsetMillis
    for (; start + sizeMillis > timestamp; start -= slideMillis) into[found++] = start + sizeMillis
    return found
  }
  const { stepMillis } = windows
  const last = Math.floor(since / sizeMillis) * sizeMillis + offsetMillis + sizeMillis
  let end = Math.floor(since / stepMillis) * stepMillis + offsetMillis + stepMillis
  for (; end <= last; end += stepMillis) into[found++] = end
  return found
}

/** The window that ends at `end`. */
export function windowEnding(windows: AlignedWindows, end: number): Window {
  const { sizeMillis, offsetMillis } = windows
  if (windows.kind !== "cumulating") return { start: end - sizeMillis, end }
  const start = Math.floor((end - 1 - offsetMillis) / sizeMillis) * sizeMillis + offsetMillis
  return { start, end }
}
