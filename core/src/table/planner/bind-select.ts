/** SELECT: FROM, WHERE, GROUP BY, HAVING, the list, QUALIFY and DISTINCT, in the order in which they take effect. */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import {
  bindCondition,
  bindExpression,
  type ExpressionScope,
  isAggregate
} from "./bind-expression.ts"
import { bindFrom } from "./bind-from.ts"
import { bindGroupKeys } from "./bind-group-keys.ts"
import { CallCollector } from "./bind-grouping.ts"
import { type GroupWindow, groupWindowOf, windowProperty } from "./bind-group-window.ts"
import { Subqueries } from "./bind-subquery.ts"
import { bindWhere, Conditions } from "./bind-where.ts"
import { input, truth } from "./expression-tree.ts"
import { makeAggregate } from "./make-aggregate.ts"
import { planFault, suggest } from "./plan-fault.ts"
import { selectHints } from "./select-hints.ts"
import { type BindContext, type Bound, columnsOfTable, type Scope } from "./scope.ts"

interface Item {
  readonly name: string
  readonly expression: Expression
}

/** Bind one SELECT. */
export function bindSelect(node: Ast.Select, around: BindContext): Bound {
  const context: BindContext = { ...around, hints: selectHints(node.hints, node.from, around) }
  const { pool } = context
  const from = node.from === undefined ? emptyScope(context) : bindFrom(node.from, context)
  const filtered = bindWhere(node.where, from)
  const grouping = windowScope(node, filtered)
  const grouped = node.groupBy !== undefined || node.having !== undefined ||
    node.items.some((item) => hasAggregate(item.expression, context))
  const collector = new CallCollector(
    grouping.scope,
    (node.groupBy?.items.length ?? 0) > 0,
    node.windows
  )
  const subqueries = new Subqueries(grouping.scope)
  const at: ExpressionScope = {
    ...selectScope(grouping.scope, collector, grouped, grouping.window),
    subquery: (inner, from) => subqueries.take(inner, from)
  }
  const keys = bindGroupKeys(node, grouping.scope, grouping.window)
  const items = node.items.flatMap((item) => bindItem(item, at))
  const having = new Conditions(grouping.scope)
  if (node.having !== undefined) {
    having.bind(node.having, { ...at, clause: "HAVING", over: undefined })
  }
  const qualify = node.qualify && bindCondition(node.qualify, { ...at, clause: "QUALIFY" })

  let relation = grouping.scope.relation
  let place = (expression: Expression): Expression => expression
  if (grouped) {
    ;({ relation, place } = collector.group(relation, keys))
    relation = having.apply(relation, place)
  }
  ;({ relation, place } = subqueries.attach(relation, place))
  const numbered = collector.number(relation, place)
  relation = numbered.relation
  if (qualify !== undefined) relation = pool.filter(relation, numbered.place(qualify))
  const names = uniqueNames(items.map((item) => item.name))
  relation = pool.project(relation, items.map((item) => numbered.place(item.expression)), names)
  if (node.quantifier === "DISTINCT") {
    relation = makeAggregate(
      pool,
      relation,
      names.map((_, i) => i),
      []
    )
  }
  return { relation, names }
}

/** SELECT without FROM: one row without columns that a name could reach. */
function emptyScope(context: BindContext): Scope {
  return {
    context,
    relation: context.pool.make({ kind: "values", rows: [[truth(true)]] }, []),
    columns: []
  }
}

function windowScope(
  node: Ast.Select,
  scope: Scope
): { readonly scope: Scope; readonly window: GroupWindow | undefined } {
  for (const item of node.groupBy?.items ?? []) {
    const window = item.kind === "groupExpression"
      ? groupWindowOf(item.expression, scope)
      : undefined
    if (window !== undefined) return { scope: { ...scope, relation: window.relation }, window }
  }
  return { scope, window: undefined }
}

function selectScope(
  scope: Scope,
  collector: CallCollector,
  grouped: boolean,
  window: GroupWindow | undefined
): ExpressionScope {
  const at: ExpressionScope = {
    scope,
    clause: "SELECT",
    aggregate: grouped ? (call) => collector.aggregate(call) : undefined,
    over: (call) => collector.over(call, { ...at, clause: "OVER", over: undefined }),
    groupWindow: (call) => windowProperty(call, window, scope)
  }
  return at
}

function bindItem(item: Ast.SelectItem, at: ExpressionScope): ReadonlyArray<Item> {
  const { expression, alias } = item
  if (expression.kind !== "star") {
    const bound = bindExpression(expression, at)
    return [{ name: alias?.name ?? nameOf(expression), expression: bound }]
  }
  const { scope } = at
  const qualifier = expression.qualifier.map((part) => part.name)
  const columns = qualifier.length === 0
    ? scope.columns.filter((column) => !column.qualifiedOnly)
    : columnsOfTable(scope, qualifier)
  if (columns.length === 0) {
    const tables = [...new Set(scope.columns.flatMap((column) => column.table.slice(-1)))]
    const problem = qualifier.length === 0
      ? "SELECT * needs a FROM clause"
      : `Table '${qualifier.join(".")}' is not known in this query`
    throw planFault(
      scope.context.source,
      expression.span,
      problem,
      suggest(qualifier.join("."), tables, "Tables")
    )
  }
  return columns.map((column) => {
    const bound = input(column.index, scope.relation.columns[column.index]!.type)
    scope.context.spans.set(bound, expression.span)
    return { name: column.name, expression: bound }
  })
}

function nameOf(node: Ast.Expression): string {
  if (node.kind === "column") return node.path[node.path.length - 1]!.name
  if (node.kind === "field" && node.field.kind === "identifier") return node.field.name
  return ""
}

/** Names as given, `EXPR$n` where there is none, the second of two equal ones with a number. */
export function uniqueNames(names: ReadonlyArray<string>): ReadonlyArray<string> {
  const used = new Set<string>()
  return names.map((given, at) => {
    const base = given === "" ? `EXPR$${at}` : given
    let name = base
    for (let n = 0; used.has(name); n++) name = `${base}${n}`
    used.add(name)
    return name
  })
}

/** Whether an aggregate without OVER stands in an expression, outside of queries within it. */
function hasAggregate(node: unknown, context: BindContext): boolean {
  if (Array.isArray(node)) return node.some((item) => hasAggregate(item, context))
  if (typeof node !== "object" || node === null) return false
  const expression = node as Ast.Expression
  switch (expression.kind) {
    case "call":
      if (isAggregate(expression, context)) return true
      break
    case "jsonObject":
    case "jsonArray":
      if (expression.aggregate) return true
      break
    case "subquery":
    case "exists":
      return false
    case "inQuery":
    case "quantified":
      return hasAggregate(expression.operand, context)
  }
  if ((node as { kind?: string }).kind === "select") return false
  return Object.values(node).some((item) => hasAggregate(item, context))
}
