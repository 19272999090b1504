/**
 * bzip2, undone: a stream of blocks of up to 900 kB, each sorted by what follows its bytes, moved to the front and coded by Huffman. A block
 * is decoded when all of it is there, and its checksum is compared.
 */
import { BitReader } from "./bit-reader.ts"
import { decodeSymbols } from "./bzip2-symbols.ts"

/** The most bytes that a block of the largest size has in the file, with its tables. */
export const blockBytesMax: number = 1_200_000

const crcTable: Uint32Array = makeCrcTable()

function makeCrcTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let crc = i << 24
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
    table[i] = crc
  }
  return table
}

/** What a piece of a block has at most, and a run more. */
const pieceBytes = 1 << 18

/** Decodes blocks one by one, in pieces. Throws an Error that says what is damaged. */
export class Bunzip {
  private readonly bits: BitReader = new BitReader()
  /** Bytes of a block before its runs are expanded; 0: a stream begins next. */
  private blockSize = 0
  /** Of the block at hand: its entries in order of what follows, how many are to come, the next one. */
  private sorted: Uint32Array = new Uint32Array(0)
  private coming = 0
  private place = 0
  /** The last byte and how often it came, up to four times; the checksum told and that of what came out. */
  private last = -1
  private equal = 0
  private told = 0
  private crc = -1

  /** Bytes that were given and not used yet. */
  get waiting(): number {
    return this.bits.left
  }

  /** Whether the file may end here. */
  get between(): boolean {
    return this.blockSize === 0
  }

  /** Give the next bytes of the file. */
  push(bytes: Uint8Array): void {
    this.bits.push(bytes)
  }

  /** Whether the rest of a block is to come, for which nothing more need be given. */
  get within(): boolean {
    return this.coming > 0
  }

  /** The next bytes; undefined: there are none, and the file may end here. All of the block must have been given. */
  next(): Uint8Array | undefined {
    const { bits } = this
    for (;;) {
      if (this.coming > 0) return this.piece()
      if (this.blockSize === 0) {
        if (bits.left === 0) return undefined
        this.begin()
      }
      const high = bits.read(24), low = bits.read(24)
      if (high === 0x314159 && low === 0x265359) {
        this.block()
        continue
      }
      if (high !== 0x177245 || low !== 0x385090) {
        throw new Error("a block does not begin as one does")
      }
      // the checksum of all blocks: each has been compared on its own
      bits.read(16)
      bits.read(16)
      bits.align()
      this.blockSize = 0
    }
  }

  private begin(): void {
    const { bits } = this
    const mark = bits.read(24)
    const level = bits.read(8) - 48
    if (mark !== 0x425a68 || level < 1 || level > 9) throw new Error("it does not begin with BZh")
    this.blockSize = level * 100_000
  }

  private block(): void {
    const { bits, blockSize } = this
    this.told = (bits.read(16) << 16) | bits.read(16)
    if (bits.read(1) === 1) {
      throw new Error("a block is randomised, as no bzip2 has written since 1997")
    }
    const first = bits.read(24)
    if (this.sorted.length !== blockSize) this.sorted = new Uint32Array(blockSize)
    const counts = new Int32Array(256)
    const length = decodeSymbols(bits, this.sorted, counts)
    if (length === 0 || first >= length) throw new Error("a block begins beyond its end")
    unsort(this.sorted, counts, length)
    this.coming = length
    this.place = this.sorted[first]! >>> 8
    this.last = -1
    this.equal = 0
    this.crc = -1
  }

  /** The next bytes of the block: four equal bytes are followed by how many more of them there are. */
  private piece(): Uint8Array {
    const { sorted } = this
    const out = new Uint8Array(pieceBytes + 255)
    let { place, last, equal, coming } = this
    let size = 0
    while (coming > 0 && size < pieceBytes) {
      const entry = sorted[place]!
      const byte = entry & 255
      place = entry >>> 8
      coming--
      if (equal === 4) {
        out.fill(last, size, size + byte)
        size += byte
        equal = 0
        last = -1
        continue
      }
      out[size++] = byte
      equal = byte === last ? equal + 1 : 1
      last = byte
    }
    this.place = place
    this.last = last
    this.equal = equal
    this.coming = coming
    this.crc = checksum(this.crc, out, size)
    if (coming === 0 && ~this.crc !== this.told) {
      throw new Error("a block does not match its checksum")
    }
    return out.subarray(0, size)
  }
}

/** Above its byte, each entry gets the place of the one that follows it. */
function unsort(sorted: Uint32Array, counts: Int32Array, length: number): void {
  const starts = new Int32Array(256)
  for (let i = 1; i < 256; i++) starts[i] = starts[i - 1]! + counts[i - 1]!
  for (let i = 0; i < length; i++) {
    const byte = sorted[i]! & 255
    const at = starts[byte]!++
    sorted[at] = (sorted[at]! & 255) | (i << 8)
  }
}

function checksum(before: number, bytes: Uint8Array, length: number): number {
  let crc = before
  for (let i = 0; i < length; i++) crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ bytes[i]!]!
  return crc
}
