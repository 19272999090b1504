/** INSERT: the query's columns become those of the table, in number, order and type; what is left out is NULL. */
import type * as Ast from "../../sql/ast.ts"
import { format, type LogicalType, withNullable } from "../../type/logical-type.ts"
import type { CatalogTable, TableColumn } from "../catalog/catalog-object.ts"
import type { Expression } from "../expression.ts"
import { requireNotNull } from "../function/not-null.ts"
import { castable } from "../function/registry.ts"
import {
  bindExpression,
  callScalar,
  castTo,
  type ExpressionScope,
  scalarScope
} from "./bind-expression.ts"
import { unknownTable } from "./bind-from.ts"
import { literal, textLiteral } from "./bind-literal.ts"
import { bindQuery } from "./bind-query.ts"
import { registerTable } from "./bind-table.ts"
import { allOf, input } from "./expression-tree.ts"
import { planFault, suggest } from "./plan-fault.ts"
import type { Relation } from "./relation.ts"
import { type BindContext, type Bound, type Scope, scopeOf } from "./scope.ts"

/** What happens to a NULL for a NOT NULL column: `table.exec.sink.not-null-enforcer`. */
export type NotNullEnforcer = "error" | "drop"

/** Bind an INSERT to its sink. */
export function bindInsert(
  node: Ast.Insert,
  context: BindContext,
  ordinal: number,
  enforcer: NotNullEnforcer
): Relation {
  const { pool } = context
  const table = findSink(node, context)
  const planned = registerTable(table, node.hints, context)
  const persisted = table.columns.filter(isPersisted)
  const fixed = bindPartition(node, persisted, context)
  const query = bindQuery(node.query, context)
  const scope = scopeOf(context, query, [])
  const targets = targetsOf(
    node,
    persisted.filter((column) => !fixed.has(column.name)),
    query,
    context
  )
  const ordered = [
    ...persisted.filter((column) => column.kind === "physical"),
    ...persisted.filter((column) => column.kind === "metadata")
  ]
  const expressions = ordered.map((column): Expression => {
    const given = fixed.get(column.name)
    if (given !== undefined) return castTo(given, column.type)
    const at = targets.findIndex((target) => target.name === column.name)
    if (at < 0) return missing(column, node, context)
    return fit(query, at, column, scope, node)
  })
  const names = ordered.map((column) => column.name)
  const projected = pool.project(query.relation, expressions, names)
  const relation = enforceNotNull(projected, ordered, planned.name, node, scope, enforcer)
  return pool.make(
    {
      kind: "sink",
      table: planned.name,
      columns: names,
      overwrite: node.overwrite,
      staticPartition: Object.fromEntries(
        [...fixed].map(([name, value]) => [name, String((value as { value: unknown }).value)])
      ),
      ordinal
    },
    [relation],
    names
  )
}

type PersistedColumn = Exclude<TableColumn, { readonly kind: "computed" }>

function isPersisted(column: TableColumn): column is PersistedColumn {
  return column.kind === "physical" || (column.kind === "metadata" && !column.virtual)
}

function findSink(node: Ast.Insert, context: BindContext): CatalogTable {
  const path = context.catalogs.path(node.table.parts.map((part) => part.name), context.home)
  const found = context.catalogs.find(path)
  if (found === undefined) throw unknownTable(node.table, path, context)
  if (found.kind === "view") {
    throw planFault(
      context.source,
      node.table.span,
      `Cannot insert into '${path.object}', which is a view`
    )
  }
  return found
}

function bindPartition(
  node: Ast.Insert,
  columns: ReadonlyArray<PersistedColumn>,
  context: BindContext
): ReadonlyMap<string, Expression> {
  const fixed = new Map<string, Expression>()
  const scope: Scope = scopeOf(context, {
    relation: context.pool.make({ kind: "values", rows: [[]] }, []),
    names: []
  }, [])
  for (const { name, value, span } of node.partition) {
    const column = columns.find((candidate) => candidate.name === name.name)
    if (column === undefined) {
      throw planFault(
        context.source,
        name.span,
        `Column '${name.name}' is not known`,
        suggest(name.name, columns.map((c) => c.name), "Columns")
      )
    }
    if (value === undefined) continue
    const bound = castTo(bindExpression(value, scalarScope(scope, "PARTITION")), column.type)
    if (bound.op !== "literal" || bound.value === null) {
      throw planFault(
        context.source,
        span,
        `Partition '${name.name}' must be given a constant that is not NULL`
      )
    }
    fixed.set(name.name, bound)
  }
  return fixed
}

