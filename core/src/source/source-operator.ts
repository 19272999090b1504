/**
 * The head of a source task: polls the reader, computes, tells event time, and knows where it stands.
 *
 * **Invariant (cut)** positions and watermarks are taken when the trigger is served; what the chain still holds of
 * earlier polls goes out before the barrier, what is polled later after it. A final barrier is followed by nothing but
 * the end, which comes when its checkpoint is complete.
 */
import * as Effect from "effect/Effect"
import { Barrier, Batch, type Element, End, Idle, Watermark } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { SourceWork } from "../graph/graph.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  type Snapshot,
  Status
} from "../operator/operator.ts"
import type { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import { fromPlain, SplitWatermarks, toPlain } from "../time/split-watermarks.ts"
import type { Polled, SourceReader, Split } from "./source.ts"

/** What the operator says to the coordinator. */
export interface SourceVoice {
  /** The reader has finished its splits and wants one. */
  readonly request: () => void
  /** All input of this subtask has been read and told. */
  readonly exhausted: () => void
}

/** What is wanted by a trigger: the barrier and the state at the moment it was served. */
interface Cut {
  readonly barrier: Barrier
  readonly snapshot: Snapshot
}

const lettersPort = 1

/** See the head of this file. `push` is never called: a source has no input. */
export class SourceOperator implements Operator {
  private readonly work: SourceWork
  private readonly voice: SourceVoice
  private readonly metrics: SubtaskMetrics
  private readonly monotonicMillis: () => number
  private readonly reader: SourceReader
  private context!: OperatorContext
  private times: SplitWatermarks = new SplitWatermarks(-Infinity)
  /** Ids of the splits in hand. */
  private readonly splits: Set<string> = new Set()
  private letters: Batch | undefined = undefined
  private batch: Batch | undefined = undefined
  private mark: Watermark | Idle | undefined = undefined
  /** Triggers served whose barrier has not left yet; aborted ones are taken out. */
  private readonly cuts: Array<Cut> = []
  private lastCut: Cut | undefined = undefined
  private requested = false
  private allAssigned = false
  private exhausted = false
  /** The final checkpoint that was triggered: nothing is polled any more. */
  private final: number | undefined = undefined
  private end: "no" | "due" | "given" = "no"
  private idleAlarmMillis: number | undefined = undefined
  private idleTold = false
  /** Since when there has been no split, monotone millis. */
  private withoutSplitMillis: number | undefined = undefined

  /** `monotonicMillis`: the time by which splits become idle. */
  constructor(
    work: SourceWork,
    voice: SourceVoice,
    metrics: SubtaskMetrics,
    monotonicMillis: () => number
  ) {
    this.work = work
    this.voice = voice
    this.metrics = metrics
    this.monotonicMillis = monotonicMillis
    this.reader = work.source.reader()
  }

  open(context: OperatorContext): void {
    this.context = context
    this.times = new SplitWatermarks(restoredTold(context))
    if (this.times.told > -Infinity) this.mark = new Watermark(this.times.told)
    this.reader.open(context)
    for (const item of context.restored?.items ?? []) {
      const { split, watermark } = item as unknown as { split: Split; watermark: Plain }
      this.take(split, fromPlain(watermark))
    }
    this.requestIfIdle()
  }

  push(): void {
    assert(false, "a source has no input")
  }

  /** Serve a trigger: the state is cut here. */
  trigger(checkpoint: number, attempt: number, final: boolean): void {
    if (this.end !== "no") return
    const items = this.reader.snapshot().map((split): Plain => ({
      split: split as Plain,
      watermark: toPlain(this.times.of(split.id))
    }))
    const told = { subtask: this.context.subtask, told: toPlain(this.times.told) }
    const snapshot = { items, union: [told] }
    this.cuts.push({ barrier: new Barrier(checkpoint, attempt, final), snapshot })
    if (final) this.final = checkpoint
  }

  /** A checkpoint was given up. A barrier that has not left yet never leaves. */
  abort(checkpoint: number): void {
    const at = this.cuts.findIndex((cut) => cut.barrier.checkpoint === checkpoint)
    if (at >= 0) this.cuts.splice(at, 1)
    if (this.final === checkpoint) this.final = undefined
  }

  /** A split was assigned. */
  assign(split: Split): void {
    this.requested = false
    this.take(split, -Infinity)
    this.requestIfIdle()
  }

  /** No split will be assigned any more. */
  noMoreSplits(): void {
    this.allAssigned = true
  }

  step(): Element | Status {
    const held = this.takeHeld()
    if (held !== undefined) return held
    if (this.cuts.length > 0) {
      this.lastCut = this.cuts.shift()!
      return this.lastCut.barrier
    }
    if (this.end === "due") {
      this.end = "given"
      return new End()
    }
    if (this.final !== undefined || this.exhausted) return Status.done
    return this.poll()
  }

  snapshot(): Snapshot | undefined {
    return this.lastCut?.snapshot
  }

  complete(checkpoint: number): void {
    this.reader.complete?.(checkpoint)
    if (checkpoint === this.final) this.end = "due"
  }

  close(): void {
    this.reader.close()
  }

  private takeHeld(): Element | undefined {
    const { batch, letters, mark } = this
    if (letters !== undefined) {
      this.letters = undefined
      return letters
    }
    if (batch !== undefined) {
      this.batch = undefined
      return batch
    }
    if (mark !== undefined) {
      this.mark = undefined
      return mark
    }
    return undefined
  }

  private take(split: Split, watermark: number): void {
    this.withoutSplitMillis = undefined
    this.splits.add(split.id)
    this.times.add(split.id, watermark, this.monotonicMillis())
    this.reader.add(split)
  }

  private requestIfIdle(): void {
    if (this.requested || this.allAssigned) return
    if (this.splits.size > 0 && this.work.source.assignment !== "eager") return
    this.requested = true
    this.voice.request()
  }

  private poll(): Element | Status {
    // A split may yield many batches of which no row is left; each still counts as a step of its own for the turn.
    for (let tries = 0; tries < 16; tries++) {
      const polled = this.reader.poll()
      this.countBad()
      if (polled.kind === "batch") this.takeBatch(polled)
      else if (polled.kind === "finished") this.finishSplit(polled.split)
      else return this.atRest()
      const held = this.takeHeld()
      if (held !== undefined) return held
    }
    this.context.notify()
    return Status.done
  }

  private countBad(): void {
    const bad = this.work.badRecords?.()
    if (bad === undefined || bad.count === 0) return
    this.metrics.badRecords += bad.count
    const { letters } = bad
    if (letters === undefined) return
    const { columns, kinds, rows, timestamps } = letters
    this.letters = new Batch(rows, columns, kinds, timestamps, lettersPort)
  }

  private takeBatch(polled: Extract<Polled, { kind: "batch" }>): void {
    this.metrics.rowsIn += polled.batch.rows
    this.metrics.elements++
    const { compute, watermark } = this.work
    const batch = compute === undefined ? polled.batch : compute(polled.batch)
    this.batch = batch
    this.idleTold = false
    if (watermark === undefined) return
    const reached = batch === undefined ? -Infinity : watermark.ofBatch(batch)
    const nowMillis = watermark.idleTimeoutMillis === undefined ? 0 : this.monotonicMillis()
    this.times.advance(polled.split, reached, nowMillis)
    this.rise()
  }

  private rise(): void {
    const risen = this.times.rise()
    if (risen === undefined) return
    this.mark = new Watermark(risen)
    this.metrics.advance(risen)
  }

  private finishSplit(split: string): void {
    this.splits.delete(split)
    this.times.remove(split)
    this.rise()
    this.requestIfIdle()
  }

  /** The reader has nothing now: the end of the input, or a pause. */
  private atRest(): Element | Status {
    if (this.letters !== undefined) return this.takeHeld()!
    if (this.allAssigned && this.splits.size === 0) {
      return this.exhaust()
    }
    this.requestIfIdle()
    const timeoutMillis = this.work.watermark?.idleTimeoutMillis
    return timeoutMillis === undefined ? Status.done : this.rest(timeoutMillis)
  }

  private exhaust(): Element | Status {
    this.exhausted = true
    this.voice.exhausted()
    // A restored subtask may have told the last watermark already.
    if (this.times.told === Infinity) return Status.done
    this.times.told = Infinity
    return new Watermark(Infinity)
  }

  private rest(timeoutMillis: number): Element | Status {
    const nowMillis = this.monotonicMillis()
    let due = this.times.settle(nowMillis, timeoutMillis)
    if (this.splits.size === 0) {
      this.withoutSplitMillis ??= nowMillis
      const dueMillis = this.withoutSplitMillis + timeoutMillis
      due = dueMillis > nowMillis ? dueMillis : undefined
    }
    if (due !== undefined) {
      this.rise()
      this.arm(due, nowMillis)
      return this.takeHeld() ?? Status.done
    }
    if (this.idleTold) return Status.done
    this.idleTold = true
    return new Idle()
  }

  /** Look again when the next split may have become idle. One alarm at a time. */
  private arm(dueMillis: number, nowMillis: number): void {
    if (this.idleAlarmMillis !== undefined && this.idleAlarmMillis <= dueMillis) return
    this.idleAlarmMillis = dueMillis
    this.context.fork(Effect.sleep(Math.max(1, Math.ceil(dueMillis - nowMillis))), () => {
      this.idleAlarmMillis = undefined
    })
  }
}

/** What this subtask had told at the restored checkpoint; with another parallelism the least that any had, which is safe for all. */
function restoredTold(context: OperatorContext): number {
  const told = (context.restored?.union ?? []) as ReadonlyArray<{ subtask: number; told: Plain }>
  if (told.length === context.parallelism) {
    const own = told.find((entry) => entry.subtask === context.subtask)
    if (own !== undefined) return fromPlain(own.told)
  }
  let least = told.length === 0 ? -Infinity : Infinity
  for (const entry of told) least = Math.min(least, fromPlain(entry.told))
  return least
}
