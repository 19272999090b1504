/** Statements that change catalogs: CREATE, DROP, ALTER, USE. Everything that parses and does not run is refused here by name. */
import type * as Ast from "../sql/ast.ts"
import type { CatalogObject, CatalogTable } from "./catalog/catalog-object.ts"
import type { ObjectPath } from "./catalog/object-path.ts"
import { bindCreateTable, bindCreateView } from "./planner/bind-create.ts"
import { unknownTable } from "./planner/bind-from.ts"
import { notSupported, planFault } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"

/** Carry out a statement; answers what was done, as `CREATE TABLE`. */
export function changeCatalog(context: BindContext, node: Ast.Statement): string {
  switch (node.kind) {
    case "createTable":
      return createTable(context, node)
    case "createView":
      return createView(context, node)
    case "createDatabase":
      return createDatabase(context, node)
    case "createCatalog":
      return createCatalog(context, node)
    case "drop":
      return drop(context, node)
    case "alterTable":
      return alterTable(context, node)
    case "use":
      return use(context, node)
    default:
      throw notSupported(
        context.source,
        node.span,
        refusals[node.kind] ?? `A statement of kind '${node.kind}'`
      )
  }
}

const refusals: Readonly<Record<string, string>> = {
  update: "UPDATE",
  delete: "DELETE",
  truncateTable: "TRUNCATE TABLE",
  executePlan: "EXECUTE PLAN",
  compilePlan: "COMPILE PLAN",
  createMaterializedTable: "CREATE MATERIALIZED TABLE",
  alterMaterializedTable: "ALTER MATERIALIZED TABLE",
  createFunction: "CREATE FUNCTION",
  alterFunction: "ALTER FUNCTION",
  alterView: "ALTER VIEW",
  alterCatalog: "ALTER CATALOG",
  alterDatabase: "ALTER DATABASE",
  analyzeTable: "ANALYZE TABLE",
  module: "LOAD MODULE and UNLOAD MODULE",
  jar: "ADD JAR and REMOVE JAR",
  stopJob: "STOP JOB"
}

function names(name: Ast.Name): ReadonlyArray<string> {
  return name.parts.map((part) => part.name)
}

function put(context: BindContext, object: CatalogObject, span: Ast.Span): void {
  const problem = context.catalogs.put(object)
  if (problem !== undefined) throw planFault(context.source, span, problem)
}

/** Whether the name is taken; a fault unless `ifNotExists`. Temporary and permanent objects do not meet. */
function taken(
  context: BindContext,
  path: ObjectPath,
  temporary: boolean,
  ifNotExists: boolean,
  name: Ast.Name
): boolean {
  const there = temporary ? context.catalogs.temporary(path) : context.catalogs.permanent(path)
  if (there === undefined) return false
  if (ifNotExists) return true
  const kind = there.kind === "table" ? "Table" : "View"
  throw planFault(
    context.source,
    name.span,
    `${kind} '${path.object}' already exists`,
    "Drop it first, or write IF NOT EXISTS"
  )
}

function createTable(context: BindContext, node: Ast.CreateTable): string {
  if (node.mode !== "create") throw notSupported(context.source, node.span, "REPLACE TABLE")
  const path = context.catalogs.path(names(node.name))
  if (taken(context, path, node.temporary, node.ifNotExists, node.name)) return "CREATE TABLE"
  put(context, bindCreateTable(node, path, context), node.name.span)
  return "CREATE TABLE"
}

function createView(context: BindContext, node: Ast.CreateView): string {
  const path = context.catalogs.path(names(node.name))
  if (taken(context, path, node.temporary, node.ifNotExists, node.name)) return "CREATE VIEW"
  put(context, bindCreateView(node, path, context), node.name.span)
  return "CREATE VIEW"
}

function createDatabase(context: BindContext, node: Ast.CreateDatabase): string {
  const { source, catalogs } = context
  const parts = names(node.name)
  const name = parts.at(-1)!
  const catalog = parts.at(-2) ?? catalogs.current.catalog
  if (node.ifNotExists && catalogs.databases(catalog)?.includes(name)) return "CREATE DATABASE"
  if (node.options.length > 0) {
    throw notSupported(source, node.options[0]!.span, "An option of a database in memory")
  }
  const problem = catalogs.createDatabase(catalog, name, node.comment?.value)
  if (problem !== undefined) throw planFault(source, node.name.span, problem)
  return "CREATE DATABASE"
}

