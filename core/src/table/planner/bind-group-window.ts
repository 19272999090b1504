/**
 * The older windows: TUMBLE(time, size), HOP(time, slide, size) and SESSION(time, gap) within GROUP BY, and their TUMBLE_START, TUMBLE_END,
 * TUMBLE_ROWTIME … in what is selected.
 */
import type * as Ast from "../../sql/ast.ts"
import { assert } from "../../fault.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { inferScalar } from "../function/registry.ts"
import type { PlanWindow } from "../plan.ts"
import { bindExpression, callName, scalarScope } from "./bind-expression.ts"
import { bindHop, bindSession, bindTumble, timedRelation } from "./bind-window.ts"
import { input } from "./expression-tree.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import { windowColumns } from "./relation-pool.ts"
import { isKind, type Relation, type WindowColumn } from "./relation.ts"
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
  START: "window_start",
  END: "window_end",
  ROWTIME: "window_time"
}

/** How many arguments each takes after the time; one more is an offset. */
const lengths: Readonly<Record<string, number>> = { TUMBLE: 1, HOP: 2, SESSION: 1 }

const takes: Readonly<Record<string, string>> = {
  TUMBLE: "an event-time column and a size",
  HOP: "an event-time column, a slide and a size",
  SESSION: "an event-time column and a gap"
}

/** The window that an item of GROUP BY is; undefined when it is none. */
export function groupWindowOf(node: Ast.Expression, scope: Scope): GroupWindow | undefined {
  if (node.kind !== "call") return undefined
  const name = callName(node)
  if (!Object.hasOwn(lengths, name)) return undefined
  const { pool } = scope.context
  const { time, window, below } = bindCall(node, name, scope)
  const relation = pool.make(
    { kind: "window", window, timeColumn: time, partition: undefined },
    [below]
  )
  const from = scope.relation.columns.length
  const columns = windowColumns.map((_, i) => input(from + i, relation.columns[from + i]!.type))
  return { node, name, relation, columns, key: JSON.stringify([time, window]) }
}

/** The time column and the window that the arguments of TUMBLE, HOP, SESSION and of their properties give. */
function bindCall(
  call: Ast.Call,
  name: string,
  scope: Scope
): { readonly time: number; readonly window: PlanWindow; readonly below: Relation } {
  const { source } = scope.context
  const [time, first, second] = call.args
  const count = lengths[name]!
  if (time === undefined || call.args.length < count + 1) {
    throw planFault(source, call.span, `${name} takes ${takes[name]}`)
  }
  if (call.args.length > count + 1) {
    throw notSupported(source, call.args[count + 1]!.span, `An offset of ${name} in GROUP BY`)
  }
  const bound = bindExpression(time, scalarScope(scope, name))
  if (bound.op !== "input") {
    throw planFault(source, time.span, `${name} needs an event-time column, not an expression`)
  }
  // What is selected is bound over the window already: the time column stands beneath it.
  const own = isKind(scope.relation, "window") ? scope.relation.inputs[0]! : scope.relation
  const below = isKind(own, "processing-time")
    ? own
    : timedRelation(scope, own, bound.index, time.span, name)
  const window = name === "TUMBLE"
    ? bindTumble(first!, undefined, scope)
    : name === "HOP"
    ? bindHop(first!, second!, undefined, scope, false)
    : bindSession(first!, scope)
  return { time: bound.index, window, below }
}

function inferred(): { readonly name: string; readonly type: LogicalType } {
  const found = inferScalar("PROCTIME", [])
  assert(!("problem" in found), "PROCTIME takes nothing")
  return found
}

/** What TUMBLE_START and its kin stand for; undefined when the call is none of them. */
export function windowProperty(
  call: Ast.Call,
  window: GroupWindow | undefined,
  scope: Scope
): Expression | undefined {
  const name = callName(call)
  const { source } = scope.context
  const [kind, word] = name.split("_") as [string, string | undefined]
  if (!Object.hasOwn(lengths, kind) || word === undefined) return undefined
  if (word === "PROCTIME" && window !== undefined) {
    const { name: made, type } = inferred()
    return { op: "call", name: made, args: [], type }
  }
  const property = Object.hasOwn(properties, word) ? properties[word] : undefined
  if (property === undefined || name !== `${kind}_${word}`) return undefined
  const { time, window: asked } = bindCall(call, kind, scope)
  if (window === undefined || JSON.stringify([time, asked]) !== window.key) {
    throw planFault(
      source,
      call.span,
      `${name} needs GROUP BY ${kind} with the same time column and size`
    )
  }
  return window.columns[windowColumns.indexOf(property)]
}
