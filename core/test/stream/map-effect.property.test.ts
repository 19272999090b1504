/** Effects for values: every answer once, in order where promised, never behind a mark; whole = cut, restored and rescaled. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import fc from "fast-check"
import { StreamJob } from "@millrace/core"
import { MapEffectOperator } from "../../src/stream/operator/map-effect.ts"
import { type Happening, rows, run, type Subject } from "./fleet.ts"

const seed = 20261124

function subject(ordered: boolean, capacity: number): Subject {
  const ask = (value: unknown): Effect.Effect<unknown> => Effect.succeed((value as number) * 10)
  return {
    make: () => new MapEffectOperator(ask, { ordered, capacity }),
    keys: [(value: number) => value % 4]
  }
}

/** Values 0, 1, 2, … with rising watermarks between them, and a clock by which answers come. */
const history: fc.Arbitrary<ReadonlyArray<Happening>> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 2, arbitrary: fc.constant("watermark" as const) },
    { weight: 3, arbitrary: fc.constant("clock" as const) }
  ),
  { maxLength: 24 }
).map((list) => {
  let n = 0
  let now = 0
  const happenings = list.map((one): Happening => {
    if (one === "watermark") return { watermark: n }
    if (one === "clock") return { nowMillis: ++now }
    return { input: 0, values: Array.from({ length: one }, () => ({ value: n, time: n++ + 1 })) }
  })
  const late = Array.from({ length: n + 2 }, (): Happening => ({ nowMillis: ++now }))
  return [...happenings, { watermark: Infinity }, ...late]
})

describe(`DataStream.mapEffect() (seed ${seed})`, () => {
  for (const ordered of [true, false]) {
    it(`gives every answer once and none behind its watermark, ${ordered ? "in order" : "as they come"}`, () => {
      fc.assert(
        fc.property(
          history,
          fc.integer({ min: 1, max: 5 }),
          fc.nat(30),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 3 }),
          (happenings, capacity, at, before, after) => {
            const asked = happenings.flatMap((one) =>
              "values" in one ? one.values.map(({ value }) => value as number) : []
            )
            const driven = subject(ordered, capacity)
            const whole = run(driven, happenings)
            const values = rows(whole).map(({ value }) => (value as number) / 10)
            assert.deepEqual(ordered ? values : values.toSorted((a, b) => a - b), asked)
            let watermark = -Infinity
            for (const { port, value, time } of whole) {
              if (port === -1) watermark = value as number
              else assert.ok(time! > watermark, "an answer stands before its watermark")
            }
            assert.equal(watermark, Infinity)
            const cut = run(driven, happenings, {
              at: Math.min(at, happenings.length - asked.length - 3),
              before,
              after
            })
            const again = rows(cut).map(({ value }) => (value as number) / 10)
            assert.deepEqual(again.toSorted((a, b) => a - b), asked)
          }
        ),
        { seed, numRuns: 150 }
      )
    })
  }

  it("runs as many effects at once as its capacity, and no more", async () => {
    let running = 0
    let most = 0
    const job = StreamJob.collect((streams) =>
      streams.fromIterable(Array.from({ length: 50 }, (_, n) => n)).mapEffect(
        (n) =>
          Effect.gen(function* () {
            most = Math.max(most, ++running)
            yield* Effect.sleep(1)
            running--
            return n
          }),
        { capacity: 7 }
      )
    )
    assert.deepEqual(await Effect.runPromise(job), Array.from({ length: 50 }, (_, n) => n))
    assert.equal(most, 7)
  })

  it("tries again by its schedule, after a failure and after its time", async () => {
    const tries = new Map<number, number>()
    const job = StreamJob.collect((streams) =>
      streams.fromIterable([1, 2, 3]).mapEffect((n) => {
        tries.set(n, (tries.get(n) ?? 0) + 1)
        if (tries.get(n)! >= n) return Effect.succeed(n)
        return n === 2 ? Effect.fail("busy") : Effect.never
      }, { timeout: "5 millis", retry: Schedule.recurs(5) })
    )
    assert.deepEqual(await Effect.runPromise(job), [1, 2, 3])
    assert.deepEqual([...tries], [[1, 1], [2, 2], [3, 3]])
  })

  it("fails the job with the last failure, and is interrupted with it", async () => {
    let interrupted = 0
    const job = StreamJob.collect((streams) =>
      streams.fromIterable([1, 2]).mapEffect((n) =>
        n === 2
          ? Effect.fail(new Error("no such customer"))
          : Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
      )
    )
    await assert.rejects(Effect.runPromise(job), /effect of "map-effect" failed: no such customer/)
    assert.equal(interrupted, 1)
  })
})
