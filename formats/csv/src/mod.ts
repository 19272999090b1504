/**
 * The `csv` format: records of text fields, found by position or by the names of a header line.
 * @module
 */
import type { FormatContext, FormatFactory, LogicalType } from "@millrace/core/internal"
import { CsvDecoder } from "./decoder.ts"
import { checkDialect, dialectOf } from "./dialect.ts"
import { CsvEncoder } from "./encoder.ts"
import { header, options } from "./options.ts"

/** Why a type has no CSV form, as sentences. */
function unfit(
  path: string,
  type: LogicalType.LogicalType,
  inside: boolean
): ReadonlyArray<string> {
  switch (type.kind) {
    case "MAP":
    case "MULTISET":
    case "OBJECT":
      return [`The 'csv' format cannot hold ${type.kind}, the type of column '${path}'`]
    case "TIME":
      return type.precision <= 3 ? [] : [
        `Csv does not support TIME type with precision: ${type.precision}, it only supports precision 0 ~ 3 (column '${path}')`
      ]
    case "ARRAY":
    case "ROW":
      if (inside) {
        return [
          `The 'csv' format cannot hold ${type.kind} within ARRAY or ROW, as in column '${path}'`
        ]
      }
      return type.kind === "ARRAY"
        ? unfit(path, type.element, true)
        : type.fields.flatMap((field) => unfit(`${path}.${field.name}`, field.type, true))
    default:
      return []
  }
}

function check(context: FormatContext, role: "source" | "sink"): ReadonlyArray<string> {
  const problems = [
    ...checkDialect(context.options),
    ...context.physical.flatMap((field) => unfit(field.name, field.type, false))
  ]
  if (role === "sink" && context.options.need(header)) {
    problems.push(
      "Option 'millrace.csv.header' is for reading only: leave it out of a table that is written"
    )
  }
  return problems
}

/** The factory. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "csv",
  package: "@millrace/format-csv",
  description: "Comma-separated values.",
  options,
  check,
  decoder: (context, onBad) => new CsvDecoder(context, dialectOf(context.options), onBad),
  encoder: (context) => new CsvEncoder(context.physical, dialectOf(context.options))
}
