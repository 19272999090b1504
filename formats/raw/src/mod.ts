/**
 * The `raw` format: the bytes of a record are the value of the table's one column.
 * @module
 */
import {
  type FormatContext,
  type FormatFactory,
  LogicalType,
  type Option,
  type OptionSet,
  type ReadOptions
} from "@millrace/core/internal"
import { charsetOf } from "./charset.ts"
import { RawDecoder, type RawReading } from "./decoder.ts"
import { RawEncoder } from "./encoder.ts"

const charset: Option<"string"> = {
  key: "charset",
  kind: "string",
  default: "UTF-8",
  description: "The charset of text."
}

const endianness: Option<"enum"> = {
  key: "endianness",
  kind: "enum",
  values: ["big-endian", "little-endian"],
  default: "big-endian",
  description: "The order of the bytes of a number."
}

const lineDelimiter: Option<"string"> = {
  key: "line-delimiter",
  kind: "string",
  description:
    "What ends a record. Unless given a message is one record, and in files a line feed ends one."
}

const options: OptionSet = [charset, endianness, lineDelimiter]

const kinds: ReadonlySet<string> = new Set([
  "CHAR",
  "VARCHAR",
  "BINARY",
  "VARBINARY",
  "BOOLEAN",
  "TINYINT",
  "SMALLINT",
  "INT",
  "BIGINT",
  "FLOAT",
  "DOUBLE"
])

function check(context: FormatContext, role: "source" | "sink"): ReadonlyArray<string> {
  const { physical } = context
  const list = physical.map(({ name, type }) => `\`${name}\` ${LogicalType.format(type)}`).join(
    ", "
  )
  if (physical.length !== 1) {
    return [
      `The 'raw' format only supports single physical column. However the defined schema contains multiple physical columns: [${list}]`
    ]
  }
  const { type } = physical[0]!
  if (!kinds.has(type.kind)) {
    return [`The 'raw' format doesn't supports '${LogicalType.format(type)}' as column type`]
  }
  const name = context.options.need(charset)
  const found = charsetOf(name)
  if (found === undefined) return [`Unsupported 'raw.charset' name: ${name}`]
  if (found.encode === undefined && (role === "sink" || context.options.given(lineDelimiter))) {
    return [`'raw.charset' = '${name}' can only be read, without 'raw.line-delimiter': use 'UTF-8'`]
  }
  if (context.options.get(lineDelimiter) === "") {
    return ["'raw.line-delimiter' must not be empty: leave it out"]
  }
  return []
}

function readingOf(options: ReadOptions): RawReading {
  const found = charsetOf(options.need(charset))!
  const delimiter = options.get(lineDelimiter)
  return {
    charset: found,
    littleEndian: options.need(endianness) === "little-endian",
    delimiter: delimiter === undefined ? undefined : withoutMark(found.encode!(delimiter))
  }
}

/** What ends a record wherever it stands: one byte of a charset of single bytes. Longer ones may overlap themselves. */
function delimiterOf(options: ReadOptions): Uint8Array | undefined {
  const { charset, delimiter } = readingOf(options)
  if (charset.unitBytes !== 1) return undefined
  const bytes = delimiter ?? new Uint8Array([10])
  return bytes.length === 1 ? bytes : undefined
}

/** The byte order mark that UTF-16 puts before a text is no part of a delimiter. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xfe && bytes[1] === 0xff ? bytes.subarray(2) : bytes
}

/** The factory. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "raw",
  package: "@millrace/format-raw",
  description: "The bytes of a record as one column.",
  options,
  check,
  delimiter: delimiterOf,
  decoder: (context, onBad) => new RawDecoder(context, readingOf(context.options), onBad),
  encoder: (context) => new RawEncoder(context.physical, readingOf(context.options))
}
