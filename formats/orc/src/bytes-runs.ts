/** Streams of bytes in runs, and of bits in such bytes. */
import type { ByteStream } from "./byte-stream.ts"

/** Reads one stream of single bytes. */
export class RunBytes {
  private readonly stream: ByteStream
  private left = 0
  private repeats = false
  private value = 0

  constructor(stream: ByteStream) {
    this.stream = stream
  }

  /** The next byte. */
  next(): number {
    if (this.left === 0) {
      const control = this.stream.byte()
      this.repeats = control < 128
      this.left = this.repeats ? control + 3 : 256 - control
      if (this.repeats) this.value = this.stream.byte()
    }
    this.left--
    return this.repeats ? this.value : this.stream.byte()
  }
}

/** Reads one stream of bits, the highest of each byte first. */
export class RunBits {
  private readonly bytes: RunBytes
  private byte = 0
  private left = 0

  constructor(stream: ByteStream) {
    this.bytes = new RunBytes(stream)
  }

  /** The next `count` bits as bytes of 0 and 1, or of 1 and 0 when `inverted`; answers how many bits were 1. */
  read(count: number, out: Uint8Array, inverted: boolean): number {
    let ones = 0
    const flip = inverted ? 1 : 0
    for (let i = 0; i < count; i++) {
      if (this.left === 0) {
        this.byte = this.bytes.next()
        this.left = 8
      }
      const bit = (this.byte >>> --this.left) & 1
      ones += bit
      out[i] = bit ^ flip
    }
    return ones
  }
}
