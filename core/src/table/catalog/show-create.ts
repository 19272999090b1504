/** Catalog objects as the DDL that would make them again. Secrets are not shown. */
import { type Field, format } from "../../type/logical-type.ts"
import { isSecretKey } from "../options.ts"
import type { CatalogTable, CatalogView, TableColumn } from "./catalog-object.ts"
import { quote, quotedPath, quoteText } from "./object-path.ts"

/** `CREATE TABLE …`. */
export function showCreateTable(table: CatalogTable): string {
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
  const options = Object.entries(table.options).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) =>
      `  ${quoteText(key)} = ${quoteText(isSecretKey(key) ? "******" : value)}`
    )
  if (options.length > 0) lines.push("WITH (", options.join(",\n"), ")")
  return `${lines.join("\n")}\n`
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
