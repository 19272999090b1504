/** Checkpoints of a job that has no directory for them: they last as long as the process, for restarts within it. */
import * as Effect from "effect/Effect"
import type { CheckpointState, CheckpointStore } from "./store.ts"

/** A store that keeps the newest checkpoint in memory. */
export function make(): CheckpointStore {
  let newest: CheckpointState | undefined
  return {
    write: (state) =>
      Effect.sync(() => {
        newest = state
        return 0
      }),
    newest: () => Effect.sync(() => newest)
  }
}
