/**
 * Values of a column as PLAIN bytes, in one loop per physical type. NULL rows are left out. Least and greatest values are kept
 * where that is cheap.
 */
import type { Column } from "@millrace/core/internal"
import { FileValueFault } from "@millrace/core/internal"
import type { Leaf } from "./file-schema.ts"
import type { GrowingBytes } from "./growing-bytes.ts"
import type { Zone } from "./zone.ts"

/** Bounds of a chunk; `usable` ends when a value has no order (NaN). */
export interface Bounds {
  min: number | bigint
  max: number | bigint
  usable: boolean
}

/** Append rows `from … to)` of the column. */
export type ValueEncoder = (
  out: GrowingBytes,
  column: Column,
  from: number,
  to: number,
  bounds: Bounds
) => void

/** Fresh bounds, wider than any value. */
export function makeBounds(): Bounds {
  return { min: Infinity, max: -Infinity, usable: true }
}

/** The encoder of a leaf that is not text. `zone`: turns wall-clock time into instants for INT96, undefined in UTC. */
export function valueEncoder(leaf: Leaf, zone: Zone | undefined): ValueEncoder {
  const { element, type } = leaf
  if (type.kind === "DECIMAL") return decimals(element.type_length!)
  if (element.type === "INT96") return int96(type.kind === "TIMESTAMP" ? zone : undefined)
  if (element.type === "BOOLEAN") return booleans
  if (element.type === "INT32") return ints
  if (element.type === "FLOAT") return floats
  if (element.type === "DOUBLE") return doubles
  const logical = element.logical_type
  return logical?.type === "TIMESTAMP" ? timestamps(logical.unit, leaf) : longs
}

/** One byte per value; packed to bits when the page is closed. */
function booleans(out: GrowingBytes, column: Column, from: number, to: number): void {
  const values = column.values as Uint8Array
  const nulls = column.nulls
  out.reserve(to - from)
  for (let i = from; i < to; i++) {
    if (nulls === undefined || nulls[i] === 0) out.bytes[out.length++] = values[i]!
  }
}

function ints(out: GrowingBytes, column: Column, from: number, to: number, bounds: Bounds): void {
  const values = column.values as Int32Array
  const nulls = column.nulls
  out.reserve((to - from) * 4)
  const target = new Int32Array(out.bytes.buffer, 0, out.bytes.length >> 2)
  let at = out.length >> 2
  let min = bounds.min as number
  let max = bounds.max as number
  for (let i = from; i < to; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue
    const value = values[i]!
    target[at++] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  out.length = at << 2
  bounds.min = min
  bounds.max = max
}

function floats(out: GrowingBytes, column: Column, from: number, to: number, bounds: Bounds): void {
  out.reserve((to - from) * 4)
  const target = new Float32Array(out.bytes.buffer, 0, out.bytes.length >> 2)
  out.length = appendFloats(target, out.length >> 2, column, from, to, bounds) << 2
}

function doubles(
  out: GrowingBytes,
  column: Column,
  from: number,
  to: number,
  bounds: Bounds
): void {
  out.reserve((to - from) * 8)
  const target = new Float64Array(out.bytes.buffer, 0, out.bytes.length >> 3)
  out.length = appendFloats(target, out.length >> 3, column, from, to, bounds) << 3
}

function appendFloats(
  target: Float32Array | Float64Array,
  at: number,
  column: Column,
  from: number,
  to: number,
  bounds: Bounds
): number {
  const values = column.values as Float64Array
  const nulls = column.nulls
  let min = bounds.min as number
  let max = bounds.max as number
  let p = at
  let broken = false
  for (let i = from; i < to; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue
    const value = values[i]!
    target[p] = value
    const stored = target[p++]!
    if (stored < min) min = stored
    if (stored > max) max = stored
    if (stored !== stored) broken = true
  }
  bounds.min = min
  bounds.max = max
  if (broken) bounds.usable = false
  return p
}

function longs(out: GrowingBytes, column: Column, from: number, to: number, bounds: Bounds): void {
  out.reserve((to - from) * 8)
  if (column.values instanceof BigInt64Array) {
    return wideLongs(out, column, column.values, from, to, bounds)
  }
  const values = column.values as Float64Array
  const nulls = column.nulls
  const target = new Int32Array(out.bytes.buffer, 0, out.bytes.length >> 2)
  let at = out.length >> 2
  let min = bounds.min
  let max = bounds.max
  for (let i = from; i < to; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue
    const value = values[i]!
    target[at] = value
    // A store into an Int32Array keeps the value modulo 2^32: the low word of the two's complement.
    target[at + 1] = Math.floor(value / 4294967296)
    at += 2
    if (value < min) min = value
    if (value > max) max = value
  }
  out.length = at << 2
  bounds.min = min
  bounds.max = max
}

function wideLongs(
  out: GrowingBytes,
  column: Column,
  values: BigInt64Array,
  from: number,
  to: number,
  bounds: Bounds
): void {
  const nulls = column.nulls
  const target = new BigInt64Array(out.bytes.buffer, 0, out.bytes.length >> 3)
  let at = out.length >> 3
  for (let i = from; i < to; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue
    const value = values[i]!
    target[at++] = value
    if (value < bounds.min) bounds.min = value
    if (value > bounds.max) bounds.max = value
  }
  out.length = at << 3
}

/** The magnitude of millis whose nanos fit 64 bits: the years 1677 to 2262. */
const nanosMillisMax = 9223372036853

function timestamps(unit: "MILLIS" | "MICROS" | "NANOS", leaf: Leaf): ValueEncoder {
  const perMilli = unit === "MILLIS" ? 1 : unit === "MICROS" ? 1000 : 1000000
  const nanosPerUnit = 1000000 / perMilli
  return (out, column, from, to, bounds) => {
    const millis = column.values as Float64Array
    const { nulls, nanos } = column
    const fine = column.layout === "ts9" && perMilli > 1
    out.reserve((to - from) * 8)
    const target = new Int32Array(out.bytes.buffer, 0, out.bytes.length >> 2)
    let at = out.length >> 2
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      const value = millis[i]!
      if (unit === "NANOS" && (value > nanosMillisMax || value < -nanosMillisMax)) {
        throw beyondNanos(leaf)
      }
      const units = fine ? Math.floor(nanos[i]! / nanosPerUnit) : 0
      at = putProduct(target, at, value, perMilli, units)
      if (value < bounds.min) bounds.min = value
      if (value > bounds.max) bounds.max = value
    }
    out.length = at << 2
    // Bounds are kept in millis, which finer values do not meet.
    if (fine) bounds.usable = false
  }
}

