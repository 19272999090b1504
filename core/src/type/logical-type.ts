/**
 * The types of SQL values, as plain JSON data: what a plan stores, what a factory sees, what a column is made for.
 * Nullability is part of the type, as in Flink.
 */

/** Types that need no parameter. */
export type SimpleKind =
  | "BOOLEAN"
  | "TINYINT"
  | "SMALLINT"
  | "INT"
  | "BIGINT"
  | "FLOAT"
  | "DOUBLE"
  | "DATE"
  | "INTERVAL_YEAR_MONTH"
  | "INTERVAL_DAY_TIME"
  | "NULL"
  /** A user's JavaScript value of the DataStream API: never in SQL. */
  | "OBJECT"

/** The type of one value. Lengths are in characters or bytes, precisions in decimal digits. */
export type LogicalType =
  | { readonly kind: SimpleKind; readonly nullable: boolean }
  | {
    readonly kind: "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY"
    readonly nullable: boolean
    readonly length: number
  }
  | {
    readonly kind: "DECIMAL"
    readonly nullable: boolean
    readonly precision: number
    readonly scale: number
  }
  | {
    readonly kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ"
    readonly nullable: boolean
    readonly precision: number
  }
  | { readonly kind: "ARRAY"; readonly nullable: boolean; readonly element: LogicalType }
  | { readonly kind: "MULTISET"; readonly nullable: boolean; readonly element: LogicalType }
  | {
    readonly kind: "MAP"
    readonly nullable: boolean
    readonly key: LogicalType
    readonly value: LogicalType
  }
  | { readonly kind: "ROW"; readonly nullable: boolean; readonly fields: ReadonlyArray<Field> }

/** A named, typed column or field of a ROW. */
export interface Field {
  readonly name: string
  readonly type: LogicalType
  readonly comment?: string
}

/** The columns of a table, in order. */
export type RowType = ReadonlyArray<Field>

/** The length that makes VARCHAR a STRING and VARBINARY a BYTES. */
export const lengthMax = 2147483647

/** A type without parameters; nullable unless said otherwise. */
export function simple(kind: SimpleKind, nullable = true): LogicalType {
  return { kind, nullable }
}

/** STRING. */
export const string: LogicalType = { kind: "VARCHAR", nullable: true, length: lengthMax }

/** BYTES. */
export const bytes: LogicalType = { kind: "VARBINARY", nullable: true, length: lengthMax }

/** TIMESTAMP(precision). */
export function timestamp(precision: number, nullable = true): LogicalType {
  return { kind: "TIMESTAMP", nullable, precision }
}

/** The same type with another nullability. */
export function withNullable(type: LogicalType, nullable: boolean): LogicalType {
  return type.nullable === nullable ? type : { ...type, nullable }
}

/** How values of a type stand in a {@link Column}. */
export type Layout =
  | "bool"
  | "i32"
  | "f64"
  | "i64"
  | "ts9"
  | "big"
  | "bytes"
  | "list"
  | "map"
  | "row"
  | "object"

/** The layout of a type. The table stands in ARCHITECTURE.md, "Batch". */
export function layoutOf(type: LogicalType): Layout {
  switch (type.kind) {
    case "BOOLEAN":
      return "bool"
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "DATE":
    case "TIME":
    case "INTERVAL_YEAR_MONTH":
      return "i32"
    case "FLOAT":
    case "DOUBLE":
    case "INTERVAL_DAY_TIME":
      return "f64"
    case "BIGINT":
      return "i64"
    case "DECIMAL":
      return type.precision <= 18 ? "i64" : "big"
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3 ? "f64" : "ts9"
    case "CHAR":
    case "VARCHAR":
    case "BINARY":
    case "VARBINARY":
      return "bytes"
    case "ARRAY":
      return "list"
    case "MAP":
    case "MULTISET":
      return "map"
    case "ROW":
      return "row"
    case "NULL":
    case "OBJECT":
      return "object"
  }
}

/** The SQL text of a type, as Flink's `asSerializableString` gives it. */
export function format(type: LogicalType): string {
  return type.nullable ? formatKind(type) : `${formatKind(type)} NOT NULL`
}

function formatKind(type: LogicalType): string {
  switch (type.kind) {
    case "CHAR":
    case "BINARY":
      return `${type.kind}(${type.length})`
    case "VARCHAR":
      return type.length === lengthMax ? "STRING" : `VARCHAR(${type.length})`
    case "VARBINARY":
      return type.length === lengthMax ? "BYTES" : `VARBINARY(${type.length})`
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`
    case "TIME":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${type.kind}(${type.precision})`
    case "INTERVAL_YEAR_MONTH":
      return "INTERVAL YEAR TO MONTH"
    case "INTERVAL_DAY_TIME":
      return "INTERVAL DAY TO SECOND(3)"
    case "ARRAY":
    case "MULTISET":
      return `${type.kind}<${format(type.element)}>`
    case "MAP":
      return `MAP<${format(type.key)}, ${format(type.value)}>`
    case "ROW":
      return `ROW<${
        type.fields.map((f) => `\`${f.name.replaceAll("`", "``")}\` ${format(f.type)}`).join(", ")
      }>`
    default:
      return type.kind
  }
}
