/** LZ4's raw block format, undone: sequences of literals and of copies from what was written before. */

/** The block decompressed, or undefined when it is damaged or longer than `bytesMax`. Cost: room grows with what comes out. */
export function lz4Uncompress(input: Uint8Array, bytesMax: number): Uint8Array | undefined {
  let out: Uint8Array = new Uint8Array(Math.min(bytesMax, Math.max(256, input.length * 4)))
  let size = 0
  const cursor = { at: 0 }
  while (cursor.at < input.length) {
    const token = input[cursor.at++]!
    const literals = extended(input, cursor, token >>> 4)
    if (literals > input.length - cursor.at || size + literals > bytesMax) return undefined
    out = withRoom(out, size, literals, bytesMax)
    out.set(input.subarray(cursor.at, cursor.at + literals), size)
    cursor.at += literals
    size += literals
    // the last sequence has no copy
    if (cursor.at === input.length) break
    const offset = input[cursor.at]! | (input[cursor.at + 1]! << 8)
    cursor.at += 2
    const length = extended(input, cursor, token & 15) + 4
    if (offset === 0 || offset > size || !(size + length <= bytesMax)) return undefined
    out = withRoom(out, size, length, bytesMax)
    for (let i = 0; i < length; i++, size++) out[size] = out[size - offset]!
  }
  return out.subarray(0, size)
}

/** A length of four bits, and of more bytes when they are all ones; Infinity when these are cut off. */
function extended(input: Uint8Array, cursor: { at: number }, length: number): number {
  if (length < 15) return length
  for (;;) {
    const byte = input[cursor.at++]
    if (byte === undefined) return Infinity
    length += byte
    if (byte < 255) return length
  }
}

function withRoom(out: Uint8Array, size: number, more: number, bytesMax: number): Uint8Array {
  if (size + more <= out.length) return out
  const bigger = new Uint8Array(Math.min(bytesMax, Math.max(size + more, out.length * 2)))
  bigger.set(out.subarray(0, size))
  return bigger
}
