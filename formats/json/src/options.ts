/** The options of the `json` format. */
import type { Option, OptionSet } from "@millrace/core/internal"

/** `fail-on-missing-field`. */
export const failOnMissingField: Option<"boolean"> = {
  key: "fail-on-missing-field",
  kind: "boolean",
  default: "false",
  description: "Whether a record without a field of the table is bad; otherwise the field is NULL."
}

/** `ignore-parse-errors`. */
export const ignoreParseErrors: Option<"boolean"> = {
  key: "ignore-parse-errors",
  kind: "boolean",
  default: "false",
  description:
    "Whether a value of another type is read as NULL and a record that is no JSON is left out, without a word."
}

/** `timestamp-format.standard`. */
export const timestampFormat: Option<"enum"> = {
  key: "timestamp-format.standard",
  kind: "enum",
  values: ["SQL", "ISO-8601"],
  default: "SQL",
  forwardable: true,
  description:
    "How timestamps are written: 'SQL' is '2020-12-30 12:13:14.123', 'ISO-8601' is '2020-12-30T12:13:14.123'; TIMESTAMP_LTZ ends with 'Z'."
}

/** `map-null-key.mode`. */
export const mapNullKeyMode: Option<"enum"> = {
  key: "map-null-key.mode",
  kind: "enum",
  values: ["FAIL", "DROP", "LITERAL"],
  default: "FAIL",
  forwardable: true,
  description:
    "What is written for a map entry whose key is NULL: the job fails, the entry is left out, or a literal stands for the key."
}

/** `map-null-key.literal`. */
export const mapNullKeyLiteral: Option<"string"> = {
  key: "map-null-key.literal",
  kind: "string",
  default: "null",
  forwardable: true,
  description: "The key that stands for NULL when 'map-null-key.mode' is 'LITERAL'."
}

/** `encode.decimal-as-plain-number`. */
export const decimalAsPlainNumber: Option<"boolean"> = {
  key: "encode.decimal-as-plain-number",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether decimals are always written in plain digits instead of scientific notation."
}

/** `encode.ignore-null-fields`. */
export const ignoreNullFields: Option<"boolean"> = {
  key: "encode.ignore-null-fields",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether fields that are NULL are left out of what is written."
}

/** `decode.json-parser.enabled`. */
export const jsonParser: Option<"boolean"> = {
  key: "decode.json-parser.enabled",
  kind: "boolean",
  default: "true",
  description:
    "Whether records are decoded by a scanner generated for the table; otherwise one by one. The rows are the same."
}

/** All of them. */
export const options: OptionSet = [
  failOnMissingField,
  ignoreParseErrors,
  timestampFormat,
  mapNullKeyMode,
  mapNullKeyLiteral,
  decimalAsPlainNumber,
  ignoreNullFields,
  jsonParser
]
