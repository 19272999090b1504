/** Windows: the sizes and time columns that windowing functions are given, checked and made data. */
import type * as Ast from "../../sql/ast.ts"
import { format } from "../../type/logical-type.ts"
import type { PlanWindow } from "../plan.ts"
import { bindExpression, scalarScope } from "./bind-expression.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { Relation } from "./relation.ts"
import type { Scope } from "./scope.ts"

/** A tumbling window of the given size and offset. */
export function bindTumble(
  size: Ast.Expression,
  offset: Ast.Expression | undefined,
  scope: Scope
): PlanWindow {
  const sizeMillis = bindMillis(size, scope, "The size of a window")
  if (sizeMillis <= 0) {
    throw planFault(scope.context.source, size.span, "The size of a window must be above zero")
  }
  const offsetMillis = offset === undefined
    ? 0
    : bindMillis(offset, scope, "The offset of a window")
  if (Math.abs(offsetMillis) >= sizeMillis) {
    throw planFault(
      scope.context.source,
      offset!.span,
      "The offset of a window must be smaller than its size"
    )
  }
  return {
    kind: "tumble",
    sizeMillis,
    offsetMillis: ((offsetMillis % sizeMillis) + sizeMillis) % sizeMillis
  }
}

function bindMillis(node: Ast.Expression, scope: Scope, what: string): number {
  const bound = bindExpression(node, scalarScope(scope, what.toLowerCase()))
  if (bound.op !== "literal" || bound.type.kind !== "INTERVAL_DAY_TIME") {
    throw planFault(
      scope.context.source,
      node.span,
      `${what} must be a constant INTERVAL of days to seconds`,
      "Write for example INTERVAL '1' HOUR"
    )
  }
  return Number(bound.value)
}

/** Refuse a column that no watermark bounds. */
export function checkRowtime(
  scope: Scope,
  relation: Relation,
  column: number,
  span: Ast.Span,
  what: string
): void {
  const { name, type, rowtime } = relation.columns[column]!
  const { source, timeZone } = scope.context
  if (!rowtime) {
    throw planFault(
      source,
      span,
      `${what} needs an event-time column, but '${name}' is a plain ${format(type)}`,
      `Declare WATERMARK FOR ${name} AS … in the table, with ${name} of type TIMESTAMP(3)`
    )
  }
  if (type.kind === "TIMESTAMP_LTZ" && timeZone !== "UTC") {
    throw notSupported(source, span, `${what} over a TIMESTAMP_LTZ in a time zone other than UTC`)
  }
}
