/**
 * Integers in runs of version 2: repeats and sequences with a fixed step as such, all else packed with as many bits as the largest of a
 * run needs. Patched bases are read and not written.
 */
import { GrowingBytes, writeByte } from "@millrace/core/internal"
import { writeVarint, writeWideVarint } from "./protobuf-write.ts"
import { narrowMax, runMax } from "./varint.ts"

const widths = [26, 28, 30, 32, 40, 48, 56, 64]
/** A sequence with a step is worth a run of its own from this length on, a repeat from three. */
const stepRun = 8

/** Writes one stream of integers. `out` holds what is encoded; {@link IntegerWriter.finish} encodes the rest. */
export class IntegerWriter {
  readonly out: GrowingBytes = new GrowingBytes(1024)
  private readonly signed: boolean
  private readonly values = new Float64Array(runMax)
  /** Where values beyond 2^52 stand; NaN marks them in `values`. */
  private readonly wide = new Array<bigint>(runMax).fill(0n)
  private anyWide = false
  private count = 0

  constructor(signed: boolean) {
    this.signed = signed
  }

  /** Append a value of magnitude ≤ 2^52; not negative when the stream is unsigned. */
  add(value: number): void {
    this.values[this.count++] = value
    if (this.count === runMax) this.flush()
  }

  /** Append any value; a negative one of an unsigned stream stands as its 64 bits. */
  addWide(value: bigint): void {
    const fits = value >= (this.signed ? -4503599627370496n : 0n) && value <= 4503599627370496n
    if (fits) return this.add(Number(value))
    this.wide[this.count] = value
    this.anyWide = true
    this.add(NaN)
  }

  /** Encode what is held and give all; the writer is empty then. */
  finish(): Uint8Array {
    this.flush()
    const bytes = this.out.view().slice()
    this.out.length = 0
    return bytes
  }

  private flush(): void {
    const { count, values } = this
    this.count = 0
    if (count === 0) return
    if (this.anyWide) {
      this.anyWide = false
      return this.packWide(count)
    }
    let literals = 0
    for (let at = 0; at < count;) {
      const length = this.runAt(at, count)
      const step = length > 1 ? values[at + 1]! - values[at]! : 0
      if (length < (step === 0 ? 3 : stepRun)) {
        // a run's last value may begin the next one
        at += Math.max(1, length - 1)
        continue
      }
      this.pack(literals, at)
      this.step(at, length, step)
      at += length
      literals = at
    }
    this.pack(literals, count)
  }

  /** The length of the sequence with a fixed step that begins at `at`. */
  private runAt(at: number, count: number): number {
    const { values } = this
    if (at + 1 >= count) return 1
    const step = values[at + 1]! - values[at]!
    let end = at + 2
    while (end < count && values[end]! - values[end - 1]! === step) end++
    return end - at
  }

  private zigzag(value: number): number {
    return !this.signed ? value : value >= 0 ? value * 2 : -value * 2 - 1
  }

  private step(at: number, length: number, step: number): void {
    const { out } = this
    const first = this.zigzag(this.values[at]!)
    if (step === 0 && length <= 10) {
      let bytes = 1
      while (first >= 256 ** bytes) bytes++
      writeByte(out, ((bytes - 1) << 3) | (length - 3))
      for (let i = bytes - 1; i >= 0; i--) writeByte(out, Math.floor(first / 256 ** i) % 256)
      return
    }
    writeByte(out, 0xc0 | ((length - 1) >>> 8))
    writeByte(out, (length - 1) & 255)
    writeVarint(out, first)
    writeVarint(out, step >= 0 ? step * 2 : -step * 2 - 1)
  }

  /** Values `from … to)` as one packed run. */
  private pack(from: number, to: number): void {
    if (from === to) return
    const { out, values } = this
    let largest = 0
    for (let i = from; i < to; i++) {
      const value = values[i] = this.zigzag(values[i]!)
      if (value > largest) largest = value
    }
    const width = widthFor(largest)
    this.header(width, to - from)
    let byte = 0, free = 8
    for (let i = from; i < to; i++) {
      const value = values[i]!
      let left = width
      while (left > 0) {
        const part = Math.min(left, free)
        const bits = Math.floor(value / 2 ** (left - part)) % (1 << part)
        byte |= bits << (free - part)
        free -= part
        left -= part
        if (free > 0) continue
        writeByte(out, byte)
        byte = 0
        free = 8
      }
    }
    if (free < 8) writeByte(out, byte)
  }

  private header(width: number, count: number): void {
    const code = width <= 24 ? width - 1 : 24 + widths.indexOf(width)
    writeByte(this.out, 0x40 | (code << 1) | ((count - 1) >>> 8))
    writeByte(this.out, (count - 1) & 255)
  }

  private packWide(count: number): void {
    this.header(64, count)
    for (let i = 0; i < count; i++) {
      const small = this.values[i]!
      const value = small === small ? BigInt(small) : this.wide[i]!
      const raw = this.signed
        ? value >= 0n ? value << 1n : (-value << 1n) - 1n
        : BigInt.asUintN(64, value)
      for (let shift = 56n; shift >= 0n; shift -= 8n) {
        writeByte(this.out, Number((raw >> shift) & 255n))
      }
    }
  }
}

function widthFor(largest: number): number {
  let bits = 1
  while (largest >= 2 ** bits) bits++
  return bits <= 24 ? bits : widths.find((width) => width >= bits)!
}

/** Append an unbounded zigzag varint: the digits of a decimal. */
export function writeDecimalVarint(out: GrowingBytes, value: number | bigint): void {
  if (typeof value === "number" && Math.abs(value) <= narrowMax / 2) {
    writeVarint(out, value >= 0 ? value * 2 : -value * 2 - 1)
  } else {
    const exact = BigInt(value)
    writeWideVarint(out, exact >= 0n ? exact << 1n : (-exact << 1n) - 1n)
  }
}
