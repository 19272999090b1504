/**
 * Which decoder reads a file's column as a declared type. Only widenings are taken: what could change or lose a value is
 * refused with both types named.
 */
import type { LogicalType } from "@millrace/core/internal"
import type { SchemaElement } from "hyparquet/src/types.js"
import {
  decimalsAsBig,
  decimalsAsLongs,
  longsAsBig,
  plainBooleans,
  plainBytes,
  type PlainDecoder,
  plainDoubles,
  plainFixed,
  plainFloats,
  plainInts,
  plainIntsAsLongs,
  plainLongs,
  plainSmallInts,
  plainUintsAsLongs,
  plainUlongs
} from "./plain.ts"
import { plainInt96, plainTimes, plainTimestamps, type TimeUnit } from "./time.ts"
import type { Zone } from "./zone.ts"

type Type = LogicalType.LogicalType

/** What the annotations of a column mean, old and new form alike. */
export type Meaning =
  | { readonly kind: "none" | "text" | "bytes" | "date" | "other" }
  | { readonly kind: "int"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "time"; readonly unit: TimeUnit }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly utc: boolean }

/** Read the annotations. */
export function meaningOf(element: SchemaElement): Meaning {
  const logical = element.logical_type
  switch (logical?.type) {
    case "STRING":
    case "ENUM":
    case "JSON":
      return { kind: "text" }
    case "BSON":
    case "UUID":
      return { kind: "bytes" }
    case "DATE":
      return { kind: "date" }
    case "DECIMAL":
      return { kind: "decimal", precision: logical.precision, scale: logical.scale ?? 0 }
    case "INTEGER":
      return { kind: "int", bits: logical.bitWidth, signed: logical.isSigned }
    case "TIME":
      return { kind: "time", unit: logical.unit }
    case "TIMESTAMP":
      return { kind: "timestamp", unit: logical.unit, utc: logical.isAdjustedToUTC }
    case undefined:
      return convertedMeaning(element)
    default:
      return { kind: "other" }
  }
}

function convertedMeaning(element: SchemaElement): Meaning {
  const name = element.converted_type
  switch (name) {
    case undefined:
      return { kind: "none" }
    case "UTF8":
    case "ENUM":
    case "JSON":
      return { kind: "text" }
    case "BSON":
      return { kind: "bytes" }
    case "DATE":
      return { kind: "date" }
    case "DECIMAL":
      return { kind: "decimal", precision: element.precision ?? 0, scale: element.scale ?? 0 }
    case "TIME_MILLIS":
      return { kind: "time", unit: "MILLIS" }
    case "TIME_MICROS":
      return { kind: "time", unit: "MICROS" }
    case "TIMESTAMP_MILLIS":
      return { kind: "timestamp", unit: "MILLIS", utc: true }
    case "TIMESTAMP_MICROS":
      return { kind: "timestamp", unit: "MICROS", utc: true }
    default: {
      const match = /^(U?)INT_(\d+)$/.exec(name)
      return match === null
        ? { kind: "other" }
        : { kind: "int", bits: Number(match[2]), signed: match[1] === "" }
    }
  }
}

/** The file's type in words, for messages: `INT64 timestamp(MICROS)`. */
export function describe(element: SchemaElement): string {
  const meaning = meaningOf(element)
  const base = element.type ?? "a group"
  switch (meaning.kind) {
    case "none":
      return base
    case "int":
      return `${base} ${meaning.signed ? "int" : "uint"}(${meaning.bits})`
    case "decimal":
      return `${base} decimal(${meaning.precision}, ${meaning.scale})`
    case "time":
    case "timestamp":
      return `${base} ${meaning.kind}(${meaning.unit})`
    case "other":
      return `${base} ${element.logical_type?.type ?? element.converted_type}`
    default:
      return `${base} ${meaning.kind}`
  }
}

