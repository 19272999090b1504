/** From plan nodes that compute to makers of operators. Each instance gets code and state of its own. */
import type { Batch } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { makeCalc } from "../operator/calc.ts"
import { makeExpand } from "../operator/expand.ts"
import { makeChangelogNormalize } from "../operator/changelog-normalize.ts"
import { makeGroupAggregate } from "../operator/group-aggregate.ts"
import { makeIntervalJoin } from "../operator/interval-join.ts"
import { makeJoin } from "../operator/join.ts"
import type { Operator } from "../operator/operator.ts"
import { makePaneAggregate } from "../operator/pane-aggregate.ts"
import { makeProcessingTime } from "../operator/processing-time.ts"
import { makeRank } from "../operator/rank.ts"
import { makeSessionAggregate } from "../operator/session-aggregate.ts"
import { makeSessionAssign } from "../operator/session-assign.ts"
import { makeRankUpdate } from "../operator/rank-update.ts"
import { makeSetOperation } from "../operator/set-operation.ts"
import { makeSettle } from "../operator/settle.ts"
import { makeSort } from "../operator/sort.ts"
import { makeTemporalJoin } from "../operator/temporal-join.ts"
import { makeUnion } from "../operator/union.ts"
import { makeUnnest } from "../operator/unnest.ts"
import { makeUpsertMaterialize } from "../operator/upsert-materialize.ts"
import { makeWindowAggregate } from "../operator/window-aggregate.ts"
import { makeWindowAssign } from "../operator/window-assign.ts"
import { makeWindowRank } from "../operator/window-rank.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { compileAggregates } from "./aggregate/aggregate-set.ts"
import { compileCalc, compilePredicate } from "./code/calc.ts"
import type { CodeSettings } from "./code/calc.ts"
import { compileOver } from "./compile-over.ts"
import type { Expression } from "./expression.ts"
import type { PlanNode, PlanWork } from "./plan.ts"

const Base: FaultClass<"UpdatingInputFault", { node: string }> = Fault<{ node: string }>()(
  "UpdatingInputFault",
  "user",
  "never"
)

/** An operator that takes only inserted rows was given an updating input. */
export class UpdatingInputFault extends Base {
  override get message(): string {
    return `Cannot compute "${this.node}" over rows that change later: this operator takes only inserted rows, so aggregate by windows before it`
  }
}

type Of<K extends PlanWork["kind"]> = Extract<PlanWork, { kind: K }>

/**
 * A maker of the operator of `node`, whose inputs are the nodes `inputs`; undefined for sources and sinks.
 *
 * **Errors** throws {@link UpdatingInputFault} and what code generation and aggregates refuse.
 */
export function compileOperator(
  node: PlanNode,
  inputs: ReadonlyArray<PlanNode>,
  settings: CodeSettings
): (() => Operator) | undefined {
  const { work } = node
  const input = inputs[0]!
  switch (work.kind) {
    case "calc":
      return compileFilter(work, input, settings)
    case "expand":
      return compileExpand(work, input, settings)
    case "processing-time": {
      const { column } = work
      return () => makeProcessingTime(column)
    }
    case "window-aggregate":
      return compileWindowAggregate(work, node, input, settings)
    case "window-assign":
      return compileWindowAssign(work, node, input)
    case "group-aggregate":
      return compileGroupAggregate(work, node, input, settings)
    case "window-join": {
      const { leftEnd, rightEnd } = work
      const times = { leftTime: leftEnd, rightTime: rightEnd, lowerMillis: 0, upperMillis: 0 }
      return compileIntervalJoin({ ...work, ...times }, 1, node, inputs, settings)
    }
    case "interval-join":
      return compileIntervalJoin(work, 0, node, inputs, settings)
    case "temporal-join":
      return compileTemporalJoin(work, node, inputs, settings)
    case "unnest":
      return () => makeUnnest({ ...work, type: input.schema[work.column]!.type })
    case "join":
      return compileJoin(work, node, inputs, settings)
    case "window-rank":
      return compileWindowRank(work, node, input)
    case "rank":
      return compileRank(work, node, input)
    case "over":
      refuseUpdatesOf(work, node, input)
      return compileOver(work, node, input, dealtBy(node, 0, work.partition), settings.functions)
    case "sort": {
      const { order, rowsMax, mode } = work
      refuseUpdates(node, input)
      const timeColumn = mode === "event-time" ? order[0]!.column : undefined
      return () => makeSort({ types: typesOf(input), order, rowsMax, timeColumn })
    }
    case "upsert-materialize": {
      const { keys } = work
      const types = typesOf(input)
      const groupBy = dealtBy(node, 0, keys)
      return () => makeUpsertMaterialize({ types, keys, groupBy })
    }
    case "settle":
      return () => makeSettle(typesOf(input))
    case "set-operation": {
      const { operation, all } = work
      const types = node.schema.map(({ type }) => type)
      return () => makeSetOperation({ operation, all, types })
    }
    case "changelog-normalize":
      return compileNormalize(work, node, input)
    case "union":
      return makeUnion
    default:
      return undefined
  }
}

