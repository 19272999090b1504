/**
 * A whole life of a source: attempts that crash and restore until the input is read, and what came out of the attempts that count. The
 * rows since the restored checkpoint are taken back at a crash, as the engine's state is.
 */
import assert from "node:assert/strict"
import type { Batch, LogicalType, Source } from "@millrace/core/internal"
import type { Choices } from "./choices.ts"
import { Death, type Doom, MortalDisk } from "./mortal-disk.ts"
import { keyOf, type Row, rowsOf } from "./rows.ts"
import { SourceRun, type SourceSaved } from "./source-run.ts"
import { Stage } from "./stage.ts"

/** The batches of each split from its beginning, as texts of rows. */
export type Baseline = ReadonlyMap<string, ReadonlyArray<string>>

/** What a job reads. */
export interface SourceJobOptions {
  readonly source: (parallelism: number) => Promise<Source>
  /** The columns that come out. */
  readonly schema: LogicalType.RowType
  /** A split counts as read after so many batches: an endless one never ends. */
  readonly batchesMax: number
  /** Of the same input; absent while it is being made. */
  readonly baseline?: Baseline
}

/** See the head of this file. */
export class SourceJob {
  /** What came out and was not taken back. */
  rows: Array<Row> = []
  /** What this run read of each split. */
  readonly batches: Map<string, Array<string>> = new Map()
  readonly counts = { crashes: 0, restores: 0, checkpoints: 0 }
  private readonly options: SourceJobOptions
  private saved: { readonly source: SourceSaved; readonly rows: number } | undefined = undefined
  private attempt = 0
  private checkpoint = 0

  constructor(options: SourceJobOptions) {
    this.options = options
  }

  /**
   * One attempt: `drive` reads what it wants of it; then it is over, whatever happened, and the files are closed. Answers the calls of
   * the disk.
   */
  async attemptWith(
    parallelism: number,
    doom: Doom | undefined,
    drive: (run: SourceRun) => Promise<void>
  ): Promise<number> {
    const { saved } = this
    if (saved !== undefined) this.counts.restores++
    this.rows.length = saved?.rows ?? 0
    const source = await this.options.source(parallelism)
    const disk = new MortalDisk(++this.attempt, false, doom)
    const stage = new Stage(disk, { run: "conformance", attempt: this.attempt })
    let run: SourceRun | undefined
    try {
      run = new SourceRun(
        source,
        stage,
        parallelism,
        saved?.source,
        (split, index, batch) => this.take(source, split, index, batch)
      )
      await drive(run)
      return disk.calls
    } finally {
      await stage.end()
      run?.close()
      const left = disk.openPaths
      disk.kill()
      assert.deepEqual(left, [], "'close' closes all files")
    }
  }

  /** Take a checkpoint that the next attempt restores. */
  save(run: SourceRun): void {
    this.counts.checkpoints++
    this.saved = { source: run.checkpoint(++this.checkpoint), rows: this.rows.length }
  }

  /** Whether an attempt has read all there is, or enough of what is endless. */
  isRead(run: SourceRun): boolean {
    if (run.done) return true
    const { baseline, batchesMax } = this.options
    if (baseline === undefined) return false
    return [...baseline.keys()].every((split) =>
      run.finished.has(split) || (run.counts.get(split) ?? 0) >= batchesMax
    )
  }

  /** Read on in a random way for at most `turns` turns, with checkpoints in between. */
  async wander(run: SourceRun, choices: Choices, turns: number): Promise<void> {
    for (let i = 0; i < turns && !this.isRead(run); i++) {
      if (choices.once(4)) this.save(run)
      else await run.turn(choices.pick(run.parallelism))
    }
  }

  /** A history: attempts with any parallelism that crash at any place, and a last one that reads to the end. */
  async history(
    choices: Choices,
    attempts: number,
    parallelisms: ReadonlyArray<number>
  ): Promise<void> {
    for (let i = 0; i < attempts; i++) {
      this.counts.crashes++
      const doom = choices.once(2)
        ? { call: 1 + choices.pick(40), how: choices.of(["die", "refuse"] as const) }
        : undefined
      try {
        await this.attemptWith(
          choices.of(parallelisms),
          doom,
          (run) => this.wander(run, choices, 1 + choices.pick(25))
        )
      } catch (error) {
        if (doom === undefined || !isDoom(error)) throw error
      }
    }
    await this.attemptWith(
      choices.of(parallelisms),
      undefined,
      (run) => run.drain(() => this.isRead(run))
    )
  }

  private take(source: Source, split: string, index: number, batch: Batch): void {
    const rows = rowsOf(this.options.schema, batch)
    this.rows.push(...rows)
    const text = rows.map(keyOf).join("\n")
    const known = this.options.baseline?.get(split)?.[index]
    if (known !== undefined && source.guarantee === "exactly-once") {
      assert.equal(text, known, `Law 1: batch ${index} of split '${split}' is the same each time`)
    }
    const batches = this.batches.get(split) ?? []
    batches[index] = text
    this.batches.set(split, batches)
  }
}

/** Whether an error is what a doomed disk raises, as it was or as a connector's own fault. */
export function isDoom(error: unknown): boolean {
  if (error instanceof Death) return true
  const text = error instanceof Error ? error.message : ""
  return text.includes("ENOSPC") || text.includes("The process was killed")
}
