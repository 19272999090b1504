/** A source of the simulated world: splits of model records, read at a pace that the world chooses. */
import * as Effect from "effect/Effect"
import type { OperatorContext, Polled, Source, Split } from "./engine.ts"
import type { World } from "./engine.ts"
import type { Durable } from "./durable.ts"
import { record } from "./model.ts"
import { toBatch } from "./rows.ts"

interface Held {
  readonly id: string
  readonly split: number
  from: number
}

const batchRows = 2

/** Source `source` with `counts[i]` records in split i; `late` makes the enumerator find its splits only after a while. */
export function worldSource(
  source: number,
  counts: ReadonlyArray<number>,
  late: boolean,
  world: World,
  durable: Durable
): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: (context) => {
      let next = (context.restored as number | undefined) ?? 0
      let found = !late
      if (late) {
        context.fork(Effect.sleep(3), () => {
          found = true
          context.discovered()
        })
      }
      return {
        next: () => {
          if (!found) return "wait"
          if (next >= counts.length) return "done"
          const split = next++
          return { id: `${source}.${split}`, split, from: 0 }
        },
        snapshot: () => next,
        close: () => {}
      }
    },
    reader: () => makeReader(source, counts, world, durable)
  }
}

function makeReader(
  source: number,
  counts: ReadonlyArray<number>,
  world: World,
  durable: Durable
): ReturnType<Source["reader"]> {
  const held: Array<Held> = []
  let context!: OperatorContext
  return {
    open: (given) => {
      context = given
    },
    add: (split: Split) => held.push({ ...(split as unknown as Held) }),
    poll: (): Polled => {
      if (held.length > 0 && world.choices.pick(4) === 3) {
        context.fork(Effect.sleep(world.choices.pick(3)), () => {})
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
      return { kind: "batch", split: one.id, batch: toBatch(rows) }
    },
    snapshot: () => {
      durable.cuts++
      return held.map((one) => ({ ...one }))
    },
    close: () => {}
  }
}
