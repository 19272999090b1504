/**
 * The `debezium-json` format.
 * @module
 */
import type { FormatFactory, Option } from "@millrace/core/internal"
import { debezium } from "./changelog/dialects.ts"
import { makeChangelogFormat } from "./changelog/factory.ts"

const schemaInclude: Option<"boolean"> = {
  key: "schema-include",
  kind: "boolean",
  default: "false",
  description:
    "Whether the records hold their schema, as Kafka Connect writes them with 'value.converter.schemas.enable': the change is then in their field 'payload'. Only for reading."
}

/** The factory. */
export const factory: FormatFactory = makeChangelogFormat(debezium, {
  options: [schemaInclude],
  schemaInclude,
  includes: {}
})
