/** FROM: tables, views, queries, joins and windowing functions, and the names by which their columns are reached. */
import type * as Ast from "../../sql/ast.ts"
import type { CatalogView } from "../catalog/catalog-object.ts"
import { type ObjectPath, pathText } from "../catalog/object-path.ts"
import type { Expression } from "../expression.ts"
import { bindCondition, callScalar, scalarScope } from "./bind-expression.ts"
import { bindTable } from "./bind-table.ts"
import { bindWindowFunction } from "./bind-window-function.ts"
import { allOf } from "./expression-tree.ts"
import { makeJoin } from "./make-join.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import type { JoinType } from "./relation.ts"
import {
  type BindContext,
  type Bound,
  resolveColumn,
  type Scope,
  type ScopeColumn,
  scopeOf
} from "./scope.ts"

/** Bind what stands in FROM. */
export function bindFrom(node: Ast.TableReference, context: BindContext): Scope {
  const { source } = context
  switch (node.kind) {
    case "namedTable":
      if (node.systemTime !== undefined) {
        throw notSupported(source, node.systemTime.span, "FOR SYSTEM_TIME AS OF")
      }
      return bindNamed(node.name, node.hints, context)
    case "derivedTable":
      if (node.lateral) throw notSupported(source, node.span, "LATERAL")
      return scopeOf(context, context.bindQuery(node.query, context), [])
    case "aliasedTable":
      return aliased(node, context)
    case "functionTable":
      if (node.lateral) throw notSupported(source, node.span, "LATERAL TABLE")
      return bindWindowFunction(node, context)
    case "join":
      return bindJoin(node, context)
    default:
      throw notSupported(source, node.span, refusals[node.kind])
  }
}

const refusals = {
  unnest: "UNNEST",
  inlineTable: "A table made from a value",
  sampledTable: "TABLESAMPLE",
  matchRecognize: "MATCH_RECOGNIZE",
  pivot: "PIVOT"
} as const

function aliased(node: Ast.AliasedTable, context: BindContext): Scope {
  const scope = bindFrom(node.table, context)
  const visible = scope.columns.filter((column) => !column.qualifiedOnly)
  if (node.columns.length > 0 && node.columns.length !== visible.length) {
    throw planFault(
      context.source,
      node.alias.span,
      `Alias '${node.alias.name}' names ${node.columns.length} columns, but the table has ${visible.length}`
    )
  }
  const table = [node.alias.name]
  const columns = visible.map((column, i) => ({
    ...column,
    name: node.columns[i]?.name ?? column.name,
    table
  }))
  return { ...scope, columns }
}

/** Bind a table, a view or a query that WITH has named. */
export function bindNamed(
  name: Ast.Name,
  hints: ReadonlyArray<Ast.Hint>,
  context: BindContext
): Scope {
  const parts = name.parts.map((part) => part.name)
  const common = parts.length === 1 ? context.common.get(parts[0]!) : undefined
  if (common !== undefined) return scopeOf(context, common, parts)
  const path = context.catalogs.path(parts, context.home)
  const table = [path.catalog, path.database, path.object]
  const found = context.catalogs.find(path)
  if (found === undefined) throw unknownTable(name, path, context)
  if (found.kind === "table") return scopeOf(context, bindTable(found, hints, context), table)
  if (hints.length > 0) {
    throw planFault(context.source, hints[0]!.span, `View '${path.object}' takes no hints`)
  }
  return scopeOf(context, bindView(found, name, context), table)
}

function bindView(view: CatalogView, name: Ast.Name, context: BindContext): Bound {
  const text = pathText(view.path)
  if (context.expanding.includes(text)) {
    throw planFault(context.source, name.span, `View '${view.path.object}' reads from itself`)
  }
  const known = context.views.get(text)
  if (known !== undefined) return known
  const inner = context.bindQuery(view.query, {
    ...context,
    source: view.source,
    home: view.home,
    common: new Map(),
    outer: undefined,
    expanding: [...context.expanding, text]
  })
  const bound = { relation: inner.relation, names: view.schema.map((field) => field.name) }
  context.views.set(text, bound)
  return bound
}

