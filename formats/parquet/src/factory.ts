/** The `parquet` format: a bulk format whose files are cut at row groups and read column by column. */
import type { FormatContext, FormatFactory } from "@millrace/core/internal"
import { writeProblem } from "./file-schema.ts"
import { parquetOptions } from "./option-set.ts"
import { makeReader, splitRows } from "./reader.ts"
import { makeWriter } from "./writer.ts"

/** The factory. Insert-only; its reader and writer throw the faults of `fault.ts`. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "parquet",
  package: "@millrace/format-parquet",
  description: "Apache Parquet files, read and written column by column.",
  options: parquetOptions,
  check: (context) => problems(context),
  bulkReader: makeReader,
  bulkRanges: splitRows,
  bulkWriter: makeWriter,
  extension: () => ".parquet"
}

function problems(context: FormatContext): ReadonlyArray<string> {
  const found = context.physical.map((field) => writeProblem(field.type, field.name))
  return found.filter((problem) => problem !== undefined)
}
