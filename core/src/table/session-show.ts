/** SHOW and DESCRIBE: what catalogs and the registry hold, as tables with Flink's column names. */
import type * as Ast from "../sql/ast.ts"
import { format, type LogicalType, type RowType, withNullable } from "../type/logical-type.ts"
import type { CatalogObject, CatalogTable, TableColumn } from "./catalog/catalog-object.ts"
import { fitsPattern } from "./catalog/name-pattern.ts"
import { showCreateCatalog, showCreateTable, showCreateView } from "./catalog/show-create.ts"
import { declaredSecrets } from "./connector.ts"
import { functionNames } from "./function/registry.ts"
import { unknownTable } from "./planner/bind-from.ts"
import { notSupported, planFault, type SourceText } from "./planner/plan-fault.ts"
import { shownOptions } from "./secret.ts"
import { partitionsOf, partitionSpec } from "./session-alter.ts"
import type { Outcome, StatementPlace } from "./session-outcome.ts"
import { contextOf, type SessionState } from "./session-state.ts"

type Rows = ReadonlyArray<ReadonlyArray<string | null>>

/** Functions of users: those of the system and those of the current database. */
function userNames({ catalogs, functions }: SessionState): ReadonlyArray<string> {
  const { catalog, database } = catalogs.current
  const kept = catalogs.catalog(catalog)?.functions
  const own = kept === undefined
    ? []
    : catalogs.read(`functions ${catalog}.${database}`, () => kept.list(database))
  return [...new Set([...functions.names(), ...own])].sort()
}

/** SHOW. */
export async function showObjects(
  state: SessionState,
  source: SourceText,
  node: Ast.Show,
  at: StatementPlace
): Promise<Outcome> {
  const { catalogs } = state
  const list = (column: string, names: ReadonlyArray<string>): Outcome =>
    table([column], filtered(node, names).map((name) => [name]), at)
  switch (node.object) {
    case "CATALOGS":
      return list("catalog name", catalogs.catalogs())
    case "DATABASES":
      return list("database name", databasesOf(state, source, node))
    case "TABLES":
      return list("table name", namesOf(state, source, node))
    case "VIEWS":
      return list("view name", namesOf(state, source, node, "view"))
    case "FUNCTIONS":
      return list(
        "function name",
        [...functionNames().map((name) => name.toLowerCase()), ...userNames(state)].sort()
      )
    case "USER FUNCTIONS":
      return list("function name", userNames(state))
    case "MODULES":
      return list("module name", ["core"])
    case "FULL MODULES":
      return table(["module name", "used"], [["core", "TRUE"]], at)
    case "PROCEDURES":
      return list("procedure name", [])
    case "PARTITIONS":
      return list("partition name", partitionsShown(state, source, node))
    case "CREATE CATALOG": {
      const name = node.name!.parts.at(-1)!.name
      const descriptor = catalogs.descriptor(name)
      if (descriptor === undefined) throw noCatalog(source, node.name!, name)
      return { ...table(["result"], [[showCreateCatalog(name, descriptor)]], at), plain: true }
    }
    case "JARS":
      return table(["jars"], [], at)
    case "CURRENT CATALOG":
      return table(["current catalog name"], [[catalogs.current.catalog]], at)
    case "CURRENT DATABASE":
      return table(["current database name"], [[catalogs.current.database]], at)
    case "COLUMNS": {
      const rows = describeRows(find(state, source, node.name!))
      return table(describeColumns, rows.filter((row) => fits(node, row[0]!)), at)
    }
    case "CREATE TABLE":
    case "CREATE VIEW":
      return { ...table(["result"], [[await showCreate(state, source, node)]], at), plain: true }
    default:
      throw notSupported(source, node.span, `SHOW ${node.object}`)
  }
}

function table(
  columns: ReadonlyArray<string>,
  rows: Rows,
  place: StatementPlace
): Extract<Outcome, { kind: "table" }> {
  return { kind: "table", columns, rows, plain: false, place }
}

function fits(node: Ast.Show, name: string): boolean {
  if (node.like === undefined) return true
  const { operator, negated, pattern } = node.like
  return fitsPattern(name, pattern.value, operator === "ILIKE") !== negated
}

function filtered(node: Ast.Show, names: ReadonlyArray<string>): ReadonlyArray<string> {
  return names.filter((name) => fits(node, name))
}

function databasesOf(
  state: SessionState,
  source: SourceText,
  node: Ast.Show
): ReadonlyArray<string> {
  const catalog = node.name?.parts.at(-1)?.name ?? state.catalogs.current.catalog
  const databases = state.catalogs.databases(catalog)
  if (databases === undefined) {
    throw planFault(source, node.name!.span, `Catalog '${catalog}' does not exist`)
  }
  return databases
}

function namesOf(
  state: SessionState,
  source: SourceText,
  node: Ast.Show,
  kind?: "view"
): ReadonlyArray<string> {
  const { current } = state.catalogs
  const parts = node.name?.parts.map((part) => part.name) ?? []
  const database = parts.at(-1) ?? current.database
  const catalog = parts.at(-2) ?? current.catalog
  if (state.catalogs.databases(catalog)?.includes(database) !== true) {
    throw planFault(source, node.name!.span, `Database '${catalog}.${database}' does not exist`)
  }
  return state.catalogs.names(catalog, database, kind)
}

