/**
 * A source at work without an engine: readers are polled in any order, checkpoints are taken at any place, crashes throw everything away
 * but the last checkpoint, and a restore may have another number of readers.
 *
 * **Invariant** a checkpoint passes through the codec of checkpoints, so what is restored is data and shares nothing with what lives.
 */
import assert from "node:assert/strict"
import {
  type Batch,
  decodePlain,
  encodePlain,
  type Plain,
  type Source,
  type SourceReader,
  type Split,
  type SplitEnumerator
} from "@millrace/core/internal"
import { Bell, type Stage } from "./stage.ts"

/** A checkpoint of a source. */
export interface SourceSaved {
  readonly enumerator: Plain
  /** Per reader the splits in hand. */
  readonly readers: ReadonlyArray<ReadonlyArray<Split>>
  /** Per split that was handed out, the batches that came before the checkpoint. */
  readonly counts: ReadonlyMap<string, number>
  readonly finished: ReadonlySet<string>
  /** All splits that there were when the job began. */
  readonly known: ReadonlyArray<string>
}

interface Seat {
  readonly reader: SourceReader
  readonly bell: Bell
  readonly held: Set<string>
  /** The enumerator has said that there is nothing more for this reader. */
  done: boolean
  /** Of an eager source: it asks again when something was found. */
  asking: boolean
}

/** Called with every batch, its split, and how many of the split came before it. */
export type OnBatch = (split: string, index: number, batch: Batch) => void

/** See the head of this file. */
export class SourceRun {
  readonly counts: Map<string, number>
  readonly finished: Set<string>
  private readonly stage: Stage
  private readonly source: Source
  private readonly onBatch: OnBatch
  private readonly enumerator: SplitEnumerator
  private readonly found: Bell = new Bell()
  private readonly seats: Array<Seat> = []
  private readonly known: ReadonlyArray<string>
  /** What snapshots gave, and what it was then. */
  private readonly given: Array<{ readonly value: Plain; readonly bytes: Uint8Array }> = []

