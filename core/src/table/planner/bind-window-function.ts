/** Windowing functions in FROM: `TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR))`. */
import type * as Ast from "../../sql/ast.ts"
import { callName } from "./bind-expression.ts"
import { bindTumble, checkRowtime } from "./bind-window.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import { windowColumns } from "./relation-pool.ts"
import { type BindContext, type Bound, resolveColumn, type Scope, scopeOf } from "./scope.ts"

const parameters = ["DATA", "TIMECOL", "SIZE", "OFFSET"]

const others: ReadonlySet<string> = new Set([
  "HOP",
  "CUMULATE",
  "SESSION",
  "ML_PREDICT",
  "VECTOR_SEARCH"
])

/** Bind a table function; only TUMBLE runs. */
export function bindWindowFunction(node: Ast.FunctionTable, context: BindContext): Scope {
  const { source, pool } = context
  const { call } = node
  if (call.kind !== "call") throw notSupported(source, node.span, "A table made from a value")
  const name = callName(call)
  if (others.has(name)) throw notSupported(source, call.span, `Table function ${name}`)
  if (name !== "TUMBLE") {
    const hint = suggest(name, ["TUMBLE"], "Table functions")
    throw planFault(source, call.span, `Table function '${name}' is not known`, hint)
  }
  const args = namedArguments(call, context)
  const table = args.get("DATA")
  const time = args.get("TIMECOL")
  const size = args.get("SIZE")
  if (table === undefined || time === undefined || size === undefined) {
    throw planFault(
      source,
      call.span,
      "TUMBLE takes a table, a DESCRIPTOR of its time column and a size"
    )
  }
  const bound = bindTableArgument(table, context)
  const scope = scopeOf(context, bound, [])
  const timeColumn = bindTimeColumn(time, scope)
  const window = bindTumble(size, args.get("OFFSET"), scope)
  const relation = pool.make({ kind: "window", window, timeColumn }, [bound.relation])
  return scopeOf(context, { relation, names: [...bound.names, ...windowColumns] }, [])
}

function namedArguments(call: Ast.Call, context: BindContext): ReadonlyMap<string, Ast.Expression> {
  const found = new Map<string, Ast.Expression>()
  call.args.forEach((arg, at) => {
    const named = arg.kind === "namedArgument"
    const name = named ? arg.name.name.toUpperCase() : parameters[at]
    if (name === undefined || !parameters.includes(name) || found.has(name)) {
      const problem = named
        ? `TUMBLE takes no argument '${arg.name.name}' here`
        : "TUMBLE takes at most 4 arguments"
      throw planFault(context.source, arg.span, problem, `Arguments: ${parameters.join(", ")}`)
    }
    found.set(name, named ? arg.value : arg)
  })
  return found
}

function bindTableArgument(
  node: Ast.Expression,
  context: BindContext
): Bound {
  if (node.kind !== "tableArgument") {
    throw planFault(
      context.source,
      node.span,
      "TUMBLE takes a table: write TABLE name or (SELECT …)"
    )
  }
  if (node.partitionBy.length > 0 || node.orderBy.length > 0) {
    throw planFault(
      context.source,
      node.span,
      "The table of TUMBLE takes neither PARTITION BY nor ORDER BY"
    )
  }
  return context.bindQuery(node.table, context)
}

function bindTimeColumn(node: Ast.Expression, scope: Scope): number {
  const { source } = scope.context
  if (node.kind !== "descriptor" || node.columns.length !== 1) {
    throw planFault(source, node.span, "The time column of TUMBLE is given as DESCRIPTOR(column)")
  }
  const { name } = node.columns[0]!
  const column = resolveColumn(scope, name.parts)
  if (column.op !== "input") {
    throw planFault(source, name.span, "The time column of TUMBLE must be a column of its table")
  }
  checkRowtime(scope, scope.relation, column.index, name.span, "TUMBLE")
  return column.index
}
