/**
 * Aggregates and numbered rows of one SELECT. While its expressions are bound, calls are collected and stand in them as columns of numbers
 * that no input has; afterwards the collected calls become relations and the stand-ins columns of these.
 */
import type * as Ast from "../../sql/ast.ts"
import { simple, withNullable } from "../../type/logical-type.ts"
import type { AggregateCall, Expression, SortKey } from "../expression.ts"
import { inferAggregate } from "../function/registry.ts"
import { bindCondition, bindExpression, callName, castTo, scalarScope } from "./bind-expression.ts"
import type { GroupKeys } from "./bind-group-keys.ts"
import { subqueryBase } from "./bind-subquery.ts"
import { input, mapParts, retype, truth } from "./expression-tree.ts"
import { bySet, groupIds, groupingBits, makeGrouping } from "./group-sets.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"
import type { Scope } from "./scope.ts"

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

interface CollectedOver {
  readonly partition: ReadonlyArray<Expression>
  readonly order: ReadonlyArray<
    { readonly of: Expression; readonly descending: boolean; readonly nullsFirst: boolean }
  >
}

/** The calls of one SELECT. */
export class CallCollector {
  readonly #scope: Scope
  readonly #aggregates: Array<CollectedAggregate> = []
  readonly #aggregateKeys: Array<string> = []
  readonly #groupings: Array<CollectedGrouping> = []
  readonly #overs: Array<CollectedOver> = []
  readonly #overKeys: Array<string> = []
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
    if (
      call.orderBy.length > 0 || call.withinGroup.length > 0 || call.nullTreatment !== undefined
    ) {
      throw notSupported(source, call.span, `ORDER BY, WITHIN GROUP or a null treatment in ${name}`)
    }
    const inside = scalarScope(this.#scope, `the arguments of ${name}`)
    const isStar = call.args.length === 1 && call.args[0]!.kind === "star"
    const bound = isStar ? [] : call.args.map((arg) => bindExpression(arg, inside))
    const distinct = call.quantifier === "DISTINCT"
    const inferred = inferAggregate(name, bound.map((arg) => arg.type), distinct)
    if ("problem" in inferred) throw planFault(source, call.span, inferred.problem)
    const args = bound.map((arg, i) =>
      inferred.args[i] === undefined ? arg : castTo(arg, inferred.args[i]!)
    )
    const filter = call.filter &&
      bindCondition(call.filter, scalarScope(this.#scope, `the FILTER of ${name}`))
    const counts = inferred.name === "count" || inferred.name === "sum0"
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

  /** Take a call with OVER; the answer stands for its result. Partition and order may hold aggregates. */
  over(call: Ast.Call, bind: (node: Ast.Expression) => Expression): Expression {
    const { source } = this.#scope.context
    const name = callName(call)
    if (name !== "ROW_NUMBER") throw notSupported(source, call.span, `${name} with OVER`)
    const window = this.#window(call.over!)
    if (window.frame !== undefined) {
      throw notSupported(source, window.frame.span, "A frame in ROW_NUMBER")
    }
    if (window.orderBy.length === 0) {
      throw planFault(source, window.span, "ROW_NUMBER needs an ORDER BY in its OVER clause")
    }
    const partition = window.partitionBy.map(bind)
    const order = window.orderBy.map((item) => ({
      of: bind(item.expression),
      ...directionOf(item)
    }))
    const key = JSON.stringify([partition, order])
    let at = this.#overKeys.indexOf(key)
    if (at < 0) {
      at = this.#overs.push({ partition, order }) - 1
      this.#overKeys.push(key)
    }
    return input(overBase + at, { kind: "BIGINT", nullable: false })
  }

  #window(over: Ast.WindowSpecification | Ast.Identifier): Ast.WindowSpecification {
    const { source } = this.#scope.context
    if (over.kind === "identifier") {
      const found = this.#windows.find((window) => window.name.name === over.name)
      if (found === undefined) {
        throw planFault(source, over.span, `Window '${over.name}' is not known`)
      }
      return this.#window(found.specification)
    }
    if (over.base !== undefined) {
      throw notSupported(source, over.base.span, "A window that refines another")
    }
    return over
  }

  /** Whether any aggregate was met. */
  get hasAggregates(): boolean {
    return this.#aggregates.length > 0
  }

  /** Group the scope's relation; `place` translates bound expressions to the result's columns. */
  group(
    relation: Relation,
    { keys, sets }: GroupKeys
  ): { readonly relation: Relation; readonly place: (expression: Expression) => Expression } {
    const { pool } = this.#scope.context
    const columns = new Columns()
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

  /** Append the row numbers. `place` is that of {@link group}, or identity; the answer's places the numbers too. */
  number(
    relation: Relation,
    place: (expression: Expression) => Expression
  ): { readonly relation: Relation; readonly place: (expression: Expression) => Expression } {
    const { pool } = this.#scope.context
    const numbers: Array<number> = []
    let current = relation
    for (const over of this.#overs) {
      const columns = new Columns(current)
      const partition = over.partition.map((expression) => columns.add(place(expression)))
      const order = over.order.map(({ of, descending, nullsFirst }): SortKey => ({
        column: columns.add(place(of)),
        descending,
        nullsFirst
      }))
      const below = columns.project(pool, current)
      const [first] = order
      const latest = order.length === 1 && first!.descending &&
        below.columns[first!.column]!.rowtime
      current = pool.make({ kind: "number", partition, order, latest }, [below])
      numbers.push(current.columns.length - 1)
    }
    const last = current
    const replace = (expression: Expression): Expression => {
      if (expression.op !== "input") return mapParts(expression, replace)
      if (expression.index < overBase || expression.index >= subqueryBase) return expression
      const at = numbers[expression.index - overBase]!
      return input(at, last.columns[at]!.type)
    }
    return { relation: current, place: (expression) => replace(place(expression)) }
  }
}

/** Columns to compute, each once. */
class Columns {
  readonly #expressions: Array<Expression> = []
  readonly #texts = new Map<string, number>()

  /** `of`: begin with all of its columns. */
  constructor(of?: Relation) {
    of?.columns.forEach((column, index) => this.add(input(index, column.type)))
  }

  add(expression: Expression): number {
    const text = JSON.stringify(expression)
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const at = this.#expressions.push(expression) - 1
    this.#texts.set(text, at)
    return at
  }

  /** Rows that are only counted still need a column to travel in. */
  project(pool: RelationPool, of: Relation): Relation {
    if (this.#expressions.length === 0) this.add(truth(true))
    return pool.project(of, this.#expressions)
  }
}

/** Direction of an ORDER BY item: NULL counts as the lowest value, as in Flink. */
export function directionOf(
  item: Ast.SortItem
): { readonly descending: boolean; readonly nullsFirst: boolean } {
  const descending = item.ascending === false
  return { descending, nullsFirst: item.nulls === undefined ? !descending : item.nulls === "FIRST" }
}
