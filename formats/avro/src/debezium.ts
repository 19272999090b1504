/**
 * The `debezium-avro-confluent` format: changes of a table as Debezium's connectors write them in Avro, with schemas in a registry.
 * @module
 */
import type { Changelog, FormatFactory } from "@millrace/core/internal"
import { registeredDecoder, registeredEncoder, registeredProblems } from "./registered.ts"
import { registryOptions } from "./registry-options.ts"

const all: Changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true }

/** The factory. All kinds of change, for connectors of messages. An update is written as the deletion of a row and the creation of another. */
export const factory: FormatFactory = {
  kind: "format",
  identifier: "debezium-avro-confluent",
  package: "@millrace/format-avro",
  description:
    "Changes that Debezium captured, in Avro with schemas in a Confluent schema registry.",
  options: registryOptions,
  messagesOnly: true,
  changelog: () => all,
  check: (context, role) => registeredProblems(context, role, "debezium-avro-confluent", true),
  decoder: (context, onBad) => registeredDecoder(context, onBad, true),
  encoder: (context) => registeredEncoder(context, true)
}
