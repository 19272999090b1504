/**
 * One subtask's reader: the partitions in hand in turns, a batch at a time. A batch ends at 1,024 rows, at 256 KiB, at offsets that are
 * multiples of 1,024, and where nothing more has come; so of records at rest the same batches come again after a restore.
 */
import {
  Batch,
  batchBytesMax,
  batchRowsMax,
  type OperatorContext,
  type Polled,
  slice,
  type SourceReader,
  type Split
} from "@millrace/core/internal"
import type { Cluster } from "../client/cluster.ts"
import { KafkaFault } from "../fault.ts"
import { Codecs } from "../protocol/codec.ts"
import { BrokenBatch, type RecordCursor } from "../protocol/record-cursor.ts"
import { type Fetched, Fetcher } from "./fetcher.ts"
import { MessageDecoder, type MessageDecoderOptions } from "./message-decoder.ts"
import { OffsetCommitter } from "./offset-committer.ts"
import type { PartitionSplit } from "./split.ts"

/** What a reader is made for. */
export interface ReaderOptions extends MessageDecoderOptions {
  readonly cluster: () => Cluster
}

/** A partition in hand. */
interface Current {
  readonly split: PartitionSplit
  readonly fetched: Fetched
  next: number
  /** Rows given since `next`. */
  skip: number
  /** Rows since `next` that were given before the restore and are still to be passed over. */
  drop: number
}

/** See the head of this file. */
export class PartitionReader implements SourceReader {
  private readonly options: ReaderOptions
  private readonly decoder: MessageDecoder
  private context!: OperatorContext
  private cluster!: Cluster
  private fetcher!: Fetcher
  private committer: OffsetCommitter | undefined = undefined
  private readonly currents: Array<Current> = []
  private turn = 0
  /** The partition whose record has given more rows than were taken. */
  private unfinished: { readonly current: Current; readonly next: number } | undefined = undefined
  private opened = false

  constructor(options: ReaderOptions) {
    this.options = options
    this.decoder = new MessageDecoder(options)
  }

  open(context: OperatorContext): void {
    this.context = context
    this.cluster = this.options.cluster()
    this.opened = true
    const { notify, fail } = context
    this.fetcher = new Fetcher(this.cluster, new Codecs(), { notify, fail })
    const { groupId, commitOnCheckpoint } = this.cluster.settings
    if (groupId !== undefined && commitOnCheckpoint) {
      this.committer = new OffsetCommitter(this.cluster, groupId, context.count)
    }
  }

  add(split: Split): void {
    const one = split as PartitionSplit
    const fetched = this.fetcher.add(one.id, one.topic, one.partition, one.next)
    this.currents.push({ split: one, fetched, next: one.next, skip: one.skip, drop: one.skip })
    if (one.stop >= 0 && one.next >= one.stop) this.fetcher.remove(fetched)
  }

  poll(): Polled {
    if (this.unfinished !== undefined) {
      const { current, next } = this.unfinished
      const batch = this.give(current, next)
      if (batch !== undefined) return { kind: "batch", split: current.split.id, batch }
    }
    const { currents } = this
    for (let tries = currents.length; tries > 0; tries--) {
      if (this.turn >= currents.length) this.turn = 0
      const current = currents[this.turn]!
      const batch = this.read(current)
      if (batch !== undefined) {
        this.turn++
        return { kind: "batch", split: current.split.id, batch }
      }
      const { stop, id } = current.split
      if (stop >= 0 && current.next >= stop) {
        currents.splice(this.turn, 1)
        this.fetcher.remove(current.fetched)
        return { kind: "finished", split: id }
      }
      this.turn++
    }
    return { kind: "empty" }
  }

  snapshot(): ReadonlyArray<Split> {
    const splits = this.currents.map(({ split, next, skip }) => ({ ...split, next, skip }))
    this.committer?.remember(splits)
    return splits
  }

  complete(): void {
    this.committer?.commit()
  }

  close(): void {
    if (!this.opened) return
    this.cluster.close()
  }

  /** Decode from where the partition stands; undefined: no row came. */
  private read(current: Current): Batch | undefined {
    const { fetched, split } = current
    this.decoder.begin(split.topic, split.partition)
    const begun = current.next
    let next = begun
    let bytes = 0
    const windowEnd = (Math.floor(begun / batchRowsMax) + 1) * batchRowsMax
    const limit = split.stop < 0 ? windowEnd : Math.min(windowEnd, split.stop)
    while (next < limit && bytes < batchBytesMax && this.decoder.rows < batchRowsMax) {
      const cursor = fetched.chunks[0]
      if (cursor === undefined) break
      if (!this.step(cursor, current)) {
        next = Math.max(next, cursor.position)
        this.fetcher.took(fetched)
        continue
      }
      next = cursor.position
      if (cursor.offset >= limit) {
        cursor.hold()
        next = limit
        break
      }
      bytes += Math.max(0, cursor.valueLength) + Math.max(0, cursor.keyLength)
      this.decoder.decode(cursor)
    }
    return this.give(current, next)
  }

  private step(cursor: RecordCursor, { split }: Current): boolean {
    try {
      return cursor.next()
    } catch (error) {
      const broken = error instanceof BrokenBatch || error instanceof RangeError
      if (!broken) throw error
      throw new KafkaFault({
        table: this.options.table,
        action: `read partition ${split.partition} of topic "${split.topic}"`,
        detail: error.message
      })
    }
  }

  /** A batch of what was decoded; when it is the last, reading goes on at `next`. */
  private give(current: Current, next: number): Batch | undefined {
    for (;;) {
      const batch = this.decoder.take()
      if (batch === undefined) {
        current.next = next
        return undefined
      }
      const dropped = Math.min(current.drop, batch.rows)
      current.drop -= dropped
      current.skip += batch.rows - dropped
      if (this.decoder.rows > 0) this.unfinished = { current, next }
      else {
        this.unfinished = undefined
        current.next = next
        current.skip = current.drop
      }
      if (dropped === 0) return batch
      if (dropped < batch.rows) return cut(batch, dropped)
    }
  }
}

/** The rows of a batch from row `from` on. */
function cut(batch: Batch, from: number): Batch {
  const { rows, columns, kinds } = batch
  return new Batch(rows - from, columns.map((one) => slice(one, from, rows)), kinds?.subarray(from))
}
