/**
 * SQL expressions without a query: bound as the planner binds them, then computed in two ways. *Folded*: by the interpreter, as constants
 * are. *Generated*: every literal that may be one becomes a column, so that a generated loop computes the whole.
 */
import type * as Ast from "../../src/sql/ast.ts"
import { parseScalar } from "../../src/sql/parser.ts"
import { Batch } from "../../src/batch/element.ts"
import { columnOf, readBoxed } from "../../src/table/code/boxed.ts"
import { compileCalc } from "../../src/table/code/calc.ts"
import { environmentOf } from "../../src/table/code/constant.ts"
import { interpret } from "../../src/table/code/interpret.ts"
import type { Expression } from "../../src/table/expression.ts"
import type { Boxed } from "../../src/table/function/definition.ts"
import { bindExpression, scalarScope } from "../../src/table/planner/bind-expression.ts"
import type { RelationColumn } from "../../src/table/planner/relation.ts"
import type { BindContext, Scope } from "../../src/table/planner/scope.ts"
import * as Registry from "../../src/table/registry.ts"
import { Settings } from "../../src/table/session-settings.ts"
import { contextOf, makeState } from "../../src/table/session-state.ts"
import { type LogicalType, type RowType, string } from "../../src/type/logical-type.ts"

/** Settings of a recording. */
export const settings = { timeZone: "Europe/Berlin", nowMillis: (): number => 1_700_000_000_123 }

const environment = environmentOf(settings)

/** A value with the type of its expression; text as CAST to STRING shows it. */
export interface Evaluated {
  readonly type: LogicalType
  readonly value: Boxed
}

const state = makeState(
  Registry.make([]),
  new Settings({ "table.local-time-zone": settings.timeZone }),
  undefined
)

function contextFor(sql: string): BindContext {
  return contextOf(state, { file: "test", text: sql })
}

function scopeFor(sql: string, columns: RowType): Scope {
  const context = contextFor(sql)
  const relation = {
    ...context.pool.make({ kind: "values", rows: [[]] }, []),
    columns: columns.map((column): RelationColumn => ({
      type: column.type,
      name: column.name
    } as unknown as RelationColumn))
  }
  return {
    context,
    relation,
    columns: columns.map((column, index) => ({
      name: column.name,
      table: ["t"],
      index,
      qualifiedOnly: false
    }))
  }
}

function bind(sql: string, node: Ast.Expression, columns: RowType): Expression {
  return bindExpression(node, scalarScope(scopeFor(sql, columns), "SELECT"))
}

/** What is shown of a value: itself when it is bytes, else its text. */
function shown(expression: Expression): Expression {
  const { kind } = expression.type
  if (kind === "BINARY" || kind === "VARBINARY") return expression
  return { op: "cast", of: expression, try: false, type: string }
}

/** Bind and compute by the interpreter. Throws the fault of either. */
export function evaluateFolded(sql: string): Evaluated {
  const expression = bind(sql, parseScalar(sql), [])
  const value = interpret(shown(expression), [], environment)([])
  return { type: expression.type, value }
}

interface Lifted {
  readonly node: Ast.Expression
  readonly columns: RowType
  readonly values: ReadonlyArray<Boxed>
}

const liftable = new Set(["string", "number", "bytes", "datetime", "interval"])

function isNullCast(node: Ast.Expression): boolean {
  return node.kind === "cast" && node.operand.kind === "null"
}

/** The expression with its literals as columns of one row. */
function lift(sql: string, root: Ast.Expression): Lifted {
  const columns: Array<{ name: string; type: LogicalType }> = []
  const values: Array<Boxed> = []
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== "object" || node === null) return node
    const expression = node as Ast.Expression
    if (liftable.has(expression.kind) || isNullCast(expression)) {
      const bound = bind(sql, expression, [])
      const name = `c${columns.length}`
      columns.push({ name, type: bound.type })
      values.push(interpret(bound, [], environment)([]))
      const { span } = expression
      return { kind: "column", path: [{ kind: "identifier", name, quoted: false, span }], span }
    }
    if (expression.kind === "cast") return { ...expression, operand: walk(expression.operand) }
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item)]))
  }
  return { node: walk(root) as Ast.Expression, columns, values }
}

/**
 * Compute by a generated loop over columns of one row, once plain and once in the middle of NULL rows. Undefined when the expression
 * wants a literal where a column would stand. Throws the fault of the row.
 */
export function evaluateGenerated(sql: string): Evaluated | undefined {
  const lifted = lift(sql, parseScalar(sql))
  let expression: Expression
  try {
    expression = bind(sql, lifted.node, lifted.columns)
  } catch {
    return undefined
  }
  const output = shown(expression)
  const columns = lifted.columns.map((column, i) => columnOf(column.type, [lifted.values[i]!]))
  const out = compileCalc(lifted.columns, undefined, [output], settings).run(new Batch(1, columns))
  return { type: expression.type, value: readBoxed(out!.columns[0]!, 0, output.type) }
}
