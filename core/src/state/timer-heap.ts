/** A heap of (time, id), earliest first; equal times by the order of ids. Cost: logarithmic, no allocation but growth. */

/** What is due when. */
export class TimerHeap {
  size = 0
  private times = new Float64Array(64)
  private ids = new Int32Array(64)

  /** The earliest time; Infinity when there is none. */
  get earliest(): number {
    return this.size === 0 ? Infinity : this.times[0]!
  }

  add(time: number, id: number): void {
    if (this.size === this.ids.length) this.grow()
    let at = this.size++
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!isBefore(time, id, this.times[up]!, this.ids[up]!)) break
      this.set(at, this.times[up]!, this.ids[up]!)
      at = up
    }
    this.set(at, time, id)
  }

  /** Takes the earliest entry; answers its id. */
  take(): number {
    const first = this.ids[0]!
    this.size--
    const time = this.times[this.size]!
    const id = this.ids[this.size]!
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= this.size) break
      if (down + 1 < this.size && this.isBeforeAt(down + 1, down)) down++
      if (!isBefore(this.times[down]!, this.ids[down]!, time, id)) break
      this.set(at, this.times[down]!, this.ids[down]!)
      at = down
    }
    this.set(at, time, id)
    return first
  }

  private isBeforeAt(a: number, b: number): boolean {
    return isBefore(this.times[a]!, this.ids[a]!, this.times[b]!, this.ids[b]!)
  }

  private set(at: number, time: number, id: number): void {
    this.times[at] = time
    this.ids[at] = id
  }

  private grow(): void {
    const times = new Float64Array(this.ids.length * 2)
    times.set(this.times)
    this.times = times
    const ids = new Int32Array(this.ids.length * 2)
    ids.set(this.ids)
    this.ids = ids
  }
}

function isBefore(time: number, id: number, otherTime: number, otherId: number): boolean {
  return time < otherTime || (time === otherTime && id < otherId)
}
