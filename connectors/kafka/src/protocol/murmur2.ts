/** Kafka's own variant of murmur2: which partition a key goes to, the same as with every other producer. */

const seed = 0x9747b28c | 0

/** The hash of `bytes[from … to)`, 32 bits with sign. */
export function murmur2(bytes: Uint8Array, from: number, to: number): number {
  const m = 0x5bd1e995
  const length = to - from
  let hash = seed ^ length
  let at = from
  for (const end = to - 3; at < end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, m)
    word ^= word >>> 24
    hash = Math.imul(hash, m) ^ Math.imul(word, m)
  }
  const rest = to - at
  if (rest === 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, m)
  hash ^= hash >>> 13
  hash = Math.imul(hash, m)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among `partitions`. */
export function partitionOfKey(
  bytes: Uint8Array,
  from: number,
  to: number,
  partitions: number
): number {
  return (murmur2(bytes, from, to) & 0x7fffffff) % partitions
}
