/** CRC-32C (Castagnoli), eight bytes a step: the checksum of record batches. */

const tables: ReadonlyArray<Int32Array> = makeTables()

function makeTables(): ReadonlyArray<Int32Array> {
  const all = Array.from({ length: 8 }, () => new Int32Array(256))
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
    }
    all[0]![i] = value
  }
  for (let i = 0; i < 256; i++) {
    for (let t = 1; t < 8; t++) {
      const before = all[t - 1]![i]!
      all[t]![i] = (before >>> 8) ^ all[0]![before & 255]!
    }
  }
  return all
}

/** The checksum of `bytes[from … to)` as an unsigned number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const t0 = tables[0]!, t1 = tables[1]!, t2 = tables[2]!, t3 = tables[3]!
  const t4 = tables[4]!, t5 = tables[5]!, t6 = tables[6]!, t7 = tables[7]!
  let crc = -1
  let at = from
  for (const end = to - 7; at < end; at += 8) {
    const low = crc ^
      (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc = t7[low & 255]! ^ t6[(low >>> 8) & 255]! ^ t5[(low >>> 16) & 255]! ^ t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!
  return (crc ^ -1) >>> 0
}
