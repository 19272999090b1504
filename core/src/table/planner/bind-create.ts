/** CREATE TABLE and CREATE VIEW to what a catalog holds: columns typed, expressions bound, keys checked. */
import type * as Ast from "../../sql/ast.ts"
import { format, type LogicalType, withNullable } from "../../type/logical-type.ts"
import type {
  CatalogTable,
  CatalogView,
  TableColumn,
  TableWatermark
} from "../catalog/catalog-object.ts"
import type { ObjectPath } from "../catalog/object-path.ts"
import type { Expression } from "../expression.ts"
import { bindExpression, scalarScope } from "./bind-expression.ts"
import { bindQuery } from "./bind-query.ts"
import { bindType } from "./bind-type.ts"
import { place } from "../../sql/place.ts"
import { mapInputs } from "./expression-tree.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import type { RelationColumn } from "./relation.ts"
import { type BindContext, type Scope, scopeOf } from "./scope.ts"

/** What LIKE takes over from another table, by its options. */
type Inherited = Pick<
  CatalogTable,
  "columns" | "watermark" | "primaryKey" | "partitionKeys" | "options"
>

const nothing: Inherited = {
  columns: [],
  watermark: undefined,
  primaryKey: undefined,
  partitionKeys: [],
  options: {}
}

/** The table that a statement defines. */
export function bindCreateTable(
  node: Ast.CreateTable,
  path: ObjectPath,
  context: BindContext
): CatalogTable {
  const { source } = context
  if (node.distribution !== undefined) throw notSupported(source, node.span, "DISTRIBUTED BY")
  const base = node.like === undefined ? nothing : inherit(node.like, context)
  const columns = bindColumns(node.columns, base.columns, context)
  const scope = columnScope(columns, context)
  const watermark = node.watermark === undefined
    ? base.watermark
    : bindWatermark(node.watermark, scope, columns, context)
  if (
    node.watermark !== undefined && base.watermark !== undefined &&
    !overwrites(node.like, "WATERMARKS")
  ) {
    throw planFault(
      source,
      node.watermark.span,
      "The table given by LIKE has a watermark already",
      "Add OVERWRITING WATERMARKS or EXCLUDING WATERMARKS"
    )
  }
  const primaryKey = bindPrimaryKey(node, columns, context) ?? base.primaryKey
  const keyed = columns.map((column): TableColumn =>
    column.kind === "physical" && primaryKey?.columns.includes(column.name)
      ? { ...column, type: withNullable(column.type, false) }
      : column
  )
  const { line, column } = place(source.text, node.span.start)
  return {
    kind: "table",
    path,
    temporary: node.temporary,
    columns: keyed,
    watermark,
    primaryKey,
    partitionKeys: node.partitionedBy.length === 0
      ? base.partitionKeys
      : bindPartition(node, keyed, context),
    options: bindOptions(node, base.options, context),
    comment: node.comment?.value,
    place: { file: source.file, line, column }
  }
}

function overwrites(like: Ast.CreateTable["like"], feature: Ast.LikeOption["feature"]): boolean {
  return like?.options.some((option) =>
    option.merge === "OVERWRITING" && (option.feature === feature || option.feature === "ALL")
  ) ?? false
}

function inherit(like: NonNullable<Ast.CreateTable["like"]>, context: BindContext): Inherited {
  const path = context.catalogs.path(like.table.parts.map((part) => part.name), context.home)
  const table = context.catalogs.find(path)
  if (table === undefined || table.kind !== "table") {
    throw planFault(
      context.source,
      like.table.span,
      `Table '${path.object}' does not exist, so nothing can be like it`
    )
  }
  const excluded = (feature: Ast.LikeOption["feature"]): boolean => {
    const exact = like.options.find((option) => option.feature === feature)
    const all = like.options.find((option) => option.feature === "ALL")
    return (exact ?? all)?.merge === "EXCLUDING"
  }
  const kept = table.columns.map((column, at) => ({ column, at })).filter(({ column }) =>
    column.kind === "physical" || !excluded(column.kind === "computed" ? "GENERATED" : "METADATA")
  )
  const moved = (expression: Expression, reader: string): Expression =>
    mapInputs(expression, (index, type) => {
      const to = kept.findIndex(({ at }) => at === index)
      if (to >= 0) return { op: "input", index: to, type }
      throw planFault(
        context.source,
        like.table.span,
        `${reader} of table '${path.object}' reads column '${
          table.columns[index]!.name
        }', which LIKE excludes`
      )
    })
  const columns = kept.map(({ column }): TableColumn =>
    column.kind === "computed"
      ? { ...column, expression: moved(column.expression, `Computed column '${column.name}'`) }
      : column
  )
  const watermark = table.watermark === undefined || excluded("WATERMARKS") ? undefined : {
    ...table.watermark,
    column: kept.findIndex(({ at }) => at === table.watermark!.column),
    expression: moved(table.watermark.expression, "The watermark")
  }
  if (watermark?.column === -1) {
    throw planFault(
      context.source,
      like.table.span,
      `The watermark of table '${path.object}' is for a column that LIKE excludes`,
      "Add EXCLUDING WATERMARKS"
    )
  }
  return {
    columns,
    watermark,
    primaryKey: excluded("CONSTRAINTS") ? undefined : table.primaryKey,
    partitionKeys: excluded("PARTITIONS") ? [] : table.partitionKeys,
    options: excluded("OPTIONS") ? {} : table.options
  }
}

