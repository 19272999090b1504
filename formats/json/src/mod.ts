/**
 * The `json` format: one object a line in files, one a message elsewhere; an array holds several rows.
 * @module
 */
import type { FormatContext, FormatFactory, LogicalType } from "@millrace/core/internal"
import { JsonDecoder } from "./decoder.ts"
import { JsonEncoder } from "./encoder.ts"
import {
  decimalAsPlainNumber,
  failOnMissingField,
  ignoreNullFields,
  ignoreParseErrors,
  jsonParser,
  mapNullKeyLiteral,
  mapNullKeyMode,
  options,
  timestampFormat
} from "./options.ts"

/** Types that have no JSON form, as sentences. */
function unfit(path: string, type: LogicalType.LogicalType): ReadonlyArray<string> {
  switch (type.kind) {
    case "ROW":
      return type.fields.flatMap((field) => unfit(`${path}.${field.name}`, field.type))
    case "ARRAY":
      return unfit(`${path}[]`, type.element)
    case "MAP":
      return [...unfitKey(path, type.key), ...unfit(`${path}[]`, type.value)]
    case "MULTISET":
      return unfitKey(path, type.element)
    case "OBJECT":
      return [`The 'json' format cannot hold the JavaScript objects of column '${path}'`]
    default:
      return []
  }
}

function unfitKey(path: string, key: LogicalType.LogicalType): ReadonlyArray<string> {
  if (key.kind === "CHAR" || key.kind === "VARCHAR") return []
  return [
    `The 'json' format takes only text as keys of a map, but those of column '${path}' are ${key.kind}: use STRING`
  ]
}

function check(context: FormatContext): ReadonlyArray<string> {
  const problems = context.physical.flatMap((field) => unfit(field.name, field.type))
  if (
    context.options.need(failOnMissingField) && context.options.need(ignoreParseErrors)
  ) {
    problems.push(
      "'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true: leave one out"
    )
  }
  return problems
}

function separator(context: FormatContext): number {
  return context.options.need(timestampFormat) === "SQL" ? 32 : 84
}

/** The factory. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "json",
  package: "@millrace/format-json",
  description: "JSON: one object a line or message.",
  options,
  check,
  decoder: (context, onBad) =>
    new JsonDecoder(
      context,
      {
        failOnMissing: context.options.need(failOnMissingField),
        ignoreErrors: context.options.need(ignoreParseErrors),
        separator: separator(context),
        generated: context.options.need(jsonParser)
      },
      onBad
    ),
  // a line feed within a text is written \n, so that each one ends a record
  delimiter: () => new Uint8Array([10]),
  encoder: (context) =>
    new JsonEncoder(context.physical, {
      separator: separator(context),
      nullKeys: context.options.need(mapNullKeyMode),
      nullKey: context.options.need(mapNullKeyLiteral),
      plainDecimals: context.options.need(decimalAsPlainNumber),
      ignoreNulls: context.options.need(ignoreNullFields)
    })
}
