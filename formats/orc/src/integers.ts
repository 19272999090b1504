/**
 * Streams of integers, run by run: both versions of ORC's run-length encoding. Runs of numbers beyond 2^52 are decoded by `bigint`, all
 * others by doubles.
 */
import { Damage } from "@millrace/core/internal"
import type { ByteStream } from "./byte-stream.ts"
import { readRunV1 } from "./run-v1.ts"
import { readRunV2 } from "./run-v2.ts"
import { type Run, runMax } from "./varint.ts"

/** Where integers go: those beyond 2^52 are NaN in `values` and stand in `wide`. */
export interface Integers {
  values: Float64Array
  wide: BigInt64Array | undefined
}

/** Reads one stream of integers. */
export class IntegerReader {
  private readonly stream: ByteStream
  private readonly signed: boolean
  private readonly version: 1 | 2
  private readonly run: Run = {
    length: 0,
    values: new Float64Array(runMax),
    wide: new Array<bigint>(runMax).fill(0n),
    isWide: false
  }
  private at = 0

  constructor(stream: ByteStream, signed: boolean, version: 1 | 2) {
    this.stream = stream
    this.signed = signed
    this.version = version
  }

  private refill(): void {
    this.at = 0
    if (this.version === 2) readRunV2(this.stream, this.signed, this.run)
    else readRunV1(this.stream, this.signed, this.run)
  }

  /** The next `count` values to `out.values[0 … count)`. */
  read(count: number, out: Integers): void {
    for (let done = 0; done < count;) {
      if (this.at === this.run.length) this.refill()
      const { run, at } = this
      const part = Math.min(count - done, run.length - at)
      if (run.isWide) this.copyWide(done, part, count, out)
      else {
        const { values } = run
        for (let i = 0; i < part; i++) out.values[done + i] = values[at + i]!
      }
      this.at = at + part
      done += part
    }
  }

  private copyWide(to: number, part: number, count: number, out: Integers): void {
    for (let i = 0; i < part; i++) {
      const value = this.run.wide[this.at + i]!
      if (value >= -4503599627370496n && value <= 4503599627370496n) {
        out.values[to + i] = Number(value)
      } else {
        out.wide ??= new BigInt64Array(count)
        out.wide[to + i] = value
        out.values[to + i] = NaN
      }
    }
  }

  /** The next `count` values, none of which may be beyond a double. */
  readNarrow(count: number): Float64Array {
    const out: Integers = { values: new Float64Array(count), wide: undefined }
    this.read(count, out)
    if (out.wide !== undefined) throw new Damage("a count, length or scale is out of range")
    return out.values
  }

  skip(count: number): void {
    for (let left = count; left > 0;) {
      if (this.at === this.run.length) this.refill()
      const part = Math.min(left, this.run.length - this.at)
      this.at += part
      left -= part
    }
  }
}