function typesOf(node: PlanNode): ReadonlyArray<LogicalType> {
  return node.schema.map((field) => field.type)
}

function isUpdating(node: PlanNode): boolean {
  const { updateAfter, updateBefore } = node.changelog
  return updateAfter || updateBefore || node.changelog.delete
}

function refuseUpdatesOf(work: Of<"over">, node: PlanNode, input: PlanNode): void {
  if (work.mode !== "update") refuseUpdates(node, input)
}

function refuseUpdates(node: PlanNode, input: PlanNode): void {
  if (isUpdating(input)) throw new UpdatingInputFault({ node: node.name })
}

/** The columns that input `index` is dealt by, or all of `fallback` when it is not dealt by key. */
function dealtBy(
  node: PlanNode,
  index: number,
  fallback: ReadonlyArray<number>
): ReadonlyArray<number> {
  const { exchange } = node.inputs[index]!
  return exchange.kind === "hash" ? exchange.keys : fallback
}

/** The same as positions within `keys`. */
function dealtPositions(node: PlanNode, keys: ReadonlyArray<number>): ReadonlyArray<number> {
  const positions = dealtBy(node, 0, keys).map((column) => keys.indexOf(column))
  assert(!positions.includes(-1), "rows are dealt by columns that are keys")
  return positions
}

function compileFilter(work: Of<"calc">, input: PlanNode, settings: CodeSettings): () => Operator {
  const compile = () => compileCalc(input.schema, work.condition, work.projection, settings)
  compile()
  return () => makeCalc(compile())
}

function compileExpand(
  work: Of<"expand">,
  input: PlanNode,
  settings: CodeSettings
): () => Operator {
  const compile = () =>
    work.projections.map((projection) => compileCalc(input.schema, undefined, projection, settings))
  compile()
  return () => makeExpand(compile())
}

function compileWindowAssign(
  work: Of<"window-assign">,
  node: PlanNode,
  input: PlanNode
): () => Operator {
  const { window, timeColumn, partition } = work
  if (window.kind !== "session") return () => makeWindowAssign({ window, timeColumn })
  const { gapMillis } = window
  const types = typesOf(input)
  const groupBy = dealtBy(node, 0, partition)
  return () => makeSessionAssign({ types, gapMillis, timeColumn, partition, groupBy })
}

function compileWindowAggregate(
  work: Of<"window-aggregate">,
  node: PlanNode,
  input: PlanNode,
  settings: CodeSettings
): () => Operator {
  const { window, given, timeColumn, keys, properties } = work
  const retracting = isUpdating(input)
  const shared = {
    timeColumn,
    keys,
    keyTypes: keys.map((k) => input.schema[k]!.type),
    groupBy: dealtPositions(node, keys),
    aggregates: compileAggregates(work.aggregates, input.schema, retracting, settings.functions),
    retracting,
    properties
  }
  if (given !== undefined || window.kind === "tumble") {
    return () => makeWindowAggregate({ ...shared, window, given })
  }
  const make = window.kind === "session"
    ? () => makeSessionAggregate({ ...shared, gapMillis: window.gapMillis })
    : () => makePaneAggregate({ ...shared, window })
  make()
  return make
}

function compileGroupAggregate(
  work: Of<"group-aggregate">,
  node: PlanNode,
  input: PlanNode,
  settings: CodeSettings
): () => Operator {
  const options = {
    keys: work.keys,
    keyTypes: work.keys.map((k) => input.schema[k]!.type),
    groupBy: dealtPositions(node, work.keys),
    aggregates: compileAggregates(
      work.aggregates,
      input.schema,
      isUpdating(input),
      settings.functions
    ),
    updateBefore: node.changelog.updateBefore,
    final: work.final === true,
    bundle: work.bundle
  }
  return () => makeGroupAggregate(options)
}

