/**
 * Aggregates and numbered rows of one SELECT. While its expressions are bound, calls are collected and stand in them as columns of numbers
 * that no input has; afterwards the collected calls become relations and the stand-ins columns of these.
 */
import type * as Ast from "../../sql/ast.ts"
import { simple, withNullable } from "../../type/logical-type.ts"
import type { AggregateCall, Expression } from "../expression.ts"
import { aggregateName } from "./aggregate-name.ts"
import { inferAggregate } from "../function/registry.ts"
import {
  bindCondition,
  bindExpression,
  callName,
  castTo,
  type ExpressionScope,
  scalarScope,
  userFunction
} from "./bind-expression.ts"
import type { GroupKeys } from "./bind-group-keys.ts"
import { subqueryBase } from "./bind-subquery.ts"
import { ComputedColumns } from "./computed-columns.ts"
import { input, mapParts, retype } from "./expression-tree.ts"
import { bySet, groupIds, groupingBits, makeGrouping } from "./group-sets.ts"
import { OverCalls, type Placed } from "./over-calls.ts"
import { planFault } from "./plan-fault.ts"
import type { Relation } from "./relation.ts"
import type { BindContext, Scope } from "./scope.ts"
import { inferUser } from "../user/user-call.ts"

const groupingBase = 2 ** 27
const aggregateBase = 2 ** 28
const overBase = 2 ** 29

interface CollectedAggregate {
  readonly name: string
  readonly args: ReadonlyArray<Expression>
  readonly filter: Expression | undefined
  readonly distinct: boolean
  readonly expression: Expression
}

/** GROUPING, GROUPING_ID or GROUP_ID. */
interface CollectedGrouping {
  readonly call: Ast.Call
  readonly args: ReadonlyArray<Expression>
}

const groupingNames: ReadonlySet<string> = new Set(["GROUPING", "GROUPING_ID", "GROUP_ID"])

/** The types of an aggregate, which may be a user's. */
function inferCall(
  context: BindContext,
  call: Ast.Call,
  name: string,
  args: ReadonlyArray<Expression>,
  distinct: boolean
): ReturnType<typeof inferAggregate> {
  const types = args.map((arg) => arg.type)
  const user = userFunction(call, context)
  if (user === undefined) return inferAggregate(name, types, distinct)
  const signature = inferUser(user, types)
  return typeof signature === "string" ? { problem: signature } : { name: user.name, ...signature }
}

/** The calls of one SELECT. */
export class CallCollector {
  readonly #scope: Scope
  readonly #aggregates: Array<CollectedAggregate> = []
  readonly #aggregateKeys: Array<string> = []
  readonly #groupings: Array<CollectedGrouping> = []
  readonly #overs = new OverCalls(overBase, subqueryBase)
  readonly #windows: ReadonlyArray<Ast.Select["windows"][number]>
  readonly grouped: boolean

  constructor(scope: Scope, grouped: boolean, windows: Ast.Select["windows"]) {
    this.#scope = scope
    this.grouped = grouped
    this.#windows = windows
  }

