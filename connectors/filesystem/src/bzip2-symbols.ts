/** The coded part of a bzip2 block: Huffman codes that change every fifty symbols, moves to the front, runs of the byte in front. */
import type { BitReader } from "./bit-reader.ts"

const symbolsPerTable = 50
const lengthMax = 20

/** A Huffman table: by length, the least code, the greatest, and where their symbols stand. */
interface Table {
  readonly least: Int32Array
  readonly most: Int32Array
  readonly from: Int32Array
  readonly symbols: Int32Array
}

/** The bytes of a block to `out`, in sorted order, with how often each occurs; answers how many. */
export function decodeSymbols(bits: BitReader, out: Uint32Array, counts: Int32Array): number {
  const front = usedBytes(bits)
  const tableCount = bits.read(3)
  if (tableCount < 2 || tableCount > 6) throw new Error(`a block has ${tableCount} tables`)
  const selectors = readSelectors(bits, tableCount)
  const size = front.length + 2
  const tables = Array.from({ length: tableCount }, () => readTable(bits, size))
  let length = 0
  let run = 0
  let unit = 1
  for (let i = 0;; i++) {
    const selector = selectors[Math.floor(i / symbolsPerTable)]
    if (selector === undefined) throw new Error("a block has more symbols than it tells tables for")
    const symbol = readSymbol(bits, tables[selector]!)
    if (symbol <= 1) {
      // the length of a run in digits 1 and 2
      run += unit << symbol
      unit *= 2
      if (run > out.length) throw new Error("a run is longer than its block")
      continue
    }
    if (run > 0) {
      length = fill(out, counts, front[0]!, length, run)
      run = 0
      unit = 1
    }
    if (symbol === size - 1) return length
    const byte = front[symbol - 1]!
    front.copyWithin(1, 0, symbol - 1)
    front[0] = byte
    length = fill(out, counts, byte, length, 1)
  }
}

function fill(
  out: Uint32Array,
  counts: Int32Array,
  byte: number,
  from: number,
  count: number
): number {
  const to = from + count
  if (to > out.length) throw new Error("a block is longer than its stream tells")
  out.fill(byte, from, to)
  counts[byte]! += count
  return to
}

/** The bytes that occur, ascending. */
function usedBytes(bits: BitReader): Uint8Array {
  const groups = bits.read(16)
  const used: Array<number> = []
  for (let group = 0; group < 16; group++) {
    if (((groups >>> (15 - group)) & 1) === 0) continue
    const members = bits.read(16)
    for (let i = 0; i < 16; i++) if (((members >>> (15 - i)) & 1) === 1) used.push(group * 16 + i)
  }
  if (used.length === 0) throw new Error("a block uses no byte")
  return Uint8Array.from(used)
}

function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.read(15)
  if (count === 0) throw new Error("a block tells no tables")
  const front = Uint8Array.from({ length: tableCount }, (_, i) => i)
  const selectors = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    let place = 0
    while (bits.read(1) === 1) {
      if (++place >= tableCount) throw new Error("a block names a table that it has not")
    }
    const table = front[place]!
    front.copyWithin(1, 0, place)
    front[0] = table
    selectors[i] = table
  }
  return selectors
}

function readTable(bits: BitReader, size: number): Table {
  const lengths = new Uint8Array(size)
  let length = bits.read(5)
  for (let i = 0; i < size; i++) {
    for (;;) {
      if (length < 1 || length > lengthMax) throw new Error(`a code has ${length} bits`)
      if (bits.read(1) === 0) break
      length += bits.read(1) === 0 ? 1 : -1
    }
    lengths[i] = length
  }
  return makeTable(lengths)
}

function makeTable(lengths: Uint8Array): Table {
  const least = new Int32Array(lengthMax + 1)
  const most = new Int32Array(lengthMax + 1).fill(-1)
  const from = new Int32Array(lengthMax + 1)
  const symbols: Array<number> = []
  let code = 0
  for (let length = 1; length <= lengthMax; length++) {
    from[length] = symbols.length
    least[length] = code
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue
      symbols.push(symbol)
      most[length] = code++
    }
    code *= 2
  }
  return { least, most, from, symbols: Int32Array.from(symbols) }
}

function readSymbol(bits: BitReader, { least, most, from, symbols }: Table): number {
  const held = Math.min(lengthMax, bits.fill(lengthMax))
  const all = bits.peek(held)
  for (let length = 1; length <= held; length++) {
    const code = all >>> (held - length)
    if (code <= most[length]! && code >= least[length]!) {
      bits.pass(length)
      return symbols[from[length]! + code - least[length]!]!
    }
  }
  throw new Error(held < lengthMax ? "it ends within a block" : "a code is in no table")
}
