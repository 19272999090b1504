/**
 * A whole life of a sink: attempts that die at any place, and what is visible after each. The suite is the coordinator: it keeps the newest
 * complete checkpoint outside, with the number of rows that came before it, and goes on from there.
 *
 * **Invariant** checked after every attempt, for what the sink declares: what a finished commit made visible stays; exactly-once shows
 * nothing twice, nothing torn, and nothing beyond the newest complete checkpoint.
 */
import assert from "node:assert/strict"
import { isFault, type LogicalType, type Sink } from "@millrace/core/internal"
import type { Choices } from "./choices.ts"
import { Death, type Doom, MortalDisk } from "./mortal-disk.ts"
import { countRows, keyOf, type Row } from "./rows.ts"
import { type SavedWriter, SinkRun, type SinkSite } from "./sink-run.ts"
import { Stage } from "./stage.ts"
import { verdict } from "./verdict.ts"

/** How an attempt ends at a place: the process is killed, or a part of the job fails and all is closed. */
export type CrashMode = "kill" | "fail"

/** Where and how an attempt ends. `after`: how often the place is passed before. */
export interface Crash {
  readonly site: SinkSite
  readonly after: number
  readonly mode: CrashMode
}

/** What a job writes and how it is read back. */
export interface SinkJobOptions {
  readonly sink: (parallelism: number) => Promise<Sink>
  readonly schema: LogicalType.RowType
  /** Row number `n`; no two are equal. */
  readonly row: (n: number) => Row
  /** What is visible now; undefined: the sink keeps nothing. */
  readonly readBack: (() => Promise<ReadonlyArray<Row>>) | undefined
  /** Whether files are really synced. */
  readonly durable: boolean
}

/** Rows, then a barrier. */
export interface Epoch {
  /** Rows of each write. */
  readonly writes: ReadonlyArray<number>
  /** Rows that come while the barrier's output is made durable; they belong to the next epoch. */
  readonly meanwhile?: number
  /**
   * `aborted`: not stored, so its output is carried by the next; `unnotified`: stored, and its commit left to the next;
   * `interrupted`: the attempt ends while writers prepare.
   */
  readonly outcome: "complete" | "aborted" | "unnotified" | "interrupted"
  /** Commit twice. */
  readonly again: boolean
}

/** How an attempt went. */
export interface Lived {
  readonly ended: "finished" | "crashed"
  readonly error: unknown
  /** Calls of the disk. */
  readonly calls: number
}

/** A complete checkpoint. */
interface Saved {
  readonly checkpoint: number
  readonly attempt: number
  readonly rows: number
  readonly writers: ReadonlyArray<SavedWriter>
}

/** Ends an attempt as a failure elsewhere in the job does. */
class Failure extends Error {}

/** See the head of this file. */
export class SinkJob {
  readonly counts = { crashes: 0, restores: 0, commits: 0, fallbacks: 0 }
  private readonly options: SinkJobOptions
  /** Complete checkpoints, oldest first. */
  private kept: ReadonlyArray<Saved> = []
  /** Of the process that lives now; 0: none. */
  private attempt = 0
  private process = 0
  private checkpoint = 0
  /** What broken checkpoints had made visible is not taken back yet. */
  private behind = false
  /** Rows that a finished commit has made visible. */
  private committed = 0
  /** Rows that any attempt has written. */
  private written = 0
  private guarantee: Sink["guarantee"] = "exactly-once"

  constructor(options: SinkJobOptions) {
    this.options = options
  }

  /** Live through `epochs` and, when nothing comes in between, a last epoch and the end. */
  async live(
    parallelism: number,
    epochs: ReadonlyArray<Epoch>,
    crash?: Crash,
    doom?: Doom
  ): Promise<Lived> {
    const sink = await this.options.sink(parallelism)
    this.guarantee = sink.guarantee
    if (this.attempt === 0) {
      this.process++
      this.checkpoint = this.saved?.checkpoint ?? 0
    }
    // a process that starts again counts on from the checkpoint; a restart within it from its last attempt
    this.attempt = (this.attempt === 0 ? this.saved?.attempt ?? 0 : this.attempt) + 1
    if (this.saved !== undefined) this.counts.restores++
    const disk = new MortalDisk(this.process, this.options.durable, doom)
    const stage = new Stage(disk, { run: "conformance", attempt: this.attempt })
    const reach = crasher(crash, disk)
    const run = new SinkRun(sink, {
      stage,
      parallelism,
      schema: this.options.schema,
      saved: this.saved?.writers,
      checkpoint: this.saved?.checkpoint ?? 0,
      reach: (site) => {
        if (site === "rewound") this.behind = false
        reach(site)
      }
    })
    const driven = await this.drive(run, epochs).then(() => undefined, (thrown: unknown) => thrown)
    const error = await this.finish(run, disk, driven)
    const killed = error instanceof Death
    const expected = error === undefined || error instanceof Failure || killed ||
      doom !== undefined && isFault(error)
    if (!expected) throw error
    if (killed) this.attempt = 0
    if (error !== undefined) this.counts.crashes++
    await this.checkVisible(error === undefined ? "at the end" : `after ${String(error)}`)
    return { ended: error === undefined ? "finished" : "crashed", error, calls: disk.calls }
  }

  private get saved(): Saved | undefined {
    return this.kept.at(-1)
  }

  /**
   * The process has ended and the next finds the newest `count` checkpoints broken; one is left, as a job does not start without any. What they had
   * made visible is to be taken back.
   */
  fallBack(count: number): void {
    const left = Math.max(1, this.kept.length - count)
    if (left >= this.kept.length) return
    this.kept = this.kept.slice(0, left)
    this.committed = Math.min(this.committed, this.saved!.rows)
    this.attempt = 0
    this.counts.fallbacks++
    this.behind = true
  }

