/**
 * The distinct byte strings of a column chunk that is being written, in PLAIN form, found by an open-addressing hash table. Codes of
 * an incoming dictionary are translated once per dictionary object.
 */
import { compareBytes, type Dictionary } from "@millrace/core/internal"
import { GrowingBytes } from "./growing-bytes.ts"

/** Grows until `clear`. Code `c` stands at `starts[c]`, `lengths[c]` of `plain.bytes`, behind its length. */
export class TextDictionary {
  readonly plain: GrowingBytes = new GrowingBytes(4096)
  size = 0
  starts: Int32Array = new Int32Array(256)
  lengths: Int32Array = new Int32Array(256)
  private table: Int32Array = new Int32Array(1024).fill(-1)
  private translations = new Map<Dictionary, Int32Array>()

  clear(): void {
    this.plain.clear()
    this.size = 0
    this.table.fill(-1)
    this.translations = new Map()
  }

  /** Code by code of `dictionary`: −1 where it was not yet needed. */
  translation(dictionary: Dictionary): Int32Array {
    let found = this.translations.get(dictionary)
    if (found === undefined) {
      // One small dictionary per batch must not pile up: their translations are quickly made again.
      if (this.translations.size >= 64) this.translations.clear()
      found = new Int32Array(dictionary.size).fill(-1)
      this.translations.set(dictionary, found)
    }
    return found
  }

  /** The code of a byte string, new or not. */
  intern(bytes: Uint8Array, start: number, length: number): number {
    const mask = this.table.length - 1
    let slot = hash(bytes, start, length) & mask
    for (;;) {
      const code = this.table[slot]!
      if (code < 0) break
      if (
        this.lengths[code] === length &&
        same(this.plain.bytes, this.starts[code]!, bytes, start, length)
      ) return code
      slot = (slot + 1) & mask
    }
    const code = this.append(bytes, start, length)
    this.table[slot] = code
    if (this.size * 2 > this.table.length) this.rehash()
    return code
  }

  private append(bytes: Uint8Array, start: number, length: number): number {
    const code = this.size++
    if (code === this.starts.length) {
      this.starts = grown(this.starts)
      this.lengths = grown(this.lengths)
    }
    appendPrefixed(this.plain, bytes, start, length)
    this.starts[code] = this.plain.length - length
    this.lengths[code] = length
    return code
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2).fill(-1)
    const mask = table.length - 1
    for (let code = 0; code < this.size; code++) {
      let slot = hash(this.plain.bytes, this.starts[code]!, this.lengths[code]!) & mask
      while (table[slot]! >= 0) slot = (slot + 1) & mask
      table[slot] = code
    }
    this.table = table
  }

  /** The codes of the least and the greatest value; undefined when empty. */
  bounds(): readonly [min: number, max: number] | undefined {
    if (this.size === 0) return undefined
    let min = 0
    let max = 0
    for (let code = 1; code < this.size; code++) {
      if (this.compare(code, min) < 0) min = code
      if (this.compare(code, max) > 0) max = code
    }
    return [min, max]
  }

  private compare(a: number, b: number): number {
    const { bytes } = this.plain
    const { starts, lengths } = this
    return compareBytes(bytes, starts[a]!, lengths[a]!, bytes, starts[b]!, lengths[b]!)
  }

  /** The bytes of a value, a copy. */
  value(code: number): Uint8Array {
    const start = this.starts[code]!
    return this.plain.bytes.slice(start, start + this.lengths[code]!)
  }
}

/** Append a byte string behind its length in four bytes: the PLAIN form. */
export function appendPrefixed(
  out: GrowingBytes,
  bytes: Uint8Array,
  start: number,
  length: number
): void {
  out.reserve(length + 4)
  const target = out.bytes
  let at = out.length
  target[at] = length & 255
  target[at + 1] = (length >>> 8) & 255
  target[at + 2] = (length >>> 16) & 255
  target[at + 3] = length >>> 24
  at += 4
  if (length < 64) { for (let k = 0; k < length; k++) target[at + k] = bytes[start + k]! }
  else target.set(bytes.subarray(start, start + length), at)
  out.length = at + length
}

function grown(values: Int32Array): Int32Array {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}

function hash(bytes: Uint8Array, start: number, length: number): number {
  let value = 0x811c9dc5 ^ length
  for (let i = start, end = start + length; i < end; i++) {
    value = Math.imul(value ^ bytes[i]!, 0x01000193)
  }
  return (value ^ (value >>> 15)) >>> 0
}

function same(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number
): boolean {
  for (let k = 0; k < length; k++) if (a[aStart + k] !== b[bStart + k]) return false
  return true
}
