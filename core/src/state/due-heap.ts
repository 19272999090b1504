/** Ids by the time at which they are due, of equal times in the order they came: a binary heap over typed arrays. Cost: O(log n) per id. */

/** The heap. An id may be in it more than once. */
export class DueHeap {
  size = 0
  private times = new Float64Array(64)
  private orders = new Float64Array(64)
  private ids = new Int32Array(64)
  private added = 0

  add(time: number, id: number): void {
    if (this.size === this.ids.length) this.grow()
    let at = this.size++
    // A new entry comes after all of its time, so it never moves above one that is equal.
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.times[parent]! <= time) break
      this.move(parent, at)
      at = parent
    }
    this.set(at, time, this.added++, id)
  }

  private set(at: number, time: number, order: number, id: number): void {
    this.times[at] = time
    this.orders[at] = order
    this.ids[at] = id
  }

  private move(from: number, to: number): void {
    this.set(to, this.times[from]!, this.orders[from]!, this.ids[from]!)
  }

  private grow(): void {
    const capacity = this.size * 2
    const times = new Float64Array(capacity)
    times.set(this.times)
    this.times = times
    const orders = new Float64Array(capacity)
    orders.set(this.orders)
    this.orders = orders
    const ids = new Int32Array(capacity)
    ids.set(this.ids)
    this.ids = ids
  }

  /** Takes ids that are due at `time` out, the earliest first, at most as many as `into` has room for; answers how many. */
  take(time: number, into: Int32Array): number {
    let count = 0
    while (this.size > 0 && this.times[0]! <= time && count < into.length) {
      into[count++] = this.ids[0]!
      this.size--
      this.sink(this.times[this.size]!, this.orders[this.size]!, this.ids[this.size]!)
    }
    return count
  }

  /** Puts what was the last entry in place of the first. */
  private sink(time: number, order: number, id: number): void {
    const { times, orders, size } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      const other = child + 1
      if (other < size && before(times[other]!, orders[other]!, times[child]!, orders[child]!)) {
        child = other
      }
      if (before(time, order, times[child]!, orders[child]!)) break
      this.move(child, at)
      at = child
    }
    this.set(at, time, order, id)
  }
}

function before(time: number, order: number, otherTime: number, otherOrder: number): boolean {
  return time < otherTime || (time === otherTime && order < otherOrder)
}
