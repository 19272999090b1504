/**
 * Statements that change catalogs: CREATE, DROP, ALTER, USE of catalogs and databases here, of tables and views beside.
 * Everything that parses and does not run is refused here by name.
 */
import type * as Ast from "../sql/ast.ts"
import type { CatalogDatabase } from "./catalog/catalog.ts"
import type { CatalogDescriptor } from "./catalog/catalog-store.ts"
import { notSupported, planFault } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"
import { alterTable } from "./session-alter.ts"
import { alterFunction, createFunction, dropFunction } from "./session-function.ts"
import { alterView, createTable, createView, dropObject, partsOf } from "./session-object.ts"

/** Carry out a statement; answers what was done, as `CREATE TABLE`. Begins anew when a catalog must be waited for. */
export async function changeCatalog(context: BindContext, node: Ast.Statement): Promise<string> {
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
    case "alterView":
      return alterView(context, node)
    case "alterDatabase":
      return alterDatabase(context, node)
    case "alterCatalog":
      return alterCatalog(context, node)
    case "createFunction":
      return createFunction(context, node)
    case "alterFunction":
      return alterFunction(context, node)
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
  analyzeTable: "ANALYZE TABLE",
  module: "LOAD MODULE and UNLOAD MODULE",
  jar: "ADD JAR and REMOVE JAR",
  stopJob: "STOP JOB"
}

/** A database's name: its catalog and its own. */
function databaseName(
  context: BindContext,
  name: Ast.Name
): { readonly catalog: string; readonly database: string } {
  const parts = partsOf(name)
  return { catalog: parts.at(-2) ?? context.catalogs.current.catalog, database: parts.at(-1)! }
}

/** Key to value; a fault for a key given twice. */
function optionsOf(
  context: BindContext,
  pairs: ReadonlyArray<Ast.OptionPair>
): Readonly<Record<string, string>> {
  const options: Record<string, string> = {}
  for (const { key, value } of pairs) {
    if (Object.hasOwn(options, key.value)) {
      throw planFault(context.source, key.span, `Option '${key.value}' is given twice`)
    }
    options[key.value] = value.value
  }
  return options
}

async function createDatabase(context: BindContext, node: Ast.CreateDatabase): Promise<string> {
  const { catalogs } = context
  const { catalog, database } = databaseName(context, node.name)
  const found = needCatalog(context, catalog, node.name.span)
  const value: CatalogDatabase = {
    comment: node.comment?.value,
    properties: optionsOf(context, node.options)
  }
  if (catalogs.database(catalog, database) !== undefined) {
    if (node.ifNotExists) return "CREATE DATABASE"
    throw planFault(
      context.source,
      node.name.span,
      `Database '${catalog}.${database}' already exists`,
      "Write IF NOT EXISTS, or drop it first"
    )
  }
  await found.createDatabase(database, value, false)
  return "CREATE DATABASE"
}

async function alterDatabase(context: BindContext, node: Ast.AlterDatabase): Promise<string> {
  const { catalog, database } = databaseName(context, node.name)
  const found = needCatalog(context, catalog, node.name.span)
  const old = context.catalogs.database(catalog, database)
  if (old === undefined) throw noDatabase(context, catalog, database, node.name)
  const properties = { ...old.properties, ...optionsOf(context, node.options) }
  await found.alterDatabase(database, { ...old, properties }, false)
  return "ALTER DATABASE"
}

function noDatabase(
  context: BindContext,
  catalog: string,
  database: string,
  name: Ast.Name
): Error {
  return planFault(context.source, name.span, `Database '${catalog}.${database}' does not exist`)
}

function needCatalog(
  context: BindContext,
  name: string,
  span: Ast.Span
): NonNullable<ReturnType<BindContext["catalogs"]["catalog"]>> {
  const found = context.catalogs.catalog(name)
  if (found === undefined) {
    throw planFault(context.source, span, `Catalog '${name}' does not exist`)
  }
  return found
}

