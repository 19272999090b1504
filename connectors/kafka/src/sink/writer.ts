/**
 * One subtask's writer. Rows become records in the sender's batches at once; the barrier waits until brokers have accepted all of them.
 * With exactly-once each epoch that has rows is a transaction under a name of its own, begun with the first row; the barrier leaves it
 * prepared, and the committer ends it by the ids that the checkpoint holds.
 */
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  attempt,
  type Batch,
  type OperatorContext,
  type Plain,
  RowKind,
  type SinkWriter
} from "@millrace/core/internal"
import type { Cluster } from "../client/cluster.ts"
import { KafkaUserFault } from "../fault.ts"
import type { Piece } from "../protocol/batch-builder.ts"
import { Codecs } from "../protocol/codec.ts"
import type { ProducerIdentity } from "../protocol/transactions.ts"
import type { Partitioner } from "./partitioner.ts"
import type { MessageEncoder } from "./row-encoder.ts"
import { Sender, type Session } from "./sender.ts"
import { lookUpTopics } from "./topics.ts"
import type { TransactionPool } from "./transaction-pool.ts"
import { type BufferedRecord, UpsertBuffer } from "./upsert-buffer.ts"
import { abortLingering, begin, type Committable, join } from "./transactions.ts"
import { compressions } from "../client/properties.ts"

/** How a table is written. */
export type Delivery = "none" | "at-least-once" | "exactly-once"

/** What a writer is made for. */
export interface WriterOptions {
  readonly table: string
  readonly cluster: () => Cluster
  readonly encoder: () => MessageEncoder
  readonly topics: ReadonlyArray<string> | RegExp
  readonly partitioner: (subtask: number, parallelism: number) => Partitioner
  readonly delivery: Delivery
  readonly upsert: boolean
  /** Of `upsert-kafka`: rows kept back, at most so many and so long; 0: none. */
  readonly bufferRows: number
  readonly bufferMillis: number
  readonly prefix: string
  /** The names of this subtask's transactions, shared with its committer. */
  readonly pool: (context: OperatorContext) => TransactionPool
  /** Found when the sink was prepared. */
  readonly timeoutMillis: () => number
}

const nothing: Piece = { bytes: new Uint8Array(0), from: 0, length: -1 }

/** See the head of this file. */
export class KafkaWriter implements SinkWriter {
  private readonly options: WriterOptions
  private readonly encoder: MessageEncoder
  private context!: OperatorContext
  private cluster!: Cluster
  private sender!: Sender
  private pool!: TransactionPool
  private partitioner!: Partitioner
  private opened = false
  /** Set when what earlier attempts left is out of the way and codecs are loaded. */
  private started = false
  private beginning = false
  /** Of `upsert-kafka` when rows are kept back. */
  private buffer: UpsertBuffer | undefined = undefined
  /** The transaction under way. */
  private transaction: (ProducerIdentity & { readonly transactionalId: string }) | undefined

  constructor(options: WriterOptions) {
    this.options = options
    this.encoder = options.encoder()
  }

  open(context: OperatorContext): void {
    const { cluster, delivery, partitioner, pool } = this.options
    this.context = context
    this.cluster = cluster()
    this.opened = true
    this.partitioner = partitioner(context.subtask, context.parallelism)
    const codecs = new Codecs()
    const codec = compressions.indexOf(this.cluster.settings.compression)
    const { notify, fail } = context
    this.sender = new Sender({ cluster: this.cluster, codecs, codec, voice: { notify, fail } })
    const { bufferRows, bufferMillis } = this.options
    if (bufferRows > 0) {
      this.buffer = new UpsertBuffer(
        bufferRows,
        bufferMillis,
        (records) => this.writeBuffered(records),
        (error) => context.fail(this.cluster.faultOf("write rows", error))
      )
    }
    if (delivery === "exactly-once") this.pool = pool(context)
    this.fork("open the sink", async () => {
      await codecs.load(codec)
      await this.lookUp()
      if (delivery === "exactly-once") {
        const { subtask, parallelism } = context
        const { prefix, timeoutMillis } = this.options
        await abortLingering(this.cluster, prefix, subtask, parallelism, timeoutMillis())
      } else await this.beginPlain()
    }, () => {
      this.started = true
    })
  }

  ready(): boolean {
    if (!this.started) return false
    if (this.options.delivery === "exactly-once" && this.transaction === undefined) {
      this.beginTransaction()
      return false
    }
    return this.sender.heldBytes < this.cluster.settings.bufferBytes
  }

  write(batch: Batch): void {
    const { encoder, options: { upsert } } = this
    encoder.begin(batch.columns)
    const { kinds } = batch
    const nowMillis = this.context.nowMillis()
    for (let row = 0; row < batch.rows; row++) {
      const kind = kinds === undefined ? RowKind.insert : kinds[row]!
      if (upsert && kind === RowKind.updateBefore) continue
      const hasKey = encoder.encodeKey(row)
      const isDelete = upsert && kind === RowKind.delete
      if (!isDelete) encoder.encodeValue(row)
      this.append(row, hasKey, isDelete, nowMillis)
    }
    this.sender.kick()
  }

