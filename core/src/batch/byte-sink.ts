/**
 * A byte buffer that grows by doubling: what encoders write into. `bytes[0 … length)` is what was written; `bytes` may be
 * another array after any write, so it is read anew each time.
 */
import { encodeUtf8 } from "./utf8.ts"

const encoder = new TextEncoder()

/** The most bytes that one sink may hold. */
export const sinkBytesMax: number = 2 ** 30

/** Fits the `ByteSink` of `table/format.ts`. Owned by one writer; `length = 0` empties it and keeps the memory. */
export class GrowingBytes {
  bytes: Uint8Array
  length: number

  constructor(capacityBytes = 65536) {
    this.bytes = new Uint8Array(capacityBytes)
    this.length = 0
  }

  /** Make room for `more` bytes after `length`. Throws a RangeError beyond {@link sinkBytesMax}. */
  reserve(more: number): void {
    const wanted = this.length + more
    if (wanted > this.bytes.length) this.grow(wanted)
  }

  private grow(wanted: number): void {
    if (wanted > sinkBytesMax) {
      throw new RangeError(`Cannot buffer ${wanted} bytes: at most ${sinkBytesMax} fit`)
    }
    const bigger = new Uint8Array(Math.min(sinkBytesMax, Math.max(wanted, this.bytes.length * 2)))
    bigger.set(this.bytes.subarray(0, this.length))
    this.bytes = bigger
  }

  /** What was written, as a view that the next write may detach from. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

/** What the write functions need of a sink. */
export interface Writable {
  bytes: Uint8Array
  length: number
  reserve(more: number): void
}

/** Append one byte. */
export function writeByte(out: Writable, byte: number): void {
  out.reserve(1)
  out.bytes[out.length++] = byte
}

/** Append `length` bytes of `bytes` from `start`. Cost: a loop for short runs, one copy otherwise. */
export function writeBytes(out: Writable, bytes: Uint8Array, start: number, length: number): void {
  out.reserve(length)
  const target = out.bytes, at = out.length
  if (length <= 32) { for (let i = 0; i < length; i++) target[at + i] = bytes[start + i]! }
  else target.set(bytes.subarray(start, start + length), at)
  out.length = at + length
}

/** Append a text of ASCII characters only: digits, signs, names that are known to be so. */
export function writeAscii(out: Writable, text: string): void {
  const length = text.length
  out.reserve(length)
  const target = out.bytes, at = out.length
  for (let i = 0; i < length; i++) target[at + i] = text.charCodeAt(i)
  out.length = at + length
}

/** Append any text as UTF-8. */
export function writeText(out: Writable, text: string): void {
  if (text.length > 2 ** 20) {
    const whole = encodeUtf8(text)
    writeBytes(out, whole, 0, whole.length)
    return
  }
  out.reserve(text.length * 3)
  out.length += encoder.encodeInto(text, out.bytes.subarray(out.length)).written
}

/** Append an integer of magnitude ≤ 2^53 in decimal digits. */
export function writeInteger(out: Writable, value: number): void {
  out.reserve(20)
  const target = out.bytes
  let at = out.length
  let rest = value
  if (rest < 0) {
    target[at++] = 45
    rest = -rest
  }
  let width = 1
  for (let bound = 10; rest >= bound; bound *= 10) width++
  const end = at + width
  let digitAt = end
  while (rest >= 1_000_000_000) {
    const head = Math.floor(rest / 10)
    target[--digitAt] = 48 + (rest - head * 10)
    rest = head
  }
  let small = rest | 0
  while (digitAt > at) {
    const head = (small / 10) | 0
    target[--digitAt] = 48 + (small - head * 10)
    small = head
  }
  out.length = end
}
