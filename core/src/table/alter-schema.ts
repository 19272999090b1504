/**
 * ALTER TABLE of columns, keys and watermarks: the table's DDL as a tree, changed, written as text and bound again. So one
 * path types and checks a schema, and what an old computed column makes of a new type is found out here.
 */
import type * as Ast from "../sql/ast.ts"
import { parseStatement } from "../sql/parser.ts"
import { unparse } from "../sql/unparse.ts"
import type { CatalogTable } from "./catalog/catalog-object.ts"
import { createText } from "./catalog/show-create.ts"
import type { Expression } from "./expression.ts"
import { bindCreateTable } from "./planner/bind-create.ts"
import { mapInputs } from "./planner/expression-tree.ts"
import { notSupported, planFault, suggest } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"

type Action = Ast.AlterTableAction

/** The table after `action`. */
export function alterSchema(
  table: CatalogTable,
  action: Action,
  span: Ast.Span,
  context: BindContext
): CatalogTable {
  const definition = parseStatement(createText({ ...table, temporary: false })) as Ast.CreateTable
  const edit: Edit = {
    table,
    context,
    span,
    schema: {
      columns: [...definition.columns],
      constraints: [...definition.constraints],
      watermark: definition.watermark
    },
    partitionedBy: definition.partitionedBy
  }
  const changed: Ast.CreateTable = { ...definition, ...change(edit, action) }
  const text = unparse(changed)
  const source = { file: `table '${table.path.object}' as altered`, text }
  const bound = bindCreateTable(
    parseStatement(text) as Ast.CreateTable,
    table.path,
    { ...context, source }
  )
  return { ...bound, temporary: table.temporary, place: table.place }
}

/** A schema while it is changed. */
interface Edit {
  readonly table: CatalogTable
  readonly context: BindContext
  readonly span: Ast.Span
  readonly schema: {
    readonly columns: ReadonlyArray<Ast.TableColumn>
    readonly constraints: ReadonlyArray<Ast.TableConstraint>
    readonly watermark: Ast.WatermarkDefinition | undefined
  }
  readonly partitionedBy: ReadonlyArray<Ast.Identifier>
}

type Changed = Edit["schema"] & { readonly partitionedBy?: ReadonlyArray<Ast.Identifier> }

function change(edit: Edit, action: Action): Changed {
  const { schema } = edit
  switch (action.kind) {
    case "addSchema":
      return addSchema(edit, action)
    case "modifySchema":
      return modifySchema(edit, action)
    case "renameColumn":
      return renameColumn(edit, action.from, action.to)
    case "dropColumns":
      return dropColumns(edit, action.columns)
    case "dropPrimaryKey":
      needKey(edit)
      return { ...schema, constraints: [] }
    case "dropConstraint": {
      const key = needKey(edit)
      if (key.name?.name !== action.name.name) {
        throw fault(
          edit,
          action.name.span,
          `There is no constraint '${action.name.name}'`,
          key.name && `The primary key is named '${key.name.name}'`
        )
      }
      return { ...schema, constraints: [] }
    }
    case "dropWatermark":
      if (schema.watermark === undefined) {
        throw fault(edit, edit.span, `Table '${edit.table.path.object}' has no watermark to drop`)
      }
      return { ...schema, watermark: undefined }
    default:
      throw notSupported(edit.context.source, edit.span, "A distribution of a table")
  }
}

function fault(edit: Edit, span: Ast.Span, problem: string, hint?: string): Error {
  return planFault(edit.context.source, span, problem, hint)
}

function nameOf(column: { readonly name: Ast.Name }): string {
  return column.name.parts.at(-1)!.name
}

function flat(edit: Edit, name: Ast.Name): string {
  if (name.parts.length > 1) {
    throw notSupported(edit.context.source, name.span, "A change of a nested field")
  }
  return name.parts[0]!.name
}

function indexOf(edit: Edit, columns: ReadonlyArray<Ast.TableColumn>, name: Ast.Name): number {
  const text = flat(edit, name)
  const at = columns.findIndex((column) => nameOf(column) === text)
  if (at >= 0) return at
  const hint = suggest(text, columns.map(nameOf), "Columns")
  throw fault(edit, name.span, `Column '${text}' is not known`, hint)
}

/** Put a column in its place; without a position behind the last, or where `at` says. */
function place(
  edit: Edit,
  columns: Array<Ast.TableColumn>,
  column: Ast.TableColumn,
  at: number
): void {
  const position = column.kind === "bareColumn" ? undefined : column.position
  const to = position === undefined
    ? at
    : position.after === undefined
    ? 0
    : indexOf(edit, columns, position.after) + 1
  columns.splice(to, 0, column.kind === "bareColumn" ? column : { ...column, position: undefined })
}

