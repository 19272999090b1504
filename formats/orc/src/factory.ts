/** The `orc` format: a bulk format whose files are cut at stripes and read column by column. */
import type { FormatContext, FormatFactory, LogicalType } from "@millrace/core/internal"
import { chunkSize, orcOptions } from "./options.ts"
import { makeReader, splitRows } from "./reader.ts"
import { makeWriter } from "./writer.ts"

/** What the length of a chunk can tell. */
const chunkBytesMax = 2 ** 23 - 1

/** The factory. Insert-only; its reader throws the faults of `fault.ts`. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "orc",
  package: "@millrace/format-orc",
  description: "Apache ORC files, read and written column by column.",
  options: orcOptions,
  check: (context) => problems(context),
  bulkReader: makeReader,
  bulkRanges: splitRows,
  bulkWriter: makeWriter,
  extension: () => ".orc"
}

function problems(context: FormatContext): ReadonlyArray<string> {
  const problems = context.physical.flatMap((field) => unfit(field.name, field.type))
  const bytes = context.options.need(chunkSize)
  if (bytes > chunkBytesMax) {
    problems.push(
      `Option 'orc.compress.size' is ${bytes}, and a chunk has at most ${chunkBytesMax} bytes`
    )
  }
  return problems
}

/** Types that ORC has not, as sentences. */
function unfit(path: string, type: LogicalType.LogicalType): ReadonlyArray<string> {
  switch (type.kind) {
    case "ROW":
      return type.fields.flatMap((field) => unfit(`${path}.${field.name}`, field.type))
    case "ARRAY":
      return unfit(`${path}[]`, type.element)
    case "MAP":
      return [...unfit(`${path}[]`, type.key), ...unfit(`${path}[]`, type.value)]
    case "MULTISET":
    case "TIME":
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
    case "NULL":
    case "OBJECT":
      return [`The 'orc' format has no type for column '${path}', which is ${type.kind}`]
    default:
      return []
  }
}
