/**
 * A growing byte buffer and a cursor over one: the raw form of keyed state. Numbers are little-endian whatever the
 * machine's order is; runs of numbers are copied whole where the machine agrees.
 */
import { assert } from "../fault.ts"

const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Typed arrays that are written and read whole. */
export type NumberRun = Uint8Array | Int32Array | Float64Array | BigInt64Array

/** Appends to a buffer that grows by doubling. `take` gives a copy of what was written. */
export class ByteWriter {
  bytes: Uint8Array
  length: number
  private view: DataView

  constructor(capacityBytes = 256) {
    this.bytes = new Uint8Array(capacityBytes)
    this.view = new DataView(this.bytes.buffer)
    this.length = 0
  }

  private grow(more: number): number {
    const at = this.length
    const need = at + more
    if (need > this.bytes.length) {
      const grown = new Uint8Array(Math.max(need, this.bytes.length * 2))
      grown.set(this.bytes.subarray(0, at))
      this.bytes = grown
      this.view = new DataView(grown.buffer)
    }
    this.length = need
    return at
  }

  u8(value: number): void {
    const at = this.grow(1)
    this.bytes[at] = value
  }

  u32(value: number): void {
    const at = this.grow(4)
    this.view.setUint32(at, value, true)
  }

  i32(value: number): void {
    const at = this.grow(4)
    this.view.setInt32(at, value, true)
  }

  /** −0 is written as 0 and every NaN as one NaN. */
  f64(value: number): void {
    const at = this.grow(8)
    if (value === value) this.view.setFloat64(at, value + 0, true)
    else {
      this.view.setUint32(at, 0, true)
      this.view.setUint32(at + 4, 0x7ff80000, true)
    }
  }

  i64(value: bigint): void {
    const at = this.grow(8)
    this.view.setBigInt64(at, value, true)
  }

  /** A number with |value| ≤ 2^53 as a 64-bit integer. */
  i64OfNumber(value: number): void {
    const at = this.grow(8)
    this.view.setInt32(at, value | 0, true)
    this.view.setInt32(at + 4, Math.floor(value / 4294967296) | 0, true)
  }

  raw(bytes: Uint8Array, start: number, length: number): void {
    const at = this.grow(length)
    for (let i = 0; i < length; i++) this.bytes[at + i] = bytes[start + i]!
  }

  /** The elements of a typed array, without their number. */
  run(values: NumberRun): void {
    const at = this.grow(values.byteLength)
    this.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    if (!littleEndian) swap(this.bytes, at, values.byteLength, values.BYTES_PER_ELEMENT)
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

/** Reads what {@link ByteWriter} wrote. Reading past the end is a broken invariant. */
export class ByteReader {
  readonly bytes: Uint8Array
  at: number
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.at = 0
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  private skip(count: number): number {
    const at = this.at
    assert(at + count <= this.bytes.length, "keyed state is read within its bytes")
    this.at = at + count
    return at
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true)
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true)
  }

  f64(): number {
    return this.view.getFloat64(this.skip(8), true)
  }

  i64(): bigint {
    return this.view.getBigInt64(this.skip(8), true)
  }

  /** A copy of `length` bytes. */
  raw(length: number): Uint8Array {
    const at = this.skip(length)
    return this.bytes.slice(at, at + length)
  }

  /** Fills a typed array. */
  run<A extends NumberRun>(into: A): A {
    const at = this.skip(into.byteLength)
    const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
    target.set(this.bytes.subarray(at, at + into.byteLength))
    if (!littleEndian) swap(target, 0, target.length, into.BYTES_PER_ELEMENT)
    return into
  }
}

function swap(bytes: Uint8Array, from: number, length: number, width: number): void {
  for (let at = from; at < from + length; at += width) bytes.subarray(at, at + width).reverse()
}
