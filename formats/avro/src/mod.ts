/**
 * The `avro` format: messages that are records of the schema derived from the table, and container files of any schema that fits it.
 * @module
 */
import type {
  FormatContext,
  FormatFactory,
  OnBadRecord,
  RowDecoder,
  RowEncoder
} from "@millrace/core/internal"
import { openContainer } from "./container-reader.ts"
import { ContainerWriter } from "./container-writer.ts"
import { splitBlocks } from "./container.ts"
import { AvroDecoder, PlainFraming } from "./decoder.ts"
import { deriveSchema, rowProblem } from "./derive.ts"
import { AvroEncoder } from "./encoder.ts"
import { codec, encoding, legacyTimestamps, options } from "./options.ts"
import { programOf, putOf } from "./program.ts"
import { parseSchema } from "./schema.ts"

/** The factory. Insert-only. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "avro",
  package: "@millrace/format-avro",
  description: "Apache Avro: messages of the table's own schema, and container files.",
  options,
  check,
  decoder,
  encoder,
  bulkReader: openContainer,
  bulkRanges: splitBlocks,
  bulkWriter: (context, out) =>
    new ContainerWriter(
      out,
      schemaText(context),
      context.options.need(codec),
      putOf(context, schemaText(context))
    ),
  extension: () => ".avro"
}

function check(context: FormatContext): ReadonlyArray<string> {
  if (context.options.need(encoding) === "json") {
    return ["'avro.encoding' = 'json' is not built yet: use 'binary'"]
  }
  const problem = rowProblem(context.physical, context.options.need(legacyTimestamps))
  return problem === undefined ? [] : [problem]
}

function schemaText(context: FormatContext): string {
  return JSON.stringify(deriveSchema(context.physical, context.options.need(legacyTimestamps)))
}

function decoder(context: FormatContext, onBad: OnBadRecord): RowDecoder {
  const schema = parseSchema(schemaText(context))
  return new AvroDecoder(
    context,
    "none",
    (columns) => new PlainFraming(programOf(schema, context, columns, undefined)),
    onBad
  )
}

function encoder(context: FormatContext): RowEncoder {
  return new AvroEncoder(putOf(context, schemaText(context)))
}
