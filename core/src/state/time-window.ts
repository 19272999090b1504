/**
 * Windows of time as data, and their arithmetic. Times are epoch millis; a window is `[start, end)`, its last milli `end − 1`.
 *
 * A *pane* is the longest span that lies as a whole inside or outside of every window: rows are counted into panes, windows are put
 * together from them.
 */

/** A kind of window. Sizes above zero, offsets in `[0, size)` (hop: `[0, slide)`). */
export type TimeWindow =
  | { readonly kind: "tumble"; readonly sizeMillis: number; readonly offsetMillis: number }
  | {
    readonly kind: "hop"
    readonly sizeMillis: number
    readonly slideMillis: number
    readonly offsetMillis: number
  }
  | {
    readonly kind: "cumulate"
    readonly sizeMillis: number
    readonly stepMillis: number
    readonly offsetMillis: number
  }
  | { readonly kind: "session"; readonly gapMillis: number }

/** Windows that stand at fixed places. */
export type AlignedWindow = Exclude<TimeWindow, { readonly kind: "session" }>

/** The length of a pane. */
export function paneMillis(window: AlignedWindow): number {
  switch (window.kind) {
    case "tumble":
      return window.sizeMillis
    case "hop":
      return divisor(window.sizeMillis, window.slideMillis)
    case "cumulate":
      return window.stepMillis
  }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

/** The distance between the ends of neighbouring windows. */
export function stepMillis(window: AlignedWindow): number {
  switch (window.kind) {
    case "tumble":
      return window.sizeMillis
    case "hop":
      return window.slideMillis
    case "cumulate":
      return window.stepMillis
  }
}

/** The end of the first window that holds the pane which ends at `paneEnd`. */
export function firstWindowEnd(window: AlignedWindow, paneEnd: number): number {
  if (window.kind !== "hop") return paneEnd
  const { sizeMillis, slideMillis, offsetMillis } = window
  const earliest = paneEnd - sizeMillis - offsetMillis
  return Math.ceil(earliest / slideMillis) * slideMillis + offsetMillis + sizeMillis
}

/** The end of the last window that holds the pane; below {@link firstWindowEnd} when the pane lies between windows. */
export function lastWindowEnd(window: AlignedWindow, paneEnd: number): number {
  switch (window.kind) {
    case "tumble":
      return paneEnd
    case "hop": {
      const { sizeMillis, slideMillis, offsetMillis } = window
      const start = paneEnd - paneMillis(window) - offsetMillis
      return Math.floor(start / slideMillis) * slideMillis + offsetMillis + sizeMillis
    }
    case "cumulate": {
      const { sizeMillis, offsetMillis } = window
      const start = paneEnd - window.stepMillis - offsetMillis
      return Math.floor(start / sizeMillis) * sizeMillis + offsetMillis + sizeMillis
    }
  }
}

/** The start of the window that ends at `end`. */
export function windowStart(window: AlignedWindow, end: number): number {
  if (window.kind !== "cumulate") return end - window.sizeMillis
  return lastWindowEnd(window, end) - window.sizeMillis
}
