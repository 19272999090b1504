/**
 * Snappy compression (the raw block format) of one byte array. Matches are found by a hash of four bytes within blocks of
 * 64 KiB, as the format's description suggests; the output array is sized once for the worst case.
 */

const blockBytes = 65536
const hashBits = 14

/** The compressed block. Cost: one pass; two fresh arrays (table, output). */
export function snappyCompress(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + input.length + Math.ceil(input.length / 6))
  let at = 0
  let size = input.length
  while (size > 127) {
    out[at++] = (size & 127) | 128
    size >>>= 7
  }
  out[at++] = size
  const table = new Uint16Array(1 << hashBits)
  for (let from = 0; from < input.length; from += blockBytes) {
    if (from > 0) table.fill(0)
    at = compressBlock(input, from, Math.min(input.length, from + blockBytes), table, out, at)
  }
  return out.subarray(0, at)
}

function compressBlock(
  input: Uint8Array,
  from: number,
  to: number,
  table: Uint16Array,
  out: Uint8Array,
  outAt: number
): number {
  let at = outAt
  let emitted = from
  let position = from + 1
  let misses = 32
  const last = to - 15
  while (position < last) {
    const word = load(input, position)
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits)
    const candidate = from + table[slot]!
    table[slot] = position - from
    if (candidate >= position || load(input, candidate) !== word) {
      // The longer nothing matches, the larger the steps: incompressible bytes cost little.
      position += misses++ >>> 5
      continue
    }
    misses = 32
    at = literal(input, emitted, position, out, at)
    let length = 4
    while (position + length < to && input[candidate + length] === input[position + length]) {
      length++
    }
    at = copy(position - candidate, length, out, at)
    position += length
    emitted = position
    if (position < last) {
      table[Math.imul(load(input, position - 1), 0x1e35a7bd) >>> (32 - hashBits)] = position - 1 -
        from
    }
  }
  return emitted < to ? literal(input, emitted, to, out, at) : at
}

function load(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function literal(
  input: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  outAt: number
): number {
  let at = outAt
  const length = to - from
  if (length === 0) return at
  if (length <= 60) out[at++] = (length - 1) << 2
  else if (length <= 256) {
    out[at++] = 60 << 2
    out[at++] = length - 1
  } else {
    out[at++] = 61 << 2
    out[at++] = (length - 1) & 255
    out[at++] = (length - 1) >>> 8
  }
  if (length < 48) { for (let i = from; i < to; i++) out[at++] = input[i]! }
  else {
    out.set(input.subarray(from, to), at)
    at += length
  }
  return at
}

function copy(offset: number, length: number, out: Uint8Array, outAt: number): number {
  let at = outAt
  let left = length
  while (left > 0) {
    if (left < 12 && left >= 4 && offset < 2048) {
      out[at++] = 1 | ((left - 4) << 2) | ((offset >>> 8) << 5)
      out[at++] = offset & 255
      return at
    }
    const part = left > 64 ? 64 : left
    out[at++] = 2 | ((part - 1) << 2)
    out[at++] = offset & 255
    out[at++] = offset >>> 8
    left -= part
  }
  return at
}
