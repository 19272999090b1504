/**
 * What the tests of Kafka share: a broker of their own (or the one that `KAFKA_BROKERS` names), an independent client to fill and read
 * topics (kafkajs's own producer and consumer, none of our protocol code), and jobs in this process.
 */
import * as Effect from "effect/Effect"
import {
  type Batch,
  compilePlan,
  type ConnectorFactory,
  execute,
  isNull,
  type JobProgress,
  type LogicalType,
  makeTimeZone,
  Registry,
  render,
  type RunningJob,
  Session
} from "@millrace/core/internal"
import { Admin, Connection, listTransactionsV1 } from "@platformatic/kafka"
import { Kafka, logLevel, type RecordMetadata } from "kafkajs"
import { jobOptions } from "../../../cli/src/mod.ts"
import { factory as csv } from "../../../formats/csv/src/mod.ts"
import { factory as json } from "../../../formats/json/src/mod.ts"
import { factory as raw } from "../../../formats/raw/src/mod.ts"
import { factory as blackhole } from "../../blackhole/src/mod.ts"
import { factory as datagen } from "../../datagen/src/mod.ts"
import {
  type BrokerOptions,
  type KafkaBroker,
  MissingPrerequisite,
  startBroker
} from "../../../services/src/mod.ts"
import { factory, upsertFactory } from "../src/mod.ts"

/** Which runtime runs the tests: all but Node run a named subset. */
export const runtime: string = process.env["MILLRACE_TEST_RUNTIME"] ??
  ("Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node")

const formats = [csv, json, raw]

/** A broker, or why there is none on this machine; with CI=true that is a failure. */
export async function brokerOrSkip(
  options: BrokerOptions = {}
): Promise<{ readonly broker: KafkaBroker | undefined; readonly skip: string | undefined }> {
  try {
    return { broker: await startBroker(options), skip: undefined }
  } catch (error) {
    if (!(error instanceof MissingPrerequisite) || process.env["CI"] === "true") throw error
    return { broker: undefined, skip: error.message }
  }
}

let topics = 0

/** A topic name that nobody has used. */
export function freshName(what: string): string {
  return `${what}-${process.pid}-${++topics}-${Math.floor(performance.now())}`
}

/** A message as tests see it. */
export interface Message {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMillis: number
}

/** The independent client: kafkajs's own producer, consumer and admin. */
export class Other {
  readonly kafka: Kafka
  private connected: Promise<Cluster> | undefined = undefined
  private batch: BatchClass | undefined = undefined

  private readonly address: string
  private platformatic: Promise<Connection> | undefined = undefined

  constructor(address: string) {
    this.address = address
    this.kafka = new Kafka({
      brokers: [address],
      clientId: "independent",
      logLevel: logLevel.NOTHING,
      retry: { retries: 10, initialRetryTime: 50 }
    })
  }

