/**
 * Snappy (the raw block format) of one byte array, both ways. Matches are found by a hash of four bytes within blocks of
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

/** The uncompressed block, or undefined when it is damaged or claims more than `bytesMax`. */
export function snappyUncompress(input: Uint8Array, bytesMax: number): Uint8Array | undefined {
  let size = 0
  let at = 0
  for (let shift = 0;; shift += 7) {
    const byte = input[at++]
    if (byte === undefined || shift > 28) return undefined
    size += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  // A copy element of 2 bytes gives at most 64, so no valid block grows by more than 32 times.
  if (size > bytesMax || size > input.length * 32 + 64) return undefined
  const out = new Uint8Array(size)
  return expand(input, at, out) === size ? out : undefined
}

/** Runs the elements of a block; answers how many bytes came out, or -1. */
function expand(input: Uint8Array, from: number, out: Uint8Array): number {
  let at = from
  let written = 0
  while (at < input.length) {
    const tag = input[at++]!
    let length: number
    let offset = 0
    if ((tag & 3) === 0) {
      length = (tag >>> 2) + 1
      if (length > 60) {
        const more = length - 60
        length = 1
        for (let i = 0; i < more; i++) length += (input[at++] ?? 0) * 2 ** (8 * i)
      }
      if (length > out.length - written || length > input.length - at) return -1
      if (length <= 16) { for (let i = 0; i < length; i++) out[written + i] = input[at + i]! }
      else out.set(input.subarray(at, at + length), written)
      at += length
      written += length
      continue
    }
    if ((tag & 3) === 1) {
      length = ((tag >>> 2) & 7) + 4
      offset = ((tag >>> 5) << 8) | (input[at++] ?? 0)
    } else {
      length = (tag >>> 2) + 1
      for (let i = 0; i < ((tag & 3) === 2 ? 2 : 4); i++) {
        offset += (input[at++] ?? 0) * 2 ** (8 * i)
      }
    }
    if (offset === 0 || offset > written || length > out.length - written) return -1
    if (offset >= length) out.copyWithin(written, written - offset, written - offset + length)
    else for (let i = 0; i < length; i++) out[written + i] = out[written - offset + i]!
    written += length
  }
  return written
}