  prepareCommit(checkpoint: number, final: boolean): Effect.Effect<ReadonlyArray<Plain>, AnyFault> {
    const { delivery } = this.options
    const done: ReadonlyArray<Plain> = []
    return Effect.map(this.flushed(delivery !== "none" || final), () => {
      if (delivery !== "exactly-once") return done
      this.pool.cut(checkpoint)
      const { transaction } = this
      if (transaction === undefined) return done
      this.transaction = undefined
      this.sender.end()
      const { transactionalId, producerId, epoch } = transaction
      const prepared: Committable = { transactionalId, producerId, epoch, checkpoint }
      return [prepared]
    })
  }

  snapshot(): ReadonlyArray<Plain> {
    return []
  }

  close(): void {
    if (!this.opened) return
    this.buffer?.close()
    this.sender.close()
    this.cluster.close()
  }

  private flushed(wait: boolean): Effect.Effect<void, AnyFault> {
    return Effect.andThen(
      attempt(() => this.buffer?.flush()),
      Effect.suspend(() =>
        wait && this.sender.begun ? Effect.promise(() => this.sender.flush()) : Effect.void
      )
    )
  }

  private append(row: number, hasKey: boolean, isDelete: boolean, nowMillis: number): void {
    const { encoder } = this
    const { key, value } = encoder
    const topic = this.topicOf(row)
    const partitions = this.partitionsOf(topic)
    const keyLength = hasKey ? key.length : -1
    const valueLength = isDelete ? -1 : value.length
    const partition = this.partitioner({
      topic,
      partitions,
      keyBytes: key.bytes,
      keyFrom: 0,
      keyLength,
      valueBytes: value.bytes,
      valueFrom: 0,
      valueLength
    })
    if (!(partition >= 0 && partition < partitions)) {
      throw new KafkaUserFault({
        table: this.options.table,
        action: "choose a partition",
        detail:
          `the partitioner answers ${partition}, and topic "${topic}" has ${partitions} partitions`
      })
    }
    if (this.buffer !== undefined) {
      this.buffer.put({
        topic,
        partition,
        timestampMillis: encoder.timeMillis(row) ?? nowMillis,
        key: key.bytes.slice(0, key.length),
        value: isDelete ? undefined : value.bytes.slice(0, value.length),
        headers: encoder.headers(row)
      })
      return
    }
    this.sender.append(
      topic,
      partition,
      encoder.timeMillis(row) ?? nowMillis,
      hasKey ? { bytes: key.bytes, from: 0, length: keyLength } : nothing,
      isDelete ? nothing : { bytes: value.bytes, from: 0, length: valueLength },
      encoder.headers(row)
    )
  }

  private writeBuffered(records: Iterable<BufferedRecord>): void {
    for (const { topic, partition, timestampMillis, key, value, headers } of records) {
      const valuePiece = value === undefined
        ? nothing
        : { bytes: value, from: 0, length: value.length }
      const keyPiece = { bytes: key, from: 0, length: key.length }
      this.sender.append(topic, partition, timestampMillis, keyPiece, valuePiece, headers)
    }
    this.sender.kick()
  }

  private topicOf(row: number): string {
    const { topics, table } = this.options
    const own = this.encoder.topic(row)
    if (own === undefined) {
      if (!(topics instanceof RegExp) && topics.length === 1) return topics[0]!
      throw new KafkaUserFault({
        table,
        action: "write a row",
        detail: "its 'topic' is NULL, and the table has more than one topic"
      })
    }
    const allowed = topics instanceof RegExp ? topics.test(own) : topics.includes(own)
    if (allowed) return own
    throw new KafkaUserFault({
      table,
      action: "write a row",
      detail: `The topic of the sink record is not valid. Expected topic to be in: ${
        topics instanceof RegExp ? topics.source : topics.join(", ")
      } but was: ${own}`
    })
  }

  private partitionsOf(topic: string): number {
    const known = this.cluster.partitionCount(topic)
    if (known !== undefined) return known
    throw new KafkaUserFault({
      table: this.options.table,
      action: `write to topic "${topic}"`,
      detail: "it was not there when the job began"
    })
  }

  private async lookUp(): Promise<void> {
    const { topics } = this.options
    const sinceMillis = performance.now()
    await this.cluster.repeat(
      "look for topics",
      () => lookUpTopics(this.cluster, topics, sinceMillis)
    )
  }

  private async beginPlain(): Promise<void> {
    const { settings } = this.cluster
    const producer = settings.idempotent ? await begin(this.cluster, undefined, 0) : undefined
    this.sender.begin({ producer, transactionalId: undefined, join: () => Promise.resolve() })
  }

  private beginTransaction(): void {
    if (this.beginning) return
    this.beginning = true
    const transactionalId = this.pool.take()
    const { timeoutMillis } = this.options
    this.fork(
      "begin a transaction",
      () => begin(this.cluster, transactionalId, timeoutMillis()),
      (producer) => {
        this.beginning = false
        this.transaction = { transactionalId, ...producer }
        const session: Session = {
          producer,
          transactionalId,
          join: (partitions) => join(this.cluster, transactionalId, producer, partitions)
        }
        this.sender.begin(session)
      }
    )
  }

  private fork<A>(action: string, work: () => Promise<A>, done: (value: A) => void): void {
    const effect = Effect.tryPromise({
      try: work,
      catch: (error) => this.cluster.faultOf(action, error)
    })
    this.context.fork(effect, done)
  }
}
