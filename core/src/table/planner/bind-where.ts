/** WHERE: plain conditions become a filter, `x IN (query)` a semi join. */
import type * as Ast from "../../sql/ast.ts"
import { format } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { bindCondition, bindExpression, callScalar, scalarScope } from "./bind-expression.ts"
import { allOf, input } from "./expression-tree.ts"
import { makeJoin } from "./make-join.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { Scope } from "./scope.ts"

/** The scope with only the rows for which the condition is TRUE. */
export function bindWhere(node: Ast.Expression | undefined, scope: Scope): Scope {
  if (node === undefined) return scope
  const at = scalarScope(scope, "WHERE")
  const plain: Array<Expression> = []
  const queries: Array<Ast.InQuery> = []
  for (const conjunct of syntaxConjuncts(node)) {
    if (conjunct.kind === "inQuery") queries.push(conjunct)
    else plain.push(bindCondition(conjunct, at))
  }
  let relation = scope.context.pool.filter(scope.relation, allOf(plain))
  for (const query of queries) relation = semiJoin({ ...scope, relation }, query)
  return { ...scope, relation }
}

function syntaxConjuncts(node: Ast.Expression): ReadonlyArray<Ast.Expression> {
  return node.kind === "binary" && node.operator === "AND"
    ? [...syntaxConjuncts(node.left), ...syntaxConjuncts(node.right)]
    : [node]
}

function semiJoin(scope: Scope, node: Ast.InQuery): Scope["relation"] {
  const { context, relation } = scope
  const at = scalarScope(scope, "WHERE")
  const operands = node.operand.kind === "row" && !node.operand.explicit
    ? node.operand.items
    : [node.operand]
  const left = operands.map((operand) => bindExpression(operand, at))
  const right = context.bindQuery(node.query, context).relation
  if (right.columns.length !== left.length) {
    throw planFault(
      context.source,
      node.query.span,
      `IN compares ${left.length} values with a query of ${right.columns.length} columns`
    )
  }
  const nullable = left.some((key) => key.type.nullable) ||
    right.columns.some((column) => column.type.nullable)
  if (node.negated && nullable) {
    throw notSupported(
      context.source,
      node.span,
      `NOT IN with a query whose values (${
        right.columns.map((column) => format(column.type)).join(", ")
      }) may be NULL`
    )
  }
  const width = relation.columns.length
  const condition = allOf(
    left.map((key, i) =>
      callScalar(at, "=", [key, input(width + i, right.columns[i]!.type)], node.span)
    )
  )
  return makeJoin(context.pool, {
    type: node.negated ? "anti" : "semi",
    left: relation,
    right,
    leftKeys: [],
    rightKeys: [],
    condition
  })
}
