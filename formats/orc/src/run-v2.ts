/** Runs of version 2 of the run-length encoding: short repeats, direct, deltas, patched bases. */
import { unpack, unpackWide } from "./bit-unpack.ts"
import type { ByteStream } from "./byte-stream.ts"
import { Damage } from "@millrace/core/internal"
import { narrowMax, type Run, Varint } from "./varint.ts"

const widths = [26, 28, 30, 32, 40, 48, 56, 64]

/** The number of bits that five bits name. */
function widthOf(code: number): number {
  return code < 24 ? code + 1 : widths[code - 24]!
}

/** The least width that can be named and has `bits` bits. */
function closestWidth(bits: number): number {
  return bits <= 24 ? Math.max(1, bits) : widths.find((width) => width >= bits) ?? 64
}

/** The next run. Throws {@link Damage}. */
export function readRunV2(stream: ByteStream, signed: boolean, run: Run): void {
  const first = stream.byte()
  run.isWide = false
  switch (first >>> 6) {
    case 0:
      return readShortRepeat(stream, first, signed, run)
    case 1:
      return readDirect(stream, first, signed, run)
    case 2:
      return readPatched(stream, first, run)
    default:
      return readDelta(stream, first, signed, run)
  }
}

function zigzag(value: bigint): bigint {
  return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n)
}

function bigEndian(stream: ByteStream, bytes: number): bigint {
  let value = 0n
  for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(stream.byte())
  return value
}

function readShortRepeat(stream: ByteStream, first: number, signed: boolean, run: Run): void {
  const raw = bigEndian(stream, ((first >>> 3) & 7) + 1)
  run.length = (first & 7) + 3
  const value = BigInt.asIntN(64, signed ? zigzag(raw) : raw)
  const small = Number(value)
  if (Math.abs(small) <= narrowMax) run.values.fill(small, 0, run.length)
  else {
    run.isWide = true
    run.wide.fill(value, 0, run.length)
  }
}

function lengthOf(stream: ByteStream, first: number): number {
  return (((first & 1) << 8) | stream.byte()) + 1
}

function packedBytes(count: number, width: number): number {
  return Math.ceil(count * width / 8)
}

function readDirect(stream: ByteStream, first: number, signed: boolean, run: Run): void {
  const width = widthOf((first >>> 1) & 31)
  const length = run.length = lengthOf(stream, first)
  const bytes = stream.take(packedBytes(length, width))
  const { values, wide } = run
  if (width <= 52) {
    unpack(bytes, 0, length, width, values)
    if (!signed) return
    for (let i = 0; i < length; i++) {
      const value = values[i]!
      values[i] = value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    return
  }
  run.isWide = true
  unpackWide(bytes, 0, length, width, wide)
  for (let i = 0; i < length; i++) {
    wide[i] = BigInt.asIntN(64, signed ? zigzag(wide[i]!) : wide[i]!)
  }
}

function readDelta(stream: ByteStream, first: number, signed: boolean, run: Run): void {
  const code = (first >>> 1) & 31
  const width = code === 0 ? 0 : widthOf(code)
  const length = run.length = lengthOf(stream, first)
  const varint = new Varint()
  const base = varint.read(stream, signed)
  const wideBase = base === base ? BigInt(base) : varint.wide
  const delta = varint.read(stream, true)
  const wideDelta = delta === delta ? BigInt(delta) : varint.wide
  const bytes = stream.take(packedBytes(Math.max(0, length - 2), width))
  const reach = Math.abs(base) + Math.max(Math.abs(delta), 2 ** width) * length
  if (reach <= narrowMax) deltas(bytes, width, base, delta, run)
  else wideDeltas(bytes, width, wideBase, wideDelta, run)
}

function deltas(bytes: Uint8Array, width: number, base: number, delta: number, run: Run): void {
  const { values, length } = run
  if (width === 0) {
    for (let i = 0; i < length; i++) values[i] = base + i * delta
    return
  }
  unpack(bytes, 0, Math.max(0, length - 2), width, values)
  values.copyWithin(2, 0, Math.max(0, length - 2))
  values[0] = base
  values[1] = base + delta
  const sign = delta < 0 ? -1 : 1
  let value = base + delta
  for (let i = 2; i < length; i++) values[i] = value += sign * values[i]!
}

function wideDeltas(
  bytes: Uint8Array,
  width: number,
  base: bigint,
  delta: bigint,
  run: Run
): void {
  const { wide, length } = run
  run.isWide = true
  const steps: Array<bigint> = []
  if (width > 0) unpackWide(bytes, 0, Math.max(0, length - 2), width, steps)
  let value = base
  for (let i = 0; i < length; i++) {
    if (i === 1 || (i > 1 && width === 0)) value += delta
    else if (i > 1) value += delta < 0n ? -steps[i - 2]! : steps[i - 2]!
    wide[i] = BigInt.asIntN(64, value)
  }
}

function readPatched(stream: ByteStream, first: number, run: Run): void {
  const width = widthOf((first >>> 1) & 31)
  const length = run.length = lengthOf(stream, first)
  const third = stream.byte(), fourth = stream.byte()
  const baseBytes = (third >>> 5) + 1
  const patchWidth = widthOf(third & 31)
  const gapWidth = (fourth >>> 5) + 1
  const patches = fourth & 31
  const raw = bigEndian(stream, baseBytes)
  const sign = 1n << BigInt(baseBytes * 8 - 1)
  const base = (raw & sign) === 0n ? raw : -(raw & (sign - 1n))
  const bytes = stream.take(packedBytes(length, width))
  const entryWidth = closestWidth(patchWidth + gapWidth)
  const entries: Array<bigint> = []
  unpackWide(stream.take(packedBytes(patches, entryWidth)), 0, patches, entryWidth, entries)
  const { wide, values } = run
  unpackWide(bytes, 0, length, width, wide)
  let at = 0
  for (const entry of entries) {
    at += Number(entry >> BigInt(patchWidth))
    if (at >= length) throw new Damage("a patch is beyond its run")
    wide[at]! |= (entry & ((1n << BigInt(patchWidth)) - 1n)) << BigInt(width)
  }
  for (let i = 0; i < length; i++) {
    const value = wide[i] = BigInt.asIntN(64, wide[i]! + base)
    values[i] = Number(value)
    if (Math.abs(values[i]!) > narrowMax) run.isWide = true
  }
}
