/** How a message meets the columns of a table: for each wanted field where its values go. Made once; code for reading and writing follows it. */
import { type DecodedColumn, LogicalType, type Want } from "@millrace/core/internal"
import { fail } from "./problem.ts"
import type { FieldType, MessageType, ValueType } from "./schema.ts"

type Type = LogicalType.LogicalType

/** Where one value goes. */
export type Target =
  | { readonly kind: "value"; readonly column: DecodedColumn }
  /** `column`: of the ROW; undefined: only fields of it are wanted. */
  | {
    readonly kind: "message"
    readonly column: DecodedColumn | undefined
    readonly shape: Shape
  }

/** Where a field goes. */
export interface FieldTarget {
  readonly field: FieldType
  readonly path: string
  /** Of a repeated field or map: the column with the ranges. */
  readonly list: DecodedColumn | undefined
  /** Of a map: the keys. */
  readonly key: DecodedColumn | undefined
  readonly target: Target
}

/** The wanted fields of a message. */
export interface Shape {
  readonly message: MessageType
  readonly fields: ReadonlyArray<FieldTarget>
}

/** The shape of what is wanted. Throws Problem, in Flink's words, when table and message do not fit. */
export function shapeOf(message: MessageType, want: Want, path: string = ""): Shape {
  if (want.kind !== "fields") return { message, fields: [] }
  return {
    message,
    fields: want.fields.flatMap((field, i) => {
      const inner = want.wants[i]!
      const found = fieldNamed(message, field.name)
      fitField(found, field.type, join(path, field.name))
      return inner.kind === "nothing"
        ? []
        : [fieldTarget(found, field, inner, join(path, field.name))]
    })
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`
}

/** The field of a column. */
export function fieldNamed(message: MessageType, name: string): FieldType {
  return message.fields.find((field) => field.name === name) ??
    fail(`Column ${name} does not exist in definition of proto class`)
}

function fieldTarget(
  field: FieldType,
  column: LogicalType.Field,
  want: Want,
  path: string
): FieldTarget {
  if (want.kind === "fields") {
    const { type } = field.value as ValueType & { readonly kind: "message" }
    const target: Target = { kind: "message", column: undefined, shape: shapeOf(type, want, path) }
    return { field, path, list: undefined, key: undefined, target }
  }
  const whole = (want as Want & { readonly kind: "column" }).column
  const { kind } = column.type
  if (kind === "MAP") {
    const entry = field.value as ValueType & { readonly kind: "message" }
    const [key, value] = whole.children
    const target = targetOf(entry.type.fields[1]!, value!, path)
    return { field, path, list: whole, key: key!, target }
  }
  if (kind === "ARRAY") {
    return {
      field,
      path,
      list: whole,
      key: undefined,
      target: targetOf(field, whole.children[0]!, path)
    }
  }
  return { field, path, list: undefined, key: undefined, target: targetOf(field, whole, path) }
}

function targetOf(field: FieldType, column: DecodedColumn, path: string): Target {
  if (field.value.kind !== "message") return { kind: "value", column }
  const row = column.type as Type & { readonly kind: "ROW" }
  const wants = column.children.map((child): Want => ({ kind: "column", column: child }))
  const shape = shapeOf(field.value.type, { kind: "fields", fields: row.fields, wants }, path)
  return { kind: "message", column, shape }
}

/** Fails unless a field's type and a column's fit. */
export function fitField(field: FieldType, type: Type, path: string): void {
  const map = field.value.kind === "message" && field.value.type.map
  if (type.kind === "MAP") {
    if (!map) return misfit(field, type, path)
    const entry = (field.value as ValueType & { readonly kind: "message" }).type
    fitValue(entry.fields[0]!, type.key, path)
    return fitValue(entry.fields[1]!, type.value, path)
  }
  if (type.kind === "ARRAY") {
    return field.repeated && !map ? fitValue(field, type.element, path) : misfit(field, type, path)
  }
  return field.repeated ? misfit(field, type, path) : fitValue(field, type, path)
}

function fitValue(field: FieldType, type: Type, path: string): void {
  const { value } = field
  if (value.kind === "message") {
    if (type.kind !== "ROW") return misfit(field, type, path)
    for (const inner of type.fields) {
      fitField(fieldNamed(value.type, inner.name), inner.type, `${path}.${inner.name}`)
    }
    return
  }
  const fits = value.kind === "enum"
    ? ["CHAR", "VARCHAR", "TINYINT", "SMALLINT", "INT", "BIGINT"]
    : kindsOf[value.scalar]
  if (!fits!.includes(type.kind)) misfit(field, type, path)
}

const kindsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  bool: ["BOOLEAN"],
  string: ["CHAR", "VARCHAR"],
  bytes: ["BINARY", "VARBINARY"],
  float: ["FLOAT"],
  double: ["DOUBLE"],
  int32: ["INT"],
  sint32: ["INT"],
  sfixed32: ["INT"],
  uint32: ["INT", "BIGINT"],
  fixed32: ["INT", "BIGINT"],
  int64: ["BIGINT"],
  sint64: ["BIGINT"],
  sfixed64: ["BIGINT"],
  uint64: ["BIGINT"],
  fixed64: ["BIGINT"]
}

function misfit(field: FieldType, type: Type, path: string): never {
  const { value } = field
  const name = value.kind === "scalar" ? value.scalar : `${value.kind} ${value.type.name}`
  return fail(
    `Protobuf field type does not match column type, ${
      field.repeated ? "repeated " : ""
    }${name}(protobuf) is not compatible with ${LogicalType.format(type)} (column '${path}')`
  )
}
