/** Columns of decimals, each with a scale of its own in the file, and of timestamps. */
import {
  Column,
  Damage,
  epochOfLocalMillis,
  type TimeZone,
  zoneOffsetMillis
} from "@millrace/core/internal"
import type { ByteStream } from "./byte-stream.ts"
import type { IntegerReader } from "./integers.ts"
import type { DenseReader } from "./node-reader.ts"
import { narrowMax, Varint } from "./varint.ts"

/** DECIMAL as one of `precision` and `scale`. */
export function readDecimals(
  data: ByteStream,
  scales: IntegerReader,
  precision: number,
  scale: number
): DenseReader {
  const varint = new Varint()
  const limit = 10n ** BigInt(precision)
  return {
    read: (rows) => {
      const found = scales.readNarrow(rows)
      const small = new Float64Array(rows)
      let wide: Array<bigint> | undefined
      for (let i = 0; i < rows; i++) {
        const value = varint.read(data, true)
        const up = scale - found[i]!
        const moved = up >= 0 && up < 16 ? value * 10 ** up : NaN
        if (Math.abs(moved) <= narrowMax) small[i] = moved
        else {
          wide ??= []
          wide[i] = rescaled(value === value ? BigInt(value) : varint.wide, up)
          small[i] = NaN
        }
      }
      return decimalColumn(small, wide, precision, limit)
    },
    skip: (count) => {
      scales.skip(count)
      for (let i = 0; i < count; i++) varint.read(data, true)
    }
  }
}

function rescaled(value: bigint, up: number): bigint {
  if (!(Math.abs(up) <= 100)) throw new Damage("the scale of a decimal is out of range")
  if (up >= 0) return value * 10n ** BigInt(up)
  const unit = 10n ** BigInt(-up)
  if (value % unit !== 0n) throw new Damage("a decimal has more digits than its type")
  return value / unit
}

function decimalColumn(
  small: Float64Array,
  wide: ReadonlyArray<bigint> | undefined,
  precision: number,
  limit: bigint
): Column {
  const rows = small.length
  const at = (i: number): bigint => {
    const value = small[i]!
    const exact = value === value ? BigInt(value) : wide![i]!
    if (exact >= limit || exact <= -limit) {
      throw new Damage("a decimal has more digits than its type")
    }
    return exact
  }
  if (precision > 18) {
    return new Column({ layout: "big", rows, values: Array.from(small, (_, i) => at(i)) })
  }
  if (wide === undefined) {
    const largest = Number(limit)
    for (let i = 0; i < rows; i++) {
      if (Math.abs(small[i]!) >= largest) {
        throw new Damage("a decimal has more digits than its type")
      }
    }
    return new Column({ layout: "i64", rows, values: small })
  }
  return new Column({ layout: "i64", rows, values: BigInt64Array.from(small, (_, i) => at(i)) })
}

/** Seconds since 1970 of the file's epoch, 2015. */
const epochSeconds = 1420070400

/**
 * TIMESTAMP, of which the file has the instant at which a clock of the writer's `zone` showed it (undefined: UTC), or TIMESTAMP WITH
 * LOCAL TIME ZONE.
 */
export function readTimestamps(
  data: IntegerReader,
  nanosData: IntegerReader,
  precision: number,
  zone: TimeZone | undefined
): DenseReader {
  const base = zone === undefined
    ? epochSeconds
    : epochOfLocalMillis(zone, epochSeconds * 1000) / 1000
  const step = 10 ** Math.max(0, 9 - precision)
  return {
    read: (rows) => {
      const millis = data.readNarrow(rows)
      const nanos = new Int32Array(rows)
      const packed = nanosData.readNarrow(rows)
      for (let i = 0; i < rows; i++) {
        let fraction = unpackNanos(packed[i]!)
        let seconds = millis[i]! + base
        // the seconds of times before 1970 were cut towards it; Arrow writes what is missing to them as negative nanos
        if (fraction < 0) {
          fraction += 1e9
          seconds--
        } else if (seconds < 0 && fraction > 999999) seconds--
        const exact = fraction - fraction % step
        const ofMilli = exact % 1000000
        const instant = seconds * 1000 + (exact - ofMilli) / 1000000
        millis[i] = zone === undefined ? instant : instant + zoneOffsetMillis(zone, instant)
        nanos[i] = ofMilli
      }
      return precision <= 3
        ? new Column({ layout: "f64", rows, values: millis })
        : new Column({ layout: "ts9", rows, values: millis, nanos })
    },
    skip: (count) => {
      data.skip(count)
      nanosData.skip(count)
    }
  }
}

/** Nanos of a second stand without their last zeros, whose number is in the lowest three bits. */
function unpackNanos(packed: number): number {
  const value = Math.floor(packed / 8)
  const zeros = packed - value * 8
  const nanos = zeros === 0 ? value : value * 10 ** (zeros + 1)
  if (!(Math.abs(nanos) < 1e9)) throw new Damage("a timestamp has more nanoseconds than a second")
  return nanos
}
