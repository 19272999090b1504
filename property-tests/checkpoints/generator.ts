/** Histories at random, small on purpose: bugs of the protocol show at a handful of records. */
import fc from "fast-check"
import type { DiskUse } from "./durable.ts"
import { type Choices, fromDeviations, fromSeed } from "./engine.ts"
import type { Death, History } from "./history.ts"
import type { Spec } from "./model.ts"
import type { Layout } from "./world-graph.ts"

/** A way to make choices anew for each run of a history. */
export interface Schedule {
  readonly make: () => Choices
}

const spec: fc.Arbitrary<Spec> = fc.record({
  sources: fc.array(
    fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }),
    {
      minLength: 1,
      maxLength: 3
    }
  ),
  nodes: fc.array(
    fc.record({
      inputs: fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }),
      kind: fc.nat(5)
    }),
    { minLength: 1, maxLength: 5 }
  )
})

const layout: fc.Arbitrary<Layout> = fc.record({
  parallelism: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
  exchanges: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
  chained: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  late: fc.array(fc.constantFrom(true, true, false), { minLength: 1, maxLength: 3 })
})

const crash: fc.Arbitrary<Death> = fc.oneof(
  fc.record({ step: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ atMillis: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    site: fc.constantFrom(
      "prepared" as const,
      "acknowledged" as const,
      "stored" as const,
      "completed" as const,
      "committing" as const,
      "committed" as const,
      "restoring" as const
    ),
    nth: fc.integer({ min: 1, max: 4 })
  }),
  fc.record({ storeCall: fc.integer({ min: 1, max: 120 }) })
)

/** Soon after the start: while a restored process still restores. */
const earlyCrash: fc.Arbitrary<Death> = fc.oneof(
  fc.record({ step: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ site: fc.constant("restoring" as const), nth: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ storeCall: fc.integer({ min: 1, max: 12 }) })
)

const crashes: fc.Arbitrary<ReadonlyArray<Death>> = fc.oneof(
  fc.array(crash, { maxLength: 3 }),
  fc.tuple(crash, earlyCrash),
  fc.tuple(crash, earlyCrash, crash)
)

/** The engine's own store on a simulated disk, in half of the histories; state small enough to stand in either place. */
const disk: fc.Arbitrary<DiskUse | undefined> = fc.option(
  fc.record({
    retained: fc.constantFrom(2, 1, 2, 3),
    inlineBytesMax: fc.constantFrom(0, 16, 20_000),
    powerCuts: fc.array(fc.constantFrom(true, true, false), { minLength: 1, maxLength: 3 }),
    breaks: fc.array(fc.constantFrom("away" as const, "flip" as const, "no" as const), {
      minLength: 2,
      maxLength: 3
    })
  }),
  { nil: undefined, freq: 2 }
)

const hourMillis = 3_600_000

/** Histories with crashes, rescales and failures of operators. */
export const history: fc.Arbitrary<History> = fc.record({
  spec,
  layouts: fc.array(layout, { minLength: 1, maxLength: 3 }),
  capacity: fc.integer({ min: 1, max: 3 }),
  intervalMillis: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 15 })),
  faults: fc.record({
    declines: fc.array(fc.nat(6), { maxLength: 1 }),
    slowWrites: fc.array(fc.nat(6), { maxLength: 1 }),
    slowPrepares: fc.array(fc.nat(12), { maxLength: 3 }),
    slowCommits: fc.array(fc.nat(5), { maxLength: 2 })
  }),
  disk,
  crashes,
  wallJumps: fc.array(
    fc.record({
      atMillis: fc.integer({ min: 1, max: 60 }),
      byMillis: fc.constantFrom(hourMillis, 24 * hourMillis, -hourMillis, -24 * hourMillis)
    }),
    { maxLength: 3 }
  ),
  stops: fc.array(fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 2 }), {
    maxLength: 2
  }),
  trips: fc.array(fc.nat(80), { maxLength: 2 })
})

/** Every choice from a seed. */
export const wide: fc.Arbitrary<Schedule> = fc.integer().map((seed) => ({
  make: () => fromSeed(seed),
  toString: () => `seed ${seed}`
}))

/** Few deviations from the canonical schedule: shrinks well. */
export const narrow: fc.Arbitrary<Schedule> = fc.record({
  picks: fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 11 })), { maxLength: 30 }),
  preempts: fc.array(fc.nat(300), { maxLength: 6 })
}).map(({ picks, preempts }) => ({
  make: () => fromDeviations(picks, preempts),
  toString: () => `picks ${JSON.stringify(picks)} preempts ${JSON.stringify(preempts)}`
}))
