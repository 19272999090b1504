/**
 * The `kafka` and `upsert-kafka` connectors, exactly once on both ends.
 * @module
 */
import type { ConnectorFactory } from "@millrace/core/internal"
import { kafkaFactory, upsertKafkaFactory } from "./factory.ts"

export { ofKafkaJs } from "./client/kafkajs.ts"
export type { KafkaConnection, KafkaTransport } from "./client/transport.ts"
export { known as properties } from "./client/properties.ts"
export { kafkaFactory, upsertKafkaFactory } from "./factory.ts"
export type { MakePartitioner, PartitionedRow, Partitioner } from "./sink/partitioner.ts"
export type { Own } from "./table.ts"

/** The factory of `kafka` tables. */
export const factory: ConnectorFactory = kafkaFactory({})

/** The factory of `upsert-kafka` tables. */
export const upsertFactory: ConnectorFactory = upsertKafkaFactory({})
