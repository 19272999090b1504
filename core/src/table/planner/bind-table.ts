/** A table as the source of a query: its scan, computed columns and watermark; and as the plan knows it. */
import type * as Ast from "../../sql/ast.ts"
import type { CatalogTable } from "../catalog/catalog-object.ts"
import { pathText } from "../catalog/object-path.ts"
import { deadLetterTable, watermarkIdleTimeout } from "../common-options.ts"
import type { Expression } from "../expression.ts"
import { parseOption } from "../options.ts"
import type { PlanTable } from "../plan.ts"
import { digest } from "./digest.ts"
import { input, mapInputs } from "./expression-tree.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { RelationColumn } from "./relation.ts"
import type { BindContext, Bound } from "./scope.ts"

/** Read a table. The result has its declared columns. */
export function bindTable(
  table: CatalogTable,
  hints: ReadonlyArray<Ast.Hint>,
  context: BindContext
): Bound {
  const planned = registerTable(table, hints, context)
  const { pool } = context
  const read = [
    ...table.columns.filter((column) => column.kind === "physical"),
    ...metadataOf(table)
  ]
  const scan = pool.scan(
    planned.name,
    read.map((column): RelationColumn => ({
      name: column.name,
      type: column.type,
      rowtime: false,
      window: undefined
    }))
  )
  const readAt = (name: string, type: RelationColumn["type"]): Expression =>
    input(read.findIndex((column) => column.name === name), type)
  const declared = table.columns.map((column): Expression =>
    column.kind === "computed"
      ? mapInputs(column.expression, (index, type) => readAt(table.columns[index]!.name, type))
      : readAt(column.name, column.type)
  )
  const names = table.columns.map((column) => column.name)
  const relation = pool.project(scan, declared, names)
  if (table.watermark === undefined) return { relation, names }
  const { column, expression } = table.watermark
  const idleTimeoutMillis = idleTimeout(planned)
  return {
    relation: pool.make(
      { kind: "watermark", column, expression, idleTimeoutMillis },
      [relation],
      names
    ),
    names
  }
}

function metadataOf(
  table: CatalogTable
): ReadonlyArray<Extract<CatalogTable["columns"][number], { kind: "metadata" }>> {
  return table.columns.filter((column) => column.kind === "metadata")
}

function idleTimeout(table: PlanTable): number | undefined {
  const text = table.options[watermarkIdleTimeout.key]
  if (text === undefined) return undefined
  try {
    const millis = parseOption(watermarkIdleTimeout, text) as number
    return millis === 0 ? undefined : millis
  } catch {
    // The connector's resolver reports a malformed option together with all others of the table.
    return undefined
  }
}

/** The table as the plan stores it, with the options that hints add. Its dead-letter table comes along. */
export function registerTable(
  table: CatalogTable,
  hints: ReadonlyArray<Ast.Hint>,
  context: BindContext
): PlanTable {
  const added = hintedOptions(hints, context)
  const options: Record<string, string> = { ...table.options, ...added }
  const letters = options[deadLetterTable.key]
  if (letters !== undefined) {
    const path = context.catalogs.path(letters.split("."), {
      catalog: table.path.catalog,
      database: table.path.database
    })
    const found = context.catalogs.find(path)
    if (found === undefined || found.kind !== "table") {
      throw planFault(
        context.source,
        { start: 0 },
        `Table '${letters}', which '${deadLetterTable.key}' of table '${table.path.object}' names, does not exist`
      )
    }
    options[deadLetterTable.key] = pathText(path)
    if (!context.tables.has(pathText(path))) {
      context.tables.set(pathText(path), planTable(found, pathText(path), found.options))
    }
  }
  const suffix = Object.keys(added).length === 0
    ? ""
    : `#${digest(JSON.stringify(Object.entries(added).sort()))}`
  const name = pathText(table.path) + suffix
  const known = context.tables.get(name)
  if (known !== undefined) return known
  const planned = planTable(table, name, options)
  context.tables.set(name, planned)
  return planned
}

function planTable(
  table: CatalogTable,
  name: string,
  options: Readonly<Record<string, string>>
): PlanTable {
  return {
    name,
    options,
    physical: table.columns.flatMap((column) =>
      column.kind === "physical" ? [{ name: column.name, type: column.type }] : []
    ),
    metadata: metadataOf(table).map((column) => ({
      column: column.name,
      key: column.key,
      type: column.type,
      virtual: column.virtual
    })),
    partitionKeys: table.partitionKeys,
    primaryKey: table.primaryKey?.columns ?? [],
    place: table.place
  }
}

function hintedOptions(
  hints: ReadonlyArray<Ast.Hint>,
  context: BindContext
): Readonly<Record<string, string>> {
  const options: Record<string, string> = {}
  for (const hint of hints) {
    if (hint.name.name.toUpperCase() !== "OPTIONS") {
      throw notSupported(context.source, hint.span, `Hint ${hint.name.name}`)
    }
    for (const { key, value } of hint.options) {
      const name = key.kind === "string" ? key.value : key.name
      if (name === "connector") {
        throw planFault(context.source, hint.span, "Hint OPTIONS cannot change 'connector'")
      }
      options[name] = value.value
    }
  }
  return options
}
