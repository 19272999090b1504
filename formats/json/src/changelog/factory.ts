/** Makes the factory of a changelog format from its dialect. */
import type {
  Changelog,
  FormatContext,
  FormatFactory,
  LogicalType,
  Option,
  OptionSet,
  ReadOptions
} from "@millrace/core/internal"
import { unfitColumns } from "../fit.ts"
import {
  decimalAsPlainNumber,
  ignoreNullFields,
  ignoreParseErrors,
  mapNullKeyLiteral,
  mapNullKeyMode,
  timestampFormat
} from "../options.ts"
import { ChangelogDecoder, type Includes } from "./decoder.ts"
import type { Dialect } from "./dialect.ts"
import { ChangelogEncoder } from "./encoder.ts"

const all: Changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true }

/** What a changelog format has beside what all have. */
export interface Extras {
  readonly options: OptionSet
  /** The option that says that the schema stands in the records. */
  readonly schemaInclude: Option<"boolean"> | undefined
  /** Options with patterns for fields of the envelope, by field. */
  readonly includes: Readonly<Record<string, Option<"string">>>
}

const usual: OptionSet = [
  ignoreParseErrors,
  timestampFormat,
  mapNullKeyMode,
  mapNullKeyLiteral,
  decimalAsPlainNumber,
  ignoreNullFields
]

/** The factory. */
export function makeChangelogFormat(dialect: Dialect, extras: Extras): FormatFactory {
  const { identifier } = dialect
  const included = (options: ReadOptions): boolean =>
    extras.schemaInclude !== undefined && options.need(extras.schemaInclude)
  return {
    kind: "format",
    identifier,
    package: "@millrace/format-json",
    description:
      `Changes of a table as ${dialect.title} writes them in JSON: one change a line or message.`,
    options: [...extras.options, ...usual],
    check: (context, role) => [
      ...unfitColumns(identifier, context.physical),
      ...checkIncludes(identifier, context.options, extras),
      ...role === "sink" && included(context.options)
        ? [
          `The '${identifier}' format cannot write the schema: leave '${identifier}.schema-include' out`
        ]
        : []
    ],
    changelog: () => all,
    metadata: () =>
      Object.fromEntries(
        Object.entries(dialect.metadata).map((
          [key, { type }]
        ): [string, LogicalType.LogicalType] => [
          key,
          type
        ])
      ),
    decoder: (context, onBad) =>
      new ChangelogDecoder(
        dialect,
        context,
        {
          failOnMissing: false,
          ignoreErrors: context.options.need(ignoreParseErrors),
          separator: separatorOf(context),
          generated: true
        },
        included(context.options),
        includesOf(context.options, extras),
        onBad
      ),
    delimiter: () => new Uint8Array([10]),
    encoder: (context) =>
      new ChangelogEncoder(dialect, context.physical, {
        separator: separatorOf(context),
        nullKeys: context.options.need(mapNullKeyMode),
        nullKey: context.options.need(mapNullKeyLiteral),
        plainDecimals: context.options.need(decimalAsPlainNumber),
        ignoreNulls: context.options.need(ignoreNullFields)
      })
  }
}

function separatorOf(context: FormatContext): number {
  return context.options.need(timestampFormat) === "SQL" ? 32 : 84
}

function patternOf(text: string): RegExp {
  return new RegExp(`^(?:${text})$`, "su")
}

function includesOf(options: ReadOptions, extras: Extras): Includes {
  const includes = new Map<string, RegExp>()
  for (const [field, option] of Object.entries(extras.includes)) {
    const text = options.get(option)
    if (text !== undefined) includes.set(field, patternOf(text))
  }
  return includes
}

function checkIncludes(
  identifier: string,
  options: ReadOptions,
  extras: Extras
): ReadonlyArray<string> {
  return Object.values(extras.includes).flatMap((option) => {
    const text = options.get(option)
    if (text === undefined) return []
    try {
      patternOf(text)
      return []
    } catch (error) {
      return [
        `Option '${identifier}.${option.key}' is no regular expression: ${(error as Error).message}`
      ]
    }
  })
}
