/**
 * The `protobuf` format: messages of a type from a .proto file or a descriptor set; no generated code is needed.
 * @module
 */
import {
  type ByteSink,
  type Column,
  type FormatContext,
  type FormatFactory,
  type LogicalType,
  type RowEncoder
} from "@millrace/core/internal"
import { ProtobufDecoder } from "./decoder.ts"
import { MessageWriter } from "./encoder.ts"
import { ProtobufSchemaFault } from "./fault.ts"
import { writeFramed } from "./framing.ts"
import { loadMessage } from "./load.ts"
import { confluent, confluentId, nullLiteral, options } from "./options.ts"
import { Problem } from "./problem.ts"
import type { MessageType } from "./schema.ts"
import { fieldNamed, fitField } from "./shape.ts"

/** The factory. Insert-only, for connectors of messages. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "protobuf",
  package: "@millrace/format-protobuf",
  description: "Protocol Buffers: messages of a type from a .proto file or a descriptor set.",
  options,
  messagesOnly: true,
  check,
  decoder: (context, onBad) =>
    orFault(context, () => new ProtobufDecoder(context, loadMessage(context.options), onBad)),
  encoder: (context) => orFault(context, () => encoderOf(context))
}

function check(context: FormatContext, role: "source" | "sink"): ReadonlyArray<string> {
  const framed = context.options.need(confluent)
  if (role === "sink" && framed && context.options.get(confluentId) === undefined) {
    return ["'millrace.protobuf.confluent' needs 'millrace.protobuf.confluent-schema-id' to write"]
  }
  try {
    const message = loadMessage(context.options)
    for (const { name, type } of context.physical) fitField(fieldNamed(message, name), type, name)
    return []
  } catch (problem) {
    if (problem instanceof Problem) return [problem.text]
    throw problem
  }
}

function orFault<A>(context: FormatContext, make: () => A): A {
  try {
    return make()
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    throw new ProtobufSchemaFault({ table: context.table, detail: problem.text })
  }
}

function encoderOf(context: FormatContext): RowEncoder {
  const read = context.options
  const message: MessageType = loadMessage(read)
  const physical: LogicalType.RowType = context.physical
  for (const { name, type } of physical) fitField(fieldNamed(message, name), type, name)
  const writer = new MessageWriter(message, physical, read.need(nullLiteral))
  const id = read.need(confluent) ? read.get(confluentId) : undefined
  return {
    encodeRow: (columns: ReadonlyArray<Column>, row: number, out: ByteSink) => {
      if (id !== undefined) writeFramed(out, id, message.path)
      writer.write(columns, row, out)
    },
    encodeStream: () => {
      throw new Error("Broken invariant: records of messages do not stand in a stream")
    }
  }
}
