/**
 * The `ogg-json` format.
 * @module
 */
import type { FormatFactory } from "@millrace/core/internal"
import { ogg } from "./changelog/dialects.ts"
import { makeChangelogFormat } from "./changelog/factory.ts"

/** The factory. */
export const factory: FormatFactory = makeChangelogFormat(ogg, {
  options: [],
  schemaInclude: undefined,
  includes: {}
})
