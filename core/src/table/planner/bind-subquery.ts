/**
 * Queries where a value stands: `(SELECT …)`, `EXISTS`, `x IN (SELECT …)`, `x > ALL (SELECT …)`. While expressions are bound each stands in
 * them as a column of a number that no relation has; afterwards the queries are joined and the stand-ins become columns of the join.
 */
import type * as Ast from "../../sql/ast.ts"
import { simple } from "../../type/logical-type.ts"
import type { AggregateCall, Expression } from "../expression.ts"
import { inferAggregate } from "../function/registry.ts"
import { singleValue } from "../function/single-value.ts"
import { bindExpression, callScalar, type ExpressionScope } from "./bind-expression.ts"
import { literal } from "./bind-literal.ts"
import { Correlation, mapReferences, type Targets } from "./correlation.ts"
import { decorrelate, type OuterQuery } from "./decorrelate.ts"
import { columnsOf, type Free, isSingle, nullableInputs, orMissing } from "./free-query.ts"
import { allOf, input, mapInputs, mapParts, truth } from "./expression-tree.ts"
import { makeJoin } from "./make-join.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import { outerBase, type RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"
import type { Scope } from "./scope.ts"

/** Numbers from here to {@link outerBase} stand for the values of queries. */
export const subqueryBase: number = 2 ** 29 + 2 ** 28

/** A query where a value stands. */
export type SubqueryNode = Ast.Subquery | Ast.Exists | Ast.InQuery | Ast.Quantified

/** A bound query with what it sees of the one around it. */
export interface InnerQuery {
  readonly relation: Relation
  readonly targets: Targets
  readonly node: SubqueryNode
}

/** Whether it is a query where a value stands. */
export function isSubquery(node: Ast.Expression): node is SubqueryNode {
  return node.kind === "subquery" || node.kind === "inQuery" || node.kind === "exists" ||
    (node.kind === "quantified" && node.query !== undefined)
}

/** Bind the query of `node`, which stands in an expression over `scope`. */
export function bindInner(node: SubqueryNode, query: Ast.Query, scope: Scope): InnerQuery {
  const outer = new Correlation(scope)
  const { relation } = scope.context.bindQuery(query, { ...scope.context, outer })
  return { relation, targets: outer.targets, node }
}

/** The operand of IN or of a quantified comparison: one value, or those of a row. */
export function bindOperands(
  operand: Ast.Expression,
  inner: InnerQuery,
  at: ExpressionScope
): ReadonlyArray<Expression> {
  const nodes = operand.kind === "row" && !operand.explicit ? operand.items : [operand]
  const isRow = nodes.length === 1 && operand.kind === "row" && inner.relation.columns.length > 1
  const operands = (isRow && operand.kind === "row" ? operand.items : nodes).map((node) =>
    bindExpression(node, at)
  )
  const { columns } = inner.relation
  if (columns.length !== operands.length) {
    throw planFault(
      at.scope.context.source,
      inner.node.span,
      `${
        inner.node.kind === "inQuery" ? "IN" : "A quantified comparison"
      } compares ${operands.length} values with a query of ${columns.length} columns`
    )
  }
  return operands
}

/** What decorrelation must know of the query around `inner`. */
export function outerOf(inner: InnerQuery, scope: Scope, relation: Relation): OuterQuery {
  const { pool, source } = scope.context
  return {
    pool,
    relation,
    targets: inner.targets,
    refuse: (what) =>
      notSupported(source, inner.node.span, `${what} in a query that uses columns of the outer one`)
  }
}

/** The inner query's conditions and outputs over the columns of the outer relation, then of the inner one. */
export function joinedParts(
  free: Free,
  targets: Targets,
  width: number
): Pick<Free, "conditions" | "outputs" | "missing"> {
  const resolved = (expression: Expression): Expression =>
    mapReferences(expression, targets, (_, target) => target)
  const onto = (expression: Expression): Expression =>
    resolved(
      mapInputs(
        expression,
        (index, type) => input(index >= outerBase ? index : index + width, type)
      )
    )
  return {
    conditions: free.conditions.map(onto),
    outputs: free.outputs.map(onto),
    missing: free.missing?.map(resolved)
  }
}

interface Collected {
  readonly inner: InnerQuery
  readonly stands: Expression
}

/** The queries that stand as values in the expressions of one clause. */
export class Subqueries {
  readonly #scope: Scope
  readonly #collected: Array<Collected> = []

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Whether no query was met. */
  get isEmpty(): boolean {
    return this.#collected.length === 0
  }

  /** Take a query; the answer stands for its value. */
  take(node: SubqueryNode, at: ExpressionScope): Expression {
    switch (node.kind) {
      case "subquery":
        return this.#scalar(node)
      case "exists":
        return this.#exists(node, at)
      case "inQuery":
        return this.#quantified(node, node.query, node.operand, "=", node.negated, at)
      case "quantified": {
        const isAll = node.quantifier === "ALL"
        const operator = isAll ? opposites[node.operator]! : node.operator
        return this.#quantified(node, node.query!, node.operand, operator, isAll, at)
      }
    }
  }

  #scalar(node: Ast.Subquery): Expression {
    const { pool, source } = this.#scope.context
    const inner = bindInner(node, node.query, this.#scope)
    if (inner.relation.columns.length !== 1) {
      throw planFault(
        source,
        node.span,
        `A query that stands as a value must have one column, but has ${inner.relation.columns.length}`
      )
    }
    const relation = isSingle(inner.relation) ? inner.relation : onlyRow(pool, inner.relation)
    return this.#add({ ...inner, relation })
  }

