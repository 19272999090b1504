/**
 * The hybrid of runs and bit-packed groups that Parquet uses for levels and dictionary codes. Decoders write exactly
 * `count` values and never read at or past `end`; a stream that ends early is {@link Damage}.
 */
import { Damage } from "@millrace/core/internal"

/** Bits that hold values 0 … `max`. */
export function bitsFor(max: number): number {
  return 32 - Math.clz32(max)
}

/** Codes of `width` bits (0 … 31) in `bytes[at … end)`, decoded a piece at a time. */
export class CodeRuns {
  private readonly bytes: Uint8Array
  private readonly end: number
  private readonly width: number
  private at: number
  /** Of the run that was begun: values left, whether packed, where it starts, values used of it, its one value. */
  private left = 0
  private packed = false
  private start = 0
  private used = 0
  private value = 0

  constructor(bytes: Uint8Array, at: number, end: number, width: number) {
    if (width > 31) throw new Damage(`dictionary codes of ${width} bits`)
    this.bytes = bytes
    this.at = at
    this.end = end
    this.width = width
  }

  /** Decode the next `count` codes into `out`; answers the largest. Throws {@link Damage} when they end early. */
  read(out: Int32Array, count: number): number {
    let seen = 0
    let max = 0
    if (this.width === 0) {
      out.fill(0, 0, count)
      return 0
    }
    while (seen < count) {
      if (this.left === 0) this.begin()
      const values = Math.min(this.left, count - seen)
      let largest = this.value
      if (!this.packed) out.fill(this.value, seen, seen + values)
      else {
        const bit = this.used * this.width
        if (this.start + Math.ceil((bit + values * this.width) / 8) > this.end) {
          throw new Damage("codes end early")
        }
        largest = this.width <= 24
          ? unpack(this.bytes, this.start, bit, this.width, out, seen, values)
          : unpackWide(this.bytes, this.start, bit, this.width, out, seen, values)
      }
      if (largest > max) max = largest
      this.used += values
      this.left -= values
      seen += values
    }
    return max
  }

  private begin(): void {
    const { bytes, end, width } = this
    const header = readHeader(bytes, this.at, end)
    this.at += headerBytes(bytes, this.at)
    const groups = header >>> 1
    if (groups === 0) throw new Damage("a run of codes is empty")
    this.packed = (header & 1) === 1
    this.start = this.at
    this.used = 0
    this.left = this.packed ? groups * 8 : groups
    if (this.packed) this.at += groups * width
    else {
      const valueBytes = (width + 7) >> 3
      if (this.at + valueBytes > end) throw new Damage("codes end early")
      this.value = 0
      for (let i = 0; i < valueBytes; i++) this.value |= bytes[this.at++]! << (i << 3)
      if (this.value < 0) throw new Damage("a code is negative")
    }
  }
}

function unpack(
  bytes: Uint8Array,
  at: number,
  bit: number,
  width: number,
  out: Int32Array,
  from: number,
  count: number
): number {
  const mask = (1 << width) - 1
  let p = at + Math.floor(bit / 8)
  let held = 0
  let accumulator = 0
  if ((bit & 7) !== 0) {
    accumulator = bytes[p++]! >>> (bit & 7)
    held = 8 - (bit & 7)
  }
  let max = 0
  for (let i = from, to = from + count; i < to; i++) {
    while (held < width) {
      accumulator |= bytes[p++]! << held
      held += 8
    }
    const value = accumulator & mask
    out[i] = value
    if (value > max) max = value
    accumulator >>>= width
    held -= width
  }
  return max
}

function unpackWide(
  bytes: Uint8Array,
  at: number,
  first: number,
  width: number,
  out: Int32Array,
  from: number,
  count: number
): number {
  const modulus = 2 ** width
  let max = 0
  for (let i = 0; i < count; i++) {
    const bit = first + i * width
    let value = 0
    // At most five bytes, below 2^40: exact in a double.
    for (let k = 0, p = at + Math.floor(bit / 8); k < 5 && p + k < bytes.length; k++) {
      value += bytes[p + k]! * 2 ** (8 * k)
    }
    const code = Math.floor(value / 2 ** (bit & 7)) % modulus
    out[from + i] = code
    if (code > max) max = code
  }
  return max
}

