/** Values of tables under check: numbers, bigints, booleans and strings as they are, everything else as SQL's text. */
import type { Column } from "../batch/column.ts"
import { isNull } from "../batch/column.ts"
import { render } from "../batch/render.ts"
import { encodeUtf8 } from "../batch/utf8.ts"
import { Fault, type FaultClass } from "../fault.ts"
import { format, type LogicalType } from "../type/logical-type.ts"
import { parseDate, parseDecimal, parseTime, parseTimestamp } from "../type/text.ts"
import { makeTimeZone } from "../type/zone.ts"

/** A row by column. */
export type SqlRow = Readonly<Record<string, SqlValue>>

/** A value. */
export type SqlValue = null | undefined | boolean | number | bigint | string | Uint8Array

const RowFaultBase: FaultClass<"RowFault", { column: string; type: string; given: string }> = Fault<
  { column: string; type: string; given: string }
>()("RowFault", "user", "never")

/** A generated value that its column cannot hold. */
export class RowFault extends RowFaultBase {
  override get message(): string {
    return `A generator gives ${this.given} for column '${this.column}' of type ${this.type}`
  }
}

/** A value of a row as columns take it. Throws {@link RowFault}. */
export function rowOf(type: LogicalType, value: SqlValue, column: string): unknown {
  if (value === null || value === undefined) return null
  const found = boxed(type, value)
  if (found !== undefined) return found
  throw new RowFault({ column, type: format(type), given: `${typeof value} ${String(value)}` })
}

function boxed(type: LogicalType, value: NonNullable<SqlValue>): unknown {
  switch (type.kind) {
    case "BOOLEAN":
      return typeof value === "boolean" ? value : undefined
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "FLOAT":
    case "DOUBLE":
      return typeof value === "number" ? value : undefined
    case "BIGINT":
      return typeof value === "bigint" || Number.isInteger(value)
        ? BigInt(value as number)
        : undefined
    case "CHAR":
    case "VARCHAR":
      return typeof value === "string" ? encodeUtf8(value) : undefined
    case "BINARY":
    case "VARBINARY":
      return value instanceof Uint8Array ? value : undefined
    case "DECIMAL":
      return parseDecimal(String(value), type.precision, type.scale)
    case "DATE":
      return parseDate(String(value))
    case "TIME":
      return parseTime(String(value))
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const instant = parseTimestamp(String(value))
      if (instant === undefined) return undefined
      return type.precision <= 3 ? instant.millis : [instant.millis, instant.nanos]
    }
    default:
      return undefined
  }
}

const utc = makeTimeZone("UTC")

/** A value of a column. */
export function valueOf(type: LogicalType, column: Column, row: number): SqlValue {
  if (isNull(column, row)) return null
  switch (type.kind) {
    case "BOOLEAN":
      return column.values[row] === 1
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "FLOAT":
    case "DOUBLE":
      return column.values[row] as number
    case "BIGINT":
      return BigInt(column.values[row] as number | bigint)
    default:
      return render(column, row, type, utc)
  }
}
