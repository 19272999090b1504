/**
 * Sends what a writer appends: a batch in the making per partition, finished batches in order behind it, and one request at a time per
 * broker with at most one batch of each partition. A batch whose answer is lost is sent again as it is; its sequence number makes the
 * broker write it once.
 *
 * **Invariant** batches of a partition are accepted in the order in which they were begun; `heldBytes` counts all that is not accepted.
 */
import type { AnyFault } from "@millrace/core/internal"
import { type Cluster, Refused } from "../client/cluster.ts"
import { alarm } from "../client/timer.ts"
import { KafkaFault, KafkaUserFault, TransactionFenced } from "../fault.ts"
import { type Piece, RecordBatchBuilder } from "../protocol/batch-builder.ts"
import type { Codecs } from "../protocol/codec.ts"
import { code, isFenced, isTransient, nameOfCode } from "../protocol/error-code.ts"
import { produce, type ProduceOutcome } from "../protocol/produce.ts"
import type { ProducerIdentity } from "../protocol/transactions.ts"

/** A batch that is to be sent. */
interface Ready {
  readonly bytes: Uint8Array
  readonly since: number
}

/** One partition's batches. */
interface Lane {
  readonly topic: string
  readonly partition: number
  open: RecordBatchBuilder | undefined
  openSince: number
  readonly ready: Array<Ready>
  sequence: number
  inFlight: boolean
}

/** Who writes, and in which transaction. */
export interface Session {
  /** Undefined: without idempotence. */
  readonly producer: ProducerIdentity | undefined
  readonly transactionalId: string | undefined
  /** Add partitions to the transaction; only called when there is one. */
  readonly join: (partitions: ReadonlyArray<{ topic: string; partition: number }>) => Promise<void>
}

/** What a sender tells. */
export interface SenderVoice {
  /** Something was accepted: there may be room. */
  readonly notify: () => void
  readonly fail: (fault: AnyFault) => void
}

/** What a sender is made for. */
export interface SenderOptions {
  readonly cluster: Cluster
  readonly codecs: Codecs
  /** Number of the codec, loaded; 0: none. */
  readonly codec: number
  readonly voice: SenderVoice
}

/** See the head of this file. */
export class Sender {
  heldBytes = 0
  private readonly options: SenderOptions
  private readonly cluster: Cluster
  private session: Session | undefined = undefined
  private readonly lanes = new Map<string, Lane>()
  private readonly busy = new Set<number>()
  private joined = new Set<string>()
  private flushers: Array<() => void> = []
  /** Cancels the alarm at which batches that are not full are sent. */
  private lingering: (() => void) | undefined = undefined
  private finding = false

  constructor(options: SenderOptions) {
    this.options = options
    this.cluster = options.cluster
  }

  /** Begin to write as somebody. Nothing may be held; sequence numbers begin at 0. */
  begin(session: Session): void {
    this.session = session
    this.joined = new Set()
    this.lanes.clear()
    this.kick()
  }

  /** Whether there is somebody to write as. */
  get begun(): boolean {
    return this.session !== undefined
  }

  /** The transaction's batches are all accepted; what follows needs another `begin`. */
  end(): void {
    this.session = undefined
  }

  /** Append one record; its bytes are copied. */
  append(
    topic: string,
    partition: number,
    timestampMillis: number,
    key: Piece,
    value: Piece,
    headers: Uint8Array | undefined
  ): void {
    const { settings, table } = this.cluster
    const lane = this.lane(topic, partition)
    const size = RecordBatchBuilder.recordBytesMax(key, value, headers?.length ?? 0)
    if (size > settings.requestBytesMax) {
      throw new KafkaUserFault({
        table,
        action: `write to topic "${topic}"`,
        detail:
          `a row has about ${size} bytes, and 'properties.max.request.size' is ${settings.requestBytesMax}`
      })
    }
    const batchBytes = Math.min(settings.batchBytes, settings.requestBytesMax)
    if (lane.open !== undefined && lane.open.length + size > batchBytes) this.finish(lane)
    if (lane.open === undefined) {
      lane.open = new RecordBatchBuilder(Math.max(1024, Math.min(batchBytes, 65_536)))
      lane.openSince = performance.now()
    }
    const before = lane.open.length
    lane.open.append(timestampMillis, key, value, headers)
    this.heldBytes += lane.open.length - before
  }

