/**
 * Windowing functions in FROM: `TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR))`, HOP, CUMULATE, SESSION; arguments by place or by
 * name.
 */
import type * as Ast from "../../sql/ast.ts"
import type { PlanWindow } from "../plan.ts"
import { callName } from "./bind-expression.ts"
import { bindCumulate, bindHop, bindSession, bindTumble, timedRelation } from "./bind-window.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import { windowColumns } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"
import { type BindContext, type Bound, resolveColumn, type Scope, scopeOf } from "./scope.ts"

/** Parameters by place; those from `needed` on may be left out. */
interface WindowFunction {
  readonly parameters: ReadonlyArray<string>
  readonly needed: number
  readonly takes: string
}

const functions: Readonly<Record<string, WindowFunction>> = {
  TUMBLE: {
    parameters: ["DATA", "TIMECOL", "SIZE", "OFFSET"],
    needed: 3,
    takes: "a table, a DESCRIPTOR of its time column and a size"
  },
  HOP: {
    parameters: ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
    needed: 4,
    takes: "a table, a DESCRIPTOR of its time column, a slide and a size"
  },
  CUMULATE: {
    parameters: ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
    needed: 4,
    takes: "a table, a DESCRIPTOR of its time column, a step and a size"
  },
  SESSION: {
    parameters: ["DATA", "TIMECOL", "GAP"],
    needed: 3,
    takes: "a table, a DESCRIPTOR of its time column and a gap"
  }
}

const models: ReadonlySet<string> = new Set(["ML_PREDICT", "VECTOR_SEARCH"])

type Arguments = ReadonlyMap<string, Ast.Expression>

/** Bind a windowing function. */
export function bindWindowFunction(node: Ast.FunctionTable, context: BindContext): Scope {
  const { source, pool } = context
  const { call } = node
  if (call.kind !== "call") throw notSupported(source, node.span, "A table made from a value")
  const name = callName(call)
  if (models.has(name)) throw notSupported(source, call.span, `Table function ${name}`)
  if (!Object.hasOwn(functions, name)) {
    const hint = suggest(name, Object.keys(functions), "Table functions")
    throw planFault(source, call.span, `Table function '${name}' is not known`, hint)
  }
  const args = namedArguments(call, name, context)
  const table = args.get("DATA")!
  const bound = bindTableArgument(table, name, context)
  const scope = scopeOf(context, bound, [])
  const { column: timeColumn, relation: timed } = bindTime(args.get("TIMECOL")!, name, scope)
  const window = bindWindow(name, args, scope)
  const partition = name === "SESSION" && table.kind === "tableArgument"
    ? table.partitionBy.map((key) => bindPartition(key, scope))
    : []
  const relation = pool.make({ kind: "window", window, timeColumn, partition }, [timed])
  return scopeOf(context, { relation, names: [...bound.names, ...windowColumns] }, [])
}

function bindWindow(name: string, args: Arguments, scope: Scope): PlanWindow {
  const at = (parameter: string): Ast.Expression => args.get(parameter)!
  switch (name) {
    case "HOP":
      return bindHop(at("SLIDE"), at("SIZE"), args.get("OFFSET"), scope, true)
    case "CUMULATE":
      return bindCumulate(at("STEP"), at("SIZE"), args.get("OFFSET"), scope)
    case "SESSION":
      return bindSession(at("GAP"), scope)
    default:
      return bindTumble(at("SIZE"), args.get("OFFSET"), scope)
  }
}

function namedArguments(call: Ast.Call, name: string, context: BindContext): Arguments {
  const { parameters, needed, takes } = functions[name]!
  const found = new Map<string, Ast.Expression>()
  call.args.forEach((arg, at) => {
    const named = arg.kind === "namedArgument"
    const parameter = named ? arg.name.name.toUpperCase() : parameters[at]
    if (parameter === undefined || !parameters.includes(parameter) || found.has(parameter)) {
      const problem = named
        ? `${name} takes no argument '${arg.name.name}' here`
        : `${name} takes at most ${parameters.length} arguments`
      throw planFault(context.source, arg.span, problem, `Arguments: ${parameters.join(", ")}`)
    }
    found.set(parameter, named ? arg.value : arg)
  })
  if (parameters.slice(0, needed).some((parameter) => !found.has(parameter))) {
    throw planFault(context.source, call.span, `${name} takes ${takes}`)
  }
  return found
}

function bindTableArgument(node: Ast.Expression, name: string, context: BindContext): Bound {
  if (node.kind === "subquery") return context.bindQuery(node.query, context)
  if (node.kind !== "tableArgument") {
    throw planFault(
      context.source,
      node.span,
      `${name} takes a table: write TABLE name or (SELECT …)`
    )
  }
  if (node.orderBy.length > 0 || (node.partitionBy.length > 0 && name !== "SESSION")) {
    throw planFault(
      context.source,
      node.span,
      name === "SESSION"
        ? "The table of SESSION takes no ORDER BY"
        : `The table of ${name} takes neither PARTITION BY nor ORDER BY`
    )
  }
  return context.bindQuery(node.table, context)
}

function bindTime(
  node: Ast.Expression,
  name: string,
  scope: Scope
): { readonly column: number; readonly relation: Relation } {
  const { source } = scope.context
  if (node.kind !== "descriptor" || node.columns.length !== 1) {
    throw planFault(
      source,
      node.span,
      `The time column of ${name} is given as DESCRIPTOR(column)`
    )
  }
  const column = node.columns[0]!.name
  const bound = resolveColumn(scope, column.parts)
  if (bound.op !== "input") {
    throw planFault(source, column.span, `The time column of ${name} must be a column of its table`)
  }
  const relation = timedRelation(scope, scope.relation, bound.index, column.span, name)
  return { column: bound.index, relation }
}

function bindPartition(node: Ast.Expression, scope: Scope): number {
  const bound = node.kind === "column" ? resolveColumn(scope, node.path) : undefined
  if (bound?.op === "input") return bound.index
  throw planFault(
    scope.context.source,
    node.span,
    "SESSION is partitioned by columns of its table, not by expressions"
  )
}