function bindColumns(
  nodes: ReadonlyArray<Ast.TableColumn>,
  base: ReadonlyArray<TableColumn>,
  context: BindContext
): ReadonlyArray<TableColumn> {
  const { source } = context
  const names = new Set(base.map((column) => column.name))
  const plain: Array<TableColumn> = [...base]
  for (const node of nodes) {
    const name = node.name.parts[node.name.parts.length - 1]!.name
    if (names.has(name)) {
      throw planFault(source, node.name.span, `Column '${name}' is declared twice`)
    }
    names.add(name)
    if (node.kind === "bareColumn") {
      throw planFault(source, node.span, `Column '${name}' needs a type`)
    }
    if (node.kind === "physicalColumn") {
      plain.push({
        kind: "physical",
        name,
        type: bindType(source, node.type),
        comment: node.comment?.value
      })
    } else if (node.kind === "metadataColumn") {
      plain.push({
        kind: "metadata",
        name,
        type: bindType(source, node.type),
        key: node.from?.value ?? name,
        keyGiven: node.from !== undefined,
        virtual: node.virtual,
        comment: node.comment?.value
      })
    } else plain.push(unbound(name))
  }
  const scope = columnScope(plain, context)
  const readable: Scope = {
    ...scope,
    columns: scope.columns.filter((column) =>
      plain[column.index]!.kind !== "computed" || column.index < base.length
    )
  }
  for (const [at, node] of nodes.entries()) {
    if (node.kind !== "computedColumn") continue
    plain[base.length + at] = bindComputed(node, readable, base, context)
  }
  return plain
}

/** A computed column before it is bound: no other one may see it. */
function unbound(name: string): TableColumn {
  const type: LogicalType = { kind: "NULL", nullable: true }
  return {
    kind: "computed",
    name,
    type,
    expression: { op: "literal", value: null, type },
    text: "",
    comment: undefined
  }
}

function bindComputed(
  node: Ast.ComputedColumn,
  scope: Scope,
  base: ReadonlyArray<TableColumn>,
  context: BindContext
): TableColumn {
  const bound = bindExpression(node.expression, scalarScope(scope, "a computed column"))
  return {
    kind: "computed",
    name: node.name.parts[node.name.parts.length - 1]!.name,
    type: bound.type,
    expression: inlined(bound, base),
    text: textOf(node.expression, context),
    comment: node.comment?.value
  }
}

/** Computed columns of a LIKE table are seen by new ones; their expressions take the columns' places. */
function inlined(expression: Expression, base: ReadonlyArray<TableColumn>): Expression {
  if (expression.op === "input") {
    const column = base[expression.index]
    return column?.kind === "computed" ? column.expression : expression
  }
  if (expression.op === "field" || expression.op === "cast") {
    return { ...expression, of: inlined(expression.of, base) }
  }
  if (expression.op === "call") {
    return {
      ...expression,
      args: expression.args.map((arg) => inlined(arg, base))
    }
  }
  return expression
}

function textOf(node: { readonly span: Ast.Span }, context: BindContext): string {
  return context.source.text.slice(node.span.start, node.span.end)
}

/** The declared columns as a scope, over a relation that is never read. */
function columnScope(columns: ReadonlyArray<TableColumn>, context: BindContext): Scope {
  const row = columns.map((column): Expression => ({
    op: "literal",
    value: null,
    type: column.type
  }))
  const names = columns.map((column) => column.name)
  const made = context.pool.make({ kind: "values", rows: [row] }, [], names)
  const typed = {
    ...made,
    columns: columns.map((column): RelationColumn => ({
      name: column.name,
      type: column.type,
      rowtime: false,
      window: undefined
    }))
  }
  return scopeOf(context, { relation: typed, names }, [])
}

