/** Varints of a stream as doubles, and as `bigint` where a double does not hold them; what a run of such numbers is. */
import type { ByteStream } from "./byte-stream.ts"
import { Damage } from "@millrace/core/internal"

/** The largest magnitude that stands in a double here. */
export const narrowMax: number = 2 ** 52

/** The longest run. */
export const runMax = 512

/** A decoded run. */
export interface Run {
  length: number
  readonly values: Float64Array
  /** When `isWide`: the values instead. */
  readonly wide: Array<bigint>
  isWide: boolean
}

/** A varint, or NaN for one that a double does not hold: `wideVarint` has read it then. */
export class Varint {
  wide = 0n

  /** `signed`: zigzag. */
  read(stream: ByteStream, signed: boolean): number {
    let value = 0
    let unit = 1
    for (let i = 0; i < 7; i++) {
      const byte = stream.byte()
      value += (byte & 127) * unit
      if (byte < 128) {
        return !signed ? value : value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      unit *= 128
    }
    return this.readWide(stream, signed, BigInt(value))
  }

  private readWide(stream: ByteStream, signed: boolean, low: bigint): number {
    let value = low
    for (let shift = 49n;; shift += 7n) {
      // decimals have up to 127 bits
      if (shift > 140n) throw new Damage("a number is too long")
      const byte = stream.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) break
    }
    this.wide = !signed ? value : (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n)
    return this.wide >= -4503599627370496n && this.wide <= 4503599627370496n
      ? Number(this.wide)
      : NaN
  }
}