  /** A history: attempts that end at random places, with any parallelism, and a last one that finishes. */
  async history(
    choices: Choices,
    lives: number,
    parallelisms: ReadonlyArray<number>,
    sites: ReadonlyArray<SinkSite>
  ): Promise<void> {
    const takesBack = (await this.options.sink(1)).rewind !== undefined
    for (let i = 0; i < lives; i++) {
      if (takesBack && choices.once(4)) this.fallBack(1 + choices.pick(2))
      const epochs = Array.from({ length: 1 + choices.pick(4) }, () => randomEpoch(choices))
      const doom = choices.once(3)
        ? { call: 1 + choices.pick(120), how: choices.of(["die", "refuse"] as const) }
        : undefined
      const crash = {
        site: choices.of(sites),
        after: choices.pick(4),
        mode: choices.of(["kill", "fail"] as const)
      }
      await this.live(choices.of(parallelisms), epochs, crash, doom)
    }
    const epochs = [{ ...randomEpoch(choices), outcome: "complete" as const }]
    const last = await this.live(choices.of(parallelisms), epochs)
    assert.equal(last.ended, "finished")
  }

  private async drive(run: SinkRun, epochs: ReadonlyArray<Epoch>): Promise<void> {
    await run.open()
    let next = this.saved?.rows ?? 0
    const last: Epoch = { writes: [1], outcome: "complete", again: false }
    for (const epoch of [...epochs, last]) {
      for (const count of epoch.writes) {
        this.written = Math.max(this.written, next + count)
        await run.write(Array.from({ length: count }, (_, i) => this.options.row(next + i)))
        next += count
      }
      const checkpoint = ++this.checkpoint
      if (epoch.outcome === "interrupted") {
        run.abandonBarrier(checkpoint)
        await new Promise((resolve) => setTimeout(resolve, 0))
        throw new Failure("a failure while writers prepare")
      }
      const rows = next
      const writers = await run.barrier(checkpoint, epoch === last, async () => {
        const count = epoch.meanwhile ?? 0
        this.written = Math.max(this.written, next + count)
        await run.write(Array.from({ length: count }, (_, i) => this.options.row(next + i)))
        next += count
      })
      if (epoch.outcome === "aborted") continue
      this.kept = [...this.kept, { checkpoint, attempt: this.attempt, rows, writers }]
      run.reach("stored")
      if (epoch.outcome === "unnotified") continue
      await run.complete(checkpoint, epoch.again)
      this.counts.commits++
      this.committed = rows
    }
  }

  /** Close all; answers what ended the attempt. */
  private async finish(run: SinkRun, disk: MortalDisk, driven: unknown): Promise<unknown> {
    let ended = driven
    try {
      await run.close()
    } catch (error) {
      // a dead process closes nothing; one that lives must
      if (!(error instanceof Death)) throw error
      ended ??= error
    }
    const left = disk.openPaths
    disk.kill()
    assert.deepEqual(left, [], "'close' closes all files")
    return ended
  }

  private async checkVisible(when: string): Promise<void> {
    const { readBack, row } = this.options
    if (readBack === undefined || this.behind) return
    const seen = await readBack()
    const stored = Array.from({ length: this.saved?.rows ?? 0 }, (_, n) => row(n))
    switch (this.guarantee) {
      case "exactly-once": {
        const visible = countRows(seen)
        const within = countRows(stored)
        for (const [key, count] of visible) {
          assert.equal(count, 1, `${when}: ${key} is visible ${count} times`)
          assert.ok(within.has(key), `${when}: ${key} is visible and in no complete checkpoint`)
        }
        const lost = stored.slice(0, this.committed).filter((one) => !visible.has(keyOf(one)))
        assert.equal(lost.length, 0, `${when}: ${lost.length} committed rows are not visible`)
        return
      }
      case "at-least-once":
      case "idempotent": {
        const visible = countRows(seen)
        const lost = [...countRows(stored).keys()].filter((key) => !visible.has(key))
        assert.equal(lost.length, 0, `${when}: lost ${lost.length} rows of a complete checkpoint`)
        return
      }
      case "at-most-once":
        return
    }
  }

  /** What must be visible when all is done. */
  async checkEnd(): Promise<void> {
    const { readBack, row } = this.options
    if (readBack === undefined) return
    const count = this.saved!.rows
    const all = Array.from({ length: count }, (_, n) => row(n))
    // what an attempt wrote and no checkpoint covers: only exactly-once hides it
    const early = countRows(
      Array.from({ length: this.written - count }, (_, i) => row(count + i))
    )
    const seen = await readBack()
    const counted = this.guarantee === "exactly-once"
      ? seen
      : seen.filter((one) => !early.has(keyOf(one)))
    verdict(this.guarantee, all, counted, "at the end")
  }
}

function crasher(crash: Crash | undefined, disk: MortalDisk): (site: SinkSite) => void {
  let left = crash?.after ?? 0
  return (site) => {
    if (site !== crash?.site || left-- > 0) return
    if (crash.mode === "kill") {
      disk.kill()
      throw new Death()
    }
    throw new Failure(`a failure at '${site}'`)
  }
}

function randomEpoch(choices: Choices): Epoch {
  return {
    writes: Array.from({ length: choices.pick(4) }, () => 1 + choices.pick(5)),
    meanwhile: choices.pick(3),
    outcome: choices.of(
      ["complete", "complete", "complete", "aborted", "unnotified", "interrupted"] as const
    ),
    again: choices.once(3)
  }
}
