/**
 * The `json` format: one object a line in files, one a message elsewhere; an array holds several rows.
 * @module
 */
import type { FormatContext, FormatFactory } from "@millrace/core/internal"
import { JsonDecoder } from "./decoder.ts"
import { JsonEncoder } from "./encoder.ts"
import { unfitColumns } from "./fit.ts"
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

function check(context: FormatContext): ReadonlyArray<string> {
  const problems = [...unfitColumns("json", context.physical)]
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
