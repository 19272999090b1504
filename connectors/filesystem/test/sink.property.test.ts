/**
 * Claim (K4 for this sink, R10): whatever disk call the process or the power dies in, how often it does, and whatever the checkpoints and
 * aborted ones were, every row is visible exactly once at the end, also when a start goes on from an older checkpoint than the newest; what is visible in between is a prefix of whole records, and nothing
 * visible ever disappears; no hidden file stays. Model: the row numbers. The coordinator is played by the test: it keeps the last complete
 * checkpoint outside the crash. A failure would mean lost, doubled or torn output.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import fc from "fast-check"
import {
  type AnyFault,
  Batch,
  type Committer,
  type FormatFactory,
  Lease,
  type OperatorContext,
  type Plain,
  type Sink,
  type SinkWriter
} from "@millrace/core/internal"
import { SimulatedDisk } from "@millrace/core/testing"
import { factory } from "../src/mod.ts"
import { bulkLineFormat, lineFormat, texts } from "./line-format.ts"
import { context, table, tableContext } from "./support.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
console.log(`sink.property SEED=${seed}`)

/** The simulated end of the process in the middle of a call: no fault, so nothing may catch it. */
class Death extends Error {}

function decisions(start: number): { pick(n: number): number } {
  let at = start >>> 0
  return {
    pick: (n) => {
      at = (Math.imul(at, 1664525) + 1013904223) >>> 0
      return Math.floor((at / 2 ** 32) * n)
    }
  }
}

interface Step {
  /** Rows before the barrier. */
  readonly rows: number
  /** What becomes of the checkpoint: `aborted` ones are carried by the next. */
  readonly outcome: "complete" | "aborted"
  /** Calls of the disk until the process dies; large: it does not. */
  readonly dieAt: number
  readonly power: boolean
  /** The start after this one finds so many of the newest checkpoints broken. */
  readonly broken: number
}

/** What the store would keep: the position and what is prepared and not known to be committed. */
interface Saved {
  readonly checkpoint: number
  readonly attempt: number
  readonly next: number
  readonly prepared: ReadonlyArray<Plain>
}

class Job {
  readonly disk: SimulatedDisk
  readonly counts = { deaths: 0, committed: 0, restored: 0, back: 0 }
  private readonly sink: Sink
  private readonly parts: number
  private callsLeft = Infinity
  private attempt = 0
  /** Oldest first; the first is no checkpoint but the empty start. */
  private saved: ReadonlyArray<Saved> = [{ checkpoint: 0, attempt: 0, next: 0, prepared: [] }]
  private number = 0
  /** What broken checkpoints had made visible is not taken back yet. */
  private behind = false
  private next = 0
  private prepared: ReadonlyArray<Plain> = []
  private writer!: SinkWriter
  private committer!: Committer
  private seen: ReadonlySet<string> = new Set()

  constructor(choice: number, format: FormatFactory, roll: number, parts: number) {
    this.parts = parts
    this.disk = new SimulatedDisk({
      decisions: decisions(choice),
      turns: false,
      refuse: () => {
        if (--this.callsLeft < 0) throw new Death()
        return undefined
      }
    })
    const keys = parts > 0 ? ["p"] : []
    const plan = table({ path: "out", "sink.rolling-policy.file-size": `${roll} b` }, [
      "v",
      ...keys
    ], keys)
    this.sink = factory.sink!.make(tableContext(plan, format), plan.physical, {
      overwrite: false,
      staticPartition: {}
    })
  }

  /** One start, until the steps are used up or the process dies; answers how many steps it took. */
  live(steps: ReadonlyArray<Step>): number {
    let taken = 0
    try {
      this.callsLeft = steps[0]?.dieAt ?? Infinity
      this.start()
      for (const step of steps) {
        this.callsLeft = step.dieAt
        taken++
        this.write(step.rows)
        this.checkpoint(step.outcome === "complete")
      }
      this.callsLeft = Infinity
      this.write(1)
      this.checkpoint(true)
      this.writer.close()
    } catch (error) {
      if (!(error instanceof Death)) throw error
      this.callsLeft = Infinity
      this.counts.deaths++
      if (steps[taken - 1]?.power ?? true) this.disk.crash()
      else this.disk.kill()
      this.check()
      this.lose(steps[taken - 1]?.broken ?? 0)
      return Math.max(1, taken)
    }
    this.check()
    return Infinity
  }

  private run<A>(effect: Effect.Effect<A, AnyFault>): A {
    const exit = Effect.runSyncExit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    throw Cause.squash(exit.cause)
  }