function createCatalog(context: BindContext, node: Ast.CreateCatalog): string {
  const { source, catalogs } = context
  const { name } = node.name
  if (node.ifNotExists && catalogs.catalogs().includes(name)) return "CREATE CATALOG"
  const options = new Map(node.options.map((pair) => [pair.key.value, pair] as const))
  const type = options.get("type")
  if (type === undefined) {
    throw planFault(
      source,
      node.span,
      "A catalog needs the option 'type'",
      "Write WITH ('type' = 'generic_in_memory')"
    )
  }
  if (type.value.value !== "generic_in_memory") {
    throw notSupported(
      source,
      type.span,
      `A catalog of type '${type.value.value}'`,
      "Types: generic_in_memory"
    )
  }
  for (const [key, pair] of options) {
    if (key !== "type" && key !== "default-database") {
      throw planFault(
        source,
        pair.span,
        `Option '${key}' is not known`,
        "Options: type, default-database"
      )
    }
  }
  const problem = catalogs.createCatalog(
    name,
    options.get("default-database")?.value.value ?? "default"
  )
  if (problem !== undefined) throw planFault(source, node.name.span, problem)
  return "CREATE CATALOG"
}

function drop(context: BindContext, node: Ast.Drop): string {
  switch (node.object) {
    case "TABLE":
    case "VIEW":
      return dropObject(context, node)
    case "DATABASE": {
      const parts = names(node.name)
      const name = parts.at(-1)!
      const catalog = parts.at(-2) ?? context.catalogs.current.catalog
      if (node.ifExists && context.catalogs.databases(catalog)?.includes(name) !== true) {
        return "DROP DATABASE"
      }
      const problem = context.catalogs.dropDatabase(catalog, name, node.behaviour === "CASCADE")
      if (problem !== undefined) throw planFault(context.source, node.name.span, problem)
      return "DROP DATABASE"
    }
    case "CATALOG": {
      const name = names(node.name).at(-1)!
      if (node.ifExists && !context.catalogs.catalogs().includes(name)) return "DROP CATALOG"
      const problem = context.catalogs.dropCatalog(name)
      if (problem !== undefined) throw planFault(context.source, node.name.span, problem)
      return "DROP CATALOG"
    }
    default:
      throw notSupported(context.source, node.span, `DROP ${node.object}`)
  }
}

function dropObject(context: BindContext, node: Ast.Drop): string {
  const { source, catalogs } = context
  const done = `DROP ${node.object}`
  const path = catalogs.path(names(node.name))
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
  catalogs.remove(found)
  return done
}

function alterTable(context: BindContext, node: Ast.AlterTable): string {
  const { source, catalogs } = context
  const path = catalogs.path(names(node.name))
  const found = catalogs.find(path)
  if (found === undefined || found.kind !== "table") {
    if (node.ifExists && found === undefined) return "ALTER TABLE"
    if (found === undefined) throw unknownTable(node.name, path, context)
    throw planFault(source, node.name.span, `'${path.object}' is a view`)
  }
  const { action } = node
  if (action.kind === "setOptions") {
    const added = Object.fromEntries(
      action.options.map((pair) => [pair.key.value, pair.value.value])
    )
    put(context, { ...found, options: { ...found.options, ...added } }, node.span)
  } else if (action.kind === "resetOptions") {
    const dropped = new Set(action.keys.map((key) => key.value))
    if (dropped.has("connector")) {
      throw planFault(source, node.span, "Option 'connector' cannot be reset")
    }
    put(context, {
      ...found,
      options: Object.fromEntries(
        Object.entries(found.options).filter(([key]) => !dropped.has(key))
      )
    }, node.span)
  } else if (action.kind === "renameTable") rename(context, found, action.to)
  else {throw notSupported(
      source,
      node.span,
      "This change of ALTER TABLE",
      "Supported: SET, RESET, RENAME TO"
    )}
  return "ALTER TABLE"
}

function rename(context: BindContext, table: CatalogTable, to: Ast.Name): void {
  const path = context.catalogs.path(names(to), {
    catalog: table.path.catalog,
    database: table.path.database
  })
  taken(context, path, table.temporary, false, to)
  context.catalogs.remove(table)
  put(context, { ...table, path }, to.span)
}

function use(context: BindContext, node: Ast.Use): string {
  const { source, catalogs } = context
  if (node.object === "MODULES") throw notSupported(source, node.span, "USE MODULES")
  const parts = names(node.names[0]!)
  const problem = node.object === "CATALOG"
    ? catalogs.useCatalog(parts.at(-1)!)
    : catalogs.useDatabase(parts.at(-2) ?? catalogs.current.catalog, parts.at(-1)!)
  if (problem !== undefined) throw planFault(source, node.names[0]!.span, problem)
  return `USE${node.object === "CATALOG" ? " CATALOG" : ""}`
}