/** `day=2026-01-01/hour=3`, in the order of the table's keys. */
function partitionsShown(
  state: SessionState,
  source: SourceText,
  node: Ast.Show
): ReadonlyArray<string> {
  const found = find(state, source, node.name!)
  const context = contextOf(state, source)
  if (found.kind === "view" || found.partitionKeys.length === 0) {
    throw planFault(source, node.name!.span, `'${found.path.object}' is not partitioned`)
  }
  const kept = partitionsOf(found, node.name!.span, context)
  const partial = partitionSpec(found, node.partition, context)
  const specs = state.catalogs.read("partitions", () => kept.list(found.path, partial))
  return specs.map((spec) =>
    found.partitionKeys.map((key) => `${key}=${spec[key] ?? "__DEFAULT_PARTITION__"}`).join("/")
  ).sort()
}

function noCatalog(source: SourceText, name: Ast.Name, catalog: string): Error {
  return planFault(source, name.span, `Catalog '${catalog}' does not exist`)
}

function find(state: SessionState, source: SourceText, name: Ast.Name): CatalogObject {
  const path = state.catalogs.path(name.parts.map((part) => part.name))
  const found = state.catalogs.find(path)
  if (found === undefined) throw unknownTable(name, path, contextOf(state, source))
  return found
}

async function showCreate(
  state: SessionState,
  source: SourceText,
  node: Ast.Show
): Promise<string> {
  const found = find(state, source, node.name!)
  const wanted = node.object === "CREATE TABLE" ? "table" : "view"
  if (found.kind !== wanted) {
    throw planFault(
      source,
      node.name!.span,
      `'${found.path.object}' is a ${found.kind}`,
      `Write SHOW CREATE ${found.kind.toUpperCase()}`
    )
  }
  return found.kind === "table"
    ? showCreateTable(found, await declaredSecrets(found.options, state.registry))
    : showCreateView(found)
}

const describeColumns: ReadonlyArray<string> = [
  "name",
  "type",
  "null",
  "key",
  "extras",
  "watermark"
]

/** DESCRIBE of a table or view. */
export function describeObject(
  state: SessionState,
  source: SourceText,
  node: Ast.Describe,
  at: StatementPlace
): Outcome {
  if (node.object === "CATALOG") return describeCatalog(state, source, node, at)
  if (node.object === "DATABASE") return describeDatabase(state, source, node, at)
  if (node.object !== "TABLE" || node.name === undefined) {
    throw notSupported(source, node.span, `DESCRIBE ${node.object}`)
  }
  return table(describeColumns, describeRows(find(state, source, node.name)), at)
}

function describeCatalog(
  state: SessionState,
  source: SourceText,
  node: Ast.Describe,
  at: StatementPlace
): Outcome {
  const name = node.name!.parts.at(-1)!.name
  const descriptor = state.catalogs.descriptor(name)
  if (descriptor === undefined) throw noCatalog(source, node.name!, name)
  const { options, comment } = descriptor
  const rows: Array<ReadonlyArray<string | null>> = [
    ["name", name],
    ["type", options["type"] ?? null],
    ["comment", comment ?? null]
  ]
  if (node.extended) {
    for (const [key, value] of Object.entries(shownOptions(options))) {
      if (key !== "type") rows.push([`option:${key}`, value])
    }
  }
  return table(["info name", "info value"], rows, at)
}

function describeDatabase(
  state: SessionState,
  source: SourceText,
  node: Ast.Describe,
  at: StatementPlace
): Outcome {
  const parts = node.name!.parts.map((part) => part.name)
  const name = parts.at(-1)!
  const catalog = parts.at(-2) ?? state.catalogs.current.catalog
  const database = state.catalogs.database(catalog, name)
  if (database === undefined) {
    throw planFault(source, node.name!.span, `Database '${catalog}.${name}' does not exist`)
  }
  const rows: Array<ReadonlyArray<string | null>> = [
    ["name", name],
    ["comment", database.comment ?? null]
  ]
  if (node.extended) {
    rows.push(
      ...Object.entries(shownOptions(database.properties)).map((
        [key, value]
      ) => [`property:${key}`, value])
    )
  }
  return table(["info name", "info value"], rows, at)
}

function describeRows(object: CatalogObject): Rows {
  if (object.kind === "view") return viewRows(object.schema)
  return object.columns.map((column, index) => tableRow(object, column, index))
}

function viewRows(schema: RowType): Rows {
  return schema.map(({ name, type }) => [name, bareType(type), nullText(type), null, null, null])
}

function tableRow(
  owner: CatalogTable,
  column: TableColumn,
  index: number
): ReadonlyArray<string | null> {
  const isRowtime = owner.watermark?.column === index
  const key = owner.primaryKey?.columns.includes(column.name)
    ? `PRI(${owner.primaryKey.columns.join(", ")})`
    : null
  return [
    column.name,
    bareType(column.type) + (isRowtime ? " *ROWTIME*" : ""),
    nullText(column.type),
    key,
    extras(column),
    isRowtime ? owner.watermark!.text : null
  ]
}

function extras(column: TableColumn): string | null {
  if (column.kind === "physical") return null
  if (column.kind === "computed") return `AS ${column.text}`
  return `METADATA${column.keyGiven ? ` FROM '${column.key}'` : ""}${
    column.virtual ? " VIRTUAL" : ""
  }`
}

function bareType(type: LogicalType): string {
  return format(withNullable(type, true))
}

function nullText(type: LogicalType): string {
  return type.nullable ? "TRUE" : "FALSE"
}
