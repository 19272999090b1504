/** The factories `kafka` and `upsert-kafka`: what they declare, and what they refuse. */
import type {
  Changelog,
  ConnectorFactory,
  FormatContext,
  FoundFormat,
  LogicalType,
  SinkTraits,
  SourceTraits,
  TableContext
} from "@millrace/core/internal"
import { keyValueOf, keyValueProblems, valueFormat } from "./key-value.ts"
import * as option from "./options.ts"
import { writable } from "./sink/row-encoder.ts"
import { readable } from "./source/metadata-columns.ts"
import { parseOffsets } from "./source/offsets-text.ts"
import { makeSource, makeTableSink, type Own, partitionerOf, settingsOf, stopOf } from "./table.ts"

const insertOnly: Changelog = {
  insert: true,
  updateBefore: false,
  updateAfter: false,
  delete: false
}

const upserts: Changelog = { ...insertOnly, updateAfter: true, delete: true }

type Role = "source" | "sink"

/** The factory of `kafka` tables. */
export function kafkaFactory(own: Own): ConnectorFactory {
  return {
    kind: "connector",
    identifier: "kafka",
    package: "@millrace/connector-kafka",
    description: "Topics of Apache Kafka: read from stored offsets, written in transactions.",
    options: option.options,
    formatKeys: [
      { key: "format", required: false },
      { key: "value.format", required: false },
      { key: "key.format", required: false }
    ],
    check: (context, role) => problems(context, role, false, own),
    source: {
      traits: (context) => sourceTraits(context, insertOnly),
      make: (context, abilities) => makeSource(context, abilities, false, own)
    },
    sink: {
      traits: () => sinkTraits(insertOnly),
      make: (context, consumed) => makeTableSink(context, consumed, false, own)
    }
  }
}

/** The factory of `upsert-kafka` tables. */
export function upsertKafkaFactory(own: Own): ConnectorFactory {
  return {
    kind: "connector",
    identifier: "upsert-kafka",
    package: "@millrace/connector-kafka",
    description:
      "A topic as a table: the last message of a key is its row, one without a value deletes it.",
    options: option.upsertOptions,
    formatKeys: [{ key: "key.format", required: true }, { key: "value.format", required: true }],
    check: (context, role) => [
      ...upsertProblems(context),
      ...problems(context, role, true, own)
    ],
    source: {
      traits: (context) => sourceTraits(context, upserts),
      make: (context, abilities) => makeSource(context, abilities, true, own)
    },
    sink: {
      traits: () => sinkTraits(upserts),
      make: (context, consumed) => makeTableSink(context, consumed, true, own)
    }
  }
}

function sourceTraits(context: TableContext, changelog: Changelog): SourceTraits {
  return {
    boundedness: context.options.get(option.boundedMode) === "unbounded" ? "unbounded" : "bounded",
    changelog,
    metadata: readable,
    nestedProjection: false
  }
}

function sinkTraits(changelog: Changelog): SinkTraits {
  return { changelog, metadata: writable, partitioning: false, overwrite: false }
}

/** What a table of either kind must not be, as sentences. */
function problems(
  context: TableContext,
  role: Role,
  upsert: boolean,
  own: Own
): ReadonlyArray<string> {
  const found: Array<string> = [...keyValueProblems(context, upsert)]
  settingsOf(context, (sentence) => found.push(sentence))
  if (!upsert) found.push(...topicProblems(context, role))
  if (role === "source") found.push(...placeProblems(context, upsert))
  else found.push(...sinkProblems(context, upsert, own))
  if (found.length > 0) return found
  const { key, value } = keyValueOf(context, upsert)
  if (key !== undefined) found.push(...formatProblems(context, key.format, key.physical, role))
  found.push(...formatProblems(context, value.format, value.physical, role))
  return found
}

function topicProblems({ options, table }: TableContext, role: Role): ReadonlyArray<string> {
  const topics = options.get(option.topic) ?? []
  const pattern = options.get(option.topicPattern)
  const found: Array<string> = []
  if (topics.length > 0 && pattern !== undefined) {
    found.push("Option 'topic' and 'topic-pattern' shouldn't be set together")
  }
  if (topics.length === 0 && pattern === undefined) {
    found.push("Either 'topic' or 'topic-pattern' must be set")
  }
  if (pattern !== undefined) {
    try {
      new RegExp(pattern, "u")
    } catch (error) {
      found.push(`Option 'topic-pattern' is no regular expression: ${(error as Error).message}`)
    }
  }
  const several = topics.length > 1 || pattern !== undefined
  if (role === "sink" && several && !table.metadata.some(({ key }) => key === "topic")) {
    found.push(
      "A table that writes to several topics needs a metadata column 'topic' that names one for each row"
    )
  }
  return found
}

