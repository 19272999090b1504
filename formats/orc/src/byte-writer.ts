/** Bytes in runs, and bits in such bytes: presence, truth values, TINYINT. */
import { GrowingBytes, writeByte } from "@millrace/core/internal"

const literalsMax = 128
const repeatsMax = 130

/** Writes one stream of single bytes. */
export class RunBytesWriter {
  private readonly out = new GrowingBytes(256)
  private readonly held = new Uint8Array(literalsMax)
  private count = 0
  /** Whether `count` bytes like `held[0]` are held, rather than as many literals. */
  private repeats = false
  /** How many of the last literals are equal. */
  private equal = 0

  add(byte: number): void {
    const { held } = this
    if (this.repeats) {
      if (byte === held[0] && this.count < repeatsMax) {
        this.count++
        return
      }
      this.flush()
    }
    this.equal = this.count > 0 && held[this.count - 1] === byte ? this.equal + 1 : 1
    if (this.equal < 3) {
      held[this.count++] = byte
      if (this.count === literalsMax) this.flush()
      return
    }
    this.count -= 2
    this.flush()
    held[0] = byte
    this.count = 3
    this.repeats = true
  }

  private flush(): void {
    const { out, count, held } = this
    if (count > 0 && this.repeats) {
      writeByte(out, count - 3)
      writeByte(out, held[0]!)
    } else if (count > 0) {
      writeByte(out, 256 - count)
      for (let i = 0; i < count; i++) writeByte(out, held[i]!)
    }
    this.count = 0
    this.equal = 0
    this.repeats = false
  }

  /** Roughly the bytes held. */
  get size(): number {
    return this.out.length + this.count
  }

  /** All of it; the writer is empty then. */
  finish(): Uint8Array {
    this.flush()
    const bytes = this.out.view().slice()
    this.out.length = 0
    return bytes
  }
}

/** Writes one stream of bits. */
export class RunBitsWriter {
  private readonly bytes = new RunBytesWriter()
  private byte = 0
  private free = 8
  /** Whether a 0 was written. */
  anyZero = false

  add(bit: 0 | 1): void {
    this.byte |= bit << --this.free
    if (bit === 0) this.anyZero = true
    if (this.free > 0) return
    this.bytes.add(this.byte)
    this.byte = 0
    this.free = 8
  }

  get size(): number {
    return this.bytes.size
  }

  finish(): Uint8Array {
    if (this.free < 8) this.bytes.add(this.byte)
    this.byte = 0
    this.free = 8
    this.anyZero = false
    return this.bytes.finish()
  }
}
