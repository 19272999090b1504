/**
 * Where the engine's free choices come from. None of them may change a result; the simulation makes them badly on
 * purpose, and every run in production makes them the canonical way.
 */
import * as Context from "effect/Context"
import type { SinkSite } from "../sink/sink-operator.ts"

/** The choices of one subtask's loop. */
export interface Decisions {
  /** Which of `n` ready lanes is read next; undefined: round robin. */
  readonly pickLane: ((n: number) => number) | undefined
  /** How many operator steps a turn may take before the fiber yields; at least 1. */
  readonly turnSteps: () => number
  /** Whether builders with rows are flushed now although more may come. Asked once per batch that is dealt. */
  readonly flushEarly: () => boolean
  /** A piece of at least so many rows travels as it is when nothing stands before it in the builder. */
  readonly wholeRowsMin: number
  /** The engine is at a place named `site`. Only the simulation listens: it may let the process die there. */
  readonly reach: (site: Site) => void
}

/** The named places around a commit where a crash is most dangerous. */
export type Site = SinkSite | "acknowledged" | "stored" | "completed"

const canonical: Decisions = {
  pickLane: undefined,
  turnSteps: () => 256,
  flushEarly: () => false,
  wholeRowsMin: 256,
  reach: () => {}
}

/** The {@link Decisions} in force. */
export const DecisionsService: Context.Reference<Decisions> = Context.Reference<Decisions>(
  "millrace/Decisions",
  { defaultValue: () => canonical }
)
