/**
 * Brings records of a reader's partitions: one loop per broker asks for all partitions that it leads and that have room, and hands each
 * response over as a cursor. While the reader decodes one response the next is on its way.
 *
 * **Invariant** of a partition at most {@link chunksMax} responses are held, so memory is bounded by partitions × fetch size whatever the
 * reader does; responses stand in the order of their offsets.
 */
import type { AnyFault } from "@millrace/core/internal"
import { type Cluster, Refused } from "../client/cluster.ts"
import { KafkaFault, KafkaUserFault } from "../fault.ts"
import { type Codecs } from "../protocol/codec.ts"
import { code, nameOfCode } from "../protocol/error-code.ts"
import { fetch, type FetchedPartition } from "../protocol/fetch.ts"
import { earliest, latest, listOffsets } from "../protocol/offsets.ts"
import { codecsIn, RecordCursor } from "../protocol/record-cursor.ts"

/** Responses held of one partition. */
const chunksMax = 2

/** A broker that has something for nobody with room is asked again soon, as some partition may get room meanwhile. */
const busyWaitMillis = 10

/** A partition being fetched. */
export interface Fetched {
  readonly id: string
  readonly topic: string
  readonly partition: number
  /** What the next fetch asks for. */
  next: number
  readonly chunks: Array<RecordCursor>
  /** Highest offset plus one that the broker had at the last fetch. */
  end: number
  removed: boolean
}

/** What a fetcher tells. */
export interface FetcherVoice {
  readonly notify: () => void
  readonly fail: (fault: AnyFault) => void
}

/** See the head of this file. */
export class Fetcher {
  private readonly cluster: Cluster
  private readonly codecs: Codecs
  private readonly voice: FetcherVoice
  private readonly partitions = new Map<string, Fetched>()
  private readonly running = new Set<number>()
  private finding = false
  private failingSince: number | undefined = undefined

  constructor(cluster: Cluster, codecs: Codecs, voice: FetcherVoice) {
    this.cluster = cluster
    this.codecs = codecs
    this.voice = voice
  }

  /** Fetch a partition from an offset on. */
  add(id: string, topic: string, partition: number, next: number): Fetched {
    const one: Fetched = { id, topic, partition, next, chunks: [], end: -1, removed: false }
    this.partitions.set(id, one)
    this.wake()
    return one
  }

  /** Fetch it no more. */
  remove(one: Fetched): void {
    one.removed = true
    this.partitions.delete(one.id)
  }

  /** A response has been used up. */
  took(one: Fetched): void {
    one.chunks.shift()
    this.wake()
  }

  /** Start the loops of brokers that have something to do. */
  private wake(): void {
    if (this.cluster.closed) return
    for (const one of this.partitions.values()) {
      if (one.chunks.length >= chunksMax) continue
      const leader = this.cluster.leader(one.topic, one.partition)
      if (leader === undefined) this.find()
      else if (!this.running.has(leader.broker)) {
        this.running.add(leader.broker)
        this.loop(leader.broker).catch((error) => this.failed(error))
      }
    }
  }

  /** Ask who leads what is not known. */
  private find(): void {
    if (this.finding) return
    this.finding = true
    this.refresh().then(() => {
      this.finding = false
      this.wake()
    }, (error) => this.failed(error))
  }

  private async refresh(): Promise<void> {
    await this.cluster.repeat("find the leaders of partitions", async () => {
      const topics = new Set([...this.partitions.values()].map(({ topic }) => topic))
      await this.cluster.metadata([...topics])
      for (const { topic, partition } of this.partitions.values()) {
        if (this.cluster.leader(topic, partition) !== undefined) continue
        throw new Refused(
          code.leaderNotAvailable,
          ` for partition ${partition} of topic "${topic}"`
        )
      }
    })
  }

  private async loop(broker: number): Promise<void> {
    const { cluster } = this
    const { settings } = cluster
    for (;;) {
      const mine = [...this.partitions.values()].filter((one) =>
        cluster.leader(one.topic, one.partition)?.broker === broker
      )
      const open = mine.filter((one) => one.chunks.length < chunksMax)
      if (open.length === 0 || cluster.closed) {
        this.running.delete(broker)
        return
      }
      const waitMillis = open.length < mine.length
        ? Math.min(busyWaitMillis, settings.fetchWaitMillis)
        : settings.fetchWaitMillis
      const places = open.map(({ topic, partition, next: offset }) => ({
        topic,
        partition,
        offset,
        leaderEpoch: cluster.leader(topic, partition)!.leaderEpoch
      }))
      const request = fetch(places, {
        waitMillis,
        bytesMin: settings.fetchBytesMin,
        bytesMax: settings.fetchBytesMax,
        partitionBytesMax: settings.partitionBytesMax,
        committedOnly: settings.committedOnly
      })
      let answer: ReadonlyArray<FetchedPartition> | undefined
      try {
        answer = await cluster.call(
          broker,
          "fetch",
          request,
          waitMillis + settings.requestTimeoutMillis
        )
      } catch (error) {
        await this.troubled(error)
        continue
      }
      await this.take(answer, open)
    }
  }