  /** All rows of a batch were appended: send what is due. */
  kick(): void {
    if (this.session === undefined || this.cluster.closed) return
    const { lingerMillis } = this.cluster.settings
    if (lingerMillis > 0 && this.flushers.length === 0) {
      this.lingering ??= alarm(lingerMillis, () => {
        this.lingering = undefined
        this.send(true)
      })
      this.send(false)
    } else this.send(true)
  }

  /** Resolves when all that was appended is accepted. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isEmpty()) return resolve()
      this.flushers.push(resolve)
      this.send(true)
    })
  }

  /** Send nothing any more. */
  close(): void {
    this.lingering?.()
    this.lingering = undefined
    this.session = undefined
  }

  private lane(topic: string, partition: number): Lane {
    const key = `${partition} ${topic}`
    let lane = this.lanes.get(key)
    if (lane === undefined) {
      lane = {
        topic,
        partition,
        open: undefined,
        openSince: 0,
        ready: [],
        sequence: 0,
        inFlight: false
      }
      this.lanes.set(key, lane)
    }
    return lane
  }

  private isEmpty(): boolean {
    for (const { open, ready } of this.lanes.values()) {
      if (open !== undefined || ready.length > 0) return false
    }
    return true
  }

  private finish(lane: Lane): void {
    const { open } = lane
    if (open === undefined) return
    const { codec, codecs } = this.options
    const { producer, transactionalId } = this.session!
    const bytes = open.finish({
      codec: codec === 0 ? undefined : { number: codec, codec: codecs.get(codec)! },
      producer,
      baseSequence: lane.sequence,
      transactional: transactionalId !== undefined
    })
    // sequence numbers run to 2^31 − 1 and begin again at 0
    lane.sequence = (lane.sequence + open.count) % 2 ** 31
    this.heldBytes += bytes.length - open.length
    lane.open = undefined
    lane.ready.push({ bytes, since: lane.openSince })
  }

  /** Start a request to every broker that has something and no request under way. `all`: also batches that are not full. */
  private send(all: boolean): void {
    if (this.session === undefined || this.cluster.closed) return
    const due = new Map<number, Array<Lane>>()
    for (const lane of this.lanes.values()) {
      if (lane.inFlight) continue
      if (lane.ready.length === 0 && (!all || lane.open === undefined)) continue
      const leader = this.cluster.leader(lane.topic, lane.partition)
      if (leader === undefined) this.find()
      else if (!this.busy.has(leader.broker)) {
        const list = due.get(leader.broker)
        if (list === undefined) due.set(leader.broker, [lane])
        else list.push(lane)
      }
    }
    for (const [broker, lanes] of due) {
      this.busy.add(broker)
      for (const lane of lanes) {
        if (lane.ready.length === 0) this.finish(lane)
        lane.inFlight = true
      }
      this.exchange(broker, lanes, this.session).then(() => {
        this.busy.delete(broker)
        this.accepted()
      }, (error) => this.failed(error))
    }
  }

  private accepted(): void {
    if (this.isEmpty()) {
      const { flushers } = this
      this.flushers = []
      for (const flusher of flushers) flusher()
    } else this.send(this.flushers.length > 0 || this.lingering === undefined)
    this.options.voice.notify()
  }