/** The decoder of a leaf, or undefined when the types do not fit. `zone`: of the job, undefined when conversions are in UTC. */
export function leafDecoder(
  element: SchemaElement,
  type: Type,
  zone: Zone | undefined
): PlainDecoder | undefined {
  const meaning = meaningOf(element)
  switch (type.kind) {
    case "BOOLEAN":
      return element.type === "BOOLEAN" ? plainBooleans : undefined
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return integerDecoder(element, meaning, type.kind)
    case "FLOAT":
      return element.type === "FLOAT" ? plainFloats : undefined
    case "DOUBLE":
      return element.type === "DOUBLE"
        ? plainDoubles
        : element.type === "FLOAT"
        ? plainFloats
        : undefined
    case "DATE":
      return element.type === "INT32" && (meaning.kind === "date" || meaning.kind === "none")
        ? plainInts
        : undefined
    case "TIME":
      if (meaning.kind !== "time") return undefined
      if (element.type === "INT32") return plainInts
      return element.type === "INT64" && meaning.unit !== "MILLIS"
        ? plainTimes(meaning.unit)
        : undefined
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return timestampDecoder(element, meaning, type, zone)
    case "DECIMAL":
      return decimalDecoder(element, meaning, type)
    case "CHAR":
    case "VARCHAR":
      if (element.type !== "BYTE_ARRAY") return undefined
      return meaning.kind === "text" || meaning.kind === "none" ? plainBytes : undefined
    case "BINARY":
    case "VARBINARY":
      if (meaning.kind === "decimal") return undefined
      return bytesDecoder(element)
    default:
      return undefined
  }
}

function bytesDecoder(element: SchemaElement): PlainDecoder | undefined {
  if (element.type === "BYTE_ARRAY") return plainBytes
  const width = element.type_length
  return element.type === "FIXED_LEN_BYTE_ARRAY" && width !== undefined && width > 0
    ? plainFixed(width)
    : undefined
}

type IntegerKind = "TINYINT" | "SMALLINT" | "INT" | "BIGINT"

function integerDecoder(
  element: SchemaElement,
  meaning: Meaning,
  kind: IntegerKind
): PlainDecoder | undefined {
  if (meaning.kind !== "none" && meaning.kind !== "int") return undefined
  const unsigned = meaning.kind === "int" && !meaning.signed
  if (element.type === "INT64") {
    return kind !== "BIGINT" ? undefined : unsigned ? plainUlongs : plainLongs
  }
  if (element.type !== "INT32") return undefined
  if (kind === "BIGINT") return unsigned ? plainUintsAsLongs : plainIntsAsLongs
  if (kind === "INT") return unsigned && meaning.bits > 16 ? undefined : plainInts
  const bits = kind === "TINYINT" ? 8 : 16
  if (meaning.kind === "int" && (meaning.bits > bits || (unsigned && meaning.bits >= bits))) {
    return undefined
  }
  return plainSmallInts(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, kind)
}

function timestampDecoder(
  element: SchemaElement,
  meaning: Meaning,
  type: Type & { readonly kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" },
  zone: Zone | undefined
): PlainDecoder | undefined {
  const local = type.kind === "TIMESTAMP"
  if (element.type === "INT96") {
    return plainInt96({ precision: type.precision, zone: local ? zone : undefined })
  }
  if (element.type !== "INT64" || meaning.kind !== "timestamp") return undefined
  const convert = local && meaning.utc ? zone : undefined
  return plainTimestamps(meaning.unit, { precision: type.precision, zone: convert })
}

function decimalDecoder(
  element: SchemaElement,
  meaning: Meaning,
  type: Type & { readonly kind: "DECIMAL" }
): PlainDecoder | undefined {
  if (
    meaning.kind !== "decimal" || meaning.scale !== type.scale || meaning.precision > type.precision
  ) {
    return undefined
  }
  const long = type.precision <= 18
  if (element.type === "INT32" || element.type === "INT64") {
    const integers = element.type === "INT32" ? plainIntsAsLongs : plainLongs
    return long ? integers : (bytes, at, end, count) => longsAsBig(integers(bytes, at, end, count))
  }
  const raw = bytesDecoder(element)
  if (raw === undefined) return undefined
  return long
    ? (bytes, at, end, count) => decimalsAsLongs(raw(bytes, at, end, count))
    : (bytes, at, end, count) => decimalsAsBig(raw(bytes, at, end, count))
}