  /** Take an aggregate call; the answer stands for its result. */
  aggregate(call: Ast.Call): Expression {
    const { source } = this.#scope.context
    const name = callName(call)
    if (groupingNames.has(name)) return this.#grouping(call)
    const meant = aggregateName(source, call, name)
    const inside = scalarScope(this.#scope, `the arguments of ${name}`)
    const isStar = call.args.length === 1 && call.args[0]!.kind === "star"
    const bound = isStar ? [] : call.args.map((arg) => bindExpression(arg, inside))
    const { distinct } = meant
    const inferred = inferCall(this.#scope.context, call, meant.name, bound, distinct)
    if ("problem" in inferred) throw planFault(source, call.span, inferred.problem)
    const args = bound.map((arg, i) =>
      inferred.args[i] === undefined ? arg : castTo(arg, inferred.args[i]!)
    )
    const filter = call.filter &&
      bindCondition(call.filter, scalarScope(this.#scope, `the FILTER of ${name}`))
    const counts = /^(count$|sum0$|collect$|json_|user)/.test(inferred.name)
    const nullable = inferred.type.nullable || (!counts && (filter !== undefined || !this.grouped))
    const type = withNullable(inferred.type, nullable)
    const key = JSON.stringify([inferred.name, args, filter, distinct])
    const known = this.#aggregateKeys.indexOf(key)
    if (known >= 0) return this.#aggregates[known]!.expression
    const expression = input(aggregateBase + this.#aggregates.length, type)
    this.#scope.context.spans.set(expression, call.span)
    this.#aggregateKeys.push(key)
    this.#aggregates.push({ name: inferred.name, args, filter, distinct, expression })
    return expression
  }

  #grouping(call: Ast.Call): Expression {
    const inside = scalarScope(this.#scope, callName(call))
    const args = call.args.map((arg) => bindExpression(arg, inside))
    const type = simple("BIGINT", false)
    return input(groupingBase + this.#groupings.push({ call, args }) - 1, type)
  }

  /** Take a call with OVER; the answer stands for its result. Its parts, which stand at `at`, may hold aggregates. */
  over(call: Ast.Call, at: ExpressionScope): Expression {
    return this.#overs.take(call, this.#windows, at)
  }

  /** Whether any aggregate was met. */
  get hasAggregates(): boolean {
    return this.#aggregates.length > 0
  }

  /** Group the scope's relation; `place` translates bound expressions to the result's columns. */
  group(
    relation: Relation,
    { keys, sets }: GroupKeys
  ): Placed {
    const { pool } = this.#scope.context
    const columns = new ComputedColumns()
    const keyNumbers = keys.map((key) => columns.add(key))
    const calls = this.#aggregates.map((call): AggregateCall => ({
      name: call.name,
      args: call.args.map((arg) => columns.add(arg)),
      filter: call.filter === undefined ? undefined : columns.add(call.filter),
      distinct: call.distinct,
      type: call.expression.type
    }))
    const prepared = columns.project(pool, relation)
    const grouped = makeGrouping(pool, prepared, keyNumbers, sets, calls)
    const given = grouped.relation.columns
    const byKey = new Map(keys.map((key, i): [string, number] => [JSON.stringify(key), i]))
    const groupings = this.#groupings.map((one) => bySet(this.#bits(one, byKey, sets), grouped))
    const place = (expression: Expression): Expression => {
      const key = byKey.get(JSON.stringify(expression))
      if (key !== undefined) return input(key, given[key]!.type)
      if (expression.op !== "input") return retype(expression, mapParts(expression, place))
      if (expression.index >= overBase) return expression
      if (expression.index >= aggregateBase) {
        const at = grouped.callsFrom + expression.index - aggregateBase
        return input(at, given[at]!.type)
      }
      if (expression.index >= groupingBase) return groupings[expression.index - groupingBase]!
      throw this.#ungrouped(relation, expression, expression.index)
    }
    return { relation: grouped.relation, place }
  }

  #bits(
    { call, args }: CollectedGrouping,
    byKey: ReadonlyMap<string, number>,
    sets: GroupKeys["sets"]
  ): ReadonlyArray<number> {
    const name = callName(call)
    if (name === "GROUP_ID" && args.length === 0) return groupIds(sets)
    const numbers = args.map((arg) => byKey.get(JSON.stringify(arg)))
    if (numbers.includes(undefined) || numbers.length === 0 || name === "GROUP_ID") {
      throw planFault(
        this.#scope.context.source,
        call.span,
        name === "GROUP_ID"
          ? "GROUP_ID takes no arguments"
          : `${name} takes expressions that stand in GROUP BY`
      )
    }
    return groupingBits(numbers as ReadonlyArray<number>, sets)
  }

  #ungrouped(relation: Relation, expression: Expression, index: number): Error {
    const { context, columns } = this.#scope
    const name = columns.find((column) => column.index === index)?.name ??
      relation.columns[index]!.name
    const span = context.spans.get(expression) ?? { start: 0, end: 0 }
    return planFault(
      context.source,
      span,
      `Column '${name}' stands neither in GROUP BY nor within an aggregate`,
      `Add it to GROUP BY, or write MIN(${name}) or MAX(${name})`
    )
  }

  /** Append the results of OVER. `place` is that of {@link group}, or identity. */
  number(relation: Relation, place: Placed["place"]): Placed {
    return this.#overs.append(this.#scope.context.pool, relation, place)
  }
}