async function createCatalog(context: BindContext, node: Ast.CreateCatalog): Promise<string> {
  const { source, catalogs } = context
  const { name } = node.name
  if (catalogs.catalogs().includes(name)) {
    if (node.ifNotExists) return "CREATE CATALOG"
    throw planFault(source, node.name.span, `Catalog '${name}' already exists`)
  }
  const options = optionsOf(context, node.options)
  await catalogs.createCatalog(name, { options, comment: node.comment?.value })
  return "CREATE CATALOG"
}

async function alterCatalog(context: BindContext, node: Ast.AlterCatalog): Promise<string> {
  const { source, catalogs } = context
  const { name } = node.name
  const old = catalogs.descriptor(name)
  if (old === undefined) {
    throw planFault(source, node.name.span, `Catalog '${name}' does not exist`)
  }
  await catalogs.alterCatalog(name, altered(context, node, old))
  return "ALTER CATALOG"
}

function altered(
  context: BindContext,
  { action, span }: Ast.AlterCatalog,
  old: CatalogDescriptor
): CatalogDescriptor {
  if (action.kind === "setComment") return { ...old, comment: action.comment.value }
  const changed = action.kind === "setOptions"
    ? Object.keys(optionsOf(context, action.options))
    : action.keys.map((key) => key.value)
  if (changed.includes("type")) {
    throw planFault(context.source, span, "Option 'type' of a catalog cannot be changed")
  }
  const options = action.kind === "setOptions"
    ? { ...old.options, ...optionsOf(context, action.options) }
    : Object.fromEntries(Object.entries(old.options).filter(([key]) => !changed.includes(key)))
  return { ...old, options }
}

async function drop(context: BindContext, node: Ast.Drop): Promise<string> {
  switch (node.object) {
    case "TABLE":
    case "VIEW":
      return dropObject(context, node)
    case "FUNCTION":
      return dropFunction(context, node)
    case "DATABASE":
      return dropDatabase(context, node)
    case "CATALOG": {
      const { source, catalogs } = context
      const name = partsOf(node.name).at(-1)!
      if (catalogs.catalog(name) === undefined) {
        if (node.ifExists) return "DROP CATALOG"
        throw planFault(source, node.name.span, `Catalog '${name}' does not exist`)
      }
      if (name === catalogs.current.catalog) {
        throw planFault(
          source,
          node.name.span,
          `Catalog '${name}' is the current one and cannot be dropped`,
          "Write USE CATALOG for another one first"
        )
      }
      await catalogs.dropCatalog(name)
      return "DROP CATALOG"
    }
    default:
      throw notSupported(context.source, node.span, `DROP ${node.object}`)
  }
}

async function dropDatabase(context: BindContext, node: Ast.Drop): Promise<string> {
  const { source, catalogs } = context
  const { catalog, database } = databaseName(context, node.name)
  const found = catalogs.catalog(catalog)
  if (found === undefined || catalogs.database(catalog, database) === undefined) {
    if (node.ifExists) return "DROP DATABASE"
    throw noDatabase(context, catalog, database, node.name)
  }
  if (catalog === catalogs.current.catalog && database === catalogs.current.database) {
    throw planFault(
      source,
      node.name.span,
      `Database '${catalog}.${database}' is the current one and cannot be dropped`,
      "Write USE for another one first"
    )
  }
  await found.dropDatabase(database, node.ifExists, node.behaviour === "CASCADE")
  return "DROP DATABASE"
}

function use(context: BindContext, node: Ast.Use): string {
  const { source, catalogs } = context
  if (node.object === "MODULES") throw notSupported(source, node.span, "USE MODULES")
  const [name] = node.names as [Ast.Name]
  if (node.object === "CATALOG") {
    const catalog = partsOf(name).at(-1)!
    needCatalog(context, catalog, name.span)
    catalogs.useCatalog(catalog)
    return "USE CATALOG"
  }
  const { catalog, database } = databaseName(context, name)
  needCatalog(context, catalog, name.span)
  if (catalogs.database(catalog, database) === undefined) {
    throw noDatabase(context, catalog, database, name)
  }
  catalogs.useDatabase(catalog, database)
  return "USE"
}
