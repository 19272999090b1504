/** Catalog objects as the DDL that would make them again: for people without secrets, for a catalog that keeps texts with them. */
import { type Field, format } from "../../type/logical-type.ts"
import { shownOptions } from "../secret.ts"
import type { CatalogObject, CatalogTable, CatalogView, TableColumn } from "./catalog-object.ts"
import type { CatalogDescriptor } from "./catalog-store.ts"
import { quote, quotedPath, quoteText } from "./object-path.ts"

/** The DDL as a catalog keeps it. For a view whose short names are looked up elsewhere, USE comes first. */
export function createText(object: CatalogObject): string {
  if (object.kind === "table") return tableText(object, object.options)
  const { home, path } = object
  const use = home.catalog === path.catalog && home.database === path.database
    ? ""
    : `USE CATALOG ${quote(home.catalog)};\nUSE ${quote(home.database)};\n`
  return use + showCreateView(object)
}

/** `CREATE TABLE …`. `secrets`: keys of options that factories declared secret. */
export function showCreateTable(table: CatalogTable, secrets?: ReadonlySet<string>): string {
  return tableText(table, shownOptions(table.options, secrets))
}

/** `CREATE CATALOG …`. */
export function showCreateCatalog(name: string, descriptor: CatalogDescriptor): string {
  const { comment, options } = descriptor
  return `CREATE CATALOG ${quote(name)}\n${
    comment === undefined ? "" : `COMMENT ${quoteText(comment)}\n`
  }${optionsText(shownOptions(options))}\n`
}

function tableText(table: CatalogTable, shown: Readonly<Record<string, string>>): string {
  const parts = table.columns.map(columnText)
  if (table.watermark !== undefined) {
    const { column, text } = table.watermark
    parts.push(`WATERMARK FOR ${quote(table.columns[column]!.name)} AS ${text}`)
  }
  if (table.primaryKey !== undefined) {
    const { name, columns } = table.primaryKey
    parts.push(
      `CONSTRAINT ${quote(name)} PRIMARY KEY (${columns.map(quote).join(", ")}) NOT ENFORCED`
    )
  }
  const lines = [
    `CREATE ${table.temporary ? "TEMPORARY " : ""}TABLE ${quotedPath(table.path)} (`,
    parts.map((part) => `  ${part}`).join(",\n"),
    ")"
  ]
  if (table.comment !== undefined && table.comment !== "") {
    lines.push(`COMMENT ${quoteText(table.comment)}`)
  }
  if (table.partitionKeys.length > 0) {
    lines.push(`PARTITIONED BY (${table.partitionKeys.map(quote).join(", ")})`)
  }
  if (Object.keys(shown).length > 0) lines.push(optionsText(shown))
  return `${lines.join("\n")}\n`
}

function optionsText(options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) => `  ${quoteText(key)} = ${quoteText(value)}`)
  return `WITH (\n${lines.join(",\n")}\n)`
}

function columnText(column: TableColumn): string {
  const comment = column.comment === undefined ? "" : ` COMMENT ${quoteText(column.comment)}`
  switch (column.kind) {
    case "physical":
      return `${quote(column.name)} ${format(column.type)}${comment}`
    case "metadata": {
      const from = column.keyGiven ? ` FROM ${quoteText(column.key)}` : ""
      return `${quote(column.name)} ${format(column.type)} METADATA${from}${
        column.virtual ? " VIRTUAL" : ""
      }${comment}`
    }
    case "computed":
      return `${quote(column.name)} AS ${column.text}${comment}`
  }
}

/** `CREATE VIEW …`. */
export function showCreateView(view: CatalogView): string {
  const { start, end } = view.query.span
  const columns = view.schema.map((field: Field) => `  ${quote(field.name)}`).join(",\n")
  const comment = view.comment === undefined || view.comment === ""
    ? ""
    : `COMMENT ${quoteText(view.comment)}\n`
  return `CREATE ${view.temporary ? "TEMPORARY " : ""}VIEW ${
    quotedPath(view.path)
  } (\n${columns}\n)\n${comment}AS ${view.source.text.slice(start, end)}\n`
}
