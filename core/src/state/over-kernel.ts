/**
 * What OVER computes for rows that are sorted by partition and order: aggregates over frames, first and last values, shifts, and numbers.
 * The operators that keep such rows, by event time, as they change or at the end, differ only in which rows they ask for.
 */
import { Column, gather, isNull } from "../batch/column.ts"
import { concat } from "../batch/column-builder.ts"
import type { LogicalType } from "../type/logical-type.ts"
import type { Aggregation } from "./aggregation.ts"
import { compareRows, type RowOrder } from "./compare-rows.ts"
import { fillBounds, type FrameBounds, type OverFrame, type OverStretch } from "./over-frame.ts"
import { type OverNumber, overNumbers } from "./over-number.ts"
import {
  type KeptSlots,
  ScratchAggregates,
  sweep,
  sweepAnew,
  type SweepResult
} from "./over-sweep.ts"
import { gatherPadded } from "./padded.ts"

/** A frame with the aggregates over it. */
export interface KernelFrame extends OverFrame {
  readonly aggregates: (() => Aggregation) | undefined
  /** Columns that the aggregates read. */
  readonly used: ReadonlyArray<number>
  /** Every frame is aggregated anew, as rows cannot be taken back from it. */
  readonly anew: boolean
}

/** One result column. */
export type OverCall =
  | { readonly kind: "aggregate"; readonly frame: number; readonly at: number }
  /** The first or last value of the frame that is not NULL. */
  | {
    readonly kind: "value"
    readonly last: boolean
    readonly frame: number
    readonly argument: number
  }
  /** The value `by` rows ahead (negative: behind); without one that of column `otherwise` of the row itself, or NULL. */
  | {
    readonly kind: "shift"
    readonly by: number
    readonly argument: number
    readonly otherwise: number | undefined
  }
  | { readonly kind: "number"; readonly name: OverNumber; readonly buckets: number }

/** What is computed over rows with columns of `types`. */
export interface KernelOptions {
  readonly types: ReadonlyArray<LogicalType>
  readonly order: ReadonlyArray<RowOrder>
  readonly frames: ReadonlyArray<KernelFrame>
  readonly calls: ReadonlyArray<OverCall>
}

/** Computes {@link KernelOptions}; keeps nothing from one call to the next. */
export class OverKernel {
  private readonly options: KernelOptions
  private readonly scratch: ReadonlyArray<ScratchAggregates | undefined>

  constructor(options: KernelOptions) {
    this.options = options
    this.scratch = options.frames.map(({ aggregates }) =>
      aggregates && new ScratchAggregates(aggregates)
    )
  }

  /** One column per call, for the wanted rows of all stretches in order. `kept`: by frame, slots that go on from an earlier call. */
  evaluate(
    columns: ReadonlyArray<Column>,
    rows: number,
    stretches: ReadonlyArray<OverStretch>,
    kept: ReadonlyArray<KeptSlots | undefined> = []
  ): ReadonlyArray<Column> {
    const { types, order, frames, calls } = this.options
    const peers = firstPeers(types, order, columns, rows, stretches)
    const key = order[0]
    const by = key && { column: columns[key.column]!, descending: key.descending }
    const bounds = frames.map((frame): FrameBounds => {
      const into = { low: new Int32Array(rows), high: new Int32Array(rows) }
      for (const { start, end } of stretches) fillBounds(frame, start, end, peers, by, into)
      return into
    })
    const swept = frames.map((frame, f): SweepResult | undefined => {
      const scratch = this.scratch[f]
      if (scratch === undefined) return undefined
      const input = { columns, used: frame.used, stretches, bounds: bounds[f]! }
      return frame.anew ? sweepAnew(scratch, input) : sweep(scratch, input, kept[f])
    })
    return calls.map((call) => {
      switch (call.kind) {
        case "aggregate": {
          const { columns: results, at } = swept[call.frame]!
          return gather(results[call.at]!, at, at.length)
        }
        case "value":
          return values(columns[call.argument]!, call.last, stretches, bounds[call.frame]!)
        case "shift":
          return shifted(columns, call, stretches)
        case "number":
          return overNumbers(call.name, call.buckets, peers, stretches)
      }
    })
  }
}

/** For each row the first of its partition that is its peer. */
function firstPeers(
  types: ReadonlyArray<LogicalType>,
  order: ReadonlyArray<RowOrder>,
  columns: ReadonlyArray<Column>,
  rows: number,
  stretches: ReadonlyArray<OverStretch>
): Int32Array {
  const peers = new Int32Array(rows)
  for (const { start, end } of stretches) {
    peers[start] = start
    for (let i = start + 1; i < end; i++) {
      peers[i] = compareRows(types, columns, order, i - 1, i) === 0 ? peers[i - 1]! : i
    }
  }
  return peers
}

function wantedRows(stretches: ReadonlyArray<OverStretch>): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** The first or last value within each frame that is not NULL: both ends only move on, so each row is looked at once. */
function values(
  column: Column,
  last: boolean,
  stretches: ReadonlyArray<OverStretch>,
  { low, high }: FrameBounds
): Column {
  const count = wantedRows(stretches)
  const at = new Int32Array(count)
  let k = 0
  for (const { from, to } of stretches) {
    let first = from < to ? low[from]! : 0
    let seen = first
    let latest = -1
    for (let i = from; i < to; i++) {
      if (last) {
        for (; seen < high[i]!; seen++) if (!isNull(column, seen)) latest = seen
        at[k++] = latest >= low[i]! ? latest : -1
      } else {
        first = Math.max(first, low[i]!)
        while (first < high[i]! && isNull(column, first)) first++
        at[k++] = first < high[i]! ? first : -1
      }
    }
  }
  return gatherPadded(column, at, count)
}

function shifted(
  columns: ReadonlyArray<Column>,
  call: Extract<OverCall, { readonly kind: "shift" }>,
  stretches: ReadonlyArray<OverStretch>
): Column {
  const column = columns[call.argument]!
  const from = call.otherwise === undefined ? column : concat([column, columns[call.otherwise]!])
  const count = wantedRows(stretches)
  const at = new Int32Array(count)
  let k = 0
  for (const { start, end, from: first, to } of stretches) {
    for (let i = first; i < to; i++) {
      const source = i + call.by
      const there = source >= start && source < end
      at[k++] = there ? source : call.otherwise === undefined ? -1 : column.rows + i
    }
  }
  return gatherPadded(from, at, count)
}
