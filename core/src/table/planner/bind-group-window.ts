/** The older windows: TUMBLE(time, size) within GROUP BY, and TUMBLE_START, TUMBLE_END, TUMBLE_ROWTIME in what is selected. */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { bindExpression, callName, scalarScope } from "./bind-expression.ts"
import { bindTumble, checkRowtime } from "./bind-window.ts"
import { input } from "./expression-tree.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import { windowColumns } from "./relation-pool.ts"
import type { Relation, WindowColumn } from "./relation.ts"
import type { Scope } from "./scope.ts"

/** A window by which a query groups. */
export interface GroupWindow {
  /** The item of GROUP BY. */
  readonly node: Ast.Expression
  readonly name: string
  /** The input with the window's columns appended. */
  readonly relation: Relation
  readonly columns: ReadonlyArray<Expression>
  /** Time and size, to know its properties by. */
  readonly key: string
}

const properties: Readonly<Record<string, WindowColumn>> = {
  TUMBLE_START: "window_start",
  TUMBLE_END: "window_end",
  TUMBLE_ROWTIME: "window_time"
}

const others: ReadonlySet<string> = new Set([
  "TUMBLE_PROCTIME",
  "HOP_START",
  "HOP_END",
  "HOP_ROWTIME",
  "HOP_PROCTIME",
  "SESSION_START",
  "SESSION_END",
  "SESSION_ROWTIME",
  "SESSION_PROCTIME"
])

/** The window that an item of GROUP BY is; undefined when it is none. */
export function groupWindowOf(node: Ast.Expression, scope: Scope): GroupWindow | undefined {
  if (node.kind !== "call") return undefined
  const name = callName(node)
  const { source, pool } = scope.context
  if (name === "HOP" || name === "SESSION") {
    throw notSupported(source, node.span, `A ${name} window`)
  }
  if (name !== "TUMBLE") return undefined
  const [time, size, offset] = node.args
  if (time === undefined || size === undefined) {
    throw planFault(source, node.span, "TUMBLE takes an event-time column and a size")
  }
  if (offset !== undefined) {
    throw notSupported(source, offset.span, "An offset of TUMBLE in GROUP BY")
  }
  const bound = bindExpression(time, scalarScope(scope, "TUMBLE"))
  if (bound.op !== "input") {
    throw planFault(source, time.span, "TUMBLE needs an event-time column, not an expression")
  }
  checkRowtime(scope, scope.relation, bound.index, time.span, "TUMBLE")
  const window = bindTumble(size, undefined, scope)
  const relation = pool.make({ kind: "window", window, timeColumn: bound.index }, [scope.relation])
  const from = scope.relation.columns.length
  const columns = windowColumns.map((_, i) => input(from + i, relation.columns[from + i]!.type))
  return { node, name, relation, columns, key: JSON.stringify([bound.index, window]) }
}

/** What TUMBLE_START and its kin stand for; undefined when the call is none of them. */
export function windowProperty(
  call: Ast.Call,
  window: GroupWindow | undefined,
  scope: Scope
): Expression | undefined {
  const name = callName(call)
  const { source } = scope.context
  if (others.has(name)) throw notSupported(source, call.span, name)
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined
  if (property === undefined) return undefined
  const [time, size] = call.args
  const bound = time && bindExpression(time, scalarScope(scope, name))
  const asked = bound?.op === "input" && size !== undefined
    ? JSON.stringify([bound.index, bindTumble(size, undefined, scope)])
    : undefined
  if (window === undefined || asked !== window.key) {
    throw planFault(
      source,
      call.span,
      `${name} needs GROUP BY TUMBLE with the same time column and size`
    )
  }
  return window.columns[windowColumns.indexOf(property)]
}
