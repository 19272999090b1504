/**
 * Random bits as a pure function of (seed, row, stream): a source that goes on from a position gives the same values,
 * whatever its parallelism. Two rounds of a 32-bit mixer with good avalanche.
 */

/** 32 random bits for `row` (an integer up to 2^53) of stream `stream`. */
export function bits(seed: number, row: number, stream: number): number {
  let h = seed ^ Math.imul(stream + 1, 0x9e3779b1)
  h = mix(h ^ (row | 0))
  h = mix(h ^ Math.imul((row / 4294967296) | 0, 0x85ebca6b))
  return h >>> 0
}

function mix(value: number): number {
  let h = value
  h ^= h >>> 16
  h = Math.imul(h, 0x21f0aaad)
  h ^= h >>> 15
  h = Math.imul(h, 0x735a2d97)
  return h ^ (h >>> 15)
}

/** Uniform in [0, 1), 53 bits. */
export function unit(seed: number, row: number, stream: number): number {
  const high = bits(seed, row, stream * 2) >>> 5
  const low = bits(seed, row, stream * 2 + 1) >>> 6
  return (high * 67108864 + low) / 9007199254740992
}

/** Uniform 64 bits as a bigint in [0, 2^64). */
export function wide(seed: number, row: number, stream: number): bigint {
  return (BigInt(bits(seed, row, stream * 2)) << 32n) | BigInt(bits(seed, row, stream * 2 + 1))
}

/** A 32-bit hash of a text: the seed of a run. */
export function seedOf(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h)
}