function placeProblems(context: TableContext, upsert: boolean): ReadonlyArray<string> {
  const { options } = context
  const found: Array<string> = []
  const startup = upsert ? "earliest-offset" : options.need(option.startupMode)
  const bounded = options.need(option.boundedMode)
  const single = options.get(option.topicPattern) === undefined &&
    (options.get(option.topic) ?? []).length === 1
  const rules = [
    {
      mode: startup,
      what: "startup",
      offsets: option.startupOffsets,
      millis: option.startupTimestamp
    },
    {
      mode: bounded,
      what: "bounded",
      offsets: option.boundedOffsets,
      millis: option.boundedTimestamp
    }
  ]
  for (const { mode, what, offsets, millis } of rules) {
    const text = options.get(offsets)
    if (options.get(millis) === undefined && mode === "timestamp") {
      found.push(`'${millis.key}' is required in '${mode}' ${what} mode but missing`)
    }
    if (mode !== "specific-offsets") continue
    if (!single) found.push("Currently Kafka source only supports specific offset for single topic")
    const parsed = text === undefined
      ? `'${offsets.key}' is required in '${mode}' ${what} mode but missing`
      : parseOffsets(offsets.key, text)
    if (typeof parsed === "string") found.push(parsed)
  }
  const group = options.template(option.properties).get("group.id")
  if ((startup === "group-offsets" || bounded === "group-offsets") && group === undefined) {
    const reset = options.template(option.properties).get("auto.offset.reset")
    if (bounded === "group-offsets" || reset === undefined) {
      found.push(
        "Mode 'group-offsets' needs 'properties.group.id' (or another 'scan.startup.mode')"
      )
    }
  }
  if (found.length === 0) stopOf(context)
  return found
}

function sinkProblems(context: TableContext, upsert: boolean, own: Own): ReadonlyArray<string> {
  const { options, table } = context
  const found: Array<string> = []
  const keys = table.metadata.filter(({ virtual }) => !virtual).map(({ key }) => key)
  if (keys.includes("headers") && keys.includes("header-list")) {
    found.push(
      "The writable metadata is ambiguous. Please use either metadata key 'headers' or 'header-list'"
    )
  }
  const naming = options.need(option.namingStrategy)
  if (options.need(option.deliveryGuarantee) === "exactly-once") {
    if ((options.get(option.transactionalIdPrefix) ?? "") === "") {
      found.push(
        "'sink.transactional-id-prefix' must be specified when using DeliveryGuarantee.EXACTLY_ONCE"
      )
    }
    if (naming === "INCREMENTING") {
      found.push(
        "'sink.transaction-naming-strategy' = 'INCREMENTING' is not built: names are pooled"
      )
    }
  }
  if (upsert) {
    const rows = options.need(option.bufferRows), millis = options.need(option.bufferInterval)
    if ((rows > 0) !== (millis > 0)) {
      found.push(
        `'${option.bufferRows.key}' and '${option.bufferInterval.key}' must be set to be greater than zero together to enable sink buffer flushing`
      )
    }
  } else {
    if (partitionerOf(context, own) === undefined) {
      found.push(
        `Option 'sink.partitioner' is '${
          options.need(option.partitioner)
        }', wanted 'default', 'fixed', 'round-robin' or one that the program registered`
      )
    }
    if (
      options.need(option.partitioner) === "round-robin" &&
      options.get(option.keyFields) !== undefined
    ) {
      found.push(
        "Currently 'round-robin' partitioner only works when option 'key.fields' is not specified"
      )
    }
    if (table.primaryKey.length > 0) {
      found.push(
        `The Kafka table '${table.name}' with '${
          valueFormat(context)?.factory.identifier
        }' format doesn't support ` +
          "defining PRIMARY KEY constraint on the table, because it can't guarantee the semantic of primary key"
      )
    }
  }
  return found
}

function upsertProblems({ table, options }: TableContext): ReadonlyArray<string> {
  const found: Array<string> = []
  if (table.primaryKey.length === 0) {
    found.push(
      "'upsert-kafka' tables require to define a PRIMARY KEY constraint. " +
        "The PRIMARY KEY specifies which columns should be read from or write to the Kafka message key"
    )
  }
  if ((options.get(option.upsertTopic) ?? []).length > 1) {
    found.push("An 'upsert-kafka' table has one topic")
  }
  return found
}

function formatProblems(
  context: TableContext,
  format: FoundFormat,
  physical: LogicalType.RowType,
  role: Role
): ReadonlyArray<string> {
  const { factory } = format
  const able = role === "source" ? factory.decoder : factory.encoder
  if (able === undefined) {
    return [
      `Format '${factory.identifier}' cannot ${role === "source" ? "read" : "write"} messages`
    ]
  }
  const given: FormatContext = {
    options: format.options,
    physical,
    projection: physical.map((_, i) => [i]),
    timeZone: context.timeZone,
    table: context.table.name
  }
  return factory.check?.(given, role) ?? []
}
