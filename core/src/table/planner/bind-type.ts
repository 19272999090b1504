/** Types as written to types as data. Columns and casts are nullable unless NOT NULL was said. */
import type * as Ast from "../../sql/ast.ts"
import {
  bytes,
  lengthMax,
  type LogicalType,
  simple,
  string,
  withNullable
} from "../../type/logical-type.ts"
import { notSupported, planFault, type SourceText } from "./plan-fault.ts"

/** The type that `type` says; `nullable` where it says nothing of that. */
export function bindType(source: SourceText, type: Ast.DataType, nullable = true): LogicalType {
  return withNullable(bindKind(source, type), type.nullable ?? nullable)
}

function bindKind(source: SourceText, type: Ast.DataType): LogicalType {
  switch (type.kind) {
    case "simpleType":
      return bindSimple(source, type)
    case "intervalType": {
      const { from } = type.qualifier
      return simple(
        from === "YEAR" || from === "MONTH" || from === "QUARTER"
          ? "INTERVAL_YEAR_MONTH"
          : "INTERVAL_DAY_TIME"
      )
    }
    case "collectionType":
      return { kind: type.name, nullable: true, element: bindType(source, type.element) }
    case "mapType":
      return {
        kind: "MAP",
        nullable: true,
        key: bindType(source, type.key),
        value: bindType(source, type.value)
      }
    case "rowType":
      return bindRow(source, type)
    case "rawType":
      throw notSupported(source, type.span, "Type RAW")
    case "namedType":
      throw notSupported(
        source,
        type.span,
        `Type '${type.name.parts.map((part) => part.name).join(".")}'`
      )
  }
}

function bindRow(source: SourceText, type: Ast.RowDataType): LogicalType {
  if (type.className !== undefined) throw notSupported(source, type.span, "Type STRUCTURED")
  const seen = new Set<string>()
  for (const { name } of type.fields) {
    if (seen.has(name.name)) {
      throw planFault(source, name.span, `Field '${name.name}' stands twice in this ROW`)
    }
    seen.add(name.name)
  }
  const fields = type.fields.map((field) => ({
    name: field.name.name,
    type: bindType(source, field.type),
    ...(field.comment === undefined ? {} : { comment: field.comment.value })
  }))
  return { kind: "ROW", nullable: true, fields }
}

function bindSimple(source: SourceText, type: Ast.SimpleDataType): LogicalType {
  switch (type.name) {
    case "BOOLEAN":
    case "TINYINT":
    case "SMALLINT":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
    case "DATE":
      return simple(type.name)
    case "INTEGER":
      return simple("INT")
    case "REAL":
      return simple("FLOAT")
    case "STRING":
      return string
    case "BYTES":
      return bytes
    case "CHAR":
    case "BINARY":
    case "VARCHAR":
    case "VARBINARY": {
      // Without a length CHAR and BINARY have 1, the others the greatest.
      const otherwise = type.name.startsWith("VAR") ? lengthMax : 1
      return {
        kind: type.name,
        nullable: true,
        length: within(source, type, "Length", type.precision ?? otherwise, 1, lengthMax)
      }
    }
    case "DECIMAL": {
      const precision = within(source, type, "Precision", type.precision ?? 10, 1, 38)
      const scale = within(source, type, "Scale", type.scale ?? 0, 0, precision)
      return { kind: "DECIMAL", nullable: true, precision, scale }
    }
    case "TIME":
      return {
        kind: "TIME",
        nullable: true,
        precision: within(source, type, "Precision", type.precision ?? 0, 0, 9)
      }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return {
        kind: type.name,
        nullable: true,
        precision: within(source, type, "Precision", type.precision ?? 6, 0, 9)
      }
    default:
      throw notSupported(source, type.span, `Type ${type.spelling}`)
  }
}

function within(
  source: SourceText,
  type: Ast.SimpleDataType,
  what: string,
  value: number,
  min: number,
  max: number
): number {
  if (value >= min && value <= max) return value
  throw planFault(
    source,
    type.span,
    `${what} of ${type.name} must be from ${min} to ${max}, but is ${value}`
  )
}
