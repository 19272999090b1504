/** The slots of each open window, by window end: what fires, in which order, and what is freed then. */

/** A growing list of slot ids. */
export class SlotList {
  slots: Int32Array = new Int32Array(16)
  count = 0

  add(slot: number): void {
    if (this.count === this.slots.length) {
      const grown = new Int32Array(this.count * 2)
      grown.set(this.slots)
      this.slots = grown
    }
    this.slots[this.count++] = slot
  }
}

/** Open windows. A slot is in the list of exactly one window. */
export class WindowSlots {
  private readonly lists: Map<number, SlotList> = new Map()
  private lastEnd = NaN
  private last: SlotList | undefined = undefined

  /** A new slot of the window that ends at `end` (epoch millis, exclusive). */
  add(end: number, slot: number): void {
    if (end !== this.lastEnd || this.last === undefined) {
      this.last = this.lists.get(end)
      if (this.last === undefined) this.lists.set(end, this.last = new SlotList())
      this.lastEnd = end
    }
    this.last.add(slot)
  }

  /** Ends of all open windows, in no order. */
  ends(): Iterable<number> {
    return this.lists.keys()
  }

  /** The slots of an open window; undefined when it has none. */
  of(end: number): SlotList | undefined {
    return this.lists.get(end)
  }

  /** Ends of the windows that a watermark closes (`end − 1 ≤ time`), ascending. */
  due(time: number): ReadonlyArray<number> {
    const ends: Array<number> = []
    for (const end of this.lists.keys()) if (end - 1 <= time) ends.push(end)
    return ends.sort((a, b) => a - b)
  }

  /** The slots of a window that is closed now; the window is forgotten. */
  take(end: number): SlotList {
    const list = this.lists.get(end)
    this.lists.delete(end)
    if (end === this.lastEnd) this.last = undefined
    return list ?? new SlotList()
  }
}
