/** Which types JSON can hold. */
import type { LogicalType } from "@millrace/core/internal"

/** Columns of types that have no JSON form, as sentences. */
export function unfitColumns(
  format: string,
  physical: LogicalType.RowType
): ReadonlyArray<string> {
  return physical.flatMap((field) => unfit(format, field.name, field.type))
}

function unfit(format: string, path: string, type: LogicalType.LogicalType): ReadonlyArray<string> {
  switch (type.kind) {
    case "ROW":
      return type.fields.flatMap((field) => unfit(format, `${path}.${field.name}`, field.type))
    case "ARRAY":
      return unfit(format, `${path}[]`, type.element)
    case "MAP":
      return [...unfitKey(format, path, type.key), ...unfit(format, `${path}[]`, type.value)]
    case "MULTISET":
      return unfitKey(format, path, type.element)
    case "OBJECT":
      return [`The '${format}' format cannot hold the JavaScript objects of column '${path}'`]
    default:
      return []
  }
}

function unfitKey(
  format: string,
  path: string,
  key: LogicalType.LogicalType
): ReadonlyArray<string> {
  if (key.kind === "CHAR" || key.kind === "VARCHAR") return []
  return [
    `The '${format}' format takes only text as keys of a map, but those of column '${path}' are ${key.kind}: use STRING`
  ]
}
