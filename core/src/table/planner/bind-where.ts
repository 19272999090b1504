/**
 * Conditions of WHERE and HAVING. Conjuncts that ask whether a query has a row (`EXISTS`, `IN`, comparisons with SOME and ALL, and their
 * negations) become semi and anti joins; queries elsewhere in a condition are joined as values; what is left is a filter.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { bindCondition, callScalar, type ExpressionScope, scalarScope } from "./bind-expression.ts"
import {
  bindInner,
  bindOperands,
  type InnerQuery,
  isSubquery,
  joinedParts,
  outerOf,
  Subqueries,
  type SubqueryNode
} from "./bind-subquery.ts"
import { decorrelate } from "./decorrelate.ts"
import { allOf, truth } from "./expression-tree.ts"
import { makeAggregate } from "./make-aggregate.ts"
import { makeJoin } from "./make-join.ts"
import { notSupported } from "./plan-fault.ts"
import type { RelationPool } from "./relation-pool.ts"
import { isKind, type Relation } from "./relation.ts"
import type { Scope } from "./scope.ts"

/** The scope with only the rows for which the condition is TRUE. */
export function bindWhere(node: Ast.Expression | undefined, scope: Scope): Scope {
  if (node === undefined) return scope
  const conditions = new Conditions(scope)
  conditions.bind(node, scalarScope(scope, "WHERE"))
  return { ...scope, relation: conditions.apply(scope.relation, (expression) => expression) }
}

type Place = (expression: Expression) => Expression

/** A conjunct that asks whether a query has a row for which the operands compare so. */
interface RowTest {
  readonly inner: InnerQuery
  readonly type: "semi" | "anti"
  readonly operands: ReadonlyArray<Expression>
  readonly operator: string
  readonly at: ExpressionScope
}

/** The condition of one clause: bound first, applied to the relation when its aggregates are there. */
export class Conditions {
  readonly #scope: Scope
  readonly #subqueries: Subqueries
  readonly #plain: Array<Expression> = []
  readonly #tests: Array<RowTest> = []

  constructor(scope: Scope) {
    this.#scope = scope
    this.#subqueries = new Subqueries(scope)
  }

  /** Bind all conjuncts of `node`. */
  bind(node: Ast.Expression, at: ExpressionScope): void {
    const inside: ExpressionScope = {
      ...at,
      subquery: (inner, from) => this.#subqueries.take(inner, from)
    }
    for (const conjunct of syntaxConjuncts(node)) {
      const { node: test, negated } = bareTest(conjunct)
      if (isSubquery(test) && test.kind !== "subquery") {
        this.#tests.push(this.#test(test, negated, inside))
      } else this.#plain.push(bindCondition(conjunct, inside))
    }
  }

  #test(node: Exclude<SubqueryNode, Ast.Subquery>, negated: boolean, at: ExpressionScope): RowTest {
    const query = node.query!
    const inner = bindInner(node, query, this.#scope)
    if (node.kind === "exists") {
      if (node.test !== "EXISTS") {
        throw notSupported(this.#scope.context.source, node.span, node.test)
      }
      return { inner, type: negated ? "anti" : "semi", operands: [], operator: "", at }
    }
    const operands = bindOperands(node.operand, inner, at)
    if (node.kind === "inQuery") {
      const type = node.negated === negated ? "semi" : "anti"
      return { inner, type, operands, operator: "=", at }
    }
    const isAll = node.quantifier === "ALL"
    return {
      inner,
      type: isAll === negated ? "semi" : "anti",
      operands,
      operator: isAll ? negations[node.operator]! : node.operator,
      at
    }
  }

  /** The relation with only the rows for which the conditions hold; `place` translates expressions of the scope to it. */
  apply(relation: Relation, place: Place): Relation {
    const { pool } = this.#scope.context
    const attached = this.#subqueries.attach(relation, place)
    let current = filtered(pool, attached.relation, allOf(this.#plain.map(attached.place)))
    for (const test of this.#tests) current = this.#join(current, test, attached.place)
    return current
  }

  #join(relation: Relation, test: RowTest, place: Place): Relation {
    const { pool } = this.#scope.context
    const targets = new Map(
      [...test.inner.targets].map(([index, target]) => [index, place(target)] as const)
    )
    const inner = { ...test.inner, targets }
    const free = decorrelate(inner.relation, outerOf(inner, this.#scope, relation))
    // An aggregation without keys always has its row.
    if (free.missing !== undefined && test.operands.length === 0) {
      return test.type === "semi" ? relation : pool.filter(relation, truth(false))
    }
    const { conditions, outputs } = joinedParts(free, targets, relation.columns.length)
    const compared = test.operands.map((operand, i) => {
      const args = [place(operand), outputs[i]!]
      const equal = callScalar(test.at, test.operator, args, test.inner.node.span)
      // NOT IN keeps a row only if all comparisons are FALSE.
      return test.type === "anti" && equal.type.nullable
        ? callScalar(test.at, "IS NOT FALSE", [equal], test.inner.node.span)
        : equal
    })
    const condition = allOf([...conditions, ...compared])
    return makeJoin(pool, {
      type: test.type,
      left: relation,
      right: condition === undefined ? anyRow(free.relation, this.#scope) : free.relation,
      leftKeys: [],
      rightKeys: [],
      condition
    })
  }
}

/** A condition behind an inner join is part of it: only so is it known whether event times lie within an interval. */
function filtered(
  pool: RelationPool,
  of: Relation,
  condition: Expression | undefined
): Relation {
  if (
    condition === undefined || !isKind(of, "join") || of.work.type !== "inner" ||
    of.work.temporal !== undefined
  ) {
    return pool.filter(of, condition)
  }
  const [left, right] = of.inputs as [Relation, Relation]
  const whole = allOf([...of.work.condition === undefined ? [] : [of.work.condition], condition])
  return makeJoin(pool, { ...of.work, left, right, condition: whole })
}

/** One row when the relation has any: it changes less often, and is all that an uncorrelated EXISTS looks at. */
function anyRow(of: Relation, { context: { pool } }: Scope): Relation {
  return makeAggregate(pool, pool.project(of, [truth(true)]), [0], [])
}

const negations: Readonly<Record<string, string>> = {
  "=": "<>",
  "<>": "=",
  "!=": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<"
}

function syntaxConjuncts(node: Ast.Expression): ReadonlyArray<Ast.Expression> {
  return node.kind === "binary" && node.operator === "AND"
    ? [...syntaxConjuncts(node.left), ...syntaxConjuncts(node.right)]
    : [node]
}

/** What stands below NOT. */
function bareTest(
  node: Ast.Expression
): { readonly node: Ast.Expression; readonly negated: boolean } {
  if (node.kind !== "unary" || node.operator !== "NOT") return { node, negated: false }
  const below = bareTest(node.operand)
  return { node: below.node, negated: !below.negated }
}
