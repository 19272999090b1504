/** FROM: tables, views, queries, joins and windowing functions, and the names by which their columns are reached. */
import type * as Ast from "../../sql/ast.ts"
import type { CatalogView } from "../catalog/catalog-object.ts"
import { type ObjectPath, pathText } from "../catalog/object-path.ts"
import { bindJoin } from "./bind-join.ts"
import { withoutOrder } from "./bind-order.ts"
import { bindTable } from "./bind-table.ts"
import { bindWindowFunction } from "./bind-window-function.ts"
import { asElements } from "./bind-expression.ts"
import { bindUnnest } from "./bind-unnest.ts"
import { truth } from "./expression-tree.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import { type BindContext, type Bound, type Scope, scopeOf } from "./scope.ts"

/** Bind what stands in FROM. */
export function bindFrom(node: Ast.TableReference, context: BindContext): Scope {
  const { source } = context
  switch (node.kind) {
    case "namedTable":
      if (node.systemTime !== undefined) {
        throw notSupported(source, node.systemTime.span, "FOR SYSTEM_TIME AS OF outside of a join")
      }
      return bindNamed(node.name, node.hints, context)
    case "derivedTable":
      return scopeOf(context, withoutOrder(context.bindQuery(node.query, context)), [])
    case "aliasedTable":
      return aliased(node, bindFrom(node.table, context))
    case "unnest":
      return bindElements(node, context)
    case "functionTable": {
      const elements = asElements(node, context)
      if (elements !== undefined) return bindElements(elements, context)
      if (node.lateral) throw notSupported(source, node.span, "LATERAL TABLE")
      return bindWindowFunction(node, context)
    }
    case "join":
      return bindJoin(node, context, bindFrom, aliased)
    default:
      throw notSupported(source, node.span, refusals[node.kind])
  }
}

const refusals = {
  inlineTable: "A table made from a value",
  sampledTable: "TABLESAMPLE",
  matchRecognize: "MATCH_RECOGNIZE",
  pivot: "PIVOT"
} as const

/** UNNEST that stands alone: of constants, or of columns of a query further out. */
function bindElements(node: Ast.UnnestTable, context: BindContext): Scope {
  const relation = context.pool.make({ kind: "values", rows: [[truth(true)]] }, [])
  const { scope, columns } = bindUnnest(node, { context, relation, columns: [] }, false)
  return { ...scope, columns }
}

function aliased(node: Ast.AliasedTable, scope: Scope): Scope {
  const { source } = scope.context
  const visible = scope.columns.filter((column) => !column.qualifiedOnly)
  if (node.columns.length > 0 && node.columns.length !== visible.length) {
    throw planFault(
      source,
      node.alias.span,
      `Alias '${node.alias.name}' names ${node.columns.length} columns, but the table has ${visible.length}`
    )
  }
  const table = [node.alias.name]
  // The elements of UNNEST(…) AS x are called x too.
  const single = node.table.kind === "unnest" && visible.length === 1 ? node.alias.name : undefined
  const columns = visible.map((column, i) => ({
    ...column,
    name: node.columns[i]?.name ?? single ?? column.name,
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
  const inner = withoutOrder(context.bindQuery(view.query, {
    ...context,
    source: view.source,
    home: view.home,
    common: new Map(),
    outer: undefined,
    expanding: [...context.expanding, text]
  }))
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
