/** ALTER TABLE: options, name, schema, partitions. */
import type * as Ast from "../sql/ast.ts"
import { alterSchema } from "./alter-schema.ts"
import type { CatalogPartitions, PartitionSpec } from "./catalog/catalog.ts"
import type { CatalogTable } from "./catalog/catalog-object.ts"
import { bindExpression, castTo, scalarScope } from "./planner/bind-expression.ts"
import { unknownTable } from "./planner/bind-from.ts"
import { string } from "../type/logical-type.ts"
import { planFault, suggest } from "./planner/plan-fault.ts"
import { type BindContext, scopeOf } from "./planner/scope.ts"
import { partsOf, rename } from "./session-object.ts"

/** Carry out ALTER TABLE. */
export async function alterTable(context: BindContext, node: Ast.AlterTable): Promise<string> {
  const { source, catalogs } = context
  const path = catalogs.path(partsOf(node.name))
  const found = catalogs.find(path)
  if (found === undefined) {
    if (node.ifExists) return "ALTER TABLE"
    throw unknownTable(node.name, path, context)
  }
  if (found.kind !== "table") {
    throw planFault(source, node.name.span, `'${path.object}' is a view`, "Write ALTER VIEW")
  }
  const { action } = node
  switch (action.kind) {
    case "setOptions":
    case "resetOptions":
      await catalogs.alter({ ...found, options: optionsAfter(found, action, node, context) })
      break
    case "renameTable":
      await rename(context, found, action.to)
      break
    case "addPartitions":
    case "dropPartitions":
      await alterPartitions(found, action, node, context)
      break
    default:
      await catalogs.alter(alterSchema(found, action, node.span, context))
  }
  return "ALTER TABLE"
}

function optionsAfter(
  table: CatalogTable,
  action: Extract<Ast.AlterTableAction, { readonly kind: "setOptions" | "resetOptions" }>,
  node: Ast.AlterTable,
  context: BindContext
): Readonly<Record<string, string>> {
  if (action.kind === "setOptions") {
    const added = action.options.map((pair) => [pair.key.value, pair.value.value])
    return { ...table.options, ...Object.fromEntries(added) }
  }
  const dropped = new Set(action.keys.map((key) => key.value))
  if (dropped.has("connector")) {
    throw planFault(context.source, node.span, "Option 'connector' cannot be reset")
  }
  return Object.fromEntries(Object.entries(table.options).filter(([key]) => !dropped.has(key)))
}

/** The partitions that a catalog keeps; a fault when it keeps none. */
export function partitionsOf(
  table: CatalogTable,
  span: Ast.Span,
  context: BindContext
): CatalogPartitions {
  const { catalog, object } = table.path
  const kept = context.catalogs.catalog(catalog)?.partitions
  if (table.temporary || kept === undefined) {
    const what = table.temporary ? `temporary table '${object}'` : `catalog '${catalog}'`
    throw planFault(context.source, span, `No partitions are kept of ${what}`)
  }
  return kept
}

async function alterPartitions(
  table: CatalogTable,
  action: Extract<Ast.AlterTableAction, { readonly kind: "addPartitions" | "dropPartitions" }>,
  node: Ast.AlterTable,
  context: BindContext
): Promise<void> {
  const kept = partitionsOf(table, node.name.span, context)
  if (action.kind === "dropPartitions") {
    const specs = action.partitions.map((values) => partitionSpec(table, values, context))
    for (const spec of specs) await kept.drop(table.path, spec, action.ifExists)
    return
  }
  const added = action.partitions.map(({ values, options }) => ({
    spec: partitionSpec(table, values, context),
    properties: Object.fromEntries(options.map((pair) => [pair.key.value, pair.value.value]))
  }))
  for (const { spec, properties } of added) {
    await kept.create(table.path, spec, { comment: undefined, properties }, action.ifNotExists)
  }
}

/** `PARTITION (day = '2026-01-01')` as texts by key. */
export function partitionSpec(
  table: CatalogTable,
  values: ReadonlyArray<Ast.PartitionValue>,
  context: BindContext
): PartitionSpec {
  const scope = scopeOf(context, {
    relation: context.pool.make({ kind: "values", rows: [[]] }, []),
    names: []
  }, [])
  const spec: Record<string, string | undefined> = {}
  for (const { name, value, span } of values) {
    if (!table.partitionKeys.includes(name.name)) {
      throw planFault(
        context.source,
        name.span,
        `'${name.name}' is not a partition key of table '${table.path.object}'`,
        suggest(name.name, table.partitionKeys, "Partition keys")
      )
    }
    const bound = value && castTo(bindExpression(value, scalarScope(scope, "PARTITION")), string)
    if (bound === undefined || bound.op !== "literal") {
      throw planFault(context.source, span, `Partition '${name.name}' must be given a constant`)
    }
    spec[name.name] = bound.value === null ? undefined : String(bound.value)
  }
  return spec
}
