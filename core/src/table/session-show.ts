/** SHOW and DESCRIBE: what catalogs and the registry hold, as tables with Flink's column names. */
import type * as Ast from "../sql/ast.ts"
import { format, type LogicalType, type RowType, withNullable } from "../type/logical-type.ts"
import type { CatalogObject, CatalogTable, TableColumn } from "./catalog/catalog-object.ts"
import { fitsPattern } from "./catalog/name-pattern.ts"
import { showCreateTable, showCreateView } from "./catalog/show-create.ts"
import { functionNames } from "./function/registry.ts"
import { unknownTable } from "./planner/bind-from.ts"
import { notSupported, planFault, type SourceText } from "./planner/plan-fault.ts"
import type { Outcome, StatementPlace } from "./session-outcome.ts"
import { contextOf, type SessionState } from "./session-state.ts"

type Rows = ReadonlyArray<ReadonlyArray<string | null>>

/** SHOW. */
export function showObjects(
  state: SessionState,
  source: SourceText,
  node: Ast.Show,
  at: StatementPlace
): Outcome {
  const { catalogs } = state
  const list = (column: string, names: ReadonlyArray<string>): Outcome =>
    table([column], filtered(node, names).map((name) => [name]), at)
  switch (node.object) {
    case "CATALOGS":
      return list("catalog name", catalogs.catalogs())
    case "DATABASES":
      return list("database name", databasesOf(state, source, node))
    case "TABLES":
      return list("table name", objectsOf(state, source, node).map((object) => object.path.object))
    case "VIEWS":
      return list(
        "view name",
        objectsOf(state, source, node).filter((object) => object.kind === "view").map((object) =>
          object.path.object
        )
      )
    case "FUNCTIONS":
      return list("function name", functionNames().map((name) => name.toLowerCase()))
    case "USER FUNCTIONS":
      return list("function name", [])
    case "MODULES":
      return list("module name", ["core"])
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
      return { ...table(["result"], [[showCreate(state, source, node)]], at), plain: true }
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

function objectsOf(
  state: SessionState,
  source: SourceText,
  node: Ast.Show
): ReadonlyArray<CatalogObject> {
  const { current } = state.catalogs
  const parts = node.name?.parts.map((part) => part.name) ?? []
  const database = parts.at(-1) ?? current.database
  const catalog = parts.at(-2) ?? current.catalog
  if (state.catalogs.databases(catalog)?.includes(database) !== true) {
    throw planFault(source, node.name!.span, `Database '${catalog}.${database}' does not exist`)
  }
  return state.catalogs.objects(catalog, database)
}

function find(state: SessionState, source: SourceText, name: Ast.Name): CatalogObject {
  const path = state.catalogs.path(name.parts.map((part) => part.name))
  const found = state.catalogs.find(path)
  if (found === undefined) throw unknownTable(name, path, contextOf(state, source))
  return found
}

function showCreate(state: SessionState, source: SourceText, node: Ast.Show): string {
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
  return found.kind === "table" ? showCreateTable(found) : showCreateView(found)
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
  if (node.object !== "TABLE" || node.name === undefined) {
    throw notSupported(source, node.span, `DESCRIBE ${node.object}`)
  }
  if (node.extended) throw notSupported(source, node.span, "DESCRIBE EXTENDED")
  return table(describeColumns, describeRows(find(state, source, node.name)), at)
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
