/**
 * ORDER BY, OFFSET and LIMIT of a query. What is ordered by is a column of the result, its number, an expression over the result, or one over
 * what a SELECT reads, which then is computed beside the result and left out again.
 */
import type * as Ast from "../../sql/ast.ts"
import type { SortKey } from "../expression.ts"
import { bindExpression, scalarScope } from "./bind-expression.ts"
import { directionOf } from "./bind-over.ts"
import { ComputedColumns } from "./computed-columns.ts"
import { input, inputsOf } from "./expression-tree.ts"
import { timeOf } from "./over-calls.ts"
import { notSupported, PlanFault, planFault } from "./plan-fault.ts"
import { outerBase } from "./relation-pool.ts"
import { isKind, type Relation } from "./relation.ts"
import { type BindContext, type Bound, type Scope, scopeOf } from "./scope.ts"

/** Bind a query with an order or a limit. */
export function bindOrdered(node: Ast.OrderedQuery, context: BindContext): Bound {
  const { source, pool } = context
  if (node.fetch === undefined && node.offset !== undefined) {
    throw notSupported(source, node.offset.span, "OFFSET without LIMIT")
  }
  const plain = context.bindQuery(node.body, context)
  const hidden = hiddenItems(node, scopeOf(context, plain, []))
  const body = hidden.length === 0
    ? plain
    : context.bindQuery(withItems(node.body, hidden), context)
  const width = plain.names.length
  const scope = scopeOf(context, body, [])
  const columns = new ComputedColumns(body.relation)
  const order = node.orderBy.map((item): SortKey => {
    const at = hidden.indexOf(item)
    const column = at >= 0 ? width + at : orderColumn(item, scope, columns, width)
    return { column, ...directionOf(item) }
  })
  const sorted = limited(node, scope, columns.project(pool, body.relation), order)
  const names = plain.names
  if (sorted.columns.length === width) return { relation: sorted, names }
  const kept = sorted.columns.slice(0, width).map((column, i) => input(i, column.type))
  return { relation: pool.project(sorted, kept, names), names }
}

/** The query as what it is within another, which does not see its order. */
export function withoutOrder(bound: Bound): Bound {
  const { relation, names } = bound
  return isKind(relation, "sort") ? { relation: relation.inputs[0]!, names } : bound
}

function limited(
  node: Ast.OrderedQuery,
  scope: Scope,
  of: Relation,
  order: ReadonlyArray<SortKey>
): Relation {
  const { pool, source } = scope.context
  if (node.fetch === undefined) {
    return pool.make({ kind: "sort", order, timed: timeOf(of, order.slice(0, 1)) }, [of])
  }
  const skipped = node.offset === undefined ? 0 : bindCount(node.offset, scope, "OFFSET")
  const count = bindCount(node.fetch, scope, "LIMIT")
  if (count === 0) throw notSupported(source, node.fetch.span, "LIMIT 0")
  return pool.make({
    kind: "rank",
    partition: [],
    order,
    from: skipped + 1,
    to: skipped + count,
    windowEnd: undefined,
    withRank: false,
    latest: false
  }, [of])
}

/** The items that only stand in what the SELECT reads. */
function hiddenItems(node: Ast.OrderedQuery, result: Scope): ReadonlyArray<Ast.SortItem> {
  if (node.body.kind !== "select" || node.body.quantifier === "DISTINCT") return []
  return node.orderBy.filter(({ expression }) => {
    if (expression.kind === "number") return false
    try {
      bindExpression(expression, scalarScope(result, "ORDER BY"))
      return false
    } catch (fault) {
      if (fault instanceof PlanFault) return true
      throw fault
    }
  })
}

function withItems(body: Ast.Query, hidden: ReadonlyArray<Ast.SortItem>): Ast.Query {
  if (body.kind !== "select") throw new Error("Broken invariant: only a SELECT has hidden items")
  const items = hidden.map(({ expression, span }): Ast.SelectItem => ({
    kind: "selectItem",
    expression,
    alias: undefined,
    span
  }))
  return { ...body, items: [...body.items, ...items] }
}

/** The column that an item names, or a new one that it computes; `width` columns have names. */
function orderColumn(
  item: Ast.SortItem,
  scope: Scope,
  columns: ComputedColumns,
  width: number
): number {
  const { source } = scope.context
  const { expression } = item
  if (expression.kind === "number" && expression.form === "integer") {
    const column = Number(expression.text) - 1
    if (column >= 0 && column < width) return column
    throw planFault(
      source,
      item.span,
      `ORDER BY ${expression.text} names no column: the query has ${width}`
    )
  }
  const bound = bindExpression(expression, scalarScope(scope, "ORDER BY"))
  if ([...inputsOf(bound)].some((index) => index >= outerBase)) {
    throw notSupported(source, item.span, "ORDER BY a column of an outer query")
  }
  return columns.add(bound)
}

function bindCount(node: Ast.Expression, scope: Scope, what: string): number {
  const bound = bindExpression(node, scalarScope(scope, what))
  if (bound.op === "literal" && typeof bound.value === "string" && /^\d+$/.test(bound.value)) {
    return Number(bound.value)
  }
  throw planFault(
    scope.context.source,
    node.span,
    `${what} must be a whole number, written as a constant`
  )
}
