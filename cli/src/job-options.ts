/** From the options that SET gave to what the engine is told. */
import {
  type ReadOptions,
  type RestartStrategy,
  SessionOptions as Options
} from "@millrace/core/internal"
import type { JobRequest } from "./jobs.ts"

/** The options of one job. */
export function jobOptions(
  name: string,
  settings: ReadOptions
): Omit<JobRequest, "graph" | "query"> {
  return {
    id: name,
    checkpoints: {
      directory: settings.get(Options.checkpointDirectory),
      intervalMillis: settings.get(Options.checkpointInterval),
      timeoutMillis: settings.need(Options.checkpointTimeout),
      minPauseMillis: settings.need(Options.checkpointPause),
      tolerableFailures: settings.need(Options.checkpointFailures),
      retained: settings.need(Options.checkpointsRetained)
    },
    restart: restart(settings),
    channelCapacity: settings.need(Options.channelCapacity),
    bufferTimeoutMillis: settings.need(Options.bufferTimeout),
    ignoreUnclaimedState: settings.need(Options.ignoreUnclaimed)
  }
}

function restart(settings: ReadOptions): RestartStrategy {
  const checkpointed = settings.get(Options.checkpointInterval) !== undefined
  switch (settings.get(Options.restartType) ?? (checkpointed ? "exponential-delay" : "none")) {
    case "fixed-delay":
      return {
        kind: "fixed-delay",
        attempts: settings.need(Options.fixedAttempts),
        delayMillis: settings.need(Options.fixedDelay)
      }
    case "exponential-delay":
      return {
        kind: "exponential-delay",
        initialMillis: settings.need(Options.exponentialInitial),
        maxMillis: settings.need(Options.exponentialMax),
        multiplier: settings.need(Options.exponentialMultiplier),
        resetMillis: settings.need(Options.exponentialReset)
      }
    default:
      return { kind: "none" }
  }
}