  private start(): void {
    // a start that died before its first checkpoint left no trace: its number is given again
    const saved = this.saved.at(-1)!
    this.attempt = saved.attempt + 1
    this.number = saved.checkpoint
    const here: OperatorContext = context({ disk: this.disk, attempt: this.attempt })
    this.run(this.sink.prepare!(here))
    if (saved.checkpoint > 0) this.run(this.sink.rewind!(here, saved.checkpoint))
    this.behind = false
    this.committer = this.sink.committer!(here)
    if (saved.prepared.length > 0) {
      this.counts.restored++
      this.run(this.committer.commit(saved.prepared))
    }
    this.next = saved.next
    this.prepared = []
    this.writer = this.sink.writer()
    this.writer.open(here, [])
  }

  private write(rows: number): void {
    if (rows === 0) return
    const values = Array.from({ length: rows }, (_, i) => `${this.next + i}`)
    const columns = [texts(values)]
    if (this.parts > 0) columns.push(texts(values.map((value) => `p${Number(value) % this.parts}`)))
    this.writer.write(new Batch(rows, columns))
    this.next += rows
  }

  private checkpoint(complete: boolean): void {
    const checkpoint = ++this.number
    this.prepared = [...this.prepared, ...this.run(this.writer.prepareCommit(checkpoint, false))]
    if (!complete) return
    const { attempt, next, prepared } = this
    this.saved = [...this.saved, { checkpoint, attempt, next, prepared }]
    this.run(this.committer.commit(this.prepared))
    this.counts.committed += this.prepared.length
    this.prepared = []
  }

  /** The newest checkpoints are broken; the oldest is not, as a job does not start without any. */
  private lose(count: number): void {
    const left = Math.max(2, this.saved.length - count)
    if (left >= this.saved.length) return
    this.saved = this.saved.slice(0, left)
    this.counts.back++
    this.behind = true
  }

  /** Visible rows are whole, none twice, none beyond the last complete checkpoint, and none lost that was visible. */
  private check(): void {
    const rows: Array<string> = []
    const files = this.disk.files().filter((file) => /(^|\/)part-/.test(file))
    for (const file of files) {
      const open = this.disk.open(file, "read")
      const bytes = new Uint8Array(open.size())
      open.read(bytes, 0)
      const text = new TextDecoder().decode(bytes)
      assert.match(text, /^(\d+\n)+$/, `${file} is whole`)
      rows.push(...text.trimEnd().split("\n"))
    }
    assert.equal(new Set(rows).size, rows.length, "no row twice")
    for (const row of this.behind ? [] : rows) {
      assert.ok(Number(row) < this.saved.at(-1)!.next, "only checkpointed rows are visible")
    }
    this.seen = new Set(rows)
  }

  finish(): void {
    const { next } = this.saved.at(-1)!
    assert.equal(this.seen.size, next, "every row is visible")
    for (let row = 0; row < next; row++) assert.ok(this.seen.has(`${row}`))
    const hidden = this.disk.files().filter((file) =>
      /(^|\/)\./.test(file) && !file.includes(Lease.leaseName)
    )
    assert.deepEqual(hidden, [])
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  rows: fc.nat(5),
  outcome: fc.constantFrom("complete", "complete", "aborted"),
  dieAt: fc.oneof(fc.nat(60), fc.constant(Infinity)),
  power: fc.boolean(),
  broken: fc.constantFrom(0, 0, 1, 2)
})

describe("filesystem sink on a disk that loses what was not synced", () => {
  it("every row is visible exactly once, wherever the process or the power dies", () => {
    const counts = { deaths: 0, committed: 0, restored: 0, back: 0 }
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(3, 8, 1000),
        fc.constantFrom(0, 0, 3),
        (steps, choice, bulk, roll, parts) => {
          const job = new Job(choice, bulk ? bulkLineFormat : lineFormat, roll, parts)
          let left: ReadonlyArray<Step> = steps
          for (;;) {
            const taken = job.live(left)
            if (taken === Infinity) break
            left = left.slice(taken)
          }
          job.finish()
          for (const key of ["deaths", "committed", "restored", "back"] as const) {
            counts[key] += job.counts[key]
          }
        }
      ),
      { numRuns: 1500, seed }
    )
    console.log(`sink.property ${JSON.stringify(counts)}`)
    assert.ok(counts.deaths > 500 && counts.committed > 3000 && counts.restored > 300)
    assert.ok(counts.back > 100)
  })
})
