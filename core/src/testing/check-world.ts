/**
 * What a job under check reads and writes: sources over lists that are read at a pace the world chooses, a two-phase sink,
 * and a store of checkpoints. What they keep outlives the simulated processes.
 */
import * as Effect from "effect/Effect"
import type { CheckpointState, CheckpointStore } from "../checkpoint/store.ts"
import type { Batch } from "../batch/element.ts"
import type { Sink } from "../sink/sink.ts"
import type { Polled, Source, SourceReader, Split } from "../source/source.ts"
import { Crashed, type World } from "./simulation.ts"

/** What outlives a process. */
export class Outside {
  readonly checkpoints: Array<CheckpointState> = []
  private readonly prepared: Map<string, ReadonlyArray<unknown>> = new Map()
  private readonly committed: Map<string, ReadonlyArray<unknown>> = new Map()

  /** All that was made visible. */
  get rows(): ReadonlyArray<unknown> {
    return [...this.committed.values()].flat()
  }

  /** The store as one process sees it. */
  store(world: World): CheckpointStore {
    const pause = Effect.suspend(() => Effect.sleep(world.choices.pick(3)))
    return {
      write: (state) =>
        Effect.gen({ self: this }, function* (this: Outside) {
          yield* pause
          guard(world)
          this.checkpoints.push(structuredClone(state))
          yield* pause
          return 1
        }),
      newest: () => Effect.sync(() => structuredClone(this.checkpoints.at(-1)))
    }
  }

  /** A sink; `read` takes the rows out of a batch. */
  sink(of: () => World, name: string, read: (batch: Batch) => ReadonlyArray<unknown>): Sink {
    return {
      guarantee: "exactly-once",
      writer: () => {
        let held: Array<unknown> = []
        let place = ""
        return {
          open: ({ job, subtask }) => {
            place = `${name}/${job.attempt}/${subtask}`
          },
          ready: () => true,
          write: (batch) => void held.push(...read(batch)),
          prepareCommit: (checkpoint) =>
            Effect.gen({ self: this }, function* (this: Outside) {
              const world = of()
              yield* Effect.sleep(world.choices.pick(3))
              guard(world)
              if (held.length === 0) return []
              const id = `${place}/${checkpoint}`
              this.prepared.set(id, held)
              held = []
              return [id]
            }),
          snapshot: () => [],
          close: () => {}
        }
      },
      committer: () => ({
        commit: (ids) =>
          Effect.gen({ self: this }, function* (this: Outside) {
            const world = of()
            for (const id of ids as ReadonlyArray<string>) {
              yield* Effect.sleep(world.choices.pick(2))
              guard(world)
              const rows = this.prepared.get(id)
              if (rows !== undefined) this.committed.set(id, rows)
            }
          }),
        close: () => {}
      })
    }
  }
}

function guard(world: World): void {
  if (world.dead) throw new Crashed()
}

/** Rows of each poll at most: few, so that much can come between them. */
const rowsPerPoll = 2

/** Rows by split. */
type Splits = ReadonlyArray<ReadonlyArray<unknown>>

/** A source over splits of rows; `make` puts some rows into a batch. World and rows are those of the process that runs. */
export function listSource(
  of: () => World,
  splits: () => Splits,
  make: (rows: ReadonlyArray<unknown>) => Batch
): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: ({ restored }) => {
      let next = (restored as number | undefined) ?? 0
      return {
        next: () => next < splits().length ? { id: `${next}`, split: next++, from: 0 } : "done",
        snapshot: () => next,
        close: () => {}
      }
    },
    reader: () => reader(of(), splits(), make)
  }
}

function reader(
  world: World,
  splits: Splits,
  make: (rows: ReadonlyArray<unknown>) => Batch
): SourceReader {
  const held: Array<{ readonly id: string; readonly split: number; from: number }> = []
  let pause = (): void => {}
  return {
    open: (context) => {
      pause = () => context.fork(Effect.sleep(1 + world.choices.pick(4)), () => {})
    },
    add: (split: Split) => {
      held.push({ id: split.id, split: split["split"] as number, from: split["from"] as number })
    },
    poll: (): Polled => {
      const [one] = held
      if (one === undefined) return { kind: "empty" }
      if (world.choices.pick(2) === 1) {
        pause()
        return { kind: "empty" }
      }
      const rows = splits[one.split]!.slice(one.from, one.from + rowsPerPoll)
      if (rows.length === 0) {
        held.shift()
        return { kind: "finished", split: one.id }
      }
      one.from += rows.length
      return { kind: "batch", split: one.id, batch: make(rows) }
    },
    snapshot: () => held.map((one) => ({ ...one })),
    close: () => {}
  }
}
