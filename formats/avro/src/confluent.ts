/**
 * The `avro-confluent` format: Avro messages whose schemas are in a schema registry.
 * @module
 */
import type { FormatFactory } from "@millrace/core/internal"
import { registeredDecoder, registeredEncoder, registeredProblems } from "./registered.ts"
import { registryOptions } from "./registry-options.ts"

/** The factory. Insert-only, for connectors of messages. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "avro-confluent",
  package: "@millrace/format-avro",
  description: "Avro messages whose schemas are in a Confluent schema registry.",
  options: registryOptions,
  messagesOnly: true,
  check: (context, role) => registeredProblems(context, role, "avro-confluent", false),
  decoder: (context, onBad) => registeredDecoder(context, onBad, false),
  encoder: (context) => registeredEncoder(context, false)
}
