/**
 * What stands between a mailbox and a chain: it merges the marks of all lanes into one stream of marks.
 *
 * **Watermarks** the minimum over lanes that are neither idle nor ended; it never goes back. All idle: one idle mark.
 * **Barriers** a lane that has delivered barrier n is blocked until every lane has; then the barrier goes on once.
 * An ended lane counts as arrived. A barrier of an aborted or overtaken checkpoint is dropped.
 */
import type { Lane } from "../actor/lane.ts"
import { type Barrier, type Element, Tag, Watermark } from "../batch/element.ts"
import { assert } from "../fault.ts"

/** The state of alignment and of the merged watermark of one subtask. */
export class Gate {
  /** The merged watermark, epoch millis; part of the snapshot. */
  watermark: number = -Infinity
  private readonly lanes: ReadonlyArray<Lane>
  private readonly attempt: number
  private readonly watermarks: Float64Array
  private readonly idle: Uint8Array
  private readonly ended: Uint8Array
  private readonly arrived: Uint8Array
  private endedCount = 0
  private arrivedCount = 0
  private idleTold = false
  private aligning: Barrier | undefined = undefined
  /** Barriers up to this number are dropped. */
  private passed: number

  constructor(lanes: ReadonlyArray<Lane>, attempt: number, passed: number) {
    this.lanes = lanes
    this.attempt = attempt
    this.passed = passed
    this.watermarks = new Float64Array(lanes.length).fill(-Infinity)
    this.idle = new Uint8Array(lanes.length)
    this.ended = new Uint8Array(lanes.length)
    this.arrived = new Uint8Array(lanes.length)
  }

  /** Whether a lane is blocked by an unfinished alignment. */
  get isAligning(): boolean {
    return this.aligning !== undefined
  }

  /** Take what lane `lane` gave; answers what the chain is to get, if anything. */
  receive(lane: number, element: Element): Element | undefined {
    assert(this.arrived[lane] === 0, "nothing is taken from a lane between its barrier and the cut")
    switch (element.tag) {
      case Tag.batch:
        this.wake(lane)
        return element
      case Tag.watermark:
        this.wake(lane)
        if (element.time > this.watermarks[lane]!) this.watermarks[lane] = element.time
        return this.merged()
      case Tag.idle:
        this.idle[lane] = 1
        return this.merged() ?? this.allIdle(element)
      case Tag.barrier:
        return this.barrier(lane, element)
      case Tag.end:
        return this.end(lane, element)
    }
  }

  /** Checkpoint `checkpoint` will not be: open its lanes and drop its late barriers. */
  abort(checkpoint: number): void {
    if (checkpoint > this.passed) this.passed = checkpoint
    if (this.aligning !== undefined && this.aligning.checkpoint <= checkpoint) this.open()
  }

  private wake(lane: number): void {
    if (this.idle[lane] === 0) return
    this.idle[lane] = 0
    this.idleTold = false
  }

  private merged(): Watermark | undefined {
    let least = Infinity
    let active = 0
    for (let i = 0; i < this.watermarks.length; i++) {
      if (this.idle[i] === 1 || this.ended[i] === 1) continue
      active++
      if (this.watermarks[i]! < least) least = this.watermarks[i]!
    }
    if (active === 0 || least <= this.watermark) return undefined
    this.watermark = least
    return new Watermark(least)
  }

  private allIdle(element: Element): Element | undefined {
    if (this.idleTold) return undefined
    for (let i = 0; i < this.idle.length; i++) {
      if (this.idle[i] === 0 && this.ended[i] === 0) return undefined
    }
    this.idleTold = true
    return element
  }

  private barrier(lane: number, barrier: Barrier): Barrier | undefined {
    assert(barrier.attempt === this.attempt, "a barrier belongs to this attempt")
    if (barrier.checkpoint <= this.passed) return undefined
    const { aligning } = this
    // The one before was aborted and that news is still on its way.
    if (aligning !== undefined && aligning.checkpoint < barrier.checkpoint) this.open()
    this.aligning = barrier
    this.arrived[lane] = 1
    this.arrivedCount++
    this.lanes[lane]!.blocked = true
    return this.cutIfComplete()
  }

  private cutIfComplete(): Barrier | undefined {
    const { aligning } = this
    if (aligning === undefined) return undefined
    if (this.arrivedCount + this.endedCount < this.lanes.length) return undefined
    this.passed = aligning.checkpoint
    this.open()
    return aligning
  }

  private open(): void {
    this.aligning = undefined
    this.arrived.fill(0)
    this.arrivedCount = 0
    for (const lane of this.lanes) lane.blocked = false
  }

  /** The last end gives the end; an earlier one may complete an alignment or let the watermark rise. */
  private end(lane: number, element: Element): Element | undefined {
    assert(this.ended[lane] === 0, "a lane ends once")
    this.ended[lane] = 1
    this.endedCount++
    if (this.endedCount === this.lanes.length) return element
    return this.cutIfComplete() ?? this.merged()
  }
}