  private find(): void {
    if (this.finding) return
    this.finding = true
    const topics = new Set([...this.lanes.values()].map(({ topic }) => topic))
    this.cluster.repeat("find the leaders of partitions", async () => {
      await this.cluster.metadata([...topics])
      for (const { topic, partition } of this.lanes.values()) {
        if (this.cluster.leader(topic, partition) === undefined) {
          throw new Refused(code.leaderNotAvailable)
        }
      }
    }).then(() => {
      this.finding = false
      this.send(this.flushers.length > 0 || this.lingering === undefined)
    }, (error) => this.failed(error))
  }

  private async exchange(
    broker: number,
    lanes: ReadonlyArray<Lane>,
    session: Session
  ): Promise<void> {
    const { cluster } = this
    const fresh = lanes.filter(({ topic, partition }) => !this.joined.has(`${partition} ${topic}`))
    if (session.transactionalId !== undefined && fresh.length > 0) {
      await session.join(fresh.map(({ topic, partition }) => ({ topic, partition })))
      for (const { topic, partition } of fresh) this.joined.add(`${partition} ${topic}`)
    }
    const { acks, requestTimeoutMillis } = cluster.settings
    const batches = lanes.map(({ topic, partition, ready }) => ({
      topic,
      partition,
      bytes: ready[0]!.bytes
    }))
    const request = produce(session.transactionalId, acks, requestTimeoutMillis, batches)
    let outcomes: ReadonlyArray<ProduceOutcome>
    try {
      outcomes = await cluster.call(broker, "produce", request)
    } catch (error) {
      if (cluster.closed) return
      this.checkDeadline(lanes, error)
      await this.rest(lanes)
      return
    }
    const again: Array<Lane> = []
    for (const lane of lanes) {
      const outcome = outcomes.find((one) =>
        one.topic === lane.topic && one.partition === lane.partition
      )
      const error = outcome?.error ?? code.networkException
      if (error === code.none || error === code.duplicateSequence) this.done(lane)
      else {
        this.judge(error, lane, session)
        again.push(lane)
      }
    }
    if (again.length > 0) {
      this.checkDeadline(again, new Refused(code.notLeader))
      await this.rest(again)
    }
  }

  private done(lane: Lane): void {
    const sent = lane.ready.shift()!
    this.heldBytes -= sent.bytes.length
    lane.inFlight = false
  }

  /** A pause and another look at who leads, then these lanes may be sent again. */
  private async rest(lanes: ReadonlyArray<Lane>): Promise<void> {
    const { cluster } = this
    await cluster.pause(cluster.settings.retryBackoffMillis)
    const topics = [...new Set(lanes.map(({ topic }) => topic))]
    await cluster.repeat("find the leaders of partitions", () => cluster.metadata(topics))
    for (const lane of lanes) lane.inFlight = false
  }

  /** Throws unless sending again may help. */
  private judge(error: number, lane: Lane, session: Session): void {
    if (isTransient(error)) return
    const { table } = this.cluster
    const { transactionalId } = session
    if (
      transactionalId !== undefined && (isFenced(error) || error === code.invalidTransactionState)
    ) {
      throw new TransactionFenced({ table, transactionalId, answer: nameOfCode(error) })
    }
    const action = `write to partition ${lane.partition} of topic "${lane.topic}"`
    if (isFenced(error) || error === code.outOfOrderSequence) {
      throw new KafkaFault({ table, action, detail: `the broker answers ${nameOfCode(error)}` })
    }
    throw this.cluster.faultOf(
      action,
      new Refused(
        error,
        error === code.messageTooLarge
          ? "; lower 'properties.batch.size', or raise 'max.message.bytes' of the topic"
          : ""
      )
    )
  }

  private checkDeadline(lanes: ReadonlyArray<Lane>, error: unknown): void {
    const { deliveryTimeoutMillis } = this.cluster.settings
    const oldest = Math.min(...lanes.map(({ ready }) => ready[0]!.since))
    if (performance.now() - oldest < deliveryTimeoutMillis) return
    throw this.cluster.faultOf("write rows", error)
  }

  private failed(error: unknown): void {
    if (this.cluster.closed) return
    this.options.voice.fail(this.cluster.faultOf("write rows", error))
  }
}
