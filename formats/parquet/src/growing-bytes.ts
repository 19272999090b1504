/** A byte buffer that grows by doubling and is used again after `clear`: what pages are gathered in. */
import type { ByteSink } from "@millrace/core/internal"

/** `bytes[0 … length)` is what was written. The buffer's size is a multiple of 8, so wider views on it are possible. */
export class GrowingBytes implements ByteSink {
  bytes: Uint8Array
  length = 0

  constructor(capacityBytes = 1024) {
    this.bytes = new Uint8Array(capacityBytes)
  }

  reserve(more: number): void {
    const need = this.length + more
    if (need <= this.bytes.length) return
    const larger = new Uint8Array(Math.ceil(Math.max(need, this.bytes.length * 2) / 8) * 8)
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  append(part: Uint8Array): void {
    this.reserve(part.length)
    this.bytes.set(part, this.length)
    this.length += part.length
  }

  fill(value: number, count: number): void {
    this.reserve(count)
    this.bytes.fill(value, this.length, this.length + count)
    this.length += count
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}
