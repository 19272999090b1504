/**
 * The columns of a scan's output: those that the format decodes, and those that are one value per file (partition values and
 * metadata), made once per file and cut to each batch.
 */
import {
  Batch,
  batchRowsMax,
  Column,
  type Expression,
  type FoundFormat,
  LogicalType,
  type PlanTable,
  type ScanAbilities,
  slice,
  type SourceTraits
} from "@millrace/core/internal"
import { FilesystemFault } from "./fault.ts"
import { absolute, nameOf } from "./file-path.ts"
import { constantColumn, partitionOf } from "./partition.ts"
import type { FileSplit } from "./split.ts"

/** Readable metadata. */
export const metadata: Readonly<Record<string, LogicalType.LogicalType>> = {
  "file.path": LogicalType.withNullable(LogicalType.string, false),
  "file.name": LogicalType.withNullable(LogicalType.string, false),
  "file.size": LogicalType.simple("BIGINT", false),
  "file.modification-time": { kind: "TIMESTAMP_LTZ", nullable: false, precision: 3 }
}

const formatPrefix = "value."

/** What the format's records tell: its keys, with `value.` in front as in Kafka tables. */
export function formatMetadata(format: FoundFormat): SourceTraits["metadata"] {
  const own = format.factory.metadata?.(format.options) ?? {}
  return Object.fromEntries(Object.entries(own).map(([key, type]) => [formatPrefix + key, type]))
}

/** Where an output column comes from. */
type Origin =
  | { readonly from: "format"; readonly index: number }
  | { readonly from: "partition"; readonly key: string; readonly type: LogicalType.LogicalType }
  | { readonly from: "metadata"; readonly key: string }

/** What a scan decodes and what it adds. */
export interface ScanColumns {
  /** The columns that stand in the files. */
  readonly physical: LogicalType.RowType
  /** Paths into `physical`. */
  readonly projection: ReadonlyArray<ReadonlyArray<number>>
  /** Keys of the format's metadata. */
  readonly metadata: ReadonlyArray<string>
  readonly origins: ReadonlyArray<Origin>
}

/** Sort out the columns of a scan. */
export function scanColumns(table: PlanTable, abilities: ScanAbilities): ScanColumns {
  const { physical: all, partitionKeys } = table
  const physical = all.filter((field) => !partitionKeys.includes(field.name))
  const projection: Array<ReadonlyArray<number>> = []
  const origins = abilities.projection.map((path): Origin => {
    const field = all[path[0]!]!
    if (partitionKeys.includes(field.name)) {
      return { from: "partition", key: field.name, type: field.type }
    }
    projection.push([physical.indexOf(field), ...path.slice(1)])
    return { from: "format", index: projection.length - 1 }
  })
  const told: Array<string> = []
  for (const key of abilities.metadata) {
    if (!key.startsWith(formatPrefix)) origins.push({ from: "metadata", key })
    else {
      origins.push({ from: "format", index: projection.length + told.length })
      told.push(key.slice(formatPrefix.length))
    }
  }
  return { physical, projection, metadata: told, origins }
}

/** The filters over what the format decodes, with the columns as the format counts them; those over anything else are left out. */
export function formatFilters(
  columns: ScanColumns,
  filters: ReadonlyArray<Expression>
): ReadonlyArray<Expression> {
  return filters.flatMap((filter) => {
    const moved = moveInputs(filter, columns.origins)
    return moved === undefined ? [] : [moved]
  })
}

function moveInputs(
  expression: Expression,
  origins: ReadonlyArray<Origin>
): Expression | undefined {
  switch (expression.op) {
    case "literal":
      return expression
    case "input": {
      const origin = origins[expression.index]
      return origin?.from === "format" ? { ...expression, index: origin.index } : undefined
    }
    case "field":
    case "cast": {
      const of = moveInputs(expression.of, origins)
      return of === undefined ? undefined : { ...expression, of }
    }
    case "call": {
      const args = expression.args.map((arg) => moveInputs(arg, origins))
      return args.every((arg) => arg !== undefined) ? { ...expression, args } : undefined
    }
  }
}

/** The constants of one file: per output column a column of the most rows that a batch has, or undefined. */
export function fileConstants(
  columns: ScanColumns,
  split: FileSplit,
  table: string,
  defaultName: string
): ReadonlyArray<Column | undefined> {
  const partition = partitionOf(split.path)
  return columns.origins.map((origin) => {
    if (origin.from === "format") return undefined
    if (origin.from === "metadata") return metadataColumn(origin.key, split)
    const text = partition.get(origin.key)
    const fault = (detail: string): FilesystemFault =>
      new FilesystemFault({ table, action: "read the file", path: split.path, detail })
    if (text === undefined) {
      throw fault(
        `it is in no partition directory "${origin.key}=…", and the table is partitioned by it`
      )
    }
    try {
      return constantColumn(origin.type, text === defaultName ? undefined : text, batchRowsMax)
    } catch (wanted) {
      if (typeof wanted !== "string") throw wanted
      throw fault(`its partition "${origin.key}=${text}" has no value of type ${wanted}`)
    }
  })
}

function metadataColumn(key: string, split: FileSplit): Column {
  const type = metadata[key]!
  switch (key) {
    case "file.path":
      return constantColumn(type, absolute(split.path), batchRowsMax)
    case "file.name":
      return constantColumn(type, nameOf(split.path), batchRowsMax)
    case "file.size":
      return constantColumn(type, String(split.sizeBytes), batchRowsMax)
    default: {
      const values = new Float64Array(batchRowsMax).fill(split.modifiedMillis)
      return new Column({ layout: "f64", rows: batchRowsMax, values })
    }
  }
}

/** A decoded batch with the constants in their places. */
export function withConstants(
  batch: Batch,
  columns: ScanColumns,
  constants: ReadonlyArray<Column | undefined>
): Batch {
  const output = columns.origins.map((origin, i) =>
    origin.from === "format" ? batch.columns[origin.index]! : slice(constants[i]!, 0, batch.rows)
  )
  return new Batch(batch.rows, output, batch.kinds)
}
