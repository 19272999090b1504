/** What EXPLAIN PLAN_ADVICE says of a plan: parts of it that are slow or tell much, and what to do. Each advice names its node. */
import type { Plan, PlanNode } from "./plan.ts"

/** The advice on a plan as text, a line each; one line when there is none. */
export function adviceText(plan: Plan): string {
  const lines = plan.nodes.flatMap(adviceOn)
  if (lines.length === 0) return "No available advice...\n"
  return lines.map((line, at) => `advice[${at + 1}]: ${line}\n`).join("")
}

function adviceOn(node: PlanNode): ReadonlyArray<string> {
  const { work } = node
  switch (work.kind) {
    case "group-aggregate":
      return work.final === true || work.bundle !== undefined ? [] : [
        `[ADVICE] ${node.name} tells a change of each key for every batch: with 'table.exec.mini-batch.enabled' = 'true', a 'table.exec.mini-batch.size' and a 'table.exec.mini-batch.allow-latency' it tells fewer`
      ]
    case "over":
      return work.mode !== "update" ? [] : [
        `[WARNING] ${node.name} keeps all its rows and tells results again when later rows change them: over rows that are only inserted, an ORDER BY of event time alone, ascending, with a frame that ends at CURRENT ROW gives each row once`
      ]
    case "upsert-materialize":
      return [
        `[ADVICE] ${node.name} keeps all rows as the key of the query's results is not the primary key of the table: group by the primary key, or declare the query's key as PRIMARY KEY`
      ]
    case "join":
      return work.leftKeys.length > 0 ? [] : [
        `[WARNING] ${node.name} compares every row with every other, in one subtask: add an equality of columns of both sides to its condition`
      ]
    default:
      return []
  }
}