/** The table's columns that the query's columns go to, in the query's order. */
function targetsOf(
  node: Ast.Insert,
  columns: ReadonlyArray<PersistedColumn>,
  query: Bound,
  context: BindContext
): ReadonlyArray<PersistedColumn> {
  const { source } = context
  const targets = node.columns === undefined ? columns : node.columns.map((name) => {
    const last = name.parts[name.parts.length - 1]!
    const column = columns.find((candidate) => candidate.name === last.name)
    if (column !== undefined) return column
    const names = columns.map((candidate) => candidate.name)
    throw planFault(
      source,
      name.span,
      `Column '${last.name}' cannot be written in table '${node.table.parts.at(-1)!.name}'`,
      suggest(last.name, names, "Columns")
    )
  })
  const repeated = targets.findIndex((column, at) => targets.indexOf(column) !== at)
  if (repeated >= 0) {
    throw planFault(
      source,
      node.columns![repeated]!.span,
      `Column '${targets[repeated]!.name}' is given twice`
    )
  }
  if (targets.length === query.names.length) return targets
  const describe = (names: ReadonlyArray<string>): string => `${names.length} (${names.join(", ")})`
  throw planFault(
    source,
    node.query.span,
    `The query gives ${describe(query.names)} columns, but ${
      node.columns === undefined
        ? `table '${node.table.parts.at(-1)!.name}' has`
        : "the column list has"
    } ${describe(targets.map((column) => column.name))}`
  )
}

function missing(column: PersistedColumn, node: Ast.Insert, context: BindContext): Expression {
  if (!column.type.nullable) {
    throw planFault(
      context.source,
      node.table.span,
      `Column '${column.name}' is NOT NULL and must be given a value`
    )
  }
  return literal(null, column.type)
}

function fit(
  query: Bound,
  at: number,
  column: PersistedColumn,
  scope: Scope,
  node: Ast.Insert
): Expression {
  const from = query.relation.columns[at]!.type
  if (!castable(from, column.type, true)) {
    throw planFault(
      scope.context.source,
      node.query.span,
      `Column ${at + 1} of the query ('${query.names[at]}') is ${
        format(from)
      }, which cannot be written to column '${column.name}' of type ${
        format(withNullable(column.type, true))
      }`,
      `Write CAST(${query.names[at]} AS ${format(withNullable(column.type, true))})`
    )
  }
  const value = input(at, from)
  return keepsLength(from, column.type) ? value : castTo(value, column.type)
}

/** Texts and bytes are written as they are: lengths are not enforced, as `table.exec.sink.type-length-enforcer` = IGNORE. */
function keepsLength(from: LogicalType, to: LogicalType): boolean {
  const text = (type: LogicalType): boolean => type.kind === "CHAR" || type.kind === "VARCHAR"
  const binary = (type: LogicalType): boolean => type.kind === "BINARY" || type.kind === "VARBINARY"
  return (text(from) && text(to)) || (binary(from) && binary(to))
}

function enforceNotNull(
  relation: Relation,
  columns: ReadonlyArray<PersistedColumn>,
  table: string,
  node: Ast.Insert,
  scope: Scope,
  enforcer: NotNullEnforcer
): Relation {
  const { pool } = scope.context
  const open = columns.map((_, at) => at).filter((at) =>
    !columns[at]!.type.nullable && relation.columns[at]!.type.nullable
  )
  if (open.length === 0) return relation
  const at = scalarScope(scope, "NOT NULL")
  if (enforcer === "error") return checkNotNull(relation, open, table, at, node)
  const conditions = open.map((index) =>
    callScalar(at, "IS NOT NULL", [input(index, relation.columns[index]!.type)], node.query.span)
  )
  return pool.filter(relation, allOf(conditions))
}

/** The job fails at the first NULL that a NOT NULL column is given. */
function checkNotNull(
  relation: Relation,
  open: ReadonlyArray<number>,
  table: string,
  at: ExpressionScope,
  node: Ast.Insert
): Relation {
  const names = relation.columns.map((column) => column.name)
  const checked = relation.columns.map((column, index): Expression => {
    const value = input(index, column.type)
    if (!open.includes(index)) return value
    const name = textLiteral(`'${column.name}' of table ${table}`)
    return callScalar(at, requireNotNull, [value, name], node.query.span)
  })
  return at.scope.context.pool.project(relation, checked, names)
}