  #exists(node: Ast.Exists, at: ExpressionScope): Expression {
    if (node.test !== "EXISTS") {
      throw notSupported(this.#scope.context.source, node.span, node.test)
    }
    const inner = bindInner(node, node.query, this.#scope)
    return callScalar(at, ">", [this.#count(inner, undefined), literal("0", bigint)], node.span)
  }

  /** TRUE when a value compares so, UNKNOWN when one might, else FALSE; or the negation. */
  #quantified(
    node: Ast.InQuery | Ast.Quantified,
    query: Ast.Query,
    operand: Ast.Expression,
    operator: string,
    negated: boolean,
    at: ExpressionScope
  ): Expression {
    const bound = bindInner(node, query, this.#scope)
    const operands = bindOperands(operand, bound, at)
    const { pool } = this.#scope.context
    // The operands are values of the outer query that the inner one looks at.
    const targets = new Map(bound.targets)
    const references = operands.map((value) => {
      const index = pool.reference()
      targets.set(index, value)
      return input(index, value.type)
    })
    const inner: InnerQuery = { ...bound, targets }
    const test = references.map((reference, i) =>
      callScalar(at, operator, [reference, columnsOf(inner.relation)[i]!], node.span)
    ).reduce((left, right) => callScalar(at, "AND", [left, right], node.span))
    const zero = literal("0", bigint)
    const isSome = callScalar(at, ">", [this.#count(inner, test), zero], node.span)
    const branches = [isSome, truth(true)]
    if (test.type.nullable) {
      const unknown = callScalar(at, "IS UNKNOWN", [test], node.span)
      const mayBe = callScalar(at, ">", [this.#count(inner, unknown), zero], node.span)
      branches.push(mayBe, literal(null, simple("BOOLEAN", true)))
    }
    const value = branches.length === 2
      ? isSome
      : callScalar(at, "CASE", [...branches, truth(false)], node.span)
    return negated ? callScalar(at, "NOT", [value], node.span) : value
  }

  /** How many rows of a query fulfil the condition. */
  #count(inner: InnerQuery, condition: Expression | undefined): Expression {
    const { pool } = this.#scope.context
    const call: AggregateCall = {
      name: "count",
      args: [],
      filter: undefined,
      distinct: false,
      type: bigint
    }
    const counted = pool.make({
      kind: "aggregate",
      keys: [],
      calls: [call],
      window: undefined
    }, [pool.filter(inner.relation, condition)])
    return this.#add({ ...inner, relation: counted })
  }

  #add(inner: InnerQuery): Expression {
    const { type } = inner.relation.columns[0]!
    const isCount = inner.relation.work.kind === "aggregate" && !type.nullable
    const stands = input(
      subqueryBase + this.#collected.length,
      isCount ? type : { ...type, nullable: true }
    )
    this.#scope.context.spans.set(stands, inner.node.span)
    this.#collected.push({ inner, stands })
    return stands
  }

  /** Join the queries with `relation`. `place` translates expressions of the scope to it; the answer's translates stand-ins too. */
  attach(
    relation: Relation,
    place: (expression: Expression) => Expression
  ): { readonly relation: Relation; readonly place: (expression: Expression) => Expression } {
    if (this.isEmpty) return { relation, place }
    let current = relation
    const values: Array<Expression> = []
    const replace = (expression: Expression): Expression => {
      if (expression.op !== "input") return mapParts(expression, replace)
      const at = expression.index - subqueryBase
      return at >= 0 && expression.index < outerBase ? values[at]! : expression
    }
    for (const { inner, stands } of this.#collected) {
      const targets = new Map(
        [...inner.targets].map(([index, target]) => [index, replace(place(target))] as const)
      )
      const joined = this.#join({ ...inner, targets }, current, stands)
      current = joined.relation
      values.push(joined.value)
    }
    return { relation: current, place: (expression) => replace(place(expression)) }
  }

  #join(
    inner: InnerQuery,
    relation: Relation,
    stands: Expression
  ): { readonly relation: Relation; readonly value: Expression } {
    const { pool } = this.#scope.context
    const free = decorrelate(inner.relation, outerOf(inner, this.#scope, relation))
    const marked = pool.project(free.relation, [...columnsOf(free.relation), truth(true)])
    const width = relation.columns.length
    const { conditions, outputs, missing } = joinedParts(free, inner.targets, width)
    const join = makeJoin(pool, {
      type: "left",
      left: relation,
      right: marked,
      leftKeys: [],
      rightKeys: [],
      condition: allOf(conditions)
    })
    const marker = join.columns.length - 1
    const value = orMissing(
      nullableInputs(outputs[0]!, width),
      input(marker, join.columns[marker]!.type),
      missing?.[0] ?? literal(null, { ...stands.type, nullable: true })
    )
    return { relation: join, value }
  }
}

const bigint = simple("BIGINT", false)

const opposites: Readonly<Record<string, string>> = {
  "=": "<>",
  "<>": "=",
  "!=": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<"
}

/** The one row of a query that may have more, which is a fault when it runs. */
function onlyRow(pool: RelationPool, of: Relation): Relation {
  const { type } = of.columns[0]!
  const picked = inferAggregate("MAX", [type], false)
  const name = "problem" in picked ? "first_value" : "max"
  const calls: ReadonlyArray<AggregateCall> = [
    { name, args: [0], filter: undefined, distinct: false, type: { ...type, nullable: true } },
    { name: "count", args: [], filter: undefined, distinct: false, type: bigint }
  ]
  const aggregate = pool.make({ kind: "aggregate", keys: [], calls, window: undefined }, [of])
  const [value, count] = columnsOf(aggregate) as [Expression, Expression]
  return pool.project(aggregate, [
    { op: "call", name: singleValue, args: [value, count], type: value.type }
  ])
}
