/** Ids by the time at which they are due: a binary heap over typed arrays. Cost: O(log n) per id in and out. */

/** The heap. An id may be in it more than once. */
export class DueHeap {
  size = 0
  private times = new Float64Array(64)
  private ids = new Int32Array(64)

  add(time: number, id: number): void {
    if (this.size === this.ids.length) this.grow()
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.times[parent]! <= time) break
      this.times[at] = this.times[parent]!
      this.ids[at] = this.ids[parent]!
      at = parent
    }
    this.times[at] = time
    this.ids[at] = id
  }

  private grow(): void {
    const times = new Float64Array(this.size * 2)
    times.set(this.times)
    this.times = times
    const ids = new Int32Array(this.size * 2)
    ids.set(this.ids)
    this.ids = ids
  }

  /** The earliest time; Infinity when there is none. */
  get first(): number {
    return this.size === 0 ? Infinity : this.times[0]!
  }

  /** Takes ids that are due at `time` out, the earliest first, at most as many as `into` has room for; answers how many. */
  take(time: number, into: Int32Array): number {
    let count = 0
    while (this.size > 0 && this.times[0]! <= time && count < into.length) {
      into[count++] = this.ids[0]!
      this.sink(this.times[--this.size]!, this.ids[this.size]!)
    }
    return count
  }

  /** Puts the last entry in place of the first. */
  private sink(time: number, id: number): void {
    const { times, ids, size } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[at] = times[child]!
      ids[at] = ids[child]!
      at = child
    }
    times[at] = time
    ids[at] = id
  }
}
