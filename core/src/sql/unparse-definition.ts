/** Canonical text of CREATE and ALTER: lists of columns and options stand one item a line, indented by two. */
import type {
  AlterMaterializedTable,
  AlterTableAction,
  ColumnPosition,
  CreateMaterializedTable,
  CreateTable,
  Distribution,
  OptionPair,
  PartitionValue,
  StringLiteral,
  TableColumn,
  TableConstraint,
  TableSchema
} from "./ast.ts"
import type { Unparser } from "./unparse-expression.ts"
import {
  columnsText,
  identifierText,
  nameText,
  numberText,
  stringText,
  typeText
} from "./unparse-name.ts"

/** `(` item, item `)` with each item on a line of its own. */
export function block(items: ReadonlyArray<string>): string {
  return items.length === 0 ? "(\n)" : `(\n${items.map((item) => `  ${item}`).join(",\n")}\n)`
}

/** `'key' = 'value'`. */
export function optionText(option: OptionPair): string {
  return `${stringText(option.key)} = ${stringText(option.value)}`
}

/** The options of SET and WITH. */
export function optionsText(options: ReadonlyArray<OptionPair>): string {
  return block(options.map(optionText))
}

/** The keys of RESET. */
export function keysText(keys: ReadonlyArray<StringLiteral>): string {
  return block(keys.map(stringText))
}

/** `` PARTITION (`a` = 1) ``. */
export function partitionText(u: Unparser, values: ReadonlyArray<PartitionValue>): string {
  const items = values.map(({ name, value }) =>
    value === undefined ? identifierText(name) : `${identifierText(name)} = ${u.expression(value)}`
  )
  return `PARTITION (${items.join(", ")})`
}

/** ` COMMENT '…'`, with `gap` before it, or nothing. */
export function commentText(comment: StringLiteral | undefined, gap = " "): string {
  return comment === undefined ? "" : `${gap}COMMENT ${stringText(comment)}`
}

function distributionText(distribution: Distribution): string {
  const { strategy, columns, buckets } = distribution
  const by = columns.length === 0 ? "" : `BY ${strategy ?? ""}${columnsText(columns)}`
  const into = buckets === undefined ? "" : `INTO ${numberText(buckets)} BUCKETS`
  return [by, into].filter((part) => part !== "").join(" ")
}

function constraintText(constraint: TableConstraint): string {
  const name = constraint.name === undefined ? "" : `CONSTRAINT ${identifierText(constraint.name)} `
  const columns = constraint.columns.length === 0 ? "" : ` ${columnsText(constraint.columns)}`
  const enforced = constraint.enforced === undefined
    ? ""
    : constraint.enforced
    ? " ENFORCED"
    : " NOT ENFORCED"
  return `${name}${constraint.type}${columns}${enforced}`
}

function positionText(position: ColumnPosition | undefined): string {
  if (position === undefined) return ""
  return position.after === undefined ? " FIRST" : ` AFTER ${nameText(position.after)}`
}

function columnText(u: Unparser, column: TableColumn): string {
  const name = nameText(column.name)
  switch (column.kind) {
    case "bareColumn":
      return name
    case "computedColumn":
      return `${name} AS ${u.expression(column.expression)}${commentText(column.comment)}${
        positionText(column.position)
      }`
    case "metadataColumn": {
      const from = column.from === undefined ? "" : ` FROM ${stringText(column.from)}`
      const virtual = column.virtual ? " VIRTUAL" : ""
      const rest = `${commentText(column.comment)}${positionText(column.position)}`
      return `${name} ${typeText(column.type)} METADATA${from}${virtual}${rest}`
    }
    case "physicalColumn": {
      const constraint = column.constraint === undefined
        ? ""
        : ` ${constraintText(column.constraint)}`
      const rest = `${commentText(column.comment)}${positionText(column.position)}`
      return `${name} ${typeText(column.type)}${constraint}${rest}`
    }
  }
}

/** Columns, constraints and watermark, in this order. */
export function schemaItems(u: Unparser, schema: TableSchema): ReadonlyArray<string> {
  const items = schema.columns.map((column) => columnText(u, column))
  items.push(...schema.constraints.map(constraintText))
  if (schema.watermark !== undefined) {
    const { column, expression } = schema.watermark
    items.push(`WATERMARK FOR ${nameText(column)} AS ${u.expression(expression)}`)
  }
  return items
}

/** Lines behind the columns: comment, distribution, partitions, options. */
function partLines(table: CreateTable | CreateMaterializedTable): ReadonlyArray<string> {
  const lines: Array<string> = []
  if (table.comment !== undefined) lines.push(commentText(table.comment, ""))
  if (table.distribution !== undefined) {
    lines.push(`DISTRIBUTED ${distributionText(table.distribution)}`)
  }
  if (table.partitionedBy.length > 0) {
    lines.push(`PARTITIONED BY ${columnsText(table.partitionedBy)}`)
  }
  if (table.options.length > 0) lines.push(`WITH ${optionsText(table.options)}`)
  return lines
}

