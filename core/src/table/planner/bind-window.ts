/** Windows: the sizes and time columns that windowing functions are given, checked and made data. */
import type * as Ast from "../../sql/ast.ts"
import { format } from "../../type/logical-type.ts"
import type { PlanWindow } from "../plan.ts"
import { bindExpression, scalarScope } from "./bind-expression.ts"
import { isProcessingTime } from "./over-calls.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { Relation } from "./relation.ts"
import type { Scope } from "./scope.ts"

/** A tumbling window of the given size and offset. */
export function bindTumble(
  size: Ast.Expression,
  offset: Ast.Expression | undefined,
  scope: Scope
): PlanWindow {
  const sizeMillis = bindLength(size, scope, "size")
  return { kind: "tumble", sizeMillis, offsetMillis: bindOffset(offset, sizeMillis, scope) }
}

/** A hopping window. With `whole` its size must be a multiple of its slide. */
export function bindHop(
  slide: Ast.Expression,
  size: Ast.Expression,
  offset: Ast.Expression | undefined,
  scope: Scope,
  whole: boolean
): PlanWindow {
  const slideMillis = bindLength(slide, scope, "slide")
  const sizeMillis = bindLength(size, scope, "size")
  if (whole) checkMultiple(size, sizeMillis, slideMillis, scope, "HOP needs a size", "slide")
  const offsetMillis = bindOffset(offset, slideMillis, scope)
  return { kind: "hop", sizeMillis, slideMillis, offsetMillis }
}

/** A cumulating window. */
export function bindCumulate(
  step: Ast.Expression,
  size: Ast.Expression,
  offset: Ast.Expression | undefined,
  scope: Scope
): PlanWindow {
  const stepMillis = bindLength(step, scope, "step")
  const sizeMillis = bindLength(size, scope, "size")
  checkMultiple(size, sizeMillis, stepMillis, scope, "CUMULATE needs a size", "step")
  const offsetMillis = bindOffset(offset, sizeMillis, scope)
  return { kind: "cumulate", sizeMillis, stepMillis, offsetMillis }
}

/** A session window. */
export function bindSession(gap: Ast.Expression, scope: Scope): PlanWindow {
  return { kind: "session", gapMillis: bindLength(gap, scope, "gap") }
}

function checkMultiple(
  node: Ast.Expression,
  sizeMillis: number,
  partMillis: number,
  scope: Scope,
  what: string,
  part: string
): void {
  if (sizeMillis % partMillis === 0) return
  throw planFault(
    scope.context.source,
    node.span,
    `${what} that is a multiple of its ${part}: ${sizeMillis} ms is none of ${partMillis} ms`
  )
}

function bindLength(node: Ast.Expression, scope: Scope, what: string): number {
  const millis = bindMillis(node, scope, `The ${what} of a window`)
  if (millis > 0) return millis
  throw planFault(scope.context.source, node.span, `The ${what} of a window must be above zero`)
}

/** An offset as one in `[0, everyMillis)`: windows repeat. */
function bindOffset(node: Ast.Expression | undefined, everyMillis: number, scope: Scope): number {
  if (node === undefined) return 0
  const millis = bindMillis(node, scope, "The offset of a window")
  if (Math.abs(millis) >= everyMillis) {
    throw planFault(
      scope.context.source,
      node.span,
      `The offset of a window must be smaller than ${everyMillis} ms, after which windows repeat`
    )
  }
  return ((millis % everyMillis) + everyMillis) % everyMillis
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

/**
 * The relation that windows over `column` are made of: the given one when the column is event time, one that takes the time at which rows come
 * when it is processing time.
 *
 * **Errors** `PlanFault` for any other column.
 */
export function timedRelation(
  scope: Scope,
  relation: Relation,
  column: number,
  span: Ast.Span,
  what: string
): Relation {
  const { name, type, rowtime } = relation.columns[column]!
  const { source, timeZone, pool } = scope.context
  const processing = isProcessingTime(relation, column)
  if (!rowtime && !processing) {
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
  return processing ? pool.make({ kind: "processing-time", column }, [relation]) : relation
}
