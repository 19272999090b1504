/**
 * One subtask's writer. Files are opened when the first row comes, one per partition, and end at every barrier (or when they are large
 * enough): then they are durable but hidden, and the commit gives them their names. So a writer has no state of its own.
 */
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  attempt,
  type Batch,
  closeQuietly,
  type Disk,
  type FormatContext,
  type FormatFactory,
  makeDurableDirectory,
  type OperatorContext,
  type Plain,
  type SinkWriter
} from "@millrace/core/internal"
import { type Ended, PartFile, type PartPlace, type Pending, seal } from "./part-file.ts"
import { hiddenName, partName, partTail } from "./part-name.ts"
import { Partitioner } from "./partitioner.ts"

/** A subtask has at most so many files open; beyond it the one opened first ends. */
const openFilesMax = 64

/** How many directories are remembered as durable; forgetting costs a few syncs. */
const durableMax = 10_000

/** How many files are made durable at the same time. */
const sealsMax = 8

/** What a writer is made for. */
export interface WriterOptions {
  readonly directory: string
  readonly factory: FormatFactory
  readonly format: FormatContext
  readonly extension: string
  readonly rollBytes: number
  readonly partitioner: () => Partitioner
}

/** See the head of this file. */
export class FileWriter implements SinkWriter {
  private readonly options: WriterOptions
  private readonly partitioner: Partitioner
  private context!: OperatorContext
  private disk!: Disk
  private number = 0
  /** By directory, in the order in which they were opened. */
  private readonly parts = new Map<string, PartFile>()
  /** Directories whose own names are durable already. */
  private readonly durable = new Set<string>()
  /** Ended since the last barrier. */
  private ended: Array<Ended> = []
  /** Cut off and not handed over yet. */
  private readonly sealing: Set<Ended> = new Set()

  constructor(options: WriterOptions) {
    this.options = options
    this.partitioner = options.partitioner()
  }

  open(context: OperatorContext): void {
    this.context = context
    this.disk = context.disk
  }

  ready(): boolean {
    return true
  }

  write(batch: Batch): void {
    const { directory } = this.options
    for (const { path, batch: rows } of this.partitioner.split(batch)) {
      const target = path === "" ? directory : `${directory}/${path}`
      const part = this.parts.get(target) ?? this.begin(target)
      part.write(rows)
      if (part.sizeBytes >= this.options.rollBytes) this.end(part)
    }
  }

  prepareCommit(checkpoint: number): Effect.Effect<ReadonlyArray<Plain>, AnyFault> {
    return Effect.flatten(attempt(() => this.cut(checkpoint)))
  }

  cut(checkpoint: number): Effect.Effect<ReadonlyArray<Plain>, AnyFault> {
    for (const part of this.parts.values()) this.end(part)
    const { ended } = this
    this.ended = []
    for (const one of ended) this.sealing.add(one)
    return Effect.gen({ self: this }, function* () {
      yield* Effect.forEach(ended, (one) => seal(this.disk, one), {
        concurrency: sealsMax,
        discard: true
      })
      const directories = new Set(ended.map(({ place }) => place.directory))
      for (const directory of directories) {
        if (!this.durable.has(directory)) yield* makeDurableDirectory(this.disk, directory)
        if (this.durable.size >= durableMax) this.durable.clear()
        this.durable.add(directory)
        yield* this.disk.syncDirectory(directory)
      }
      for (const one of ended) this.sealing.delete(one)
      return ended.map((one) => this.pending(one, checkpoint))
    })
  }

  snapshot(): ReadonlyArray<Plain> {
    return []
  }

  /** What was not prepared is in no checkpoint: its files go. */
  close(): void {
    const hidden = [...this.ended, ...this.sealing].map(({ place }) => place.hidden)
    for (const part of this.parts.values()) {
      closeQuietly(part)
      hidden.push(part.place.hidden)
    }
    this.parts.clear()
    this.ended = []
    this.sealing.clear()
    for (const name of hidden) closeQuietly({ close: () => this.disk.remove(name) })
  }

  private begin(directory: string): PartFile {
    if (this.parts.size >= openFilesMax) {
      this.end(this.parts.values().next().value!)
    }
    this.disk.makeDirectory(directory)
    const place = this.place(directory)
    const part = new PartFile(this.disk, place, this.options.factory, this.options.format)
    this.parts.set(directory, part)
    return part
  }

  private end(part: PartFile): void {
    const ended = part.finish()
    this.parts.delete(part.place.directory)
    this.ended.push(ended)
  }

  private pending({ bytes, place }: Ended, checkpoint: number): Pending {
    const { attempt: number, run } = this.context.job
    const target = `${place.directory}/${partName(run, checkpoint, place.tail)}`
    return { hidden: place.hidden, target, bytes, attempt: number }
  }

  /**
   * A fresh name: two sinks of one job may write to one directory, and each hidden name is taken by making its file. What bore it before is
   * visible by now, thus of an earlier checkpoint, so that the visible names differ too.
   */
  private place(directory: string): PartPlace {
    const { job, subtask } = this.context
    for (;;) {
      const tail = partTail(subtask, job.attempt, this.number++) + this.options.extension
      const hidden = `${directory}/${hiddenName(job.run, tail)}`
      if (this.disk.createExclusive(hidden, new Uint8Array(0))) return { directory, hidden, tail }
    }
  }
}