function beyondNanos(leaf: Leaf): FileValueFault {
  return new FileValueFault({
    column: leaf.path.join("."),
    wanted: "INT64 nanoseconds",
    detail:
      "a timestamp lies beyond the years 1677 to 2262. Set 'parquet.timestamp.time.unit' to micros"
  })
}

/** Store `value * factor + rest` as two words, exactly: the product is taken word by word. */
function putProduct(
  target: Int32Array,
  at: number,
  value: number,
  factor: number,
  rest: number
): number {
  const high = Math.floor(value / 4294967296)
  const low = value - high * 4294967296
  const lowProduct = low * factor + rest
  const carry = Math.floor(lowProduct / 4294967296)
  target[at] = lowProduct - carry * 4294967296
  target[at + 1] = high * factor + carry
  return at + 2
}

const dayMillis = 86400000
const julianEpochDay = 2440588

function int96(zone: Zone | undefined): ValueEncoder {
  return (out, column, from, to) => {
    const millis = column.values as Float64Array
    const { nulls, nanos } = column
    const fine = column.layout === "ts9"
    out.reserve((to - from) * 12)
    const target = new Int32Array(out.bytes.buffer, 0, out.bytes.length >> 2)
    let at = out.length >> 2
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      const value = zone === undefined ? millis[i]! : zone.toInstant(millis[i]!)
      const day = Math.floor(value / dayMillis)
      at = putProduct(target, at, value - day * dayMillis, 1000000, fine ? nanos[i]! : 0)
      target[at++] = day + julianEpochDay
    }
    out.length = at << 2
  }
}

function decimals(width: number): ValueEncoder {
  return (out, column, from, to) => {
    const { nulls, values } = column
    const narrow = values instanceof Float64Array
    out.reserve((to - from) * width)
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      if (narrow) putNarrow(out.bytes, out.length, width, values[i]!)
      else putWide(out.bytes, out.length, width, (values as BigInt64Array)[i]!)
      out.length += width
    }
  }
}

function putNarrow(bytes: Uint8Array, at: number, width: number, value: number): void {
  let left = value
  for (let k = at + width - 1; k >= at; k--) {
    const next = Math.floor(left / 256)
    bytes[k] = left - next * 256
    left = next
  }
}

function putWide(bytes: Uint8Array, at: number, width: number, value: bigint): void {
  let left = value
  for (let k = at + width - 1; k >= at; k--) {
    bytes[k] = Number(left & 255n)
    left >>= 8n
  }
}
