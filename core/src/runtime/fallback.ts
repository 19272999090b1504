/** What a resume from an older checkpoint than the newest means for sinks: most take back what came later, some cannot. */
import type { FoundState } from "../checkpoint/store.ts"
import type { Graph } from "../graph/graph.ts"

/** A line for each sink that will repeat rows since `restored` is not the newest. Idempotent sinks write the same again. */
export function fallbackWarnings(
  graph: Graph,
  restored: FoundState | undefined
): ReadonlyArray<string> {
  if (restored?.fellBack !== true) return []
  return graph.nodes.flatMap(({ name, work }) => {
    if (work.kind !== "sink") return []
    const { committer, guarantee, rewind } = work.sink
    const repeats = guarantee === "at-least-once" || committer !== undefined
    if (!repeats || rewind !== undefined || guarantee === "idempotent") return []
    return [
      `"${name}" cannot take back what it wrote after checkpoint ${restored.checkpoint}: ` +
      "those rows may come twice"
    ]
  })
}
