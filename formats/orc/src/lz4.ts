/** LZ4's raw block format, undone: sequences of literals and of copies from what was written before. */
import { Damage } from "./fault.ts"

/** The block decompressed, of at most `limit` bytes. Throws {@link Damage}. */
export function lz4Uncompress(input: Uint8Array, limit: number): Uint8Array {
  let out = new Uint8Array(Math.min(limit, Math.max(256, input.length * 4)))
  let size = 0
  let at = 0
  const room = (more: number): void => {
    const wanted = size + more
    if (wanted <= out.length) return
    if (wanted > limit) throw new Damage(`an LZ4 block is larger than ${limit} bytes`)
    const bigger = new Uint8Array(Math.min(limit, Math.max(wanted, out.length * 2)))
    bigger.set(out.subarray(0, size))
    out = bigger
  }
  const extended = (length: number): number => {
    if (length < 15) return length
    for (;;) {
      const byte = input[at++]
      if (byte === undefined) throw new Damage("an LZ4 block is cut off")
      length += byte
      if (byte < 255) return length
    }
  }
  while (at < input.length) {
    const token = input[at++]!
    const literals = extended(token >>> 4)
    if (at + literals > input.length) throw new Damage("the literals of an LZ4 block are cut off")
    room(literals)
    out.set(input.subarray(at, at + literals), size)
    at += literals
    size += literals
    if (at === input.length) break
    const offset = input[at]! | (input[at + 1]! << 8)
    at += 2
    if (!(offset > 0 && offset <= size)) throw new Damage("an LZ4 copy begins before its block")
    const length = extended(token & 15) + 4
    room(length)
    for (let i = 0; i < length; i++, size++) out[size] = out[size - offset]!
  }
  return out.subarray(0, size)
}
