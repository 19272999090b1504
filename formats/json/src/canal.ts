/**
 * The `canal-json` format.
 * @module
 */
import type { FormatFactory, Option } from "@millrace/core/internal"
import { canal } from "./changelog/dialects.ts"
import { makeChangelogFormat } from "./changelog/factory.ts"

const databaseInclude: Option<"string"> = {
  key: "database.include",
  kind: "string",
  description:
    "A regular expression: only changes of databases whose whole name matches are read, others are left out."
}

const tableInclude: Option<"string"> = {
  key: "table.include",
  kind: "string",
  description:
    "A regular expression: only changes of tables whose whole name matches are read, others are left out."
}

/** The factory. */
export const factory: FormatFactory = makeChangelogFormat(canal, {
  options: [databaseInclude, tableInclude],
  schemaInclude: undefined,
  includes: { database: databaseInclude, table: tableInclude }
})
