/**
 * Byte strings as small ids: equal bytes have one id for as long as somebody holds it.
 *
 * Ids are counted references. An id that nobody holds keeps its bytes until half of all ids are such; then `sweep` frees them
 * at once and forgets the translations of dictionaries, so memory is bounded by twice the live strings, and the usual
 * case (a window closes, the next one has the same keys) frees and makes nothing.
 */
import { Dictionary } from "../batch/dictionary.ts"
import { murmurBytes } from "./murmur.ts"

const sweepIdsMin = 1024

/** The table of byte strings. Id `i` is `bytes[starts[i] … + lengths[i])`. */
export class Interner {
  bytes: Uint8Array
  starts: Int32Array
  lengths: Int32Array
  /** Ids were given up to this one, exclusive; freed ids among them are used again. */
  idsMax: number
  private bytesUsed: number
  private hashes: Int32Array
  private holders: Int32Array
  private index: Int32Array
  private free: Array<number>
  private idle: number
  private translations: WeakMap<Dictionary, Int32Array>
  private lastDictionary: Dictionary | undefined
  private lastTranslation: Int32Array
  private made: Dictionary | undefined
  private askedSinceMade: number

  constructor() {
    this.bytes = new Uint8Array(1024)
    this.starts = new Int32Array(64)
    this.lengths = new Int32Array(64)
    this.hashes = new Int32Array(64)
    this.holders = new Int32Array(64)
    this.index = new Int32Array(128)
    this.idsMax = 0
    this.bytesUsed = 0
    this.free = []
    this.idle = 0
    this.translations = new WeakMap()
    this.lastDictionary = undefined
    this.lastTranslation = this.index
    this.made = undefined
    this.askedSinceMade = 0
  }

  /** The id of these bytes, or −1. */
  find(bytes: Uint8Array, start: number, length: number): number {
    const mask = this.index.length - 1
    const hash = murmurBytes(bytes, start, length)
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const id = this.index[at]! - 1
      if (id < 0) return -1
      if (this.hashes[id] === hash && this.equals(id, bytes, start, length)) return id
    }
  }

  /** The id of these bytes; made when they are new, with no holder yet. */
  intern(bytes: Uint8Array, start: number, length: number): number {
    const found = this.find(bytes, start, length)
    return found >= 0 ? found : this.add(bytes, start, length)
  }

  private equals(id: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.lengths[id] !== length) return false
    const own = this.bytes
    const from = this.starts[id]!
    for (let i = 0; i < length; i++) if (own[from + i] !== bytes[start + i]) return false
    return true
  }

  private add(bytes: Uint8Array, start: number, length: number): number {
    const id = this.free.length > 0 ? this.free.pop()! : this.idsMax++
    if (id >= this.starts.length) this.growIds()
    if (this.made !== undefined && id < this.made.size) this.made = undefined
    if (this.bytesUsed + length > this.bytes.length) this.growBytes(length)
    const hash = murmurBytes(bytes, start, length)
    const from = this.bytesUsed
    for (let i = 0; i < length; i++) this.bytes[from + i] = bytes[start + i]!
    this.bytesUsed += length
    this.starts[id] = from
    this.lengths[id] = length
    this.hashes[id] = hash
    this.holders[id] = 0
    this.idle++
    if (this.idsMax * 2 > this.index.length) this.index = new Int32Array(this.index.length * 2)
    else return this.link(id)
    this.relink()
    return id
  }

  private link(id: number): number {
    const mask = this.index.length - 1
    let at = this.hashes[id]! & mask
    while (this.index[at] !== 0) at = (at + 1) & mask
    this.index[at] = id + 1
    return id
  }

  private relink(): void {
    this.index.fill(0)
    const freed = new Set(this.free)
    for (let id = 0; id < this.idsMax; id++) if (!freed.has(id)) this.link(id)
  }

  private growIds(): void {
    this.starts = grown(this.starts)
    this.lengths = grown(this.lengths)
    this.hashes = grown(this.hashes)
    this.holders = grown(this.holders)
  }

  private growBytes(more: number): void {
    const next = new Uint8Array(Math.max(this.bytes.length * 2, this.bytesUsed + more))
    next.set(this.bytes.subarray(0, this.bytesUsed))
    this.bytes = next
  }

  /** Somebody keeps `id`. */
  hold(id: number): void {
    if (this.holders[id]!++ === 0) this.idle--
  }

  /** A holder of `id` gives it up. */
  drop(id: number): void {
    if (--this.holders[id]! === 0) this.idle++
  }

  /** Frees ids without holders when they are many. Call it where no fresh, unheld id is in hand. */
  sweep(): void {
    if (this.idle < sweepIdsMin || this.idle * 2 < this.idsMax - this.free.length) return
    const old = this.bytes
    this.bytes = new Uint8Array(Math.max(1024, this.bytesUsed >>> 1))
    this.bytesUsed = 0
    const freed = new Set(this.free)
    for (let id = 0; id < this.idsMax; id++) {
      if (freed.has(id)) continue
      if (this.holders[id] === 0) {
        this.free.push(id)
        this.starts[id] = 0
        this.lengths[id] = 0
        continue
      }
      const length = this.lengths[id]!
      if (this.bytesUsed + length > this.bytes.length) this.growBytes(length)
      this.bytes.set(old.subarray(this.starts[id], this.starts[id]! + length), this.bytesUsed)
      this.starts[id] = this.bytesUsed
      this.bytesUsed += length
    }
    this.idle = 0
    this.relink()
    this.translations = new WeakMap()
    this.lastDictionary = undefined
    this.made = undefined
  }

  /** Code → id + 1 of a dictionary, 0 where not yet translated. The array is the interner's: fill it as ids are found. */
  translation(dictionary: Dictionary): Int32Array {
    if (this.lastDictionary === dictionary) return this.lastTranslation
    let translation = this.translations.get(dictionary)
    if (translation === undefined) {
      translation = new Int32Array(dictionary.size)
      this.translations.set(dictionary, translation)
    }
    this.lastDictionary = dictionary
    this.lastTranslation = translation
    return translation
  }

  /**
   * All ids as a dictionary (code = id), or undefined when it would not pay: it is made again only after as many rows were
   * asked for as it has entries. `idMax`: the greatest id that is needed.
   */
  dictionary(idMax: number, rows: number): Dictionary | undefined {
    if (this.made !== undefined && idMax < this.made.size) return this.made
    this.askedSinceMade += rows
    if (this.askedSinceMade * 4 < this.idsMax) return undefined
    this.askedSinceMade = 0
    const size = this.idsMax
    this.made = new Dictionary(
      size,
      this.bytes.slice(0, this.bytesUsed),
      this.starts.slice(0, size),
      this.lengths.slice(0, size)
    )
    return this.made
  }
}

function grown(values: Int32Array): Int32Array {
  const next = new Int32Array(values.length * 2)
  next.set(values)
  return next
}
