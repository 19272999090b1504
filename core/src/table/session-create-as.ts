/** CREATE TABLE … AS, REPLACE TABLE … AS: the table that the query's columns ask for, and the INSERT that fills it. */
import type * as Ast from "../sql/ast.ts"
import { parseStatement } from "../sql/parser.ts"
import { format } from "../type/logical-type.ts"
import type { CatalogTable } from "./catalog/catalog-object.ts"
import { quote } from "./catalog/object-path.ts"
import { bindCreateTable } from "./planner/bind-create.ts"
import { bindQuery } from "./planner/bind-query.ts"
import { planFault, suggest } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"
import { create, partsOf, taken } from "./session-object.ts"

/** What was made, so that it can be taken back when the query cannot be planned. */
export interface CreatedTable {
  /** The table as it is now; undefined when IF NOT EXISTS found one. */
  readonly table: CatalogTable | undefined
  /** The one it replaced. */
  readonly replaced: CatalogTable | undefined
  readonly insert: Ast.Insert
}

/** Make the table. */
export async function createTableAs(
  context: BindContext,
  node: Ast.CreateTable
): Promise<CreatedTable> {
  const { catalogs, source } = context
  const query = node.query!
  const path = catalogs.path(partsOf(node.name))
  const replaces = node.mode !== "create"
  const there = taken(context, path, node.temporary, node.ifNotExists || replaces, node.name)
  if (there?.kind === "view") {
    throw planFault(source, node.name.span, `'${path.object}' is a view`)
  }
  if (there === undefined && node.mode === "replace") {
    throw planFault(
      source,
      node.name.span,
      `Table '${path.object}' does not exist, so it cannot be replaced`,
      "Write CREATE OR REPLACE TABLE"
    )
  }
  const { columns, names } = columnsOf(context, node, query)
  const insert = insertInto(node, query, names)
  if (there !== undefined && !replaces) return { table: undefined, replaced: undefined, insert }
  const table = bindCreateTable({ ...node, columns, query: undefined }, path, context)
  if (there === undefined) await create(context, table, node.name)
  else await catalogs.alter(table)
  return { table, replaced: there, insert }
}

/** Take back what {@link createTableAs} made. */
export async function undoCreate(context: BindContext, made: CreatedTable): Promise<void> {
  if (made.table === undefined) return
  if (made.replaced !== undefined) await context.catalogs.alter(made.replaced)
  else await context.catalogs.drop(made.table)
}

/**
 * The table's columns: those declared first, then those of the query that are not declared; a list of bare names puts the
 * query's columns in another order. `names`: the query's columns, in its order.
 */
function columnsOf(
  context: BindContext,
  node: Ast.CreateTable,
  query: Ast.Query
): { readonly columns: ReadonlyArray<Ast.TableColumn>; readonly names: ReadonlyArray<string> } {
  const bound = bindQuery(query, context)
  const derived = bound.relation.columns.map((column, at): Ast.TableColumn => {
    const name = quote(bound.names[at]!)
    const text = `CREATE TABLE t (${name} ${format(column.type)})`
    return (parseStatement(text) as Ast.CreateTable).columns[0]!
  })
  const { names } = bound
  const bare = node.columns.filter((column) => column.kind === "bareColumn")
  if (bare.length === 0) {
    const declared = new Set(node.columns.map((column) => column.name.parts.at(-1)!.name))
    const rest = derived.filter((_, at) => !declared.has(names[at]!))
    return { columns: [...node.columns, ...rest], names }
  }
  const ordered = bare.map((column) => {
    const name = column.name.parts.at(-1)!.name
    const at = names.indexOf(name)
    if (at >= 0) return derived[at]!
    throw planFault(
      context.source,
      column.name.span,
      `The query gives no column '${name}'`,
      suggest(name, names, "Columns")
    )
  })
  if (ordered.length !== derived.length || bare.length !== node.columns.length) {
    throw planFault(
      context.source,
      node.columns[0]!.span,
      `The list must name each of the query's ${derived.length} columns once, without types`,
      `Columns: ${names.join(", ")}`
    )
  }
  return { columns: ordered, names }
}

function insertInto(
  node: Ast.CreateTable,
  query: Ast.Query,
  names: ReadonlyArray<string>
): Ast.Insert {
  const { span } = node.name
  const column = (name: string): Ast.Name => ({
    kind: "name",
    parts: [{ kind: "identifier", name, quoted: true, span }],
    span
  })
  return {
    kind: "insert",
    upsert: false,
    overwrite: false,
    table: node.name,
    hints: [],
    partition: [],
    columns: names.map(column),
    query,
    onConflict: undefined,
    span: node.span
  }
}