/** Decode `count` levels of `width` bits (1 … 8) into bytes; answers how many equal `top`. */
export function decodeLevels(
  bytes: Uint8Array,
  at: number,
  end: number,
  width: number,
  top: number,
  out: Uint8Array,
  count: number
): number {
  const mask = (1 << width) - 1
  let p = at
  let seen = 0
  let tops = 0
  while (seen < count) {
    const header = readHeader(bytes, p, end)
    p += headerBytes(bytes, p)
    const groups = header >>> 1
    if ((header & 1) === 1) {
      const values = Math.min(groups * 8, count - seen)
      if (groups === 0 || p + Math.ceil(values * width / 8) > end) {
        throw new Damage("levels end early")
      }
      for (let i = 0, bit = 0; i < values; i++, bit += width) {
        const q = p + (bit >> 3)
        const level = ((bytes[q]! | (bytes[q + 1]! << 8)) >>> (bit & 7)) & mask
        out[seen + i] = level
        if (level === top) tops++
        else if (level > top) {
          throw new Damage(`a level is ${level} where at most ${top} is possible`)
        }
      }
      seen += values
      p += groups * width
    } else {
      const values = Math.min(groups, count - seen)
      if (groups === 0 || p >= end) throw new Damage("levels end early")
      const level = bytes[p++]!
      if (level > top) throw new Damage(`a level is ${level} where at most ${top} is possible`)
      out.fill(level, seen, seen + values)
      if (level === top) tops += values
      seen += values
    }
  }
  return tops
}

/** Whether `bytes[at … end)` is one run of `count` times `top`: a column without NULL, the common case. */
export function isOneRun(
  bytes: Uint8Array,
  at: number,
  end: number,
  top: number,
  count: number
): boolean {
  if (at >= end) return false
  const header = readHeader(bytes, at, end)
  const q = at + headerBytes(bytes, at)
  return (header & 1) === 0 && header >>> 1 >= count && q < end && bytes[q] === top
}

function readHeader(bytes: Uint8Array, at: number, end: number): number {
  let header = 0
  for (let i = 0; i < 5; i++) {
    if (at + i >= end) throw new Damage("a run ends early")
    const byte = bytes[at + i]!
    header |= (byte & 127) << (7 * i)
    if (byte < 128) return header >>> 0
  }
  throw new Damage("a run is longer than 32 bits can say")
}

function headerBytes(bytes: Uint8Array, at: number): number {
  let length = 1
  while (bytes[at + length - 1]! > 127) length++
  return length
}

/** Append `count` values of `width` bits as one bit-packed run to `out` at `at`; answers the offset after it. */
export function encodePacked(
  values: Int32Array | Uint8Array,
  from: number,
  count: number,
  width: number,
  out: Uint8Array,
  at: number
): number {
  const groups = (count + 7) >> 3
  let p = encodeHeader((groups << 1) | 1, out, at)
  const end = p + groups * width
  let accumulator = 0
  let held = 0
  for (let i = from, to = from + count; i < to; i++) {
    accumulator |= values[i]! << held
    held += width
    while (held >= 8) {
      out[p++] = accumulator & 255
      accumulator >>>= 8
      held -= 8
    }
  }
  if (held > 0) out[p++] = accumulator & 255
  while (p < end) out[p++] = 0
  return p
}

/** Append one run of `count` times `value` (below 256). */
export function encodeRun(value: number, count: number, out: Uint8Array, at: number): number {
  const p = encodeHeader(count * 2, out, at)
  out[p] = value
  return p + 1
}

function encodeHeader(header: number, out: Uint8Array, at: number): number {
  let left = header
  let p = at
  while (left > 127) {
    out[p++] = (left & 127) | 128
    left >>>= 7
  }
  out[p++] = left
  return p
}
