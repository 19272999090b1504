/** A source of the simulated world: splits of model records, read at a pace that the world chooses. */
import * as Effect from "effect/Effect"
import type { Batch, OperatorContext, Polled, Source, SourceWork, Split } from "./engine.ts"
import type { World } from "./engine.ts"
import type { Durable } from "./durable.ts"
import { isBad, record, type Row } from "./model.ts"
import { fromBatch, toBatch } from "./rows.ts"

interface Held {
  readonly id: string
  readonly split: number
  from: number
}

const batchRows = 2

/** The whole work of source `source`: good rows go on, bad ones become dead letters in the same step. */
export function worldSourceWork(
  source: number,
  counts: ReadonlyArray<number>,
  late: boolean,
  world: World,
  durable: Durable,
  watermarkOf: (batch: Batch) => number
): SourceWork {
  // One reader's poll is followed by the question for bad records before any other's.
  let bad: ReadonlyArray<Row> = []
  return {
    kind: "source",
    source: worldSource(source, counts, late, world, durable, (rows) => bad = rows.filter(isBad)),
    compute: (batch) => {
      const good = fromBatch(batch).filter((row) => !isBad(row))
      return good.length === 0 ? undefined : toBatch(good)
    },
    watermark: { ofBatch: watermarkOf, idleTimeoutMillis: undefined },
    badRecords: () => {
      const letters = bad
      bad = []
      return { count: letters.length, letters: letters.length === 0 ? undefined : toBatch(letters) }
    }
  }
}

/** Source `source` with `counts[i]` records in split i; `late` makes the enumerator find them one by one. */
function worldSource(
  source: number,
  counts: ReadonlyArray<number>,
  late: boolean,
  world: World,
  durable: Durable,
  onRows: (rows: ReadonlyArray<Row>) => void
): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: (context) => {
      let next = (context.restored as number | undefined) ?? 0
      let found = late ? next : counts.length
      const findNext = (): void => {
        if (found >= counts.length) return
        context.fork(Effect.sleep(1 + world.choices.pick(3)), () => {
          found++
          context.discovered()
          findNext()
        })
      }
      findNext()
      let triggers = 0
      let lastMillis = world.nowMillis
      return {
        next: () => {
          if (next >= counts.length) return "done"
          if (next >= found) return "wait"
          const split = next++
          return { id: `${source}.${split}`, split, from: 0 }
        },
        snapshot: () => {
          const gapMillis = world.nowMillis - lastMillis
          durable.triggered(world, gapMillis, triggers++ === 0, next < counts.length)
          lastMillis = world.nowMillis
          return next
        },
        close: () => {}
      }
    },
    reader: () => makeReader(source, counts, world, durable, onRows)
  }
}

function makeReader(
  source: number,
  counts: ReadonlyArray<number>,
  world: World,
  durable: Durable,
  onRows: (rows: ReadonlyArray<Row>) => void
): ReturnType<Source["reader"]> {
  const held: Array<Held> = []
  let context!: OperatorContext
  return {
    open: (given) => {
      context = given
    },
    add: (split: Split) => held.push({ ...(split as unknown as Held) }),
    poll: (): Polled => {
      if (held.length > 0 && world.choices.pick(2) === 1) {
        context.fork(Effect.sleep(world.choices.pick(4)), () => {})
        return { kind: "empty" }
      }
      const one = held[0]
      if (one === undefined) return { kind: "empty" }
      const count = counts[one.split]!
      if (one.from >= count) {
        held.shift()
        return { kind: "finished", split: one.id }
      }
      const rows = Array.from(
        { length: Math.min(batchRows, count - one.from) },
        (_, i) => record(source, one.split, one.from + i)
      )
      one.from += rows.length
      onRows(rows)
      return { kind: "batch", split: one.id, batch: toBatch(rows) }
    },
    snapshot: () => {
      durable.cuts++
      return held.map((one) => ({ ...one }))
    },
    close: () => {}
  }
}
