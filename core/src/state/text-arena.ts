/**
 * Byte strings by row id, one after the other in one buffer: for stored text that seldom repeats, where looking for equal strings costs more
 * than it saves.
 *
 * **Invariant** bytes that were written are never written again: columns share the buffer, and what they show stays. Strings that are given
 * up leave holes; when these are more than the rest, all that live move to a new buffer, so memory is bounded by twice the live strings.
 */
const sweepBytesMin = 1 << 16

/** Larger buffers grow by half, so that a large state does not need thrice its size for a moment. */
const bytesDoubledMax = 1 << 26

/** The strings. Id `i` is `bytes[starts[i] … + lengths[i])`. */
export class TextArena {
  bytes: Uint8Array = new Uint8Array(1024)
  starts: Int32Array
  lengths: Int32Array
  private used = 0
  private live = 0

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity)
    this.lengths = new Int32Array(capacity)
  }

  /** Room for ids below `capacity`. */
  grow(capacity: number): void {
    const starts = new Int32Array(capacity)
    starts.set(this.starts)
    this.starts = starts
    const lengths = new Int32Array(capacity)
    lengths.set(this.lengths)
    this.lengths = lengths
  }

  /** Id `id`, which stands for nothing, becomes a copy of these bytes. */
  set(id: number, bytes: Uint8Array, start: number, length: number): void {
    if (this.used + length > this.bytes.length) this.reserve(length)
    const target = this.bytes
    const at = this.used
    if (length > 48) target.set(bytes.subarray(start, start + length), at)
    else for (let i = 0; i < length; i++) target[at + i] = bytes[start + i]!
    this.starts[id] = at
    this.lengths[id] = length
    this.used += length
    this.live += length
  }

  /** Id `id` stands for nothing any more. */
  drop(id: number): void {
    this.live -= this.lengths[id]!
    this.lengths[id] = 0
  }

  /** Leave the holes behind when they are many. */
  sweep(): void {
    if (this.used < sweepBytesMin || this.live * 2 > this.used) return
    this.move(Math.max(1024, this.live + (this.live >>> 1)))
  }

  private reserve(more: number): void {
    const wanted = this.live + more
    const { length } = this.bytes
    const grown = length + Math.max(length > bytesDoubledMax ? length >>> 1 : length, more)
    if (wanted * 2 < this.bytes.length) return this.move(this.bytes.length)
    const next = new Uint8Array(grown)
    next.set(this.bytes.subarray(0, this.used))
    this.bytes = next
  }

  private move(size: number): void {
    const old = this.bytes
    const next = new Uint8Array(size)
    let used = 0
    for (let id = 0; id < this.starts.length; id++) {
      const length = this.lengths[id]!
      if (length === 0) continue
      const from = this.starts[id]!
      next.set(old.subarray(from, from + length), used)
      this.starts[id] = used
      used += length
    }
    this.bytes = next
    this.used = used
  }
}
