/**
 * **K3** the newest complete checkpoint alone, run dry with no more input than it had read, gives what the model gives on
 * just that input: nothing of a record after the cut is in it, and nothing of one before it is missing.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Breach, type Durable } from "./durable.ts"
import { type CheckpointState, fromDeviations, simulate, start } from "./engine.ts"
import { type Model, type Spec, workOut } from "./model.ts"
import { compare } from "./verdict.ts"
import { type Layout, worldGraph } from "./world-graph.ts"

/** Check the newest checkpoint of `durable`, which stays as it is. Throws a {@link Breach}. */
export function checkPrefix(durable: Durable, model: Model, layout: Layout): void {
  const fork = durable.fork()
  const state = fork.checkpoints[0]!
  const prefix = workOut(prefixOf(model.spec, state), model.nodes.map(({ kind }) => kind))
  const { outcome } = simulate((world) =>
    Effect.scoped(Effect.flatMap(
      start(worldGraph(prefix, layout, world, fork, () => {}), {
        id: "job",
        run: "1",
        checkpoints: {
          store: fork.store(world),
          intervalMillis: undefined,
          timeoutMillis: Infinity,
          minPauseMillis: 0,
          tolerableFailures: 0
        },
        restored: structuredClone(state),
        restart: { kind: "none" },
        channelCapacity: 4,
        bufferTimeoutMillis: 2
      }),
      (job) => job.result
    )), { choices: fromDeviations([], []), stepsMax: 30_000, stepMillis: 0.05 })
  if (outcome !== "crashed" && Exit.isFailure(outcome)) {
    throw new Breach(`K3: checkpoint ${state.checkpoint}: ${Cause.pretty(outcome.cause)}`)
  }
  compare(fork, prefix, `K3: checkpoint ${state.checkpoint}`)
}

/** What had been read: splits that are assigned and no longer held to their end, held ones as far as they say. */
function prefixOf(spec: Spec, state: CheckpointState): Spec {
  return {
    nodes: spec.nodes,
    sources: spec.sources.map((counts, source) => {
      const id = `n${source}`
      const read = counts.slice(0, state.enumerators.get(id) as number)
      for (const { operators } of state.subtasks) {
        for (const item of operators.get(id)?.items ?? []) {
          const { split } = item as unknown as { split: { split: number; from: number } }
          read[split.split] = split.from
        }
      }
      return read
    })
  }
}