  /** A fetch failed on its way: a pause, and another look at who leads. */
  private async troubled(error: unknown): Promise<void> {
    const { cluster } = this
    if (cluster.closed) return
    this.failingSince ??= performance.now()
    if (performance.now() - this.failingSince > cluster.settings.deliveryTimeoutMillis) throw error
    await cluster.pause(cluster.settings.retryBackoffMillis)
    await this.refresh()
  }

  private async take(
    answer: ReadonlyArray<FetchedPartition>,
    asked: ReadonlyArray<Fetched>
  ): Promise<void> {
    let stale = false
    let got = false
    for (const part of answer) {
      const one = asked.find((candidate) =>
        candidate.topic === part.topic && candidate.partition === part.partition
      )
      if (one === undefined || one.removed) continue
      if (part.error === code.none) {
        if (await this.takeRecords(part, one)) got = true
      } else if (await this.refused(part, one)) stale = true
    }
    if (got) this.voice.notify()
    if (stale) await this.troubled(new Refused(code.notLeader))
    else this.failingSince = undefined
  }

  private async takeRecords(part: FetchedPartition, one: Fetched): Promise<boolean> {
    const { settings } = this.cluster
    one.end = settings.committedOnly ? part.lastStableOffset : part.highWatermark
    if (part.records.length === 0) return false
    for (const number of codecsIn(part.records)) await this.codecs.load(number)
    const cursor = new RecordCursor({
      records: part.records,
      from: one.next,
      aborted: part.aborted,
      committedOnly: settings.committedOnly,
      checkCrcs: settings.checkCrcs,
      codecs: this.codecs
    })
    const next = cursor.endOffset()
    if (next <= one.next) {
      if (part.records.length < settings.partitionBytesMax) return false
      throw new KafkaUserFault({
        table: this.cluster.table,
        action: `read partition ${one.partition} of topic "${one.topic}"`,
        detail:
          `a record batch at offset ${one.next} is larger than 'properties.max.partition.fetch.bytes'`
      })
    }
    one.next = next
    one.chunks.push(cursor)
    return true
  }

  /** True: the leader is another now. */
  private async refused(part: FetchedPartition, one: Fetched): Promise<boolean> {
    switch (part.error) {
      case code.notLeader:
      case code.leaderNotAvailable:
      case code.fencedLeaderEpoch:
      case code.unknownLeaderEpoch:
      case code.kafkaStorage:
      case code.unknownTopicOrPartition:
        return true
      case code.offsetOutOfRange:
        await this.outOfRange(one)
        return false
      default:
        throw new KafkaFault({
          table: this.cluster.table,
          action: `read partition ${one.partition} of topic "${one.topic}"`,
          detail: `the broker answers ${nameOfCode(part.error)}`
        })
    }
  }

  /** Records that were to be read are gone, or never were. Only the user can say that this is no loss. */
  private async outOfRange(one: Fetched): Promise<void> {
    const { cluster } = this
    const { offsetReset } = cluster.settings
    const [from, to] = [await this.endOf(one, earliest), await this.endOf(one, latest)]
    if (offsetReset === "none") {
      throw new KafkaUserFault({
        table: cluster.table,
        action: `read partition ${one.partition} of topic "${one.topic}"`,
        detail: `offset ${one.next} is out of range: the log has offsets ${from} to ${to}; ` +
          "set 'properties.auto.offset.reset' to 'earliest' or 'latest' if going on there is right, or start anew"
      })
    }
    one.next = offsetReset === "earliest" ? from : to
  }

  private async endOf({ topic, partition }: Fetched, time: number): Promise<number> {
    const leader = this.cluster.leader(topic, partition)
    if (leader === undefined) throw new Refused(code.leaderNotAvailable)
    const request = listOffsets([{ topic, partition, value: time }], false)
    const [answer] = await this.cluster.call(leader.broker, "control", request)
    return answer?.offset ?? -1
  }

  private failed(error: unknown): void {
    if (this.cluster.closed) return
    this.voice.fail(this.cluster.faultOf("read records", error))
  }
}
