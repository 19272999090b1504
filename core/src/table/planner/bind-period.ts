/**
 * OVERLAPS and its kin. A period is two times, in either order, or a time and an interval; each predicate becomes comparisons of the
 * ends, so that nothing of it is left in a plan.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { isInterval } from "../function/type-rule.ts"
import { type PlacedSpan, planFault, type SourceText } from "./plan-fault.ts"

/** What the binder of expressions lends. */
export interface PeriodScope {
  readonly source: SourceText
  readonly bind: (node: Ast.Expression) => Expression
  readonly call: (name: string, args: ReadonlyArray<Expression>, span: PlacedSpan) => Expression
}

interface Period {
  readonly from: Expression
  readonly to: Expression
}

type Connect = (
  a: Period,
  b: Period,
  call: (name: string, ...args: Array<Expression>) => Expression
) => Expression

const predicates: ReadonlyMap<string, Connect> = new Map<string, Connect>([
  ["OVERLAPS", (a, b, call) => call("AND", call(">=", a.to, b.from), call(">=", b.to, a.from))],
  ["CONTAINS", (a, b, call) => call("AND", call("<=", a.from, b.from), call(">=", a.to, b.to))],
  ["EQUALS", (a, b, call) => call("AND", call("=", a.from, b.from), call("=", a.to, b.to))],
  ["PRECEDES", (a, b, call) => call("<=", a.to, b.from)],
  ["SUCCEEDS", (a, b, call) => call(">=", a.from, b.to)],
  ["IMMEDIATELY PRECEDES", (a, b, call) => call("=", a.to, b.from)],
  ["IMMEDIATELY SUCCEEDS", (a, b, call) => call("=", a.from, b.to)]
])

/** Whether an operator compares periods. */
export function isPeriodOperator(operator: string): boolean {
  return predicates.has(operator)
}

function bindPeriod(node: Ast.Expression, operator: string, at: PeriodScope): Period {
  const ends = node.kind === "row" && node.items.length === 2
    ? node.items
    : node.kind === "period"
    ? [node.start, node.end]
    : undefined
  if (ends === undefined) {
    throw planFault(
      at.source,
      node.span,
      `${operator} wants two periods`,
      "Write each as (start, end) or (start, interval)"
    )
  }
  const call = (name: string, ...args: Array<Expression>) => at.call(name, args, node.span)
  const first = at.bind(ends[0]!)
  const second = at.bind(ends[1]!)
  const last = isInterval(second.type) ? call("+", first, second) : second
  const ordered = call("<=", first, last)
  return { from: call("CASE", ordered, first, last), to: call("CASE", ordered, last, first) }
}

/** Bind `left OVERLAPS right` and the like. */
export function bindPeriods(node: Ast.Binary, at: PeriodScope): Expression {
  const connect = predicates.get(node.operator)!
  const left = bindPeriod(node.left, node.operator, at)
  const right = bindPeriod(node.right, node.operator, at)
  return connect(left, right, (name, ...args) => at.call(name, args, node.span))
}
