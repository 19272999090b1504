/**
 * An output: one edge from a subtask to the subtasks of the receiving task. It deals rows into a builder per channel and
 * sends whole batches, so that receivers see few large batches however finely an exchange splits them.
 *
 * **Law 1** the order of rows per channel is the order in which they were dealt. **Law 2** before any mark the builders
 * are flushed. **Law 3** `deal` and `mark` are called only when `ready` said true.
 *
 * **Cost** per batch O(channels), and O(rows) only where a hash deals them or a builder takes them.
 */
import { BatchBuilder } from "../batch/batch-builder.ts"
import { gather } from "../batch/column.ts"
import { Batch, batchBytesMax, batchRowsMax, type Element } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { Exchange } from "../graph/graph.ts"
import type { Channel } from "./channel.ts"
import type { Decisions } from "./decisions.ts"
import { groupOf, ownerOf } from "./key-groups.ts"

/** What an output is made of. */
export interface OutputParts {
  readonly exchange: Exchange
  readonly channels: ReadonlyArray<Channel>
  readonly groupsMax: number
  readonly decisions: Decisions
}

/** See the head of this file. */
export class Output {
  private readonly kind: Exchange["kind"]
  private readonly channels: ReadonlyArray<Channel>
  private readonly builders: ReadonlyArray<BatchBuilder>
  private readonly decisions: Decisions
  private readonly hash: ((batch: Batch, into: Int32Array) => void) | undefined
  private readonly groupsMax: number
  /** Key group → channel. */
  private readonly owners: Int32Array
  private readonly counts: Int32Array
  private hashes: Int32Array = new Int32Array(batchRowsMax)
  private order: Int32Array = new Int32Array(batchRowsMax)
  private next = 0
  private clear = true
  /** Whether a builder holds rows. */
  pending = false
  /** When the oldest row in a builder came, epoch millis, set by the task. */
  pendingSinceMillis = 0
  rows = 0

  constructor(parts: OutputParts) {
    const { channels, exchange, groupsMax } = parts
    assert(channels.length > 0, "an output has a receiver")
    this.channels = channels
    this.decisions = parts.decisions
    this.groupsMax = groupsMax
    // One receiver needs no hash: all rows are its own.
    const hashed = exchange.kind === "hash" && channels.length > 1
    this.kind = exchange.kind === "hash" && !hashed ? "forward" : exchange.kind
    this.hash = hashed ? exchange.hash : undefined
    this.builders = Array.from({ length: hashed ? channels.length : 1 }, () => new BatchBuilder())
    this.owners = new Int32Array(hashed ? groupsMax : 0)
    for (let g = 0; g < this.owners.length; g++) {
      this.owners[g] = ownerOf(g, channels.length, groupsMax)
    }
    this.counts = new Int32Array(channels.length + 1)
  }

  /** Whether `deal`, `mark` and `flush` may be called; tries to send what waits. */
  ready(): boolean {
    if (this.clear) return true
    let clear = true
    for (let i = 0; i < this.channels.length; i++) {
      if (!this.channels[i]!.pump()) clear = false
    }
    return this.clear = clear
  }

  /** Deal the rows of `batch`, whatever its port. */
  deal(batch: Batch): void {
    this.rows += batch.rows
    if (this.kind === "hash") this.dealByHash(batch)
    else this.collect(0, batch)
    if (this.pending && this.decisions.flushEarly()) this.flush()
  }

  /** Flush, then send a mark to every channel. */
  mark(element: Element): void {
    this.flush()
    for (let i = 0; i < this.channels.length; i++) this.send(i, element)
  }

  /** Send what the builders hold. */
  flush(): void {
    if (!this.pending) return
    for (let k = 0; k < this.builders.length; k++) {
      if (this.builders[k]!.rows > 0) this.emit(k, this.builders[k]!.finish())
    }
    this.pending = false
  }

  private send(channel: number, element: Element): void {
    const target = this.channels[channel]!
    target.send(element)
    if (!target.clear) this.clear = false
  }

  /** A batch leaves builder `k`: to its own channel, to all, or to the next in turn. */
  private emit(k: number, batch: Batch): void {
    if (this.kind === "broadcast") {
      for (let i = 0; i < this.channels.length; i++) this.send(i, batch)
    } else if (this.kind === "rebalance") {
      this.send(this.next, batch)
      this.next = this.next + 1 === this.channels.length ? 0 : this.next + 1
    } else {
      this.send(k, batch)
    }
  }

