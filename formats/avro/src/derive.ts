/**
 * The Avro schema of a table, exactly as Flink derives it: the record `org.apache.flink.avro.generated.record`, nested records named after
 * their fields, and a union with null, default null, for whatever may be NULL.
 */
import { LogicalType } from "@millrace/core/internal"

type Type = LogicalType.LogicalType
type Json = string | ReadonlyArray<Json> | { readonly [key: string]: unknown }

const recordName = "org.apache.flink.avro.generated.record"

/** The JSON of the record that a row is. `legacy`: how timestamps were mapped before Flink knew local ones. */
export function deriveSchema(row: LogicalType.RowType, legacy: boolean): Json {
  return recordOf(row, recordName, legacy)
}

/** As {@link deriveSchema} for any type; a nullable one is a union. */
export function deriveType(type: Type, name: string, legacy: boolean): Json {
  const schema = presentOf(type, name, legacy)
  return type.nullable ? ["null", schema] : schema
}

function recordOf(row: LogicalType.RowType, name: string, legacy: boolean): Json {
  const dot = name.lastIndexOf(".")
  const fields = row.map((field) => {
    const type = deriveType(field.type, `${name}_${field.name}`, legacy)
    return field.type.nullable
      ? { name: field.name, type, default: null }
      : { name: field.name, type }
  })
  return { type: "record", name: name.slice(dot + 1), namespace: name.slice(0, dot), fields }
}

function presentOf(type: Type, name: string, legacy: boolean): Json {
  switch (type.kind) {
    case "BOOLEAN":
      return "boolean"
    case "TINYINT":
    case "SMALLINT":
    case "INT":
      return "int"
    case "BIGINT":
      return "long"
    case "FLOAT":
      return "float"
    case "DOUBLE":
      return "double"
    case "CHAR":
    case "VARCHAR":
      return "string"
    case "BINARY":
    case "VARBINARY":
      return "bytes"
    case "DATE":
      return { type: "int", logicalType: "date" }
    case "TIME":
      return { type: "int", logicalType: "time-millis" }
    case "TIMESTAMP":
      return {
        type: "long",
        logicalType: `${legacy ? "" : "local-"}timestamp-${unitOf(type.precision)}`
      }
    case "TIMESTAMP_LTZ":
      return { type: "long", logicalType: `timestamp-${unitOf(type.precision)}` }
    case "DECIMAL": {
      const { precision, scale } = type
      return { type: "bytes", logicalType: "decimal", precision, scale }
    }
    case "ARRAY":
      return { type: "array", items: deriveType(type.element, name, legacy) }
    case "MAP":
      return { type: "map", values: deriveType(type.value, name, legacy) }
    case "MULTISET":
      return { type: "map", values: ["null", "int"] }
    case "ROW":
      return recordOf(type.fields, name, legacy)
    default:
      return "null"
  }
}

/** The unit that a precision needs. */
export function unitOf(precision: number): "millis" | "micros" | "nanos" {
  return precision <= 3 ? "millis" : precision <= 6 ? "micros" : "nanos"
}

/** Why a type cannot be Avro, as a sentence in Flink's words; undefined: it can. */
export function typeProblem(type: Type, legacy: boolean): string | undefined {
  switch (type.kind) {
    case "TIME":
      return type.precision > 3
        ? `Avro does not support TIME type with precision: ${type.precision}, it only supports precision less than 3`
        : undefined
    case "TIMESTAMP":
      return legacy && type.precision > 3
        ? `Avro does not support TIMESTAMP type with precision: ${type.precision}, it only supports precision less than 3; set 'avro.timestamp_mapping.legacy' = 'false'`
        : undefined
    case "TIMESTAMP_LTZ":
      return legacy
        ? `Unsupported to derive Schema for type: ${
          LogicalType.format(type)
        }; set 'avro.timestamp_mapping.legacy' = 'false'`
        : undefined
    case "MAP":
      return keyProblem(type.key) ?? typeProblem(type.value, legacy)
    case "MULTISET":
      return keyProblem(type.element)
    case "ARRAY":
      return typeProblem(type.element, legacy)
    case "ROW":
      return rowProblem(type.fields, legacy)
    case "INTERVAL_DAY_TIME":
    case "INTERVAL_YEAR_MONTH":
    case "NULL":
    case "OBJECT":
      return `Unsupported to derive Schema for type: ${LogicalType.format(type)}`
    default:
      return undefined
  }
}

function keyProblem(key: Type): string | undefined {
  return key.kind === "CHAR" || key.kind === "VARCHAR"
    ? undefined
    : `Avro format doesn't support non-string as key type of map. The key type is: ${
      LogicalType.format(key)
    }`
}

/** The first problem of a row: a field's type, or a name that Avro cannot hold. */
export function rowProblem(row: LogicalType.RowType, legacy: boolean): string | undefined {
  for (const field of row) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(field.name)) {
      return `Avro does not support the column name '${field.name}': a name has letters, digits and '_' and does not begin with a digit`
    }
    const problem = typeProblem(field.type, legacy)
    if (problem !== undefined) return problem
  }
  return undefined
}