/** CREATE TABLE, CREATE OR REPLACE TABLE, REPLACE TABLE. */
export function createTableText(u: Unparser, table: CreateTable): string {
  const verb = table.mode === "create"
    ? "CREATE"
    : table.mode === "orReplace"
    ? "CREATE OR REPLACE"
    : "REPLACE"
  const words = [verb]
  if (table.temporary) words.push("TEMPORARY")
  words.push("TABLE")
  if (table.ifNotExists) words.push("IF NOT EXISTS")
  words.push(nameText(table.name))
  const items = schemaItems(u, table)
  if (items.length > 0) words.push(block(items))
  const lines = [words.join(" "), ...partLines(table)]
  if (table.like !== undefined) {
    const options = table.like.options.map(({ merge, feature }) => `  ${merge} ${feature}`)
    lines.push(
      `LIKE ${nameText(table.like.table)}${
        options.length === 0 ? "" : ` (\n${options.join("\n")}\n)`
      }`
    )
  }
  if (table.query !== undefined) lines.push("AS", u.query(table.query))
  return lines.join("\n")
}

/** CREATE [OR ALTER] MATERIALIZED TABLE. */
export function createMaterializedTableText(u: Unparser, table: CreateMaterializedTable): string {
  const items = schemaItems(u, table)
  const verb = table.orAlter ? "CREATE OR ALTER" : "CREATE"
  const head = `${verb} MATERIALIZED TABLE ${nameText(table.name)}${
    items.length > 0 ? ` ${block(items)}` : ""
  }`
  const lines = [head, ...partLines(table)]
  if (table.freshness !== undefined) lines.push(`FRESHNESS = ${u.expression(table.freshness)}`)
  if (table.refreshMode !== undefined) lines.push(`REFRESH_MODE = ${table.refreshMode}`)
  lines.push("AS", u.query(table.query))
  return lines.join("\n")
}

/** What ALTER TABLE does, behind the name of the table. */
export function actionText(u: Unparser, action: AlterTableAction): string {
  switch (action.kind) {
    case "renameTable":
      return ` RENAME TO ${nameText(action.to)}`
    case "renameColumn":
      return ` RENAME ${nameText(action.from)} TO ${nameText(action.to)}`
    case "setOptions":
      return ` SET ${optionsText(action.options)}`
    case "resetOptions":
      return ` RESET ${keysText(action.keys)}`
    case "addSchema":
      return ` ADD ${block(schemaItems(u, action))}`
    case "modifySchema":
      return ` MODIFY ${block(schemaItems(u, action))}`
    case "addDistribution":
      return ` ADD DISTRIBUTION ${distributionText(action.distribution)}`
    case "modifyDistribution":
      return ` MODIFY DISTRIBUTION ${distributionText(action.distribution)}`
    case "dropDistribution":
      return " DROP DISTRIBUTION"
    case "addPartitions": {
      const partitions = action.partitions.map(({ values, options }) => {
        const settings = options.length === 0 ? "" : ` WITH (${options.map(optionText).join(", ")})`
        return `${partitionText(u, values)}${settings}`
      })
      return `\nADD${action.ifNotExists ? " IF NOT EXISTS" : ""}\n${partitions.join("\n")}`
    }
    case "dropPartitions": {
      const partitions = action.partitions.map((values) => partitionText(u, values))
      return `\nDROP${action.ifExists ? " IF EXISTS" : ""}\n${partitions.join(",\n")}`
    }
    case "dropColumns":
      return ` DROP ${block(action.columns.map(nameText))}`
    case "dropPrimaryKey":
      return " DROP PRIMARY KEY"
    case "dropConstraint":
      return ` DROP CONSTRAINT ${identifierText(action.name)}`
    case "dropWatermark":
      return " DROP WATERMARK"
  }
}

/** What ALTER MATERIALIZED TABLE does, behind the name of the table. */
export function materializedActionText(
  u: Unparser,
  action: AlterMaterializedTable["action"]
): string {
  switch (action.kind) {
    case "suspend":
      return " SUSPEND"
    case "resume":
      return ` RESUME${action.options.length === 0 ? "" : `\nWITH ${optionsText(action.options)}`}`
    case "refresh":
      return ` REFRESH${
        action.partition.length === 0 ? "" : ` ${partitionText(u, action.partition)}`
      }`
    case "setFreshness":
      return ` SET FRESHNESS = ${u.expression(action.freshness)}`
    case "setRefreshMode":
      return ` SET REFRESH_MODE = ${action.mode}`
    case "asQuery":
      return ` AS\n${u.query(action.query)}`
    default:
      return actionText(u, action)
  }
}