  /** A whole batch for builder `k`: passed by reference when it is large, collected when it is small. */
  private collect(k: number, batch: Batch): void {
    const builder = this.builders[k]!
    if (batch.rows >= this.decisions.wholeRowsMin || !builder.accepts(batch)) {
      this.emptyBuilder(k)
      this.emit(k, onMainPort(batch))
      return
    }
    if (builder.rows + batch.rows > batchRowsMax) this.emptyBuilder(k)
    builder.appendRange(batch, 0, batch.rows)
    this.filled(k)
  }

  private collectRows(k: number, batch: Batch, from: number, to: number): void {
    const builder = this.builders[k]!
    const rows = to - from
    if (rows >= this.decisions.wholeRowsMin || !builder.accepts(batch)) {
      this.emptyBuilder(k)
      this.emit(k, pick(batch, this.order.subarray(from, to), rows))
      return
    }
    if (builder.rows + rows > batchRowsMax) this.emptyBuilder(k)
    builder.appendRows(batch, this.order, from, to)
    this.filled(k)
  }

  private filled(k: number): void {
    const builder = this.builders[k]!
    if (builder.rows >= batchRowsMax || builder.bytesHeld >= batchBytesMax) this.emptyBuilder(k)
    else this.pending = true
  }

  private emptyBuilder(k: number): void {
    const builder = this.builders[k]!
    if (builder.rows > 0) this.emit(k, builder.finish())
  }

  private dealByHash(batch: Batch): void {
    const { rows } = batch
    if (this.hashes.length < rows) {
      this.hashes = new Int32Array(rows)
      this.order = new Int32Array(rows)
    }
    this.hash!(batch, this.hashes)
    toChannels(this.hashes, rows, this.owners, this.groupsMax)
    orderByChannel(this.hashes, rows, this.counts, this.order)
    let from = 0
    for (let k = 0; k < this.channels.length; k++) {
      const to = this.counts[k]!
      if (to - from === rows) this.collect(k, batch)
      else if (to > from) this.collectRows(k, batch, from, to)
      from = to
    }
  }
}

/** Hashes become channel numbers, in place. The usual number of groups is a power of two: its remainder is a mask. */
function toChannels(hashes: Int32Array, rows: number, owners: Int32Array, groupsMax: number): void {
  const mask = groupsMax - 1
  if ((groupsMax & mask) === 0) {
    for (let i = 0; i < rows; i++) hashes[i] = owners[hashes[i]! & mask]!
    return
  }
  for (let i = 0; i < rows; i++) hashes[i] = owners[groupOf(hashes[i]!, groupsMax)]!
}

/** A stable counting sort: rows of channel k stand in `order` up to `counts[k]`, after those of k − 1. */
function orderByChannel(
  channels: Int32Array,
  rows: number,
  counts: Int32Array,
  order: Int32Array
): void {
  counts.fill(0)
  for (let i = 0; i < rows; i++) counts[channels[i]! + 1]!++
  for (let k = 1; k < counts.length; k++) counts[k]! += counts[k - 1]!
  for (let i = 0; i < rows; i++) order[counts[channels[i]!]!++] = i
}

/** The same rows on port 0, which is what a receiver sees. */
export function onMainPort(batch: Batch): Batch {
  return batch.port === 0
    ? batch
    : new Batch(batch.rows, batch.columns, batch.kinds, batch.timestamps, 0)
}

function pick(batch: Batch, rows: Int32Array, count: number): Batch {
  const { kinds, timestamps } = batch
  let pickedKinds: Uint8Array | undefined
  let pickedTimestamps: Float64Array | undefined
  if (kinds !== undefined) {
    pickedKinds = new Uint8Array(count)
    for (let i = 0; i < count; i++) pickedKinds[i] = kinds[rows[i]!]!
  }
  if (timestamps !== undefined) {
    pickedTimestamps = new Float64Array(count)
    for (let i = 0; i < count; i++) pickedTimestamps[i] = timestamps[rows[i]!]!
  }
  const columns = batch.columns.map((column) => gather(column, rows, count))
  return new Batch(count, columns, pickedKinds, pickedTimestamps)
}
