/** From a table's options to its source and its sink: what `kafka` and `upsert-kafka` have in common. */
import { readFileSync } from "node:fs"
import type {
  LogicalType,
  ScanAbilities,
  Sink,
  Source,
  TableContext
} from "@millrace/core/internal"
import { Cluster } from "./client/cluster.ts"
import { kafkajs } from "./client/kafkajs.ts"
import { platformatic } from "./client/platformatic.ts"
import { type ClientSettings, readProperties, withFiles } from "./client/properties.ts"
import type { KafkaTransport } from "./client/transport.ts"
import { KafkaUserFault } from "./fault.ts"
import { keyValueOf } from "./key-value.ts"
import * as option from "./options.ts"
import { MessageEncoder, type RowPlaces } from "./sink/row-encoder.ts"
import { type MakePartitioner, partitioners } from "./sink/partitioner.ts"
import { makeSink } from "./sink/sink.ts"
import type { Delivery } from "./sink/writer.ts"
import { PartitionEnumerator } from "./source/enumerator.ts"
import { parseOffsets } from "./source/offsets-text.ts"
import type { Place } from "./source/places.ts"
import { PartitionReader } from "./source/reader.ts"

/** What a program may bring of its own. */
export interface Own {
  /** Instead of the libraries that `millrace.kafka.client` names. */
  readonly transport?: () => Promise<KafkaTransport>
  /** Names that `sink.partitioner` may have besides Kafka's. */
  readonly partitioners?: Readonly<Record<string, MakePartitioner>>
}

/** The client's settings; problems are sentences. */
export function settingsOf(
  context: TableContext,
  complain: (sentence: string) => void
): ClientSettings {
  const given = Object.fromEntries(context.options.template(option.properties))
  // Flink's own name for the discovery interval is an option; as a property it means the same
  return readProperties(given, complain)
}

function unexpected(sentence: string): never {
  throw new Error(`Broken invariant: the properties were checked: ${sentence}`)
}

function clusterOf(context: TableContext, own: Own): () => Cluster {
  const settings = settingsOf(context, unexpected)
  const name = context.options.need(option.client)
  const table = context.table.name
  const read = (path: string): string => {
    try {
      return readFileSync(path, "utf8")
    } catch (error) {
      throw new KafkaUserFault({
        table,
        action: `read the certificates "${path}"`,
        detail: (error as Error).message
      })
    }
  }
  const transport = own.transport ??
    (async () =>
      await (name === "kafkajs" ? kafkajs : platformatic)(withFiles(settings.transport, read)))
  return () => new Cluster({ table, settings, transport })
}

/** The topics of a table: a list or a pattern over whole names. */
export function topicsOf(context: TableContext): ReadonlyArray<string> | RegExp {
  const pattern = context.options.get(option.topicPattern)
  return pattern === undefined
    ? context.options.get(option.topic) ?? []
    : new RegExp(`^(?:${pattern})$`, "u")
}

function placeOf(
  context: TableContext,
  mode: string,
  offsets: typeof option.startupOffsets,
  millis: typeof option.startupTimestamp
): Place {
  if (mode === "timestamp") return { mode, millis: Number(context.options.need(millis)) }
  if (mode === "specific-offsets") {
    const found = parseOffsets(offsets.key, context.options.need(offsets))
    if (typeof found === "string") return unexpected(found)
    return { mode, offsets: found }
  }
  return { mode: mode as "earliest-offset" }
}

/** Where reading ends. */
export function stopOf(context: TableContext): Place {
  const mode = context.options.need(option.boundedMode)
  return placeOf(context, mode, option.boundedOffsets, option.boundedTimestamp)
}

/** Make the source of a table. */
export function makeSource(
  context: TableContext,
  abilities: ScanAbilities,
  upsert: boolean,
  own: Own
): Source {
  const cluster = clusterOf(context, own)
  const settings = settingsOf(context, unexpected)
  const start: Place = upsert ? { mode: "earliest-offset" } : placeOf(
    context,
    context.options.need(option.startupMode),
    option.startupOffsets,
    option.startupTimestamp
  )
  const stop = stopOf(context)
  const property = context.options.template(option.properties).get(
    "partition.discovery.interval.ms"
  )
  const discoveryMillis = context.options.need(option.discoveryInterval)
  return {
    boundedness: stop.mode === "unbounded" ? "unbounded" : "bounded",
    guarantee: "exactly-once",
    assignment: "eager",
    enumerator: (enumerated) =>
      new PartitionEnumerator({
        cluster,
        table: context.table.name,
        topics: topicsOf(context),
        start,
        stop,
        groupId: settings.groupId,
        discoveryMillis: property === undefined ? discoveryMillis : Number(property)
      }, enumerated),
    reader: () =>
      new PartitionReader({
        cluster,
        table: context.table.name,
        timeZone: context.timeZone,
        keyValue: keyValueOf(context, upsert),
        upsert,
        abilities,
        onBad: context.onBad
      })
  }
}

/** The partitioner that an option names. */
export function partitionerOf(context: TableContext, own: Own): MakePartitioner | undefined {
  const name = context.options.get(option.partitioner) ?? "default"
  return own.partitioners?.[name] ?? partitioners[name]
}

/** Make the sink of a table. `consumed`: the columns that are written. */
export function makeTableSink(
  context: TableContext,
  consumed: LogicalType.RowType,
  upsert: boolean,
  own: Own
): Sink {
  const { options, table, timeZone } = context
  const keyValue = keyValueOf(context, upsert)
  const places = placesOf(context, consumed, upsert)
  return makeSink({
    table: table.name,
    cluster: clusterOf(context, own),
    encoder: () => new MessageEncoder(keyValue, places, table.name, timeZone),
    topics: topicsOf(context),
    partitioner: partitionerOf(context, own)!,
    delivery: options.need(option.deliveryGuarantee) as Delivery,
    upsert,
    bufferRows: upsert ? options.need(option.bufferRows) : 0,
    bufferMillis: upsert ? options.need(option.bufferInterval) : 0,
    prefix: options.get(option.transactionalIdPrefix) ?? ""
  })
}

function placesOf(
  context: TableContext,
  consumed: LogicalType.RowType,
  upsert: boolean
): RowPlaces {
  const { table } = context
  const { key, value } = keyValueOf(context, upsert)
  const written = (place: number): number =>
    consumed.findIndex(({ name }) => name === table.physical[place]!.name)
  const metadata = new Map<string, number>()
  for (const { key: name, column } of table.metadata) {
    const at = consumed.findIndex((field) => field.name === column)
    if (at >= 0) metadata.set(name, at)
  }
  return { key: (key?.places ?? []).map(written), value: value.places.map(written), metadata }
}
