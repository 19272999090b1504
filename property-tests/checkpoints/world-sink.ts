/** A two-phase sink of the simulated world: what it prepares and commits outlives the process. */
import * as Effect from "effect/Effect"
import type { OperatorContext, Plain, Sink } from "./engine.ts"
import type { World } from "./engine.ts"
import { Breach, type Durable } from "./durable.ts"
import type { Row } from "./model.ts"
import { fromBatch } from "./rows.ts"

/** The sink named `sink`. Its writer keeps a count in its state, which must agree with what was prepared. */
export function worldSink(sink: string, world: World, durable: Durable): Sink {
  const pause = Effect.suspend(() => Effect.sleep(world.choices.pick(3)))
  return {
    guarantee: "exactly-once",
    writer: () => {
      let held: Array<Row> = []
      let context!: OperatorContext
      let busy = 0
      const prepare = (checkpoint: number, rows: ReadonlyArray<Row>) =>
        Effect.gen(function* () {
          yield* Effect.sleep(durable.prepareMillis(world))
          durable.guard(world)
          if (rows.length === 0) return []
          const { attempt } = context.job
          const id = `${sink}/${attempt}/${context.subtask}/${checkpoint}`
          durable.prepared.set(id, { sink, checkpoint, rows })
          yield* pause
          return [id as Plain]
        })
      const take = () => {
        const rows = held
        held = []
        return rows
      }
      return {
        // Every other sink goes on while it prepares.
        ...cuts(sink) ? { cut: (checkpoint: number) => prepare(checkpoint, take()) } : {},
        open: (given) => {
          context = given
          durable.guard(world)
          // All siblings have committed: what is left was prepared for no complete checkpoint.
          for (const [id, entry] of durable.prepared) {
            if (entry.sink === sink) durable.prepared.delete(id)
          }
        },
        ready: () => {
          if (busy > 0) return false
          if (world.choices.pick(8) !== 7) return true
          busy++
          context.fork(Effect.sleep(1), () => {
            busy--
          })
          return false
        },
        write: (batch) => void held.push(...fromBatch(batch)),
        prepareCommit: (checkpoint) =>
          Effect.tap(Effect.suspend(() => prepare(checkpoint, held)), () => Effect.sync(take)),
        snapshot: () => [],
        close: () => {}
      }
    },
    committer: () => ({
      commit: (committables) =>
        Effect.gen(function* () {
          yield* Effect.sleep(durable.commitMillis(world))
          for (const id of committables as ReadonlyArray<string>) {
            yield* pause
            commitOne(id, world, durable)
          }
          yield* pause
        }),
      close: () => {}
    }),
    rewind: (_context, checkpoint) =>
      Effect.gen(function* () {
        for (const [id, entry] of durable.committed) {
          if (entry.sink !== sink || entry.checkpoint <= checkpoint) continue
          yield* pause
          durable.guard(world)
          durable.committed.delete(id)
          durable.rewound++
        }
      })
  }
}

function cuts(sink: string): boolean {
  return Number(sink.slice(1)) % 2 === 0
}

function commitOne(id: string, world: World, durable: Durable): void {
  durable.guard(world)
  durable.commits++
  if (durable.committed.has(id)) {
    durable.repeats++
    return
  }
  const entry = durable.prepared.get(id)
  if (entry === undefined) throw new Breach(`K4: what "${id}" prepared is gone`)
  if (entry.checkpoint > durable.completed) {
    throw new Breach(`K5: "${id}" is committed, and the newest checkpoint is ${durable.completed}`)
  }
  durable.committed.set(id, entry)
  durable.prepared.delete(id)
}
