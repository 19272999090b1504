/**
 * Event time of one source subtask: a watermark per split, merged by minimum over the splits that are not idle. What is
 * told downstream never goes back, also when a split that is behind comes later.
 */
import type { Plain } from "../operator/operator.ts"

interface SplitTime {
  watermark: number
  /** When its last rows came, monotone millis. */
  lastRowsMillis: number
  idle: boolean
}

/** The splits in hand and what they allow. */
export class SplitWatermarks {
  /** What was told last, epoch millis. */
  told: number
  private readonly splits: Map<string, SplitTime> = new Map()

  constructor(told: number) {
    this.told = told
  }

  /** A split is in hand; `watermark` is what it had reached at a restored checkpoint. */
  add(split: string, watermark: number, nowMillis: number): void {
    this.splits.set(split, { watermark, lastRowsMillis: nowMillis, idle: false })
  }

  /** A finished split holds nobody back. */
  remove(split: string): void {
    this.splits.delete(split)
  }

  /** Rows came that allow `watermark`. */
  advance(split: string, watermark: number, nowMillis: number): void {
    const time = this.splits.get(split)
    if (time === undefined) return
    time.idle = false
    time.lastRowsMillis = nowMillis
    if (watermark > time.watermark) time.watermark = watermark
  }

  /** What a split has reached. */
  of(split: string): number {
    return this.splits.get(split)?.watermark ?? -Infinity
  }

  /** The watermark to tell now, or undefined when it has not risen. */
  rise(): number | undefined {
    let least = Infinity
    for (const time of this.splits.values()) {
      if (!time.idle && time.watermark < least) least = time.watermark
    }
    if (least === Infinity || least <= this.told) return undefined
    this.told = least
    return least
  }

  /** Mark the splits without rows for `timeoutMillis` as idle; answers when the next one may become so, or undefined: all are. */
  settle(nowMillis: number, timeoutMillis: number): number | undefined {
    let next: number | undefined
    for (const time of this.splits.values()) {
      if (time.idle) continue
      const due = time.lastRowsMillis + timeoutMillis
      if (due <= nowMillis) time.idle = true
      else if (next === undefined || due < next) next = due
    }
    return next
  }
}

/** A finite or infinite number as plain data and back: some encodings have no infinities. */
export function toPlain(millis: number): Plain {
  return Number.isFinite(millis) ? millis : millis > 0 ? "max" : "min"
}

/** The inverse of {@link toPlain}; anything else is the least watermark. */
export function fromPlain(value: Plain): number {
  return typeof value === "number" ? value : value === "max" ? Infinity : -Infinity
}
