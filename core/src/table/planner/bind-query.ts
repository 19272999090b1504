/** Queries: SELECT, set operations, VALUES, WITH, ORDER BY with LIMIT. */
import type * as Ast from "../../sql/ast.ts"
import { format, type LogicalType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { commonType } from "../function/registry.ts"
import { bindExpression, castTo, scalarScope } from "./bind-expression.ts"
import { bindNamed } from "./bind-from.ts"
import { bindOrdered } from "./bind-order.ts"
import { bindSelect } from "./bind-select.ts"
import { input } from "./expression-tree.ts"
import { makeAggregate } from "./make-aggregate.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { Relation } from "./relation.ts"
import { type BindContext, type Bound, type Scope, scopeOf } from "./scope.ts"

/** Bind a query. */
export function bindQuery(node: Ast.Query, context: BindContext): Bound {
  switch (node.kind) {
    case "select":
      return bindSelect(node, context)
    case "setOperation":
      return bindSetOperation(node, context)
    case "values":
      return bindValues(node, context)
    case "explicitTable": {
      const { relation, columns } = bindNamed(node.name, [], context)
      return { relation, names: columns.map((column) => column.name) }
    }
    case "with":
      return bindWith(node, context)
    case "ordered":
      return bindOrdered(node, context)
  }
}

function bindWith(node: Ast.WithQuery, context: BindContext): Bound {
  if (node.recursive) throw notSupported(context.source, node.span, "WITH RECURSIVE")
  let inner = context
  for (const item of node.items) {
    const bound = bindQuery(item.query, inner)
    const names = renamed(item.columns, bound.names, inner, item.name)
    const table: Bound = { relation: bound.relation, names }
    inner = { ...inner, common: new Map([...inner.common, [item.name.name, table]]) }
  }
  return bindQuery(node.body, inner)
}

function renamed(
  columns: ReadonlyArray<Ast.Identifier>,
  names: ReadonlyArray<string>,
  context: BindContext,
  name: Ast.Identifier
): ReadonlyArray<string> {
  if (columns.length === 0) return names
  if (columns.length === names.length) return columns.map((column) => column.name)
  throw planFault(
    context.source,
    name.span,
    `'${name.name}' names ${columns.length} columns, but its query has ${names.length}`
  )
}

function bindSetOperation(node: Ast.SetOperation, context: BindContext): Bound {
  const { source, pool } = context
  const left = bindQuery(node.left, context)
  const right = bindQuery(node.right, context)
  const width = left.names.length
  if (right.names.length !== width) {
    throw planFault(
      source,
      node.right.span,
      `Both sides of ${node.operator} must have as many columns: the left has ${width}, the right ${right.names.length}`
    )
  }
  const types = left.names.map((name, i) => {
    const pair = [left.relation.columns[i]!.type, right.relation.columns[i]!.type]
    const common = commonType(pair)
    if (common !== undefined) return common
    throw planFault(
      source,
      node.right.span,
      `Column ${i + 1} ('${name}') of ${node.operator} is ${format(pair[0]!)} on the left and ${
        format(pair[1]!)
      } on the right`
    )
  })
  const sides = [left, right].map((side) => castColumns(context, side.relation, types))
  if (node.operator !== "UNION") {
    const operation = node.operator === "INTERSECT" ? "intersect" : "except"
    const relation = pool.make(
      { kind: "set-operation", operation, all: node.all },
      sides,
      left.names
    )
    return { relation, names: left.names }
  }
  const flat = sides.flatMap((side) => side.work.kind === "union" ? side.inputs : [side])
  const union = pool.make({ kind: "union" }, flat, left.names)
  const relation = node.all ? union : makeAggregate(pool, union, types.map((_, i) => i), [])
  return { relation, names: left.names }
}

/** The relation with its columns as the given types. */
export function castColumns(
  context: BindContext,
  of: Relation,
  types: ReadonlyArray<LogicalType>
): Relation {
  return context.pool.project(
    of,
    of.columns.map((column, i) => castTo(input(i, column.type), types[i]!))
  )
}

function bindValues(node: Ast.Values, context: BindContext): Bound {
  const { source, pool } = context
  const empty: Scope = scopeOf(context, {
    relation: pool.make({ kind: "values", rows: [[]] }, []),
    names: []
  }, [])
  const at = scalarScope(empty, "VALUES")
  const rows = node.rows.map((row) =>
    (row.kind === "row" ? row.items : [row]).map((item) => bindExpression(item, at))
  )
  const width = rows[0]!.length
  const uneven = rows.findIndex((row) => row.length !== width)
  if (uneven >= 0) {
    throw planFault(
      source,
      node.rows[uneven]!.span,
      `All rows of VALUES must have as many values: the first has ${width}, this one ${
        rows[uneven]!.length
      }`
    )
  }
  const types = rows[0]!.map((_, at) => {
    const common = commonType(rows.map((row) => row[at]!.type))
    if (common !== undefined) return common
    const kinds = [...new Set(rows.map((row) => format(row[at]!.type)))].join(", ")
    throw planFault(
      source,
      node.span,
      `The values of column ${at + 1} have no common type: ${kinds}`
    )
  })
  const typed = rows.map((row) => row.map((value, at): Expression => castTo(value, types[at]!)))
  const relation = pool.make({ kind: "values", rows: typed }, [])
  return { relation, names: types.map((_, at) => `EXPR$${at}`) }
}
