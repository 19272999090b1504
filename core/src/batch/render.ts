/**
 * One value of a column as text for people: what `print` and query results show. Nested values as Flink's `Row.toString`
 * shows them (`+I[1, [a, b], {k=v}]`), times of TIMESTAMP_LTZ in the given zone.
 */
import { type Column, isNull } from "./column.ts"
import { decodeUtf8 } from "./utf8.ts"
import type { LogicalType, RowType } from "../type/logical-type.ts"
import {
  formatDate,
  formatDecimal,
  formatDouble,
  formatFloat,
  formatTime,
  formatTimestamp
} from "../type/text.ts"
import { type TimeZone, zoneOffsetMillis } from "../type/zone.ts"

/** Row `row` as text; `NULL` for null. */
export function render(
  column: Column,
  row: number,
  type: LogicalType,
  zone: TimeZone | undefined
): string {
  if (isNull(column, row)) return "NULL"
  switch (type.kind) {
    case "BOOLEAN":
      return column.values[row] === 1 ? "TRUE" : "FALSE"
    case "FLOAT":
      return formatFloat(column.values[row] as number)
    case "DOUBLE":
      return formatDouble(column.values[row] as number)
    case "DECIMAL":
      return formatDecimal(BigInt(column.values[row] as number | bigint), type.scale)
    case "DATE":
      return formatDate(column.values[row] as number)
    case "TIME":
      return formatTime(column.values[row] as number, type.precision)
    case "TIMESTAMP":
      return formatTimestamp(column.values[row] as number, column.nanos[row] ?? 0, type.precision)
    case "TIMESTAMP_LTZ": {
      const millis = column.values[row] as number
      const local = zone === undefined ? millis : millis + zoneOffsetMillis(zone, millis)
      return formatTimestamp(local, column.nanos[row] ?? 0, type.precision)
    }
    case "CHAR":
    case "VARCHAR":
      return textOf(column, row)
    case "BINARY":
    case "VARBINARY":
      return `x'${hexOf(bytesOf(column, row))}'`
    case "ARRAY":
      return `[${items(column, row, 0, type.element, zone).join(", ")}]`
    case "MAP":
      return entries(column, row, type.key, type.value, zone)
    case "MULTISET":
      return entries(column, row, type.element, { kind: "INT", nullable: false }, zone)
    case "ROW":
      return `(${
        type.fields.map((f, i) => render(column.children[i]!, row, f.type, zone)).join(", ")
      })`
    default:
      return String(column.values[row])
  }
}

/** All columns of a row, in order. */
export function renderRow(
  columns: ReadonlyArray<Column>,
  row: number,
  schema: RowType,
  zone: TimeZone | undefined
): Array<string> {
  return schema.map((field, i) => render(columns[i]!, row, field.type, zone))
}

/** Row `row` of a bytes column as text. */
export function textOf(column: Column, row: number): string {
  return column.dictionary === undefined
    ? decodeUtf8(column.bytes, column.starts[row]!, column.lengths[row]!)
    : column.dictionary.text((column.values as Int32Array)[row]!)
}

/** Row `row` of a bytes column as a view. */
export function bytesOf(column: Column, row: number): Uint8Array {
  const { dictionary } = column
  if (dictionary === undefined) {
    return column.bytes.subarray(column.starts[row]!, column.starts[row]! + column.lengths[row]!)
  }
  const code = (column.values as Int32Array)[row]!
  return dictionary.bytes.subarray(
    dictionary.starts[code]!,
    dictionary.starts[code]! + dictionary.lengths[code]!
  )
}

function hexOf(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0")
  return text
}

function items(
  column: Column,
  row: number,
  child: number,
  type: LogicalType,
  zone: TimeZone | undefined
): Array<string> {
  const start = column.starts[row]!
  return Array.from(
    { length: column.lengths[row]! },
    (_, i) => render(column.children[child]!, start + i, type, zone)
  )
}

function entries(
  column: Column,
  row: number,
  key: LogicalType,
  value: LogicalType,
  zone: TimeZone | undefined
): string {
  const values = items(column, row, 1, value, zone)
  return `{${items(column, row, 0, key, zone).map((text, i) => `${text}=${values[i]}`).join(", ")}}`
}
