/**
 * Timestamps and times of a file into epoch millis and nanos of the milli. 64-bit units are split into two words and divided
 * word by word, which is exact in doubles as long as the millis themselves are.
 */
import { Column, Damage } from "@millrace/core/internal"
import { aligned, pairs, type PlainDecoder } from "./plain.ts"
import type { Zone } from "./zone.ts"

/** Units of an INT64 time or timestamp. */
export type TimeUnit = "MILLIS" | "MICROS" | "NANOS"

/** What a timestamp column is decoded for. `zone` turns an instant into wall-clock time; undefined: taken as it is. */
export interface TimestampTarget {
  readonly precision: number
  readonly zone: Zone | undefined
}

interface Times {
  readonly millis: Float64Array
  /** Undefined when the target has no room for them. */
  readonly nanos: Int32Array | undefined
}

/** INT64 timestamps of a unit. */
export function plainTimestamps(unit: TimeUnit, target: TimestampTarget): PlainDecoder {
  const perMilli = unit === "MILLIS" ? 1 : unit === "MICROS" ? 1000 : 1000000
  return (bytes, at, end, count) => {
    const source = pairs(bytes, at, end, count)
    const millis = new Float64Array(count)
    const nanos = target.precision > 3 ? new Int32Array(count) : undefined
    if (unit === "MILLIS") wholeMillis(source, millis, count)
    else if (nanos === undefined) divide(source, millis, count, perMilli)
    else divideWithRest(source, millis, nanos, count, perMilli)
    return finish({ millis, nanos }, target)
  }
}

function wholeMillis(source: Int32Array, millis: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) {
    millis[i] = source[2 * i + 1]! * 4294967296 + (source[2 * i]! >>> 0)
  }
}

function divide(source: Int32Array, millis: Float64Array, count: number, perMilli: number): void {
  const whole = Math.floor(4294967296 / perMilli)
  const part = 4294967296 % perMilli
  for (let i = 0; i < count; i++) {
    const high = source[2 * i + 1]!
    millis[i] = high * whole + Math.floor((high * part + (source[2 * i]! >>> 0)) / perMilli)
  }
}

function divideWithRest(
  source: Int32Array,
  millis: Float64Array,
  nanos: Int32Array,
  count: number,
  perMilli: number
): void {
  const whole = Math.floor(4294967296 / perMilli)
  const part = 4294967296 % perMilli
  const nanosPerUnit = 1000000 / perMilli
  for (let i = 0; i < count; i++) {
    const high = source[2 * i + 1]!
    const rest = high * part + (source[2 * i]! >>> 0)
    const quotient = Math.floor(rest / perMilli)
    millis[i] = high * whole + quotient
    nanos[i] = (rest - quotient * perMilli) * nanosPerUnit
  }
}

const julianEpochDay = 2440588
const dayMillis = 86400000

/** INT96: nanos of the day (8 bytes), then the Julian day (4 bytes). */
export function plainInt96(target: TimestampTarget): PlainDecoder {
  return (bytes, at, end, count) => {
    const view = aligned(bytes, at, end, count * 12)
    const source = new Int32Array(view.buffer, view.byteOffset, count * 3)
    const millis = new Float64Array(count)
    const nanos = target.precision > 3 ? new Int32Array(count) : undefined
    for (let i = 0; i < count; i++) {
      const high = source[3 * i + 1]!
      if (high < 0 || high > 20116) {
        throw new Damage("an INT96 timestamp has more nanoseconds than a day")
      }
      const ofDay = high * 4294967296 + (source[3 * i]! >>> 0)
      const milliOfDay = Math.floor(ofDay / 1000000)
      millis[i] = (source[3 * i + 2]! - julianEpochDay) * dayMillis + milliOfDay
      if (nanos !== undefined) nanos[i] = ofDay - milliOfDay * 1000000
    }
    return finish({ millis, nanos }, target)
  }
}

function finish(times: Times, target: TimestampTarget): Column {
  const { millis, nanos } = times
  const rows = millis.length
  if (target.zone !== undefined) {
    for (let i = 0; i < rows; i++) millis[i] = target.zone.toWall(millis[i]!)
  }
  if (target.precision < 3) truncateMillis(millis, 10 ** (3 - target.precision))
  if (nanos === undefined) return new Column({ layout: "f64", rows, values: millis })
  if (target.precision < 9) truncateNanos(nanos, 10 ** (9 - target.precision))
  return new Column({ layout: "ts9", rows, values: millis, nanos })
}

function truncateMillis(millis: Float64Array, step: number): void {
  for (let i = 0; i < millis.length; i++) millis[i] = Math.floor(millis[i]! / step) * step
}

function truncateNanos(nanos: Int32Array, step: number): void {
  for (let i = 0; i < nanos.length; i++) nanos[i] = nanos[i]! - nanos[i]! % step
}

/** INT64 micros or nanos of the day into TIME in millis. */
export function plainTimes(unit: TimeUnit): PlainDecoder {
  const perMilli = unit === "MICROS" ? 1000 : 1000000
  return (bytes, at, end, count) => {
    const source = pairs(bytes, at, end, count)
    const values = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      const ofDay = source[2 * i + 1]! * 4294967296 + (source[2 * i]! >>> 0)
      if (ofDay < 0 || ofDay >= dayMillis * perMilli) throw new Damage("a time is beyond its day")
      values[i] = Math.floor(ofDay / perMilli)
    }
    return new Column({ layout: "i32", rows: count, values })
  }
}
