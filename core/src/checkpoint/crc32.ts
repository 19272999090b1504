/** CRC-32 (IEEE 802.3, as in gzip): finds every change of up to 32 bits in a row, which is what flips and torn writes make. */

/** Eight tables of 256 words, so that the loop takes eight bytes a turn. Constant once made. */
const tables: Int32Array = makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let i = 0; i < 256; i++) {
    let c = i
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
    made[i] = c
  }
  for (let i = 256; i < 8 * 256; i++) {
    const before = made[i - 256]!
    made[i] = (before >>> 8) ^ made[before & 255]!
  }
  return made
}

/**
 * The checksum of `bytes`, going on from `before` (0 to begin).
 *
 * **Units** an unsigned 32-bit number. **Cost** about 1 GB/s, no allocation. Never fails.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const t = tables
  let c = ~before
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low = c ^
      (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
    c = t[1792 + (low & 255)]! ^ t[1536 + ((low >>> 8) & 255)]! ^
      t[1280 + ((low >>> 16) & 255)]! ^ t[1024 + (low >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^ t[512 + bytes[i + 5]!]! ^ t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t[(c ^ bytes[i]!) & 255]!
  return ~c >>> 0
}