/** The fault for a name that no table and no view has. */
export function unknownTable(name: Ast.Name, path: ObjectPath, context: BindContext): Error {
  const { catalogs, source } = context
  const databases = catalogs.databases(path.catalog)
  if (databases === undefined) {
    const hint = suggest(path.catalog, catalogs.catalogs(), "Catalogs")
    return planFault(source, name.span, `Catalog '${path.catalog}' does not exist`, hint)
  }
  if (!databases.includes(path.database)) {
    const hint = suggest(path.database, databases, "Databases")
    return planFault(
      source,
      name.span,
      `Database '${path.catalog}.${path.database}' does not exist`,
      hint
    )
  }
  const known = catalogs.objects(path.catalog, path.database).map((object) => object.path.object)
  return planFault(
    source,
    name.span,
    `Table or view '${path.object}' does not exist`,
    suggest(path.object, [...context.common.keys(), ...known], "Known")
  )
}

const joinTypes: Readonly<Record<Ast.Join["type"], JoinType>> = {
  INNER: "inner",
  CROSS: "inner",
  COMMA: "inner",
  LEFT: "left",
  RIGHT: "right",
  FULL: "full"
}

function bindJoin(node: Ast.Join, context: BindContext): Scope {
  if (node.natural) throw notSupported(context.source, node.span, "NATURAL JOIN")
  const type = joinTypes[node.type]
  const left = bindFrom(node.left, context)
  const right = bindFrom(node.right, context)
  const width = left.relation.columns.length
  const shifted = right.columns.map((column) => ({ ...column, index: column.index + width }))
  const both: Scope = {
    context,
    relation: context.pool.make(
      { kind: "join", type: "inner", leftKeys: [], rightKeys: [], condition: undefined },
      [left.relation, right.relation]
    ),
    columns: [...left.columns, ...shifted]
  }
  const condition = node.using !== undefined
    ? usingCondition(node.using, left, { ...both, columns: shifted })
    : node.on && bindCondition(node.on, scalarScope(both, "ON"))
  const relation = makeJoin(context.pool, {
    type,
    left: left.relation,
    right: right.relation,
    leftKeys: [],
    rightKeys: [],
    condition
  })
  const columns = node.using === undefined
    ? both.columns
    : usingColumns(node, left.columns, shifted, context)
  return { context, relation, columns }
}

/** `right` has the columns of the right side, numbered within both. */
function usingCondition(
  using: ReadonlyArray<Ast.Identifier>,
  left: Scope,
  right: Scope
): Expression | undefined {
  return allOf(using.map((name) => {
    const args = [resolveColumn(left, [name]), resolveColumn(right, [name])]
    return callScalar(scalarScope(right, "USING"), "=", args, name.span)
  }))
}

function usingColumns(
  node: Ast.Join,
  left: ReadonlyArray<ScopeColumn>,
  right: ReadonlyArray<ScopeColumn>,
  context: BindContext
): ReadonlyArray<ScopeColumn> {
  if (node.type === "FULL") throw notSupported(context.source, node.span, "FULL JOIN with USING")
  const merged = new Set(node.using!.map((name) => name.name))
  const [kept, hidden] = node.type === "RIGHT" ? [right, left] : [left, right]
  const first = node.using!.map((name) => kept.find((column) => column.name === name.name)!)
  const rest = (side: ReadonlyArray<ScopeColumn>): ReadonlyArray<ScopeColumn> =>
    side.filter((column) => !merged.has(column.name))
  const masked = hidden.filter((column) => merged.has(column.name)).map((column) => ({
    ...column,
    qualifiedOnly: true
  }))
  return [...first, ...rest(left), ...rest(right), ...masked]
}
