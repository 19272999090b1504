/** The options of `kafka` and `upsert-kafka` tables, under Flink's names. */
import type { Option, OptionSet } from "@millrace/core/internal"

/** `topic`. */
export const topic: Option<"list"> = {
  key: "topic",
  kind: "list",
  description:
    "Topics to read, separated by `;`; the topic to write, or those that the `topic` metadata column may name."
}

/** `topic` of `upsert-kafka`. */
export const upsertTopic: Option<"list"> = { ...topic, required: true }

/** `topic-pattern`. */
export const topicPattern: Option<"string"> = {
  key: "topic-pattern",
  kind: "string",
  description: "Regular expression of the topics to read; instead of `topic`."
}

/** `properties.#`. */
export const properties: Option<"string"> = {
  key: "properties.#",
  kind: "string",
  description: "A setting of the Kafka client, by its Java name; see the table of properties."
}

/** `key.fields`. */
export const keyFields: Option<"list"> = {
  key: "key.fields",
  kind: "list",
  description: "Columns that stand in the message's key, separated by `;`; needs `key.format`."
}

/** `key.fields-prefix`. */
export const keyFieldsPrefix: Option<"string"> = {
  key: "key.fields-prefix",
  kind: "string",
  description:
    "Prefix of the key's column names, which the key itself has not; needs `'value.fields-include' = 'EXCEPT_KEY'`."
}

/** `value.fields-include`. */
export const fieldsInclude: Option<"enum"> = {
  key: "value.fields-include",
  kind: "enum",
  default: "ALL",
  values: ["ALL", "EXCEPT_KEY"],
  description: "Whether the key's columns stand in the message's value too."
}

/** `scan.startup.mode`. */
export const startupMode: Option<"enum"> = {
  key: "scan.startup.mode",
  kind: "enum",
  default: "group-offsets",
  values: ["earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"],
  description: "Where a fresh start begins to read; a restore goes on where it was."
}

/** `scan.startup.specific-offsets`. */
export const startupOffsets: Option<"string"> = {
  key: "scan.startup.specific-offsets",
  kind: "string",
  description:
    "`partition:0,offset:42;partition:1,offset:300`; other partitions begin at the earliest."
}

/** `scan.startup.timestamp-millis`. */
export const startupTimestamp: Option<"long"> = {
  key: "scan.startup.timestamp-millis",
  kind: "long",
  min: 0,
  description: "Epoch millis; reading begins at the first record of this time or later."
}

/** `scan.bounded.mode`. */
export const boundedMode: Option<"enum"> = {
  key: "scan.bounded.mode",
  kind: "enum",
  default: "unbounded",
  values: ["unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"],
  description: "Where reading ends; `unbounded`: never."
}

/** `scan.bounded.specific-offsets`. */
export const boundedOffsets: Option<"string"> = {
  key: "scan.bounded.specific-offsets",
  kind: "string",
  description: "As for the start, for all partitions; an offset is the first that is not read."
}

/** `scan.bounded.timestamp-millis`. */
export const boundedTimestamp: Option<"long"> = {
  key: "scan.bounded.timestamp-millis",
  kind: "long",
  min: 0,
  description:
    "Epoch millis; the first record of this time or later is not read, nor what follows it."
}

/** `scan.topic-partition-discovery.interval`. */
export const discoveryInterval: Option<"duration"> = {
  key: "scan.topic-partition-discovery.interval",
  kind: "duration",
  default: "5 min",
  min: 0,
  description:
    "How often new topics and partitions are looked for; 0: never. They are read from their beginning."
}

/** `scan.parallelism`. */
export const scanParallelism: Option<"int"> = {
  key: "scan.parallelism",
  kind: "int",
  min: 1,
  description: "Parallelism of the source; default: the job's."
}

/** `sink.parallelism`. */
export const sinkParallelism: Option<"int"> = {
  key: "sink.parallelism",
  kind: "int",
  min: 1,
  description: "Parallelism of the sink; default: that of what it writes."
}

/** `sink.partitioner`. */
export const partitioner: Option<"string"> = {
  key: "sink.partitioner",
  kind: "string",
  default: "default",
  description:
    "`default`: by the key's hash, without a key in turns; `fixed`: one partition per subtask; `round-robin`: in turns; or the name of one that the program registered."
}

/** `sink.delivery-guarantee`. */
export const deliveryGuarantee: Option<"enum"> = {
  key: "sink.delivery-guarantee",
  kind: "enum",
  default: "at-least-once",
  values: ["none", "at-least-once", "exactly-once"],
  fallbackKeys: ["sink.semantic"],
  description:
    "`exactly-once` writes in transactions, which readers of committed records see after a checkpoint."
}

/** `sink.transactional-id-prefix`. */
export const transactionalIdPrefix: Option<"string"> = {
  key: "sink.transactional-id-prefix",
  kind: "string",
  description:
    "Begins the names of this table's transactions; no other job or table may use it. Required for `exactly-once`."
}

/** `sink.transaction-naming-strategy`. */
export const namingStrategy: Option<"enum"> = {
  key: "sink.transaction-naming-strategy",
  kind: "enum",
  default: "POOLING",
  values: ["POOLING", "INCREMENTING"],
  description: "Names of transactions are used again (`POOLING`); the only way that is built."
}

/** `sink.buffer-flush.max-rows`. */
export const bufferRows: Option<"int"> = {
  key: "sink.buffer-flush.max-rows",
  kind: "int",
  default: "0",
  min: 0,
  description:
    "So many rows, one per key, are kept back so that later changes of a key replace earlier ones; 0: none."
}

/** `sink.buffer-flush.interval`. */
export const bufferInterval: Option<"duration"> = {
  key: "sink.buffer-flush.interval",
  kind: "duration",
  default: "0 s",
  min: 0,
  description: "Rows are kept back no longer than this; 0: none are."
}

/** `millrace.kafka.client`. */
export const client: Option<"enum"> = {
  key: "millrace.kafka.client",
  kind: "enum",
  default: "platformatic",
  values: ["platformatic", "kafkajs"],
  own: true,
  description: "The library whose connections are used: `@platformatic/kafka` or `kafkajs`."
}

/** Of `kafka` tables. */
export const options: OptionSet = [
  topic,
  topicPattern,
  properties,
  keyFields,
  keyFieldsPrefix,
  fieldsInclude,
  startupMode,
  startupOffsets,
  startupTimestamp,
  boundedMode,
  boundedOffsets,
  boundedTimestamp,
  discoveryInterval,
  scanParallelism,
  partitioner,
  deliveryGuarantee,
  transactionalIdPrefix,
  namingStrategy,
  sinkParallelism,
  client
]

/** Of `upsert-kafka` tables. */
export const upsertOptions: OptionSet = [
  upsertTopic,
  properties,
  keyFieldsPrefix,
  fieldsInclude,
  boundedMode,
  boundedOffsets,
  boundedTimestamp,
  discoveryInterval,
  scanParallelism,
  bufferRows,
  bufferInterval,
  deliveryGuarantee,
  transactionalIdPrefix,
  namingStrategy,
  sinkParallelism,
  client
]
