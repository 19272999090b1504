/**
 * Frames of OVER: for each row of a sorted partition the range of rows that its aggregates are over. Both ends never go back
 * from one row to the next.
 */
import { type Column, isNull } from "../batch/column.ts"

/** An end of a frame: rows, or units of the order's value, behind (negative) or ahead of the current row. */
export type FrameEnd = number | "unbounded"

/** `range` counts in values of the one order column (0: peers of the current row), `rows` in rows. */
export interface OverFrame {
  readonly unit: "rows" | "range"
  readonly low: FrameEnd
  readonly high: FrameEnd
}

/** Rows `low[i]` (inclusive) to `high[i]` (exclusive) are the frame of row i. */
export interface FrameBounds {
  readonly low: Int32Array
  readonly high: Int32Array
}

/** A partition among sorted rows: `start` … `end` − 1. Results are wanted for `from` … `to` − 1. */
export interface Stretch {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/** A stretch with what came before its rows. */
export interface OverStretch extends Stretch {
  /** Rows of the partition before `start`. */
  readonly before: number
  /** Groups of peers of the partition before row `peersFrom`; dense ranks are known from there on. */
  readonly peerGroups: number
  readonly peersFrom: number
}

/** Fills the bounds of rows `start` … `end` − 1, which are one partition. `peers` gives for each row the first one of its peers. */
export function fillBounds(
  frame: OverFrame,
  start: number,
  end: number,
  peers: Int32Array,
  order: { readonly column: Column; readonly descending: boolean } | undefined,
  into: FrameBounds
): void {
  if (frame.unit === "rows") fillRows(frame, start, end, into)
  else if (isPeers(frame.low) && isPeers(frame.high)) fillPeers(frame, start, end, peers, into)
  else fillRange(frame, start, end, peers, order!, into)
}

function isPeers(end: FrameEnd): boolean {
  return end === "unbounded" || end === 0
}

function fillRows({ low, high }: OverFrame, start: number, end: number, into: FrameBounds): void {
  for (let i = start; i < end; i++) {
    const from = low === "unbounded" ? start : Math.min(end, Math.max(start, i + low))
    const to = high === "unbounded" ? end : Math.min(end, Math.max(start, i + high + 1))
    into.low[i] = from
    into.high[i] = Math.max(from, to)
  }
}

function fillPeers(
  { low, high }: OverFrame,
  start: number,
  end: number,
  peers: Int32Array,
  into: FrameBounds
): void {
  let last = end
  for (let i = end - 1; i >= start; i--) {
    if (i + 1 < end && peers[i + 1] !== peers[i]) last = i + 1
    into.low[i] = low === "unbounded" ? start : peers[i]!
    into.high[i] = high === "unbounded" ? end : last
  }
}

/** NULLs, which stand together at one end, have each other as their frame unless an end is unbounded. */
function fillRange(
  { low, high }: OverFrame,
  start: number,
  end: number,
  peers: Int32Array,
  order: { readonly column: Column; readonly descending: boolean },
  into: FrameBounds
): void {
  const { column, descending } = order
  const values = column.values as ArrayLike<number | bigint>
  const valueOf = (row: number): number => (descending ? -1 : 1) * Number(values[row]!)
  let first = start
  let after = end
  while (first < end && isNull(column, first)) first++
  while (after > first && isNull(column, after - 1)) after--
  let from = first
  let to = first
  for (let i = start; i < end; i++) {
    if (i < first || i >= after) {
      into.low[i] = low === "unbounded" ? start : peers[i]!
      into.high[i] = high === "unbounded" ? end : i < first ? first : end
      continue
    }
    const value = valueOf(i)
    if (low === "unbounded") into.low[i] = start
    else {
      while (from < after && valueOf(from) < value + low) from++
      into.low[i] = from
    }
    if (high === "unbounded") into.high[i] = end
    else {
      while (to < after && valueOf(to) <= value + high) to++
      into.high[i] = Math.max(into.low[i]!, to)
    }
  }
}
