/** Values of SQL as JSON trees: what JSON_STRING, JSON_OBJECT, JSON_ARRAY and their aggregates write. */
import { toBase64 } from "./string-format.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import {
  formatDate,
  formatDecimal,
  formatDouble,
  formatTime,
  formatTimestamp
} from "../../type/text.ts"
import type { Boxed, Moment } from "./definition.ts"
import { decimalText, JsonNumber, type JsonTree } from "./json-tree.ts"
import { isText } from "./type-rule.ts"

function momentText(at: Boxed, zone: string): string {
  const { millis, nanos } = typeof at === "number" ? { millis: at, nanos: 0 } : at as Moment
  return `${formatTimestamp(millis, nanos, 0).replace(" ", "T")}${zone}`
}

function doubleTree(value: number): JsonTree {
  if (!Number.isFinite(value)) return String(value)
  return new JsonNumber(decimalText(formatDouble(value)))
}

/** Whether values of a type can be written as JSON; keys of maps must be text. */
export function isJsonType(type: LogicalType): boolean {
  switch (type.kind) {
    case "ARRAY":
      return isJsonType(type.element)
    case "MAP":
      return isText(type.key) && isJsonType(type.value)
    case "MULTISET":
      return isText(type.element)
    case "ROW":
      return type.fields.every((field) => isJsonType(field.type))
    case "INTERVAL_DAY_TIME":
    case "INTERVAL_YEAR_MONTH":
    case "OBJECT":
      return false
    default:
      return true
  }
}

/** A value as JSON: times in ISO form, LTZ in UTC, bytes in base64. */
export function jsonTree(value: Boxed, type: LogicalType): JsonTree {
  if (value === null) return null
  switch (type.kind) {
    case "BOOLEAN":
      return value as boolean
    case "FLOAT":
    case "DOUBLE":
      return doubleTree(value as number)
    case "DECIMAL":
      return new JsonNumber(decimalText(formatDecimal(value as bigint, type.scale)))
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return new JsonNumber(String(value))
    case "DATE":
      return formatDate(value as number)
    case "TIME":
      return formatTime(value as number, type.precision)
    case "TIMESTAMP":
      return momentText(value, "")
    case "TIMESTAMP_LTZ":
      return momentText(value, "Z")
    case "BINARY":
    case "VARBINARY":
      return toBase64(value as Uint8Array)
    case "ARRAY":
      return (value as ReadonlyArray<Boxed>).map((item) => jsonTree(item, type.element))
    case "MAP":
      return new Map(
        (value as ReadonlyArray<readonly [Boxed, Boxed]>).map(([key, item]) => [
          key === null ? "null" : String(key),
          jsonTree(item, type.value)
        ])
      )
    case "MULTISET":
      return new Map(
        (value as ReadonlyArray<readonly [Boxed, Boxed]>).map(([item, count]) => [
          String(item),
          new JsonNumber(String(count))
        ])
      )
    case "ROW":
      return new Map(
        type.fields.map((field, i) => [
          field.name,
          jsonTree((value as ReadonlyArray<Boxed>)[i]!, field.type)
        ])
      )
    default:
      return value as string
  }
}
