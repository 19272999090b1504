/**
 * The bytes of one stream of a stripe, decompressed chunk by chunk as they are asked for. Nothing is made for bytes that are only claimed:
 * what is taken is held by chunks that are there.
 */
import type { RandomFile } from "@millrace/core/internal"
import { chunkHeader, type Codec, decompress } from "./codec.ts"
import { Damage } from "@millrace/core/internal"

/** So much of a stream is read at once. */
const windowBytes = 1 << 20

/** The largest dictionary. */
const restBytesMax = 2 ** 30

/** A cursor over a stream. `bytes[at … end)` are decompressed and not yet used. */
export class ByteStream {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  private readonly file: RandomFile
  private readonly codec: Codec
  private readonly chunkBytes: number
  /** Bytes of the file that are read and not yet decompressed: `raw[rawAt …)`; what follows begins at `next`. */
  private raw: Uint8Array = new Uint8Array(0)
  private rawAt = 0
  private next: number
  private readonly last: number

  constructor(file: RandomFile, codec: Codec, chunkBytes: number, from: number, to: number) {
    this.file = file
    this.codec = codec
    this.chunkBytes = chunkBytes
    this.next = from
    this.last = to
  }

  /** The next chunk; false at the end. Only when all bytes are used. */
  private refill(): boolean {
    for (;;) {
      if (this.rawAt === this.raw.length && this.next === this.last) return false
      if (this.codec === "NONE") {
        this.use(this.window(0))
        this.rawAt = this.raw.length
      } else {
        const { length, original } = chunkHeader(this.window(3), this.rawAt)
        const raw = this.window(3 + length)
        const chunk = raw.subarray(this.rawAt + 3, this.rawAt + 3 + length)
        this.rawAt += 3 + length
        this.use(original ? chunk : decompress(this.codec, chunk, this.chunkBytes))
      }
      if (this.end > 0) return true
    }
  }

  private use(bytes: Uint8Array): void {
    this.bytes = bytes
    this.at = 0
    this.end = bytes.length
  }

  /** Read on until `raw` has `wanted` bytes behind `rawAt`, as far as there are so many; a chunk header tells what is missing. */
  private window(wanted: number): Uint8Array {
    const held = this.raw.length - this.rawAt
    if (held < Math.max(1, wanted) && this.next < this.last) {
      const needed = this.codec === "NONE"
        ? windowBytes
        : Math.max(this.wantedBytes(wanted), windowBytes)
      const length = Math.min(this.last - this.next, needed)
      const more = this.file.read(this.next, length)
      this.next += length
      const raw = new Uint8Array(held + length)
      raw.set(this.raw.subarray(this.rawAt))
      raw.set(more, held)
      this.raw = raw
      this.rawAt = 0
    }
    return this.raw
  }

  /** The header is looked at before its chunk is there, so the whole chunk is read with it. */
  private wantedBytes(wanted: number): number {
    return Math.max(wanted, this.chunkBytes + 3)
  }

  /** The next byte. Throws {@link Damage} at the end. */
  byte(): number {
    if (this.at === this.end && !this.refill()) throw new Damage("a stream ends early")
    return this.bytes[this.at++]!
  }

  /** The next `count` bytes in one piece: a view, or a copy when they cross chunks. */
  take(count: number): Uint8Array {
    const { at } = this
    if (count <= this.end - at) {
      this.at = at + count
      return this.bytes.subarray(at, at + count)
    }
    const parts: Array<Uint8Array> = []
    let left = count
    while (left > 0) {
      if (this.at === this.end && !this.refill()) throw new Damage("a stream ends early")
      const part = Math.min(left, this.end - this.at)
      parts.push(this.bytes.subarray(this.at, this.at + part))
      this.at += part
      left -= part
    }
    return joined(parts, count)
  }

  /** All that is left. Throws {@link Damage} beyond {@link restBytesMax}. */
  rest(): Uint8Array {
    const parts: Array<Uint8Array> = []
    let size = 0
    while (this.at < this.end || this.refill()) {
      parts.push(this.bytes.subarray(this.at, this.end))
      size += this.end - this.at
      this.at = this.end
      if (size > restBytesMax) throw new Damage(`a dictionary is larger than ${restBytesMax} bytes`)
    }
    return parts.length === 1 ? parts[0]! : joined(parts, size)
  }

  /** Pass `count` bytes. */
  skip(count: number): void {
    let left = count
    while (left > 0) {
      if (this.at === this.end && !this.refill()) throw new Damage("a stream ends early")
      const part = Math.min(left, this.end - this.at)
      this.at += part
      left -= part
    }
  }
}

function joined(parts: ReadonlyArray<Uint8Array>, size: number): Uint8Array {
  const all = new Uint8Array(size)
  let to = 0
  for (const part of parts) {
    all.set(part, to)
    to += part.length
  }
  return all
}
