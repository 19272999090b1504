/** Histories: what comes in, how processes live and die, which choices the engine is given. */
import fc from "fast-check"
import type { Site } from "../runtime/decisions.ts"
import { freeze, textOf } from "./check-text.ts"
import { type Choices, fromDeviations, fromSeed } from "./choices.ts"
import type { Crash } from "./simulation.ts"

/** What histories are made of. */
export interface HistoryOptions {
  /** Generators of each input's values, in the order in which they come. */
  readonly inputs: Readonly<Record<string, fc.Arbitrary<ReadonlyArray<unknown>>>>
  /** How many (200). */
  readonly histories?: number
  /** Where the generators begin (1). */
  readonly seed?: number
  /** One history again, as the message of a failure names it. */
  readonly path?: string
  /** Splits that each input may be dealt over (1): with more there is no order between values of an input. */
  readonly splitsMax?: number
  /** Subtasks of each operator at most (3). */
  readonly parallelismMax?: number
  /** Values may come so many places later than they were generated (0): disorder, and late values. */
  readonly disorder?: number
  /** Values may come twice, as from a source that promises no more than at least once. With an oracle that knows of it. */
  readonly duplicates?: boolean
}

/** One process of a history: how wide, and how it dies; the last one lives. */
export interface Life {
  readonly parallelism: number
  readonly death: Crash | undefined
}

/** What decides a history. */
export interface History {
  readonly inputs: Readonly<Record<string, ReadonlyArray<ReadonlyArray<unknown>>>>
  readonly lives: ReadonlyArray<Life>
  readonly capacity: number
  readonly intervalMillis: number
  readonly choices: { readonly seed: number } | {
    readonly picks: ReadonlyArray<readonly [number, number]>
    readonly preempts: ReadonlyArray<number>
  }
}

const sites: ReadonlyArray<Site> = [
  "prepared",
  "acknowledged",
  "stored",
  "completed",
  "committing",
  "committed",
  "restoring"
]

/** Histories over the values that the generators give. */
export function histories(
  options: HistoryOptions,
  names: ReadonlyArray<string>
): fc.Arbitrary<History> {
  const death: fc.Arbitrary<Crash> = fc.oneof(
    fc.record({ step: fc.nat(80) }),
    fc.record({ step: fc.nat(400) }),
    fc.record({ site: fc.constantFrom(...sites), nth: fc.integer({ min: 1, max: 4 }) })
  )
  const parallelism = fc.integer({ min: 1, max: options.parallelismMax ?? 3 })
  const lives = fc.tuple(
    fc.array(fc.record({ parallelism, death }), { maxLength: 3 }),
    parallelism
  ).map(([dying, last]): ReadonlyArray<Life> => [
    ...dying,
    { parallelism: last, death: undefined }
  ])
  const inputs = fc.record(
    Object.fromEntries(names.map((name) => [name, dealt(options.inputs[name]!, options)]))
  )
  const choices = fc.oneof(
    fc.record({ seed: fc.nat() }),
    fc.record({
      picks: fc.array(fc.tuple(fc.nat(60), fc.nat(7)), { maxLength: 12 }),
      preempts: fc.array(fc.nat(200), { maxLength: 4 })
    })
  )
  return fc.record({
    inputs,
    lives,
    capacity: fc.integer({ min: 1, max: 4 }),
    intervalMillis: fc.integer({ min: 3, max: 30 }),
    choices
  }) as fc.Arbitrary<History>
}

/** Values late by some places, some of them twice, in splits. */
function dealt(
  values: fc.Arbitrary<ReadonlyArray<unknown>>,
  options: HistoryOptions
): fc.Arbitrary<ReadonlyArray<ReadonlyArray<unknown>>> {
  const { disorder = 0, duplicates = false, splitsMax = 1 } = options
  const marks = <A>(one: fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<A>> =>
    fc.array(one, { maxLength: 20 })
  return fc.record({
    list: values,
    delays: disorder === 0 ? fc.constant([]) : marks(fc.nat(disorder)),
    twice: duplicates ? marks(fc.boolean()) : fc.constant([]),
    homes: splitsMax === 1 ? fc.constant([]) : marks(fc.nat(splitsMax - 1))
  }).map(({ delays, homes, list, twice }) => {
    // What is not said of a value is said of the one that stands in its place modulo their number.
    const of = <A>(said: ReadonlyArray<A>, i: number): A | undefined => said[i % (said.length || 1)]
    const coming = list.flatMap((value, i) => {
      const one = { value: freeze(value), at: i + (of(delays, i) ?? 0), split: of(homes, i) ?? 0 }
      return of(twice, i) === true ? [one, { ...one, at: one.at + 1 }] : [one]
    }).sort((a, b) => a.at - b.at)
    return Array.from(
      { length: splitsMax },
      (_, split) => coming.filter((one) => one.split === split).map((one) => one.value)
    )
  })
}

/** The engine's choices of a history. */
export function choicesOf({ choices }: History): Choices {
  return "seed" in choices
    ? fromSeed(choices.seed)
    : fromDeviations(choices.picks, choices.preempts)
}

/** A history for people. */
export function described(history: History): string {
  const { capacity, inputs, intervalMillis, lives } = history
  const lines = Object.entries(inputs).map(([name, splits]) =>
    `  ${name}: ${splits.map((rows) => `[${rows.map(textOf).join(", ")}]`).join(" | ")}`
  )
  for (const { parallelism, death } of lives) {
    const end = death === undefined
      ? "runs to its end"
      : "site" in death
      ? `dies at the ${death.nth}. visit of '${death.site}'`
      : "step" in death
      ? `dies after ${death.step} steps`
      : `dies after ${death.atMillis} ms`
    lines.push(`  a process at parallelism ${parallelism} ${end}`)
  }
  return [...lines, `  checkpoints every ${intervalMillis} ms, channels of ${capacity}`].join("\n")
}
