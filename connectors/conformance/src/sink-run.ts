/**
 * One attempt of a sink at work without an engine: prepare, commit what was restored, open, write in epochs, prepare at barriers, commit
 * after them, in the engine's order. It tells every place where a crash may come, and may crash there.
 */
import assert from "node:assert/strict"
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import {
  type AnyFault,
  type Committer,
  decodePlain,
  encodePlain,
  type LogicalType,
  type OperatorContext,
  type Plain,
  type Sink,
  type SinkWriter
} from "@millrace/core/internal"
import { batchOf, type Row } from "./rows.ts"
import { Bell, type Stage } from "./stage.ts"

/** The places where a crash may come, in the order of an attempt. */
export const sinkSites = [
  "rewound",
  "restoring",
  "restored",
  "opened",
  "written",
  "preparing",
  "prepared",
  "stored",
  "committing",
  "committed",
  "repeated"
] as const

/** One of {@link sinkSites}. */
export type SinkSite = typeof sinkSites[number]

/** What a checkpoint holds of one writer. */
export interface SavedWriter {
  readonly states: ReadonlyArray<Plain>
  /** Prepared, and not known to be committed. */
  readonly committables: ReadonlyArray<Plain>
}

interface Seat {
  readonly context: OperatorContext
  readonly bell: Bell
  readonly writer: SinkWriter
  readonly committer: Committer | undefined
  /** By barrier, oldest first. */
  prepared: Array<{ readonly checkpoint: number; readonly committables: ReadonlyArray<Plain> }>
}

/** What a run needs besides the sink. */
export interface SinkRunOptions {
  readonly stage: Stage
  readonly schema: LogicalType.RowType
  readonly parallelism: number
  readonly saved: ReadonlyArray<SavedWriter> | undefined
  /** Number of the checkpoint of `saved`. */
  readonly checkpoint: number
  /** Called at each site; throws to crash there. */
  readonly reach: (site: SinkSite) => void
}

/** See the head of this file. */
export class SinkRun {
  private readonly sink: Sink
  private readonly options: SinkRunOptions
  private readonly seats: Array<Seat> = []
  private release: Effect.Effect<void> | undefined = undefined
  private turn = 0

  constructor(sink: Sink, options: SinkRunOptions) {
    this.sink = sink
    this.options = options
  }

  /** All that comes before the first row. */
  async open(): Promise<void> {
    const { sink, options: { stage, parallelism, saved, reach } } = this
    const first = stage.context(0, parallelism, new Bell())
    if (sink.prepare !== undefined) this.release = await stage.run(sink.prepare(first))
    if (saved !== undefined && sink.rewind !== undefined) {
      await stage.run(sink.rewind(first, this.options.checkpoint))
      reach("rewound")
    }
    for (let subtask = 0; subtask < parallelism; subtask++) {
      const bell = new Bell()
      const context = stage.context(subtask, parallelism, bell)
      const seat = { context, bell, writer: sink.writer(), committer: sink.committer?.(context) }
      this.seats.push({ ...seat, prepared: [] })
    }
    const own = this.seats.map((_, subtask) => dealt(saved, subtask, parallelism))
    for (const [i, { committer }] of this.seats.entries()) {
      const { committables } = own[i]!
      if (committables.length === 0 || committer === undefined) continue
      await stage.run(committer.commit(committables))
      reach("restoring")
    }
    reach("restored")
    for (const [i, { writer, context }] of this.seats.entries()) {
      writer.open(context, own[i]!.states)
    }
    reach("opened")
  }

  /** Rows to the next writer in turn. */
  async write(rows: ReadonlyArray<Row>): Promise<void> {
    if (rows.length === 0) return
    const { writer, bell } = this.seats[this.turn++ % this.seats.length]!
    this.options.stage.check()
    while (!writer.ready()) {
      bell.reset()
      if (writer.ready()) break
      await bell.wait("Law 4: 'ready' was false")
      this.options.stage.check()
    }
    writer.write(batchOf(this.options.schema, rows))
    this.options.reach("written")
  }

  /**
   * The barrier passes all writers; answers what the checkpoint holds of them. A writer that cuts gets the rows of `meanwhile` before what it cut off
   * is durable, the others after it.
   */
  async barrier(
    checkpoint: number,
    final: boolean,
    meanwhile: () => Promise<void>
  ): Promise<ReadonlyArray<SavedWriter>> {
    const { stage, reach } = this.options
    const parts: Array<{
      readonly states: ReadonlyArray<Plain>
      readonly given: Promise<Exit.Exit<ReadonlyArray<Plain>, AnyFault>>
    }> = []
    for (const { writer } of this.seats) {
      const given = stage.start(
        writer.cut?.(checkpoint, final) ?? writer.prepareCommit(checkpoint, final)
      ).exit
      if (writer.cut === undefined) await given
      parts.push({ states: writer.snapshot().map(copy), given })
    }
    await meanwhile()
    const saved: Array<SavedWriter> = []
    for (const [i, { given, states }] of parts.entries()) {
      const { prepared } = this.seats[i]!
      const exit = await given
      if (!Exit.isSuccess(exit)) throw Cause.squash(exit.cause)
      stage.check()
      if (exit.value.length > 0) prepared.push({ checkpoint, committables: exit.value.map(copy) })
      const committables = prepared.flatMap((entry) => entry.committables)
      saved.push({ states, committables: committables.map(copy) })
      reach("preparing")
    }
    reach("prepared")
    return saved
  }

  /** Start a barrier that nobody waits for: the attempt ends in the middle of it. */
  abandonBarrier(checkpoint: number): void {
    for (const { writer } of this.seats) {
      const effect = writer.cut?.(checkpoint, false) ?? writer.prepareCommit(checkpoint, false)
      void this.options.stage.start(effect)
    }
  }

  /** A checkpoint is complete: commit up to it, and once more when `again`. */
  async complete(checkpoint: number, again: boolean): Promise<void> {
    const { stage, reach } = this.options
    for (const seat of this.seats) {
      const due = seat.prepared.filter((entry) => entry.checkpoint <= checkpoint)
      const committables = due.flatMap((entry) => entry.committables)
      if (committables.length === 0) continue
      assert.ok(seat.committer !== undefined, "who gives committables has a committer")
      await stage.run(seat.committer.commit(committables))
      reach("committing")
      if (again) {
        await stage.run(seat.committer.commit(committables))
        reach("repeated")
      }
      seat.prepared = seat.prepared.filter((entry) => !due.includes(entry))
    }
    reach("committed")
  }

  /** A place that the driver passes itself. */
  reach(site: SinkSite): void {
    this.options.reach(site)
  }

  /** Close everything, as after a failure or at the end. */
  async close(): Promise<void> {
    await this.options.stage.end()
    for (const { writer, committer } of this.seats) {
      writer.close()
      committer?.close()
    }
    const { release } = this
    this.release = undefined
    if (release !== undefined) await this.options.stage.run(release)
  }
}

function dealt(
  saved: ReadonlyArray<SavedWriter> | undefined,
  subtask: number,
  parallelism: number
): SavedWriter {
  if (saved === undefined) return { states: [], committables: [] }
  if (saved.length === parallelism) return saved[subtask]!
  const mine = (_: Plain, i: number): boolean => i % parallelism === subtask
  return {
    states: saved.flatMap((one) => one.states).filter(mine),
    committables: saved.flatMap((one) => one.committables).filter(mine)
  }
}

function copy(value: Plain): Plain {
  return decodePlain(encodePlain(value))
}
