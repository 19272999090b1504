/** Statements that make jobs: INSERT, statement sets, queries, and EXPLAIN of them. */
import type * as Ast from "../sql/ast.ts"
import { explainPlan } from "./explain.ts"
import type { Plan } from "./plan.ts"
import { bindInsert, type NotNullEnforcer } from "./planner/bind-insert.ts"
import { bindQuery } from "./planner/bind-query.ts"
import { notSupported, planFault } from "./planner/plan-fault.ts"
import type { ReadOptions } from "./options.ts"
import type { MiniBatch } from "./planner/physical-node.ts"
import type { Choice } from "./planner/physical-sink.ts"
import { planJob, type PlannedRoot } from "./planner/plan-job.ts"
import type { BindContext } from "./planner/scope.ts"
import {
  cdcDuplicates,
  defaultParallelism,
  keyedShuffle,
  localTimeZone,
  maxParallelism,
  miniBatchEnabled,
  miniBatchLatency,
  miniBatchSize,
  notNullEnforcer,
  runtimeMode,
  sortRowsMax,
  upsertMaterialize
} from "./session-options.ts"
import type { Outcome, StatementPlace } from "./session-outcome.ts"
import type { SessionState } from "./session-state.ts"

/** The plan of INSERT statements that run as one job. */
export function planInserts(
  state: SessionState,
  context: BindContext,
  inserts: ReadonlyArray<Ast.Insert>
): Promise<Plan> {
  const enforcer = state.settings.read().need(notNullEnforcer) as NotNullEnforcer
  const counts = new Map<string, number>()
  const roots = inserts.map((insert): PlannedRoot => {
    if (insert.upsert) throw notSupported(context.source, insert.span, "UPSERT INTO")
    const key = JSON.stringify(insert.table.parts.map((part) => part.name))
    const ordinal = counts.get(key) ?? 0
    counts.set(key, ordinal + 1)
    const relation = bindInsert(insert, context, ordinal, enforcer)
    return { relation, source: context.source, span: insert.span }
  })
  return plan(state, context, roots)
}

/** The plan of a query whose rows the caller takes. */
export function planQuery(
  state: SessionState,
  context: BindContext,
  statement: Ast.QueryStatement
): Promise<Plan> {
  const { relation, names } = bindQuery(statement.query, context)
  const root = context.pool.make({ kind: "collect", names }, [relation])
  return plan(state, context, [{ relation: root, source: context.source, span: statement.span }])
}

function plan(
  state: SessionState,
  context: BindContext,
  roots: ReadonlyArray<PlannedRoot>
): Promise<Plan> {
  const settings = state.settings.read()
  const mode = settings.need(runtimeMode)
  const parallelism = settings.need(defaultParallelism)
  const groupsMax = settings.need(maxParallelism)
  if (parallelism > groupsMax) {
    throw planFault(
      roots[0]!.source,
      roots[0]!.span,
      `Option '${defaultParallelism.key}' is ${parallelism}, more than the ${groupsMax} key groups of the job`,
      `SET '${maxParallelism.key}' = '${parallelism}', or run with fewer subtasks`
    )
  }
  return withFunctions(
    state,
    planJob(roots, {
      pool: context.pool,
      tables: context.tables,
      registry: state.registry,
      timeZone: context.timeZone,
      parallelism,
      groupsMax,
      isBatch: mode === "batch",
      bundle: miniBatchOf(settings, roots[0]!),
      sortRowsMax: settings.need(sortRowsMax),
      materialize: settings.need(upsertMaterialize) as Choice,
      shuffle: settings.need(keyedShuffle) as Choice,
      duplicates: settings.need(cdcDuplicates),
      settings: { [localTimeZone.key]: context.timeZone, [runtimeMode.key]: mode }
    })
  )
}

/** The plan with the users' functions that its expressions and aggregates name. */
async function withFunctions(state: SessionState, planned: Promise<Plan>): Promise<Plan> {
  const made = await planned
  const text = JSON.stringify(made.nodes)
  const names = Array.from(text.matchAll(/"name":"(user!?:[^"]+)"/g), (match) => match[1]!)
  return names.length === 0 ? made : { ...made, functions: state.functions.plans(names) }
}

/** The bundles that aggregations make; undefined when they are not enabled. */
function miniBatchOf(settings: ReadOptions, root: PlannedRoot): MiniBatch | undefined {
  if (!settings.need(miniBatchEnabled)) return undefined
  const rows = settings.need(miniBatchSize)
  const latencyMillis = settings.need(miniBatchLatency)
  for (
    const [key, value] of [[miniBatchSize.key, rows], [
      miniBatchLatency.key,
      latencyMillis
    ]] as const
  ) {
    if (value > 0) continue
    throw planFault(
      root.source,
      root.span,
      `Option '${key}' must be above zero when '${miniBatchEnabled.key}' is true, but is ${value}`
    )
  }
  return { rows, latencyMillis }
}

/** EXPLAIN: the plan as text. */
export async function explainStatement(
  state: SessionState,
  context: BindContext,
  node: Ast.Explain,
  at: StatementPlace
): Promise<Outcome> {
  const { statement } = node
  if (node.modes.includes("ESTIMATED_COST")) {
    throw notSupported(context.source, node.span, "EXPLAIN ESTIMATED_COST")
  }
  if (statement.kind === "createTable") {
    throw notSupported(context.source, statement.span, "EXPLAIN CREATE TABLE")
  }
  const inner = statement.kind === "execute" ? statement.statement : statement
  const made = inner.kind === "query"
    ? await planQuery(state, context, inner)
    : await planInserts(state, context, inner.kind === "insert" ? [inner] : inner.inserts)
  const text = explainPlan(made, {
    changelog: node.modes.includes("CHANGELOG_MODE"),
    json: node.modes.includes("JSON_EXECUTION_PLAN"),
    advice: node.modes.includes("PLAN_ADVICE")
  })
  return { kind: "table", columns: ["result"], rows: [[text]], plain: true, place: at }
}
