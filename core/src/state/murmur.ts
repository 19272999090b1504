/**
 * MurmurHash3 x86 32-bit with seed 0: what key groups are computed by. Numbers are signed 32-bit throughout; the words of
 * a value are its little-endian bytes, four at a time, so `murmurWord` equals `murmurBytes` of the same four bytes.
 */

/** One block of four bytes into the running hash. */
export function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

/** The last step over `length` bytes in all. */
export function finish(hash: number, length: number): number {
  let h = hash ^ length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Hash of the four bytes of `word`. */
export function murmurWord(word: number): number {
  return finish(mixWord(0, word), 4)
}

/** Hash of eight bytes: `low` first. */
export function murmurPair(low: number, high: number): number {
  return finish(mixWord(mixWord(0, low), high), 8)
}

/** Hash of `length` bytes from `start`. Cost: one loop, no allocation. */
export function murmurBytes(bytes: Uint8Array, start: number, length: number): number {
  let h = 0
  const whole = start + (length & ~3)
  let i = start
  for (; i < whole; i += 4) {
    h = mixWord(
      h,
      bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    )
  }
  const rest = length & 3
  if (rest !== 0) {
    let k = bytes[i]!
    if (rest > 1) k |= bytes[i + 1]! << 8
    if (rest > 2) k |= bytes[i + 2]! << 16
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
  }
  return finish(h, length)
}
