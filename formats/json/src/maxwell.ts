/**
 * The `maxwell-json` format.
 * @module
 */
import type { FormatFactory } from "@millrace/core/internal"
import { maxwell } from "./changelog/dialects.ts"
import { makeChangelogFormat } from "./changelog/factory.ts"

/** The factory. */
export const factory: FormatFactory = makeChangelogFormat(maxwell, {
  options: [],
  schemaInclude: undefined,
  includes: {}
})