  constructor(
    source: Source,
    stage: Stage,
    parallelism: number,
    saved: SourceSaved | undefined,
    onBatch: OnBatch
  ) {
    this.source = source
    this.stage = stage
    this.onBatch = onBatch
    this.counts = new Map(saved?.counts)
    this.finished = new Set(saved?.finished)
    const context = stage.enumeratorContext(parallelism, saved?.enumerator, this.found)
    this.enumerator = source.enumerator(context)
    try {
      this.known = saved?.known ?? this.waiting(copy(this.enumerator.snapshot()), parallelism)
      for (let subtask = 0; subtask < parallelism; subtask++) this.seat(subtask, parallelism, saved)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Whether all input has been read. */
  get done(): boolean {
    return this.seats.every((seat) => seat.done && seat.held.size === 0)
  }

  get parallelism(): number {
    return this.seats.length
  }

  /** One turn of a reader: it asks for a split when it has none, else it is polled. Answers whether anything happened. */
  async turn(subtask: number): Promise<boolean> {
    const seat = this.seats[subtask]!
    this.stage.check()
    if (seat.asking) {
      // An eager reader asks until there is nothing more for it; only the first look for splits is worth a wait.
      const next = this.enumerator.next(subtask)
      if (next === "wait" && seat.held.size > 0) seat.asking = false
      else {
        seat.asking = await this.answer(seat, next)
        return true
      }
    }
    if (seat.held.size === 0) {
      if (seat.done) return false
      return await this.ask(seat, subtask)
    }
    seat.bell.reset()
    const polled = seat.reader.poll()
    this.stage.check()
    if (polled.kind === "empty") {
      await seat.bell.wait("Law 4: 'poll' gave 'empty' with a split in hand")
      this.stage.check()
      return true
    }
    assert.ok(seat.held.has(polled.split), `'${polled.split}' is a split of this reader`)
    if (polled.kind === "finished") {
      seat.held.delete(polled.split)
      assert.ok(!this.finished.has(polled.split), `'${polled.split}' finishes once`)
      this.finished.add(polled.split)
      return true
    }
    const index = this.counts.get(polled.split) ?? 0
    this.counts.set(polled.split, index + 1)
    this.onBatch(polled.split, index, polled.batch)
    return true
  }

  /** Every reader asks for its first split. */
  async askAll(): Promise<void> {
    for (let i = 0; i < this.seats.length; i++) await this.turn(i)
  }

  /** Read to the end, reader after reader in turns. */
  async drain(until: () => boolean = () => this.done): Promise<void> {
    while (!until()) {
      for (let i = 0; i < this.seats.length && !until(); i++) await this.turn(i)
    }
  }

  /** Take a checkpoint; proves that each split is in one place (Law 2). */
  checkpoint(number: number): SourceSaved {
    const enumerator = this.take(this.enumerator.snapshot())
    const readers = this.seats.map((seat) => {
      const splits = seat.reader.snapshot()
      assert.deepEqual(
        splits.map((split) => split.id).sort(),
        [...seat.held].sort(),
        "Law 1: 'snapshot' has the splits in hand, and none that is finished"
      )
      return this.take(splits as unknown as Plain) as unknown as ReadonlyArray<Split>
    })
    const saved = {
      enumerator,
      readers,
      counts: new Map(this.counts),
      finished: new Set(this.finished),
      known: this.known
    }
    const waiting = this.waiting(enumerator, this.parallelism)
    const places = [...waiting, ...readers.flat().map((split) => split.id), ...this.finished]
    assert.equal(
      new Set(places).size,
      places.length,
      `Law 2: each split is in one place, but there are ${places.sort().join(", ")}`
    )
    const lost = this.known.filter((id) => !places.includes(id))
    assert.deepEqual(lost, [], "Law 2: no split is in no place")
    for (const seat of this.seats) seat.reader.complete?.(number)
    return saved
  }

  close(): void {
    for (const { value, bytes } of this.given) {
      assert.deepEqual(encodePlain(value), bytes, "what 'snapshot' gave does not change afterwards")
    }
    for (const seat of this.seats) seat.reader.close()
    this.enumerator.close()
  }

  private seat(subtask: number, parallelism: number, saved: SourceSaved | undefined): void {
    const reader = this.source.reader()
    const bell = new Bell()
    const seat: Seat = {
      reader,
      bell,
      held: new Set(),
      done: false,
      asking: this.source.assignment === "eager"
    }
    this.seats.push(seat)
    reader.open(this.stage.context(subtask, parallelism, bell))
    assert.equal(reader.poll().kind, "empty", "a reader without a split has nothing to give")
    for (const split of dealt(saved, subtask, parallelism)) {
      seat.held.add(split.id)
      reader.add(split)
    }
  }

  private async ask(seat: Seat, subtask: number): Promise<boolean> {
    return await this.answer(seat, this.enumerator.next(subtask))
  }

  private async answer(seat: Seat, next: Split | "wait" | "done"): Promise<boolean> {
    if (next === "done") {
      seat.done = true
      return false
    }
    if (next === "wait") {
      await this.found.wait("'next' gave 'wait'")
      this.found.reset()
      return true
    }
    assert.ok(
      !this.finished.has(next.id) && !this.counts.has(next.id),
      `Law 2: split '${next.id}' is given once`
    )
    seat.held.add(next.id)
    this.counts.set(next.id, 0)
    seat.reader.add(copy(next as unknown as Plain) as unknown as Split)
    return true
  }

  /** The splits that the enumerator's snapshot holds: those that a restored one hands out. */
  private waiting(snapshot: Plain, parallelism: number): ReadonlyArray<string> {
    // only asked for what the snapshot holds: what it would find by itself is not waited for
    const context = this.stage.enumeratorContext(parallelism, snapshot, new Bell())
    const enumerator = this.source.enumerator({ ...context, fork: () => {} })
    try {
      const ids: Array<string> = []
      for (let subtask = 0; subtask < parallelism; subtask++) {
        for (;;) {
          const next = enumerator.next(subtask)
          if (typeof next === "string") break
          assert.ok(!ids.includes(next.id), `Law 2: split '${next.id}' is given once`)
          ids.push(next.id)
        }
      }
      return ids
    } finally {
      enumerator.close()
    }
  }

  /** A copy by way of the codec. */
  private take(value: Plain): Plain {
    const bytes = encodePlain(value)
    this.given.push({ value, bytes })
    return decodePlain(bytes)
  }
}

function dealt(
  saved: SourceSaved | undefined,
  subtask: number,
  parallelism: number
): ReadonlyArray<Split> {
  if (saved === undefined) return []
  if (saved.readers.length === parallelism) return saved.readers[subtask]!
  return saved.readers.flat().filter((_, i) => i % parallelism === subtask)
}

function copy(value: Plain): Plain {
  return decodePlain(encodePlain(value))
}