/** A maker of the rest condition of a join; what code generation refuses it refuses here. */
function conditionOf(
  condition: Expression | undefined,
  left: PlanNode,
  right: PlanNode,
  settings: CodeSettings
): () => ((batch: Batch, into: Uint8Array) => void) | undefined {
  const joined = [...left.schema, ...right.schema]
  const compile = (): ((batch: Batch, into: Uint8Array) => void) | undefined =>
    condition === undefined ? undefined : compilePredicate(joined, condition, settings)
  compile()
  return compile
}

function compileJoin(
  work: Of<"join">,
  node: PlanNode,
  inputs: ReadonlyArray<PlanNode>,
  settings: CodeSettings
): () => Operator {
  const [left, right] = [inputs[0]!, inputs[1]!]
  const compile = conditionOf(work.condition, left, right, settings)
  return () =>
    makeJoin({
      type: work.type,
      types: [typesOf(left), typesOf(right)],
      keys: [work.leftKeys, work.rightKeys],
      nullSafe: work.nullSafe,
      groupBy: [dealtBy(node, 0, work.leftKeys), dealtBy(node, 1, work.rightKeys)],
      condition: compile()
    })
}

/** `earlyMillis`: how long before their time rows have met all partners. */
function compileIntervalJoin(
  work:
    & Pick<
      Of<"interval-join">,
      | "leftKeys"
      | "rightKeys"
      | "leftTime"
      | "rightTime"
      | "lowerMillis"
      | "upperMillis"
      | "condition"
    >
    & { readonly type: Of<"window-join">["type"] },
  earlyMillis: number,
  node: PlanNode,
  inputs: ReadonlyArray<PlanNode>,
  settings: CodeSettings
): () => Operator {
  const [left, right] = [inputs[0]!, inputs[1]!]
  for (const input of [left, right]) refuseUpdates(node, input)
  const compile = conditionOf(work.condition, left, right, settings)
  return () =>
    makeIntervalJoin({
      type: work.type,
      types: [typesOf(left), typesOf(right)],
      keys: [work.leftKeys, work.rightKeys],
      timeColumns: [work.leftTime, work.rightTime],
      lowerMillis: work.lowerMillis,
      upperMillis: work.upperMillis,
      earlyMillis,
      groupBy: [dealtBy(node, 0, work.leftKeys), dealtBy(node, 1, work.rightKeys)],
      condition: compile()
    })
}

function compileTemporalJoin(
  work: Of<"temporal-join">,
  node: PlanNode,
  inputs: ReadonlyArray<PlanNode>,
  settings: CodeSettings
): () => Operator {
  const [left, right] = [inputs[0]!, inputs[1]!]
  const compile = conditionOf(work.condition, left, right, settings)
  return () =>
    makeTemporalJoin({
      type: work.type,
      types: [typesOf(left), typesOf(right)],
      keys: [work.leftKeys, work.rightKeys],
      timeColumns: [work.leftTime, work.rightTime],
      groupBy: [dealtBy(node, 0, work.leftKeys), dealtBy(node, 1, work.rightKeys)],
      condition: compile()
    })
}

function compileWindowRank(
  work: Of<"window-rank">,
  node: PlanNode,
  input: PlanNode
): () => Operator {
  refuseUpdates(node, input)
  const types = typesOf(input)
  const groupBy = dealtBy(node, 0, work.partition)
  return () => makeWindowRank({ ...work, types, ties: work.ties ?? "first", groupBy })
}

function compileRank(work: Of<"rank">, node: PlanNode, input: PlanNode): () => Operator {
  const { partition, order, rankFrom, rankTo, withRank } = work
  const shared = {
    types: typesOf(input),
    partition,
    order,
    rankFrom,
    rankTo,
    withRank,
    ties: work.ties ?? "first",
    groupBy: dealtBy(node, 0, partition),
    updateBefore: node.changelog.updateBefore
  } as const
  if (isUpdating(input)) return () => makeRankUpdate(shared)
  return () => makeRank({ ...shared, final: work.final === true })
}

function compileNormalize(
  { keys }: Of<"changelog-normalize">,
  node: PlanNode,
  input: PlanNode
): () => Operator {
  const types = typesOf(input)
  const groupBy = dealtBy(node, 0, keys)
  const { updateBefore } = node.changelog
  return () => makeChangelogNormalize({ types, keys, groupBy, updateBefore })
}
