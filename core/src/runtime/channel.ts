/**
 * The sending end of a channel: a lane and a small outbox before it, for what could not be sent yet.
 *
 * Invariant: whoever sends asks first whether the outbox is empty, so it never holds more than one deal's worth (two batches and a mark).
 */
import type { Lane } from "../actor/lane.ts"
import type { Element } from "../batch/element.ts"
import { assert } from "../fault.ts"

const outboxMax = 3

/** Sends elements to a lane in order, never into a full one. */
export class Channel {
  readonly lane: Lane
  private readonly outbox: Array<Element> = []

  constructor(lane: Lane) {
    this.lane = lane
  }

  /** Whether everything given so far is in the lane. */
  get clear(): boolean {
    return this.outbox.length === 0
  }

  /** Send, or keep it for {@link pump}. */
  send(element: Element): void {
    if (this.outbox.length === 0 && !this.lane.full) {
      this.lane.offer(element)
      return
    }
    assert(this.outbox.length < outboxMax, "an outbox holds one deal")
    this.outbox.push(element)
  }

  /** Move what is kept into the lane while there is room; answers whether all is gone. */
  pump(): boolean {
    const { lane, outbox } = this
    while (outbox.length > 0 && !lane.full) lane.offer(outbox.shift()!)
    return outbox.length === 0
  }
}
