/** Timers of keys in order of their time, equal times in order of registration; each (time, key) once. A binary heap. */
import type { Plain } from "../../operator/operator.ts"
import type { Key } from "../key.ts"

/** A timer. */
export interface Timer {
  readonly time: number
  readonly identity: string
  readonly key: Key
}

interface Entry extends Timer {
  readonly order: number
}

/** See the head of this file. Adding and taking cost the logarithm of the size. */
export class TimerQueue {
  private readonly heap: Array<Entry> = []
  private readonly live = new Set<string>()
  private order = 0

  /** Timers that are due some time. */
  get size(): number {
    return this.live.size
  }

  /** Add a timer; nothing if it is there. */
  add(time: number, identity: string, key: Key): void {
    const name = `${time} ${identity}`
    if (this.live.has(name)) return
    this.live.add(name)
    const { heap } = this
    heap.push({ time, identity, key, order: this.order++ })
    let at = heap.length - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!before(heap[at]!, heap[up]!)) break
      this.swap(at, up)
      at = up
    }
  }

  /** Take a timer out before its time. */
  delete(time: number, identity: string): void {
    this.live.delete(`${time} ${identity}`)
  }

  /** The time of the first timer, or Infinity. */
  next(): number {
    this.prune()
    return this.heap[0]?.time ?? Infinity
  }

  /** Take the first timer if its time is `until` or before. */
  take(until: number): Timer | undefined {
    this.prune()
    const [first] = this.heap
    if (first === undefined || first.time > until) return undefined
    this.pop()
    this.live.delete(`${first.time} ${first.identity}`)
    return first
  }

  /** All timers, in order. */
  all(): ReadonlyArray<Timer> {
    return this.heap.filter((entry) => this.live.has(`${entry.time} ${entry.identity}`))
      .sort((a, b) => before(a, b) ? -1 : 1)
  }

  /** As plain data: time, identity, key. */
  stored(timer: Timer): Plain {
    return [timer.time, timer.identity, timer.key as Plain]
  }

  /** Drops deleted timers from the head. A timer added again after its deletion stands in the heap twice: the first taken clears the name. */
  private prune(): void {
    const { heap, live } = this
    while (heap.length > 0 && !live.has(`${heap[0]!.time} ${heap[0]!.identity}`)) this.pop()
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()!
    if (heap.length === 0) return
    heap[0] = last
    let at = 0
    for (;;) {
      const left = at * 2 + 1
      if (left >= heap.length) return
      const right = left + 1
      const least = right < heap.length && before(heap[right]!, heap[left]!) ? right : left
      if (!before(heap[least]!, heap[at]!)) return
      this.swap(at, least)
      at = least
    }
  }

  private swap(a: number, b: number): void {
    const { heap } = this
    const entry = heap[a]!
    heap[a] = heap[b]!
    heap[b] = entry
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