  async create(
    topic: string,
    partitions: number,
    config: Readonly<Record<string, string>> = {}
  ): Promise<void> {
    const admin = this.kafka.admin()
    await admin.connect()
    await admin.createTopics({
      topics: [{
        topic,
        numPartitions: partitions,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value }))
      }],
      waitForLeaders: true
    })
    await admin.disconnect()
  }

  /** Use the admin client. */
  async admin<A>(use: (admin: ReturnType<Kafka["admin"]>) => Promise<A>): Promise<A> {
    const admin = this.kafka.admin()
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  }

  async produce(
    topic: string,
    messages: ReadonlyArray<{
      readonly key?: string | null
      readonly value: string | null
      readonly partition?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly timestamp?: string
    }>,
    compression = 0
  ): Promise<ReadonlyArray<RecordMetadata>> {
    const producer = this.kafka.producer()
    await producer.connect()
    const all: Array<RecordMetadata> = []
    for (let at = 0; at < messages.length; at += 2000) {
      all.push(
        ...await producer.send({
          topic,
          compression,
          messages: messages.slice(at, at + 2000).map((one) => ({ key: null, ...one })) as never
        })
      )
    }
    await producer.disconnect()
    return all
  }

  /**
   * All messages of a topic that are there now, by kafkajs's own requests, decoder and filter of aborted transactions. `committed`: as a
   * reader of committed records sees it, up to the first open transaction.
   */
  async readAll(topic: string, committed: boolean): Promise<ReadonlyArray<Message>> {
    if (committed) await this.settle()
    for (let tries = 0;; tries++) {
      try {
        return await this.readOnce(topic, committed)
      } catch (error) {
        // a broker may not have taken the lead of a new topic's partition yet
        if ((error as { retriable?: boolean }).retriable !== true || tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  private async readOnce(topic: string, committed: boolean): Promise<ReadonlyArray<Message>> {
    const cluster = await this.cluster()
    await cluster.addTargetTopic(topic)
    await cluster.refreshMetadata()
    const found: Array<Message> = []
    for (const { partitionId: partition, leader } of cluster.findTopicPartitionMetadata(topic)) {
      const broker = await cluster.findBroker({ nodeId: String(leader) })
      let offset = "0"
      for (;;) {
        const answer = await broker.fetch({
          isolationLevel: committed ? 1 : 0,
          maxWaitTime: 1,
          topics: [{ topic, partitions: [{ partition, fetchOffset: offset, maxBytes: 2 ** 26 }] }],
          maxBytes: 2 ** 26
        })
        const data = answer.responses[0]!.partitions[0]!
        const last = data.messages.at(-1)
        if (last === undefined) break
        // kafkajs's filter takes them to be in the order of their offsets; brokers tell them in the order of their ends
        data.abortedTransactions?.sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
        const { messages } = new this.batch!(topic, offset, data)
        for (const message of messages) found.push(messageOf(partition, message))
        offset = String(Number(last.offset) + 1)
      }
    }
    return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** Bytes of a topic's log. */
  async bytesOf(topic: string): Promise<number> {
    const [host, port] = this.address.split(":") as [string, string]
    const admin = new Admin({
      clientId: "independent",
      bootstrapBrokers: [{ host, port: Number(port) }]
    })
    try {
      const logs = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })
      const sizes = logs.flatMap(({ results }) =>
        results.flatMap(({ topics: found }) =>
          found.flatMap(({ partitions }) =>
            partitions.map(({ partitionSize }) => Number(partitionSize))
          )
        )
      )
      return sizes.reduce((sum, size) => sum + size, 0)
    } finally {
      await admin.close()
    }
  }

  /** Wait until transactions that were ended are ended in the log too: a broker answers before it has written their marks. */
  async settle(): Promise<void> {
    for (;;) {
      const ending = await this.transactions(["PrepareCommit", "PrepareAbort", "PrepareEpochFence"])
      if (ending.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Names of transactions that are open. */
  async openTransactions(): Promise<ReadonlyArray<string>> {
    return await this.transactions(["Ongoing"])
  }

  private async transactions(states: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
    if (this.platformatic === undefined || !(await this.platformatic).isConnected()) {
      this.platformatic = (async () => {
        const connection = new Connection("independent")
        connection.on("error", () => {})
        const [host, port] = this.address.split(":") as [string, string]
        await connection.connect(host, Number(port))
        return connection
      })()
    }
    const { transactionStates } = await listTransactionsV1.api.async(
      await this.platformatic,
      states as never,
      [],
      -1n,
      null
    )
    return transactionStates.map(({ transactionalId }) => transactionalId)
  }

  /** End the connection that {@link readAll} uses. */
  async close(): Promise<void> {
    const { connected } = this
    this.connected = undefined
    if (connected !== undefined) await (await connected).disconnect()
    if (this.platformatic !== undefined) await (await this.platformatic).close()
  }

  private async cluster(): Promise<Cluster> {
    return await (this.connected ??= this.connect())
  }

  private async connect(): Promise<Cluster> {
    const make = Object.getOwnPropertySymbols(this.kafka).find((one) =>
      String(one).includes("createCluster")
    )!
    const cluster = (this.kafka as unknown as Record<symbol, (options: object) => Cluster>)[make]!({
      metadataMaxAge: 1
    })
    await cluster.connect()
    const inside: { default: BatchClass } = await import(`kafkajs/src/consumer/${"batch"}.js`)
    this.batch = inside.default
    return cluster
  }
}

interface RawMessage {
  readonly offset: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: object
  readonly timestamp: string
}

interface Fetched {
  readonly responses: ReadonlyArray<{
    readonly partitions: ReadonlyArray<{
      readonly messages: ReadonlyArray<RawMessage>
      readonly abortedTransactions?: Array<{ readonly firstOffset: string }>
    }>
  }>
}

type BatchClass = new (
  topic: string,
  offset: string,
  data: object
) => { readonly messages: ReadonlyArray<RawMessage> }

/** What is used of kafkajs's insides. */
interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findTopicPartitionMetadata(topic: string): ReadonlyArray<{ partitionId: number; leader: number }>
  findBroker(at: { nodeId: string }): Promise<{ fetch(request: object): Promise<Fetched> }>
}

function messageOf(
  partition: number,
  message: RawMessage
): Message {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers ?? {})) headers[name] = String(value)
  return {
    partition,
    offset: Number(message.offset),
    key: message.key === null ? null : message.key.toString(),
    value: message.value === null ? null : message.value.toString(),
    headers,
    timestampMillis: Number(message.timestamp)
  }
}

/** Settings of a job in a test. */
export interface RunOptions {
  /** Instead of the connectors as they are. */
  readonly connectors?: ReadonlyArray<ConnectorFactory>
  readonly resume?: boolean
  readonly onProgress?: (progress: JobProgress) => void
  /** Called when the job runs; when it resolves the job is stopped. */
  readonly until?: (job: RunningJob, rows: ReadonlyArray<string>) => Promise<void>
}

/** Run the job of a script to its end; answers the rows of its query, with the sign of their change: `+I[1, a]`. */
export async function runSql(
  script: string,
  options: RunOptions = {}
): Promise<ReadonlyArray<string>> {
  const connectors = options.connectors ?? [factory, upsertFactory]
  const registry = Registry.make([...connectors, blackhole, datagen, ...formats])
  const rows: Array<string> = []
  for await (const outcome of Session.make({ registry }).run(script, "test.sql")) {
    if (outcome.kind !== "job") continue
    const collected = outcome.plan.nodes.find((node) => node.work.kind === "collect")
    const schema = collected === undefined
      ? []
      : outcome.plan.nodes[collected.inputs[0]!.node]!.schema
    const collect = (_: unknown, batch: Batch): void => void rows.push(...textOf(batch, schema))
    const graph = await compilePlan(outcome.plan, {
      registry,
      nowMillis: () => Date.now(),
      collect
    })
    const program = Effect.scoped(Effect.gen(function* () {
      const execution = yield* execute(graph, {
        ...jobOptions("test", outcome.settings),
        resume: options.resume ?? false,
        onProgress: options.onProgress ?? (() => {}),
        onWarning: () => {}
      })
      if (execution.kind !== "running") return
      const { until } = options
      if (until === undefined) yield* execution.job.result
      else {
        yield* Effect.raceFirst(
          execution.job.result,
          Effect.promise(() => until(execution.job, rows))
        )
      }
    }))
    await Effect.runPromise(program)
  }
  return rows
}

const zone = makeTimeZone("UTC")
const signs = ["+I", "-U", "+U", "-D"]

function textOf(batch: Batch, schema: LogicalType.RowType): ReadonlyArray<string> {
  return Array.from({ length: batch.rows }, (_, row) => {
    const values = schema.map(({ type }, i) => {
      const column = batch.columns[i]!
      return isNull(column, row) ? "NULL" : render(column, row, type, zone)
    })
    return `${signs[batch.kinds?.[row] ?? 0]}[${values.join(", ")}]`
  })
}
