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

class RangeReader implements SourceReader {
  private readonly spec: DatagenSpec
  private context: OperatorContext | undefined = undefined
  private seed = 0
  private current: RangeSplit | undefined = undefined
  private next = 0
  /** Rows that the pace allows are counted from here. */
  private startedMillis = 0
  private startedAt = 0
  private sleeping = false

  constructor(spec: DatagenSpec) {
    this.spec = spec
  }

  open(context: OperatorContext): void {
    this.context = context
    this.seed = this.spec.seed ?? seedOf(context.job.run)
  }

  add(split: Split): void {
    this.current = split as RangeSplit
    this.next = this.current.next
    this.startedMillis = this.context!.nowMillis()
    this.startedAt = this.next
  }

  poll(): Polled {
    const { current } = this
    if (current === undefined || this.sleeping) return { kind: "empty" }
    const left = current.end < 0 ? batchRowsMax : current.end - this.next
    if (left === 0) {
      this.current = undefined
      return { kind: "finished", split: current.id }
    }
    // Batches are cut at fixed row numbers, whatever the pace was in an earlier attempt.
    const whole = Math.min(
      left,
      batchSize(current.rowsPerSecond) - this.next % batchSize(current.rowsPerSecond)
    )
    const wait = this.waitMillis(current, whole)
    if (wait > 0) {
      this.sleeping = true
      this.context!.fork(Effect.sleep(Math.max(1, wait)), () => {
        this.sleeping = false
      })
      return { kind: "empty" }
    }
    const moment = { seed: this.seed, nowMillis: this.context!.nowMillis() }
    const columns = this.spec.fields.map((field) => generate(field, this.next, whole, moment))
    this.next += whole
    return { kind: "batch", split: current.id, batch: new Batch(whole, columns) }
  }

  private waitMillis(current: RangeSplit, rows: number): number {
    const due = this.startedMillis +
      (this.next - this.startedAt + rows) * 1000 / current.rowsPerSecond
    return due - this.context!.nowMillis()
  }

  snapshot(): ReadonlyArray<Split> {
    return this.current === undefined ? [] : [{ ...this.current, next: this.next }]
  }

  close(): void {}
}

/** A tenth of a second's rows, at most a batch: slow sources give rows steadily. */
function batchSize(rowsPerSecond: number): number {
  return Math.max(1, Math.min(batchRowsMax, Math.floor(rowsPerSecond / 10)))
}
