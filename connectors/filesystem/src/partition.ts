/**
 * Partitions in paths, as Hive lays them out: `key=value/` directories whose names have special bytes as `%XX`. Values are the
 * text forms of the column's type.
 */
import {
  Column,
  Dictionary,
  encodeUtf8,
  formatDate,
  formatDecimal,
  formatDouble,
  formatFloat,
  formatTime,
  formatTimestamp,
  isNull,
  LogicalType,
  narrowMax,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
  textOf
} from "@millrace/core/internal"

/** Letters that Hive escapes in names, beside control characters. */
const special = "\"#%'*/:=?\\{[]^"

/** A name or value as it stands in a path. A name of dots only would lead elsewhere. */
export function escapeName(text: string): string {
  let escaped = ""
  for (const letter of text) {
    const plain = letter >= " " && letter !== "\x7f" && !special.includes(letter)
    escaped += plain ? letter : percent(letter)
  }
  return /^\.+$/.test(escaped) ? escaped.replace(/\./g, percent) : escaped
}

function percent(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
}

/** The text that {@link escapeName} was given. */
export function unescapeName(name: string): string {
  return name.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))
  )
}

/** Values by key, as they stand in a file's path; the last directory of a key counts. */
export function partitionOf(path: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const part of path.split("/").slice(0, -1)) {
    const at = part.indexOf("=")
    if (at > 0) values.set(unescapeName(part.slice(0, at)), unescapeName(part.slice(at + 1)))
  }
  return values
}

/** Types whose values can stand in a path. */
export function isPartitionType(type: LogicalType.LogicalType): boolean {
  return ![
    "ARRAY",
    "MAP",
    "MULTISET",
    "ROW",
    "OBJECT",
    "NULL",
    "BINARY",
    "VARBINARY",
    "INTERVAL_DAY_TIME",
    "INTERVAL_YEAR_MONTH"
  ]
    .includes(type.kind)
}

/** `rows` times the same value. `text` undefined: NULL. Throws a string that says what was wanted. */
export function constantColumn(
  type: LogicalType.LogicalType,
  text: string | undefined,
  rows: number
): Column {
  const layout = LogicalType.layoutOf(type)
  const nulls = text === undefined ? new Uint8Array(rows).fill(1) : undefined
  if (layout === "bytes") {
    const bytes = encodeUtf8(text ?? "")
    const dictionary = new Dictionary(1, bytes, new Int32Array([0]), new Int32Array([bytes.length]))
    return new Column({ layout, rows, nulls, values: new Int32Array(rows), dictionary })
  }
  const value = text === undefined ? 0 : parseValue(type, text)
  switch (layout) {
    case "bool":
      return new Column({ layout, rows, nulls, values: new Uint8Array(rows).fill(Number(value)) })
    case "i32":
      return new Column({ layout, rows, nulls, values: new Int32Array(rows).fill(Number(value)) })
    case "i64":
      return typeof value === "bigint" && (value > BigInt(narrowMax) || value < -BigInt(narrowMax))
        ? new Column({ layout, rows, nulls, values: new BigInt64Array(rows).fill(value) })
        : new Column({ layout, rows, nulls, values: new Float64Array(rows).fill(Number(value)) })
    case "big":
      return new Column({
        layout,
        rows,
        nulls,
        values: new Array<unknown>(rows).fill(BigInt(value))
      })
    case "ts9": {
      const nanos = text === undefined ? 0 : parseTimestamp(text)!.nanos
      const values = new Float64Array(rows).fill(Number(value))
      return new Column({ layout, rows, nulls, values, nanos: new Int32Array(rows).fill(nanos) })
    }
    default:
      return new Column({ layout, rows, nulls, values: new Float64Array(rows).fill(Number(value)) })
  }
}

const integerBits: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INT: 32,
  BIGINT: 64
}

function parseValue(type: LogicalType.LogicalType, text: string): number | bigint {
  const need = <A>(value: A | undefined): A => {
    if (value === undefined) throw LogicalType.format(LogicalType.withNullable(type, true))
    return value
  }
  switch (type.kind) {
    case "BOOLEAN":
      return need(({ true: 1, false: 0 } as Record<string, number>)[text.toLowerCase()])
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT": {
      const value = need(/^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined)
      const bits = integerBits[type.kind]!
      return need(BigInt.asIntN(bits, value) === value ? value : undefined)
    }
    case "DECIMAL":
      return need(parseDecimal(text, type.precision, type.scale))
    case "DATE":
      return need(parseDate(text))
    case "TIME":
      return need(parseTime(text))
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return need(parseTimestamp(text)).millis
    default: {
      const value = text.trim() === "" ? NaN : Number(text)
      return need(Number.isNaN(value) && text !== "NaN" ? undefined : value)
    }
  }
}

/** The text of one value for a path; undefined for NULL. */
export function textOfValue(
  type: LogicalType.LogicalType,
  column: Column,
  row: number
): string | undefined {
  if (isNull(column, row)) return undefined
  const value = column.values[row] as number | bigint
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      return textOf(column, row)
    case "BOOLEAN":
      return value === 1 ? "true" : "false"
    case "DATE":
      return formatDate(Number(value))
    case "TIME":
      return formatTime(Number(value), type.precision)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return formatTimestamp(
        Number(value),
        type.precision > 3 ? column.nanos[row]! : 0,
        type.precision
      )
    case "DECIMAL":
      return formatDecimal(BigInt(value), type.scale)
    case "DOUBLE":
      return formatDouble(Number(value))
    case "FLOAT":
      return formatFloat(Number(value))
    default:
      return String(value)
  }
}
