/** The `orc` format: a bulk format whose files are cut at stripes and read column by column. */
import type { FormatContext, FormatFactory, LogicalType } from "@millrace/core/internal"
import { makeReader, splitRows } from "./reader.ts"

/** The factory. Insert-only; its reader throws the faults of `fault.ts`. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "orc",
  package: "@millrace/format-orc",
  description: "Apache ORC files, read column by column.",
  options: [],
  check: (context) => problems(context),
  bulkReader: makeReader,
  bulkRanges: splitRows,
  extension: () => ".orc"
}

function problems(context: FormatContext): ReadonlyArray<string> {
  return context.physical.flatMap((field) => unfit(field.name, field.type))
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
