/** Small sources, operators and sinks for tests of the runtime: rows are numbers in one `f64` column. */
import * as Effect from "effect/Effect"
import { Column } from "../../src/batch/column.ts"
import { Batch, type Element, Tag } from "../../src/batch/element.ts"
import type { Graph } from "../../src/graph/graph.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  Status
} from "../../src/operator/operator.ts"
import { type JobOptions, type JobResult, start } from "../../src/runtime/job.ts"
import type { Sink } from "../../src/sink/sink.ts"
import type { Polled, Source, Split } from "../../src/source/source.ts"

/** A batch of numbers. */
export function numbers(values: ReadonlyArray<number>, port = 0): Batch {
  const column = new Column({
    layout: "f64",
    rows: values.length,
    values: Float64Array.from(values)
  })
  return new Batch(values.length, [column], undefined, undefined, port)
}

/** The numbers of a batch. */
export function valuesOf(batch: Batch): Array<number> {
  return Array.from(batch.columns[0]!.values as Float64Array)
}

/** Splits of numbers, read `batchRows` at a time. */
export function numberSource(
  splits: ReadonlyArray<ReadonlyArray<number>>,
  batchRows: number
): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: ({ restored }) => {
      let next = (restored as number | undefined) ?? 0
      return {
        next: () => next < splits.length ? { id: `${next}`, from: 0, split: next++ } : "done",
        snapshot: () => next,
        close: () => {}
      }
    },
    reader: () => {
      const held: Array<{ id: string; split: number; from: number }> = []
      return {
        open: () => {},
        add: (split: Split) =>
          held.push(split as unknown as { id: string; split: number; from: number }),
        poll: (): Polled => {
          const one = held[0]
          if (one === undefined) return { kind: "empty" }
          const all = splits[one.split]!
          if (one.from >= all.length) {
            held.shift()
            return { kind: "finished", split: one.id }
          }
          const batch = numbers(all.slice(one.from, one.from + batchRows))
          held[0] = { ...one, from: one.from + batchRows }
          return { kind: "batch", split: one.id, batch }
        },
        snapshot: () => held.map((one) => ({ ...one })),
        close: () => {}
      }
    }
  }
}

/** What a two-phase sink has made visible, and what it was asked to do. */
export interface Shelf {
  readonly committed: Array<number>
  readonly calls: Array<string>
  /** Ids of what was committed. */
  readonly done: Set<string>
}

/** An empty shelf. */
export function makeShelf(): Shelf {
  return { committed: [], calls: [], done: new Set() }
}

/** A two-phase sink: numbers are visible on the shelf only after their commit; a commit done twice shows once. */
export function shelfSink(shelf: Shelf): Sink {
  const { done } = shelf
  return {
    guarantee: "exactly-once",
    writer: () => {
      let held: Array<number> = []
      let context!: OperatorContext
      return {
        open: (given) => {
          context = given
          shelf.calls.push(`open ${given.subtask}`)
        },
        ready: () => true,
        write: (batch) => void held.push(...valuesOf(batch)),
        prepareCommit: (checkpoint) =>
          Effect.sync(() => {
            const id = `${context.job.attempt}/${context.subtask}/${checkpoint}`
            const committable = { id, rows: held }
            held = []
            return committable.rows.length === 0 ? [] : [committable as Plain]
          }),
        snapshot: () => [],
        close: () => shelf.calls.push("close")
      }
    },
    committer: () => ({
      commit: (committables) =>
        Effect.sync(() => {
          for (
            const entry of committables as unknown as ReadonlyArray<
              { id: string; rows: Array<number> }
            >
          ) {
            if (done.has(entry.id)) continue
            done.add(entry.id)
            shelf.committed.push(...entry.rows)
          }
        }),
      close: () => {}
    })
  }
}

/** An operator that maps each number to some numbers, one batch per pushed batch. */
export function flatMap(f: (value: number) => ReadonlyArray<number>): () => Operator {
  return () => {
    let held: Element | undefined
    return {
      open: () => {},
      push: (element) => {
        held = element
      },
      step: () => {
        const element = held
        held = undefined
        if (element === undefined) return Status.done
        if (element.tag !== Tag.batch) return element
        const out = valuesOf(element).flatMap(f)
        return out.length === 0 ? Status.done : numbers(out)
      },
      snapshot: () => undefined
    }
  }
}

/** Options of a job without checkpoints. */
export const plainOptions: JobOptions = {
  id: "test",
  run: "run-1",
  checkpoints: undefined,
  restored: undefined,
  restart: { kind: "none" },
  channelCapacity: 4,
  bufferTimeoutMillis: 100
}

/** Run a graph to its end on the real clock. */
export function run(graph: Graph, options: Partial<JobOptions> = {}): Promise<JobResult> {
  return Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(start(graph, { ...plainOptions, ...options }), (job) => job.result)
    )
  )
}

/** Hash of the number itself, for hash exchanges. */
export function hashNumbers(batch: Batch, into: Int32Array): void {
  const values = batch.columns[0]!.values as Float64Array
  for (let i = 0; i < batch.rows; i++) into[i] = Math.imul(values[i]! | 0, 0x9e3779b1)
}
