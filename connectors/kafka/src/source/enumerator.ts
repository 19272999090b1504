/**
 * Finds the partitions of the table's topics, once or again and again, and deals them to the readers: each partition has one reader that
 * depends on its topic and number alone, so that readers hold about equally many.
 *
 * **Invariant** a partition is known from the moment at which it waits to be handed out; it never waits twice.
 */
import * as Effect from "effect/Effect"
import type {
  AnyFault,
  EnumeratorContext,
  Plain,
  Split,
  SplitEnumerator
} from "@millrace/core/internal"
import type { Cluster } from "../client/cluster.ts"
import { KafkaUserFault } from "../fault.ts"
import { code, nameOfCode } from "../protocol/error-code.ts"
import { type Partition, type Place, startMillis, startOffsets, stopOffsets } from "./places.ts"
import { type PartitionSplit, splitId } from "./split.ts"

/** What an enumerator is made for. */
export interface EnumeratorOptions {
  readonly cluster: () => Cluster
  readonly table: string
  readonly topics: ReadonlyArray<string> | RegExp
  readonly start: Place
  readonly stop: Place
  readonly groupId: string | undefined
  /** 0: topics are looked at once. */
  readonly discoveryMillis: number
}

/** Its part of a checkpoint. */
interface Saved {
  /** Undefined: the first look is still to come. */
  readonly known: ReadonlyArray<string> | undefined
  readonly waiting: ReadonlyArray<PartitionSplit>
}

/** See the head of this file. */
export class PartitionEnumerator implements SplitEnumerator {
  private readonly options: EnumeratorOptions
  private readonly context: EnumeratorContext
  private readonly cluster: Cluster
  private known: Set<string> | undefined
  private waiting: Array<PartitionSplit>
  private readonly bounded: boolean

  constructor(options: EnumeratorOptions, context: EnumeratorContext) {
    this.options = options
    this.context = context
    this.cluster = options.cluster()
    this.bounded = options.stop.mode !== "unbounded"
    const saved = context.restored as unknown as Saved | undefined
    this.known = saved?.known === undefined ? undefined : new Set(saved.known)
    this.waiting = [...saved?.waiting ?? []]
    if (this.known === undefined) this.look()
    else if (!this.bounded) this.lookLater()
  }

  next(subtask: number): Split | "wait" | "done" {
    const at = this.waiting.findIndex((split) => this.ownerOf(split) === subtask)
    if (at >= 0) return this.waiting.splice(at, 1)[0]!
    return this.bounded && this.known !== undefined ? "done" : "wait"
  }

  snapshot(): Plain {
    const saved: Saved = {
      known: this.known === undefined ? undefined : [...this.known],
      waiting: [...this.waiting]
    }
    return saved as unknown as Plain
  }

  close(): void {
    this.cluster.close()
  }

  private ownerOf({ topic, partition }: PartitionSplit): number {
    const { parallelism } = this.context
    let hash = 0
    for (let i = 0; i < topic.length; i++) hash = (Math.imul(hash, 31) + topic.charCodeAt(i)) | 0
    return ((hash & 0x7fffffff) % parallelism + partition) % parallelism
  }

  private look(): void {
    const first = this.known === undefined
    const found: Effect.Effect<ReadonlyArray<PartitionSplit>, AnyFault> = Effect.tryPromise({
      try: () => this.find(first),
      catch: (error) => this.cluster.faultOf("look for partitions", error)
    })
    this.context.fork(found, (splits) => {
      this.known ??= new Set()
      for (const split of splits) {
        this.known.add(split.id)
        this.waiting.push(split)
      }
      if (first || splits.length > 0) this.context.discovered()
      if (!this.bounded) this.lookLater()
    })
  }

  private lookLater(): void {
    const { discoveryMillis } = this.options
    if (discoveryMillis > 0) this.context.fork(Effect.sleep(discoveryMillis), () => this.look())
  }

  private async find(first: boolean): Promise<ReadonlyArray<PartitionSplit>> {
    const { cluster, options } = this
    const { start, stop, groupId } = options
    const limitMillis = first ? startMillis : cluster.settings.deliveryTimeoutMillis
    const partitions = await cluster.repeat(
      "look for partitions",
      () => this.partitions(first),
      limitMillis
    )
    const fresh = partitions.filter((one) =>
      this.known?.has(splitId(one.topic, one.partition)) !== true
    )
    if (fresh.length === 0) return []
    // A partition that came later was empty when the job began: all of it is new.
    const starts = await startOffsets(
      cluster,
      fresh,
      first ? start : { mode: "earliest-offset" },
      groupId
    )
    const stops = await stopOffsets(cluster, fresh, stop, groupId)
    return fresh.map(({ topic, partition }, i): PartitionSplit => ({
      id: splitId(topic, partition),
      topic,
      partition,
      next: starts[i]!,
      stop: stops[i]!,
      skip: 0
    }))
  }

  private async partitions(first: boolean): Promise<ReadonlyArray<Partition>> {
    const { cluster, options: { topics, table } } = this
    const listed = topics instanceof RegExp ? undefined : topics
    const { topics: found } = await cluster.metadata(listed, cluster.settings.allowTopicCreation)
    const wanted = topics instanceof RegExp
      ? found.filter(({ name, internal }) => !internal && topics.test(name))
      : found
    for (const { name, error } of wanted) {
      // A topic that went away later has nothing new; its readers notice themselves.
      if (error === code.none || !first) continue
      throw new KafkaUserFault({
        table,
        action: `read topic "${name}"`,
        detail: error === code.unknownTopicOrPartition
          ? "the brokers do not have it; create it or correct 'topic'"
          : `the broker answers ${nameOfCode(error)}`
      })
    }
    return wanted.flatMap(({ name, partitions }) =>
      [...partitions].sort((a, b) => a.partition - b.partition)
        .map(({ partition }) => ({ topic: name, partition }))
    )
  }
}
