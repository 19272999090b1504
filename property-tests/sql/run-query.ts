/** Runs one query as the command does, in this process, and folds its changes into the rows that are left. */
import * as Effect from "effect/Effect"
import {
  type Batch,
  compilePlan,
  execute,
  isNull,
  type LogicalType,
  makeTimeZone,
  Registry,
  render,
  Session
} from "@millrace/core/internal"
import { builtIn, jobOptions } from "millrace"

const zone = makeTimeZone("UTC")

/** What is left of a query's changes. */
export interface Folded {
  /** Rows as texts, with how often each is there; a count below zero is a change that took what never came. */
  readonly rows: ReadonlyMap<string, number>
  /** How many rows were taken back. */
  readonly retractions: number
  /** The texts of all rows that were given, in order. */
  readonly order: ReadonlyArray<string>
  /** What the operators of the plan do. */
  readonly operators: ReadonlySet<string>
}

/** Run the script, which has one query. */
export async function runQuery(script: string): Promise<Folded> {
  const registry = Registry.make(builtIn)
  const counts = new Map<string, number>()
  const order: Array<string> = []
  const operators = new Set<string>()
  let retractions = 0
  for await (const outcome of Session.make({ registry }).run(script, "query.sql")) {
    if (outcome.kind !== "job") continue
    for (const node of outcome.plan.nodes) operators.add(node.work.kind)
    const collected = outcome.plan.nodes.find((node) => node.work.kind === "collect")!
    const { schema } = outcome.plan.nodes[collected.inputs[0]!.node]!
    const collect = (_: unknown, batch: Batch): void => {
      retractions += fold(counts, order, batch, schema)
    }
    const graph = await compilePlan(outcome.plan, { registry, nowMillis: () => 0, collect })
    await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
      const execution = yield* execute(graph, {
        ...jobOptions("query", outcome.settings),
        resume: false,
        onProgress: () => {},
        onWarning: () => {}
      })
      if (execution.kind === "running") yield* execution.job.result
    })))
  }
  return { rows: counts, retractions, order, operators }
}

/** Answers how many rows were taken back. */
function fold(
  counts: Map<string, number>,
  order: Array<string>,
  batch: Batch,
  schema: LogicalType.RowType
): number {
  let retractions = 0
  for (let row = 0; row < batch.rows; row++) {
    const text = schema.map(({ type }, i) => {
      const column = batch.columns[i]!
      if (isNull(column, row)) return "NULL"
      const value = render(column, row, type, zone)
      if (type.kind === "DOUBLE") return String(Number(value))
      return type.kind === "VARCHAR" || type.kind === "CHAR" ? JSON.stringify(value) : value
    }).join(", ")
    order.push(text)
    const kind = batch.kinds?.[row] ?? 0
    const added = kind === 0 || kind === 2
    if (!added) retractions++
    const count = (counts.get(text) ?? 0) + (added ? 1 : -1)
    if (count === 0) counts.delete(text)
    else counts.set(text, count)
  }
  return retractions
}