function addSchema(edit: Edit, added: Ast.TableSchema): Changed {
  const { schema, table } = edit
  const columns = [...schema.columns]
  for (const column of added.columns) {
    const name = flat(edit, column.name)
    if (columns.some((other) => nameOf(other) === name)) {
      throw fault(edit, column.name.span, `Column '${name}' exists already`, "Write MODIFY")
    }
    place(edit, columns, column, columns.length)
  }
  const keys = keysIn(added)
  if (keys.length > 0 && schema.constraints.length > 0) {
    throw fault(
      edit,
      keys[0]!.span,
      `Table '${table.path.object}' has a primary key already`,
      "Write MODIFY, or DROP PRIMARY KEY first"
    )
  }
  if (added.watermark !== undefined && schema.watermark !== undefined) {
    throw fault(
      edit,
      added.watermark.span,
      `Table '${table.path.object}' has a watermark already`,
      "Write MODIFY, or DROP WATERMARK first"
    )
  }
  return {
    columns,
    constraints: [...schema.constraints, ...added.constraints],
    watermark: added.watermark ?? schema.watermark
  }
}

function modifySchema(edit: Edit, changed: Ast.TableSchema): Changed {
  const { schema, table } = edit
  const columns = [...schema.columns]
  for (const column of changed.columns) {
    const at = indexOf(edit, columns, column.name)
    const [old] = columns.splice(at, 1)
    const comment = column.kind === "bareColumn" || old!.kind === "bareColumn"
      ? undefined
      : column.comment ?? old!.comment
    place(edit, columns, column.kind === "bareColumn" ? column : { ...column, comment }, at)
  }
  if (keysIn(changed).length > 0) needKey(edit)
  if (changed.watermark !== undefined && schema.watermark === undefined) {
    throw fault(
      edit,
      changed.watermark.span,
      `Table '${table.path.object}' has no watermark to modify`,
      "Write ADD"
    )
  }
  return {
    columns,
    constraints: keysIn(changed).length > 0 ? changed.constraints : schema.constraints,
    watermark: changed.watermark ?? schema.watermark
  }
}

/** Primary keys that a schema declares, on their own or behind a column. */
function keysIn(schema: Ast.TableSchema): ReadonlyArray<Ast.TableConstraint> {
  const behind = schema.columns.flatMap((column) =>
    column.kind === "physicalColumn" && column.constraint !== undefined ? [column.constraint] : []
  )
  return [...schema.constraints, ...behind]
}

function needKey(edit: Edit): Ast.TableConstraint {
  const [key] = edit.schema.constraints
  if (key !== undefined) return key
  throw fault(edit, edit.span, `Table '${edit.table.path.object}' has no primary key`, "Write ADD")
}

function renameColumn(edit: Edit, from: Ast.Name, to: Ast.Name): Changed {
  const { schema, partitionedBy } = edit
  const at = indexOf(edit, schema.columns, from)
  const name = flat(edit, to)
  if (schema.columns.some((column) => nameOf(column) === name)) {
    throw fault(edit, to.span, `Column '${name}' exists already`)
  }
  refuseReaders(edit, at, from, "renamed")
  const old = nameOf(schema.columns[at]!)
  const renamed = (column: Ast.Identifier): Ast.Identifier =>
    column.name === old ? to.parts[0]! : column
  return {
    ...schema,
    columns: schema.columns.map((column, i) => i === at ? { ...column, name: to } : column),
    constraints: schema.constraints.map((constraint) => ({
      ...constraint,
      columns: constraint.columns.map(renamed)
    })),
    partitionedBy: partitionedBy.map(renamed)
  }
}

function dropColumns(edit: Edit, names: ReadonlyArray<Ast.Name>): Changed {
  const { schema, table } = edit
  const dropped = new Set<number>()
  for (const name of names) {
    const at = indexOf(edit, schema.columns, name)
    if (dropped.has(at)) throw fault(edit, name.span, `Column '${nameOf({ name })}' is named twice`)
    dropped.add(at)
  }
  for (const name of names) {
    const at = indexOf(edit, schema.columns, name)
    const text = nameOf({ name })
    refuseReaders(edit, at, name, "dropped", dropped)
    const role = table.primaryKey?.columns.includes(text) === true
      ? "primary key"
      : table.partitionKeys.includes(text)
      ? "partition keys"
      : undefined
    if (role !== undefined) {
      const problem = `Column '${text}' belongs to the ${role} and cannot be dropped`
      throw fault(edit, name.span, problem)
    }
  }
  if (dropped.size === schema.columns.length) {
    throw fault(edit, edit.span, "A table needs a column: the last one cannot be dropped")
  }
  return { ...schema, columns: schema.columns.filter((_, at) => !dropped.has(at)) }
}

/** A column that the watermark or a computed column reads keeps its name. */
function refuseReaders(
  edit: Edit,
  at: number,
  name: Ast.Name,
  verb: string,
  gone: ReadonlySet<number> = new Set()
): void {
  const { table } = edit
  const reader = table.columns.find((column, i) =>
    column.kind === "computed" && !gone.has(i) && reads(column.expression, at)
  )
  const by = reader !== undefined
    ? `computed column '${reader.name}'`
    : table.watermark !== undefined &&
        (table.watermark.column === at || reads(table.watermark.expression, at))
    ? "the watermark"
    : undefined
  if (by === undefined) return
  const text = nameOf({ name })
  throw fault(edit, name.span, `Column '${text}' is read by ${by} and cannot be ${verb}`)
}

function reads(expression: Expression, column: number): boolean {
  let found = false
  mapInputs(expression, (index, type) => {
    if (index === column) found = true
    return { op: "input", index, type }
  })
  return found
}