function bindWatermark(
  node: Ast.WatermarkDefinition,
  scope: Scope,
  columns: ReadonlyArray<TableColumn>,
  context: BindContext
): TableWatermark {
  const { source } = context
  if (node.column.parts.length > 1) {
    throw notSupported(source, node.column.span, "A watermark for a nested field")
  }
  const name = node.column.parts[0]!.name
  const column = columns.findIndex((candidate) => candidate.name === name)
  if (column < 0) {
    throw planFault(
      source,
      node.column.span,
      `Column '${name}' is not known`,
      suggest(name, columns.map((c) => c.name), "Columns")
    )
  }
  const { type } = columns[column]!
  if ((type.kind !== "TIMESTAMP" && type.kind !== "TIMESTAMP_LTZ") || type.precision > 3) {
    throw planFault(
      source,
      node.column.span,
      `The event-time column '${name}' must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to 3, but is ${
        format(type)
      }`,
      `Add a column ts AS CAST(${name} AS TIMESTAMP(3)) and declare the watermark for it`
    )
  }
  const expression = bindExpression(node.expression, scalarScope(scope, "WATERMARK"))
  const same = expression.type.kind === type.kind && "precision" in expression.type &&
    expression.type.precision <= 3
  if (!same) {
    throw planFault(
      source,
      node.expression.span,
      `The watermark of '${name}' must be of type ${format(withNullable(type, true))}, but is ${
        format(expression.type)
      }`
    )
  }
  return { column, expression, text: textOf(node.expression, context) }
}

function bindPrimaryKey(
  node: Ast.CreateTable,
  columns: ReadonlyArray<TableColumn>,
  context: BindContext
): CatalogTable["primaryKey"] {
  const { source } = context
  const found: Array<
    { readonly constraint: Ast.TableConstraint; readonly columns: ReadonlyArray<Ast.Identifier> }
  > = node.constraints
    .map((constraint) => ({ constraint, columns: constraint.columns }))
  for (const column of node.columns) {
    if (column.kind === "physicalColumn" && column.constraint !== undefined) {
      found.push({ constraint: column.constraint, columns: column.name.parts.slice(-1) })
    }
  }
  for (const { constraint } of found) {
    if (constraint.type === "UNIQUE") throw notSupported(source, constraint.span, "UNIQUE")
    if (constraint.enforced !== false) {
      throw planFault(
        source,
        constraint.span,
        "A primary key is not enforced here",
        "Write PRIMARY KEY (…) NOT ENFORCED"
      )
    }
  }
  if (found.length > 1) {
    throw planFault(source, found[1]!.constraint.span, "A table has one primary key at most")
  }
  const [key] = found
  if (key === undefined) return undefined
  for (const { name, span } of key.columns) {
    const column = columns.find((candidate) => candidate.name === name)
    if (column === undefined) {
      throw planFault(
        source,
        span,
        `Column '${name}' is not known`,
        suggest(name, columns.map((c) => c.name), "Columns")
      )
    }
    if (column.kind !== "physical") {
      throw planFault(
        source,
        span,
        `Column '${name}' of the primary key is ${column.kind}: only physical columns may be keys`
      )
    }
  }
  const names = key.columns.map((column) => column.name)
  return { name: key.constraint.name?.name ?? `PK_${names.join("_")}`, columns: names }
}

function bindPartition(
  node: Ast.CreateTable,
  columns: ReadonlyArray<TableColumn>,
  context: BindContext
): ReadonlyArray<string> {
  return node.partitionedBy.map(({ name, span }) => {
    const column = columns.find((candidate) => candidate.name === name)
    if (column?.kind === "physical") return name
    const problem = column === undefined
      ? `Column '${name}' is not known`
      : `Column '${name}' is ${column.kind}: only physical columns may be partition keys`
    throw planFault(
      context.source,
      span,
      problem,
      suggest(name, columns.map((c) => c.name), "Columns")
    )
  })
}

function bindOptions(
  node: Ast.CreateTable,
  base: Readonly<Record<string, string>>,
  context: BindContext
): Readonly<Record<string, string>> {
  const own: Record<string, string> = {}
  for (const { key, value } of node.options) {
    if (Object.hasOwn(own, key.value)) {
      throw planFault(context.source, key.span, `Option '${key.value}' is given twice`)
    }
    own[key.value] = value.value
  }
  return { ...base, ...own }
}

/** The view that a statement defines. */
export function bindCreateView(
  node: Ast.CreateView,
  path: ObjectPath,
  context: BindContext
): CatalogView {
  const { source } = context
  const bound = bindQuery(node.query, context)
  const count = bound.names.length
  if (node.columns.length > 0 && node.columns.length !== count) {
    throw planFault(
      source,
      node.columns[0]!.span,
      `View '${path.object}' names ${node.columns.length} columns, but its query has ${count}`
    )
  }
  const schema = bound.relation.columns.map((column, i) => ({
    name: node.columns[i]?.name ?? bound.names[i]!,
    type: column.type
  }))
  return {
    kind: "view",
    path,
    temporary: node.temporary,
    query: node.query,
    source,
    home: context.home,
    schema,
    comment: node.comment?.value
  }
}
