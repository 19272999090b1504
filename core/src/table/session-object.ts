/** CREATE, ALTER and DROP of tables and views, as far as the whole object is concerned. */
import type * as Ast from "../sql/ast.ts"
import type { CatalogObject } from "./catalog/catalog-object.ts"
import type { ObjectPath } from "./catalog/object-path.ts"
import { bindCreateTable, bindCreateView } from "./planner/bind-create.ts"
import { unknownTable } from "./planner/bind-from.ts"
import { planFault } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"

/** The parts of a name. */
export function partsOf(name: Ast.Name): ReadonlyArray<string> {
  return name.parts.map((part) => part.name)
}

/** Make a table or view; the place is that of its name. */
export async function create(
  context: BindContext,
  object: CatalogObject,
  name: Ast.Name
): Promise<void> {
  const { catalog, database } = object.path
  if (!object.temporary && context.catalogs.database(catalog, database) === undefined) {
    const problem = context.catalogs.catalog(catalog) === undefined
      ? `Catalog '${catalog}' does not exist`
      : `Database '${catalog}.${database}' does not exist`
    throw planFault(context.source, name.span, problem)
  }
  await context.catalogs.create(object)
}

/** What has the name already; a fault unless `ignore`. Temporary and permanent objects do not meet. */
export function taken(
  context: BindContext,
  path: ObjectPath,
  temporary: boolean,
  ignore: boolean,
  name: Ast.Name
): CatalogObject | undefined {
  const there = temporary ? context.catalogs.temporary(path) : context.catalogs.permanent(path)
  if (there === undefined || ignore) return there
  const kind = there.kind === "table" ? "Table" : "View"
  throw planFault(
    context.source,
    name.span,
    `${kind} '${path.object}' already exists`,
    "Drop it first, or write IF NOT EXISTS"
  )
}

/** CREATE TABLE with columns or LIKE. */
export async function createTable(context: BindContext, node: Ast.CreateTable): Promise<string> {
  if (node.mode !== "create") {
    throw planFault(
      context.source,
      node.span,
      `${node.mode === "replace" ? "REPLACE" : "CREATE OR REPLACE"} TABLE needs a query`,
      "Write AS SELECT …"
    )
  }
  const path = context.catalogs.path(partsOf(node.name))
  if (taken(context, path, node.temporary, node.ifNotExists, node.name) !== undefined) {
    return "CREATE TABLE"
  }
  await create(context, bindCreateTable(node, path, context), node.name)
  return "CREATE TABLE"
}

/** CREATE VIEW. */
export async function createView(context: BindContext, node: Ast.CreateView): Promise<string> {
  const path = context.catalogs.path(partsOf(node.name))
  const replace = node.orReplace
  const there = taken(context, path, node.temporary, node.ifNotExists || replace, node.name)
  if (there !== undefined && !replace) return "CREATE VIEW"
  if (there?.kind === "table") {
    throw planFault(context.source, node.name.span, `'${path.object}' is a table, not a view`)
  }
  const view = bindCreateView(node, path, context)
  if (there === undefined) await create(context, view, node.name)
  else await context.catalogs.alter(view)
  return "CREATE VIEW"
}

/** ALTER VIEW … RENAME TO, ALTER VIEW … AS. */
export async function alterView(context: BindContext, node: Ast.AlterView): Promise<string> {
  const { catalogs, source } = context
  const path = catalogs.path(partsOf(node.name))
  const found = catalogs.find(path)
  if (found === undefined) throw unknownTable(node.name, path, context)
  if (found.kind !== "view") {
    throw planFault(source, node.name.span, `'${path.object}' is a table`, "Write ALTER TABLE")
  }
  if (node.to !== undefined) await rename(context, found, node.to)
  else {
    const view = bindCreateView(
      {
        kind: "createView",
        name: node.name,
        temporary: found.temporary,
        orReplace: true,
        ifNotExists: false,
        columns: [],
        comment: undefined,
        query: node.query!,
        span: node.span
      },
      path,
      context
    )
    await catalogs.alter({ ...view, comment: found.comment })
  }
  return "ALTER VIEW"
}

/** Give an object another name in its database. */
export async function rename(
  context: BindContext,
  object: CatalogObject,
  to: Ast.Name
): Promise<void> {
  const { catalog, database } = object.path
  const path = context.catalogs.path(partsOf(to), { catalog, database })
  if (path.catalog !== catalog || path.database !== database) {
    throw planFault(
      context.source,
      to.span,
      `'${object.path.object}' cannot be moved to another database`,
      "RENAME TO takes a name in the same database"
    )
  }
  taken(context, path, object.temporary, false, to)
  await context.catalogs.rename(object, path.object)
}

/** DROP TABLE, DROP VIEW. */
export async function dropObject(context: BindContext, node: Ast.Drop): Promise<string> {
  const { source, catalogs } = context
  const done = `DROP ${node.object}`
  const path = catalogs.path(partsOf(node.name))
  const kind = node.object === "TABLE" ? "table" : "view"
  const found = node.temporary ? catalogs.temporary(path) : catalogs.permanent(path)
  if (found === undefined || found.kind !== kind) {
    if (node.ifExists) return done
    const other = catalogs.find(path)
    if (other === undefined) throw unknownTable(node.name, path, context)
    const hint = other.kind !== kind
      ? `It is a ${other.kind}: write DROP ${other.kind.toUpperCase()}`
      : `It is temporary: write DROP TEMPORARY ${node.object}`
    throw planFault(
      source,
      node.name.span,
      `There is no ${node.temporary ? "temporary " : ""}${kind} '${path.object}' to drop`,
      hint
    )
  }
  if (!node.temporary && catalogs.temporary(path) !== undefined) {
    throw planFault(
      source,
      node.name.span,
      `A temporary object hides '${path.object}'`,
      `Write DROP TEMPORARY ${node.object} first`
    )
  }
  await catalogs.drop(found)
  return done
}
