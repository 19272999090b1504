/** A bounded single-producer, single-consumer ring of elements: one channel's place in the receiver's mailbox. */
import { assert } from "../fault.ts"
import type { Element } from "../batch/element.ts"

/** Whoever must hear when a lane changes. */
export interface Listener {
  notify(): void
}

/**
 * **Law** FIFO; `offer` on a full lane is a bug of the sender (it asks {@link Lane.full} first); nothing is dropped.
 * Marks count like batches. `blocked` is the receiver's: while true the mailbox does not take from it (alignment).
 *
 * **Units** `capacity` in elements. **Cost** O(1), no allocation after construction.
 */
export class Lane {
  readonly capacity: number
  /** True between a channel's barrier and the end of the alignment. Written by the receiver only. */
  blocked = false
  private readonly ring: Array<Element | undefined>
  private head = 0
  private count = 0
  private readonly producer: Listener
  private readonly consumer: Listener

  constructor(capacity: number, producer: Listener, consumer: Listener) {
    assert(capacity >= 1, "a lane holds at least one element")
    this.capacity = capacity
    this.ring = new Array(capacity).fill(undefined)
    this.producer = producer
    this.consumer = consumer
  }

  /** Elements held. */
  get size(): number {
    return this.count
  }

  /** Whether `offer` must not be called. */
  get full(): boolean {
    return this.count === this.capacity
  }

  /** Put an element at the tail and wake the receiver if it was empty. */
  offer(element: Element): void {
    assert(this.count < this.capacity, "a full lane is not offered to")
    let at = this.head + this.count
    if (at >= this.capacity) at -= this.capacity
    this.ring[at] = element
    if (this.count++ === 0) this.consumer.notify()
  }

  /** Take the head, and wake the sender if the lane was full. */
  poll(): Element | undefined {
    if (this.count === 0) return undefined
    const element = this.ring[this.head]
    this.ring[this.head] = undefined
    this.head = this.head + 1 === this.capacity ? 0 : this.head + 1
    if (this.count-- === this.capacity) this.producer.notify()
    return element
  }
}
