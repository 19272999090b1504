/**
 * `datagen` as a source: one split per subtask of the first start, each a range of row numbers with its own pace. A
 * position is a row number, so what follows a restore is what would have followed anyway.
 */
import * as Effect from "effect/Effect"
import {
  Batch,
  batchRowsMax,
  type EnumeratorContext,
  type OperatorContext,
  type Plain,
  type Polled,
  type Source,
  type SourceReader,
  type Split,
  type SplitEnumerator
} from "@millrace/core/internal"
import type { FieldSpec } from "./field.ts"
import { generate } from "./generate.ts"
import { seedOf } from "./random.ts"

/** What a source makes. */
export interface DatagenSpec {
  /** The projected columns, in order. */
  readonly fields: ReadonlyArray<FieldSpec>
  /** In all; undefined: endless. */
  readonly rows: number | undefined
  readonly rowsPerSecond: number
  /** Undefined: the run's own. */
  readonly seed: number | undefined
}

interface RangeSplit extends Split {
  readonly id: string
  readonly next: number
  /** Exclusive; −1: endless. */
  readonly end: number
  /** Distance between this split's rows: endless ranges are dealt in turns. */
  readonly rowsPerSecond: number
}

/** Rows of an endless split stand this far apart from the next split's, beyond any run. */
const endlessSpan = 2 ** 43

/** Make the source. */
export function source(spec: DatagenSpec): Source {
  return {
    boundedness: spec.rows === undefined ? "unbounded" : "bounded",
    guarantee: "exactly-once",
    enumerator: (context) => new RangeEnumerator(spec, context),
    reader: () => new RangeReader(spec)
  }
}

class RangeEnumerator implements SplitEnumerator {
  private readonly waiting: Array<Split>

  constructor(spec: DatagenSpec, context: EnumeratorContext) {
    this.waiting = context.restored === undefined || context.restored === null
      ? split(spec, context.parallelism)
      : [...context.restored as ReadonlyArray<Split>]
  }

  next(): Split | "done" {
    return this.waiting.shift() ?? "done"
  }

  snapshot(): Plain {
    return [...this.waiting]
  }

  close(): void {}
}

function split(spec: DatagenSpec, parts: number): Array<Split> {
  return Array.from({ length: parts }, (_, i): RangeSplit => {
    const rowsPerSecond = spec.rowsPerSecond / parts
    if (spec.rows === undefined) {
      return { id: `${i}`, next: i * endlessSpan, end: -1, rowsPerSecond }
    }
    const next = Math.floor(spec.rows * i / parts)
    return { id: `${i}`, next, end: Math.floor(spec.rows * (i + 1) / parts), rowsPerSecond }
  })
}

/** A split in hand and how far it is. */
interface Progress {
  readonly split: RangeSplit
  next: number
  /** Rows that the pace allows are counted from here. */
  readonly startedMillis: number
}

/** Splits in hand take turns: after a restore with fewer readers there may be several, and endless ones never end. */
class RangeReader implements SourceReader {
  private readonly spec: DatagenSpec
  private context: OperatorContext | undefined = undefined
  private seed = 0
  private readonly held: Array<Progress> = []
  private sleeping = false

  constructor(spec: DatagenSpec) {
    this.spec = spec
  }

  open(context: OperatorContext): void {
    this.context = context
    this.seed = this.spec.seed ?? seedOf(context.job.run)
  }

  add(split: Split): void {
    const range = split as RangeSplit
    const startedMillis = this.context!.nowMillis()
    this.held.push({ split: range, next: range.next, startedMillis })
  }

  poll(): Polled {
    const { held } = this
    if (held.length === 0 || this.sleeping) return { kind: "empty" }
    let leastMillis = Infinity
    for (let turn = 0; turn < held.length; turn++) {
      const progress = held.shift()!
      const { split, next } = progress
      if (next === split.end) return { kind: "finished", split: split.id }
      held.push(progress)
      const rows = rowsOf(progress)
      const waitMillis = this.waitMillis(progress, rows)
      if (waitMillis <= 0) {
        return { kind: "batch", split: split.id, batch: this.make(progress, rows) }
      }
      leastMillis = Math.min(leastMillis, waitMillis)
    }
    this.sleeping = true
    this.context!.fork(Effect.sleep(Math.max(1, leastMillis)), () => {
      this.sleeping = false
    })
    return { kind: "empty" }
  }

  private make(progress: Progress, rows: number): Batch {
    const moment = { seed: this.seed, nowMillis: this.context!.nowMillis() }
    const columns = this.spec.fields.map((field) => generate(field, progress.next, rows, moment))
    progress.next += rows
    return new Batch(rows, columns)
  }

  private waitMillis({ split, next, startedMillis }: Progress, rows: number): number {
    const due = startedMillis + (next - split.next + rows) * 1000 / split.rowsPerSecond
    return due - this.context!.nowMillis()
  }

  snapshot(): ReadonlyArray<Split> {
    return this.held.map(({ split, next }) => ({ ...split, next }))
  }

  close(): void {}
}

/** Batches are cut at fixed row numbers, whatever the pace was in an earlier attempt. */
function rowsOf({ split, next }: Progress): number {
  const size = batchSize(split.rowsPerSecond)
  const whole = size - next % size
  return split.end < 0 ? whole : Math.min(split.end - next, whole)
}

/** A tenth of a second's rows, at most a batch: slow sources give rows steadily. */
function batchSize(rowsPerSecond: number): number {
  return Math.max(1, Math.min(batchRowsMax, Math.floor(rowsPerSecond / 10)))
}
