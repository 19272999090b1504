/**
 * Many histories from one seed: what they add up to, and a digest of every choice and step in them, which must be the same
 * on every runtime.
 */
import fc from "fast-check"
import { history, type Schedule } from "./generator.ts"
import { live, type Told } from "./history.ts"

/** Sums over histories. `shares` are parts of all histories, 0 … 1. */
export interface Survey {
  readonly histories: number
  readonly trace: string
  readonly shares: {
    /** At least two completed checkpoints. */
    readonly checkpointed: number
    /** A crash while a checkpoint was under way. */
    readonly crashedInCheckpoint: number
    /** A crash of a restored process before it had cut anything. */
    readonly crashedInRestore: number
    /** A crash while the store wrote. */
    readonly crashedInWrite: number
    /** The real store on a simulated disk. */
    readonly onDisk: number
    /** A checkpoint that was found complete although its writer had died before it knew. */
    readonly adopted: number
    /** A checkpoint that was run dry. */
    readonly prefixed: number
    /** Going on from a checkpoint with another parallelism. */
    readonly rescaled: number
    /** A failure that the engine restarted from by itself. */
    readonly restarted: number
    readonly aborted: number
    readonly stopped: number
    /** A commit made again by a later attempt. */
    readonly recommitted: number
    /** An older checkpoint was restored since the newest was broken. */
    readonly fellBack: number
    /** Committed output was taken back for it. */
    readonly rewound: number
    /** Rows whose order was compared. */
    readonly ordered: number
    readonly withOutput: number
  }
}

/** Run `count` histories and add them up. Throws, with the line that replays it, on the first that breaks a law. */
export function survey(schedules: fc.Arbitrary<Schedule>, seed: number, count: number): Survey {
  const all: Array<Told & { readonly onDisk: boolean }> = []
  fc.assert(
    fc.property(history, schedules, (one, schedule) => {
      all.push({ ...live(one, schedule.make()), onDisk: one.disk !== undefined })
    }),
    {
      seed,
      numRuns: count,
      verbose: 1,
      interruptAfterTimeLimit: 120_000,
      markInterruptAsFailure: true
    }
  )
  const share = (test: (told: (typeof all)[number]) => boolean) =>
    all.filter(test).length / all.length
  let trace = 0x811c9dc5
  for (const told of all) trace = Math.imul(trace ^ told.trace, 0x01000193) >>> 0
  return {
    histories: all.length,
    trace: trace.toString(16),
    shares: {
      checkpointed: share((told) => told.completed >= 2),
      crashedInCheckpoint: share((told) => told.crashesInCheckpoint > 0),
      crashedInRestore: share((told) => told.crashesInRestore > 0),
      crashedInWrite: share((told) => told.crashesInWrite > 0),
      onDisk: share((told) => told.onDisk),
      adopted: share((told) => told.adopted > 0),
      prefixed: share((told) => told.prefixes > 0),
      rescaled: share((told) => told.rescales > 0),
      restarted: share((told) => told.restarts > 0),
      aborted: share((told) => told.aborts > 0),
      stopped: share((told) => told.stops > 0),
      recommitted: share((told) => told.repeatedCommits > 0),
      fellBack: share((told) => told.fallbacks > 0),
      rewound: share((told) => told.rewound > 0),
      ordered: share((told) => told.ordered > 0),
      withOutput: share((told) => told.rows > 0)
    }
  }
}
