/**
 * `JOIN t FOR SYSTEM_TIME AS OF x`. At an event time of the left side a row goes with the version that the other table had then, which must
 * have a primary key and event time, or be a view that keeps the latest row per key. At processing time the row is looked up.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { bindCondition, bindExpression, scalarScope } from "./bind-expression.ts"
import { bindLookup } from "./bind-lookup.ts"
import { conjunctsOf } from "./expression-tree.ts"
import { makeJoin } from "./make-join.ts"
import { isProcessingTime } from "./over-calls.ts"
import { planFault } from "./plan-fault.ts"
import { isKind, type Relation } from "./relation.ts"
import type { BindContext, Scope } from "./scope.ts"

/** A relation whose rows are versions of a row per key. */
interface Versions {
  readonly relation: Relation
  readonly keys: ReadonlyArray<number>
}

/** The table with its time and what the join says. `right` names the columns of the table, as of now. */
export interface TimedTable {
  readonly join: Ast.Join
  readonly table: Ast.NamedTable
  readonly left: Scope
  readonly right: Scope
}

/** Bind the join of `left` with the table as of a time of it. */
export function bindTemporal(given: TimedTable): Scope {
  const { join, table, left } = given
  const { source } = left.context
  if (join.type === "RIGHT" || join.type === "FULL" || join.natural || join.using !== undefined) {
    throw planFault(
      source,
      join.span,
      "FOR SYSTEM_TIME AS OF stands on the right side of JOIN … ON or LEFT JOIN … ON only"
    )
  }
  const time = bindExpression(
    table.systemTime!,
    scalarScope(left, "FOR SYSTEM_TIME AS OF")
  )
  if (time.op === "input" && left.relation.columns[time.index]?.rowtime === true) {
    return joinVersions(given, time.index)
  }
  const isNow = time.op === "input"
    ? isProcessingTime(left.relation, time.index)
    : time.op === "call" && time.name === "proctime"
  if (isNow) return bindLookup(given, conditionOf(given))
  throw planFault(
    source,
    table.systemTime!.span,
    "FOR SYSTEM_TIME AS OF wants the event time of the left table, or PROCTIME()",
    "Name the column that the left table has a WATERMARK for"
  )
}

/** What ON says, over the columns of both sides. */
function conditionOf({ join, left, right }: TimedTable): Expression | undefined {
  const width = left.relation.columns.length
  const { context } = left
  const both: Scope = {
    context,
    relation: context.pool.make(
      { kind: "join", type: "inner", leftKeys: [], rightKeys: [], condition: undefined },
      [left.relation, right.relation]
    ),
    columns: [
      ...left.columns,
      ...right.columns.map((column) => ({ ...column, index: column.index + width }))
    ]
  }
  return join.on && bindCondition(join.on, scalarScope(both, "ON"))
}

function joinVersions(given: TimedTable, leftTime: number): Scope {
  const { join, table, left, right } = given
  const { context } = left
  const fail = (problem: string, hint: string): Error =>
    planFault(context.source, table.span, problem, hint)
  const versions = versionsOf(right.relation, context)
  const rightTime = versions?.relation.columns.findIndex((column) => column.rowtime) ?? -1
  if (versions === undefined || rightTime < 0) {
    throw fail(
      "The right side of FOR SYSTEM_TIME AS OF must have versions, but this table has no primary key or no event time",
      "Declare PRIMARY KEY (…) NOT ENFORCED and a WATERMARK, or use a view that keeps the latest row per key by ROW_NUMBER"
    )
  }
  if (
    left.relation.columns[leftTime]!.type.kind !== versions.relation.columns[rightTime]!.type.kind
  ) {
    throw fail(
      "Both event times of FOR SYSTEM_TIME AS OF must be of one type",
      "Use TIMESTAMP(3) or TIMESTAMP_LTZ(3) on both sides"
    )
  }
  const condition = conditionOf(given)
  const joined = makeJoin(context.pool, {
    type: join.type === "LEFT" ? "left" : "inner",
    left: left.relation,
    right: versions.relation,
    leftKeys: [],
    rightKeys: [],
    temporal: { leftTime, rightTime },
    condition
  })
  const made = isKind(joined, "join") ? joined : joined.inputs[0]!
  const keys = isKind(made, "join") ? made.work.rightKeys : []
  const missing = versions.keys.find((key) => !keys.includes(key))
  if (missing !== undefined) {
    throw fail(
      `The condition of FOR SYSTEM_TIME AS OF must compare the whole key of the right side, and '${
        versions.relation.columns[missing]!.name
      }' of it is not compared`,
      "Add it to ON by ="
    )
  }
  const width = left.relation.columns.length
  const shifted = right.columns.map((column) => ({ ...column, index: column.index + width }))
  return { context, relation: joined, columns: [...left.columns, ...shifted] }
}

/** The rows that a table, or a view that keeps the latest row per key, has had, with the key. */
function versionsOf(relation: Relation, context: BindContext): Versions | undefined {
  if (isKind(relation, "scan")) {
    const { primaryKey } = context.tables.get(relation.work.table)!
    const keys = primaryKey.map((name) =>
      relation.columns.findIndex((column) => column.name === name)
    )
    return keys.length === 0 || keys.includes(-1) ? undefined : { relation, keys }
  }
  if (isKind(relation, "watermark")) {
    const below = versionsOf(relation.inputs[0]!, context)
    return below && { relation, keys: below.keys }
  }
  if (isKind(relation, "filter")) return latestOf(relation)
  if (!isKind(relation, "project")) return undefined
  const below = versionsOf(relation.inputs[0]!, context)
  if (below === undefined) return undefined
  const { expressions } = relation.work
  const width = below.relation.columns.length
  if (!expressions.every((expression) => reaches(expression, width))) return undefined
  const keys = below.keys.map((key) =>
    expressions.findIndex((expression) => expression.op === "input" && expression.index === key)
  )
  const names = relation.columns.map((column) => column.name)
  return keys.includes(-1)
    ? undefined
    : { relation: context.pool.project(below.relation, expressions, names), keys }
}

/** Every row was once the latest one of its partition, so all of them are versions. */
function latestOf(relation: Relation): Versions | undefined {
  const below = relation.inputs[0]!
  if (!isKind(relation, "filter") || !isKind(below, "number") || !below.work.latest) {
    return undefined
  }
  const source = below.inputs[0]!
  const number = source.columns.length
  const isFirst = conjunctsOf(relation.work.condition).every((conjunct) =>
    conjunct.op === "call" && conjunct.name === "equals" &&
    conjunct.args.some((arg) => bare(arg).op === "input" && isColumn(bare(arg), number)) &&
    conjunct.args.some((arg) => isOne(bare(arg)))
  )
  return isFirst ? { relation: source, keys: below.work.partition } : undefined
}

function bare(expression: Expression): Expression {
  return expression.op === "cast" ? bare(expression.of) : expression
}

function isColumn(expression: Expression, column: number): boolean {
  return expression.op === "input" && expression.index === column
}

function isOne(expression: Expression): boolean {
  return expression.op === "literal" && expression.value === "1"
}

/** Whether an expression looks at the first `width` columns only. */
function reaches(expression: Expression, width: number): boolean {
  if (expression.op === "input") return expression.index < width
  if (expression.op === "call") return expression.args.every((arg) => reaches(arg, width))
  return expression.op === "literal" || reaches(expression.of, width)
}
