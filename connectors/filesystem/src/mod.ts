/**
 * The `filesystem` connector: tables of files, read as bounded input and written exactly once.
 * @module
 */
import {
  type Changelog,
  type ConnectorFactory,
  type FormatContext,
  type ReadOptions,
  reloadMillis,
  type TableContext
} from "@millrace/core/internal"
import { formatFilters, formatMetadata, metadata, scanColumns } from "./constants.ts"
import { FileEnumerator } from "./enumerator.ts"
import { defaultPartition, options, path, pathPattern, rollingSize } from "./options.ts"
import { isPartitionType } from "./partition.ts"
import { FileReader } from "./reader.ts"
import { makeSink } from "./sink.ts"

const insertOnly = { insert: true, updateBefore: false, updateAfter: false, delete: false } as const

/** The factory. */
export const factory: ConnectorFactory = {
  kind: "connector",
  identifier: "filesystem",
  package: "@millrace/connector-filesystem",
  description:
    "Files of this machine: a file, a directory or a pattern to read, a directory to write.",
  options,
  formatKeys: [{ key: "format", required: true }],
  check,
  source: {
    traits: (context) => ({
      boundedness: "bounded",
      changelog: changelogOf(context, "source"),
      metadata: { ...metadata, ...formatMetadata(context.formats.get("format")!) },
      nestedProjection: true
    }),
    make: (context, abilities) => {
      const columns = scanColumns(context.table, abilities)
      const format = context.formats.get("format")!
      const table = context.table.name
      return {
        boundedness: "bounded",
        guarantee: "exactly-once",
        enumerator: (enumerated) =>
          new FileEnumerator(
            {
              table,
              path: context.options.need(path),
              pattern: patternOf(context.options),
              format
            },
            enumerated
          ),
        reader: () =>
          new FileReader({
            table,
            timeZone: context.timeZone,
            format,
            columns,
            filters: formatFilters(columns, abilities.filters),
            defaultName: context.options.need(defaultPartition),
            onBad: context.onBad
          })
      }
    }
  },
  lookup: { kind: "full", reloadMillis: (context) => reloadMillis(context.options) },
  sink: {
    traits: (context) => ({
      changelog: changelogOf(context, "sink"),
      metadata: {},
      partitioning: true,
      overwrite: false
    }),
    make: (context, consumed, abilities) =>
      makeSink({
        table: context.table,
        path: context.options.need(path),
        format: context.formats.get("format")!,
        timeZone: context.timeZone,
        consumed,
        staticPartition: abilities.staticPartition,
        defaultName: context.options.need(defaultPartition),
        rollBytes: context.options.need(rollingSize)
      })
  }
}

function changelogOf(context: TableContext, role: "source" | "sink"): Changelog {
  const { factory: format, options: read } = context.formats.get("format")!
  return format.changelog?.(read, role) ?? insertOnly
}

function patternOf(read: ReadOptions): RegExp | undefined {
  const text = read.get(pathPattern)
  return text === undefined ? undefined : new RegExp(`^(?:${text})$`, "u")
}

function check(context: TableContext, role: "source" | "sink"): ReadonlyArray<string> {
  const { table, options: read } = context
  const { factory: format, options: formatOptions } = context.formats.get("format")!
  const problems: Array<string> = []
  const able = role === "source"
    ? format.decoder ?? format.bulkReader
    : format.encoder ?? format.bulkWriter
  if (format.messagesOnly === true) {
    problems.push(
      `The '${format.identifier}' format is not supported for the 'filesystem' connector`
    )
  } else if (able === undefined) {
    problems.push(
      `Format '${format.identifier}' cannot ${role === "source" ? "read" : "write"} files`
    )
  }
  for (const key of table.partitionKeys) {
    const field = table.physical.find((column) => column.name === key)
    if (field !== undefined && !isPartitionType(field.type)) {
      problems.push(`Column '${key}' of type ${field.type.kind} cannot be a partition key`)
    }
  }
  if (role === "source") problems.push(...checkPattern(read))
  const physical = table.physical.filter((field) => !table.partitionKeys.includes(field.name))
  const formatContext: FormatContext = {
    options: formatOptions,
    physical,
    projection: physical.map((_, i) => [i]),
    timeZone: context.timeZone,
    table: table.name
  }
  return [...problems, ...format.check?.(formatContext, role) ?? []]
}

function checkPattern(read: ReadOptions): ReadonlyArray<string> {
  try {
    patternOf(read)
    return []
  } catch (error) {
    return [
      `Option 'source.path.regex-pattern' is no regular expression: ${(error as Error).message}`
    ]
  }
}
