/** Protobuf messages as data, whichever way they were described: what text and descriptors are parsed to, with all names resolved. */

/** Types of single values. */
export type ScalarName =
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "float"
  | "double"
  | "bool"
  | "string"
  | "bytes"

/** An enum: its values in the order of their declaration. The first is the default. */
export interface EnumType {
  readonly name: string
  readonly values: Array<{ readonly name: string; readonly number: number }>
}

/** A message. `map`: it is the entry of a map field. */
export interface MessageType {
  /** With its package: `com.example.Order.Line`. */
  readonly name: string
  /** Its place among the messages declared beside it, from outside inwards: `Outer.Inner` may be `[0, 2]`. */
  readonly path: ReadonlyArray<number>
  readonly fields: Array<FieldType>
  readonly map: boolean
  /** Whether fields without a value stand for their defaults, as in proto3. */
  readonly implicit: boolean
}

/** The type of a field's values. */
export type ValueType =
  | { readonly kind: "scalar"; readonly scalar: ScalarName }
  | { readonly kind: "enum"; readonly type: EnumType }
  | { readonly kind: "message"; readonly type: MessageType }

/** A field. */
export interface FieldType {
  readonly name: string
  readonly number: number
  readonly repeated: boolean
  /** Whether it is written packed, if it is repeated. */
  readonly packed: boolean
  /** Whether a value that is the default is written: proto2, `optional`, members of a oneof. */
  readonly presence: boolean
  /** The name of its oneof. */
  readonly oneof: string | undefined
  /** As written in the declaration; undefined: that of the type. */
  readonly default: string | undefined
  readonly value: ValueType
}

/** All messages of a schema by their full names. */
export interface Schema {
  readonly messages: ReadonlyMap<string, MessageType>
}

/** The wire type of a scalar. */
export function wireOf(scalar: ScalarName): 0 | 1 | 2 | 5 {
  switch (scalar) {
    case "fixed64":
    case "sfixed64":
    case "double":
      return 1
    case "fixed32":
    case "sfixed32":
    case "float":
      return 5
    case "string":
    case "bytes":
      return 2
    default:
      return 0
  }
}

/** The scalars by the number that descriptors give them. */
export const scalarNumbers: Readonly<Record<number, ScalarName>> = {
  1: "double",
  2: "float",
  3: "int64",
  4: "uint64",
  5: "int32",
  6: "fixed64",
  7: "fixed32",
  8: "bool",
  9: "string",
  12: "bytes",
  13: "uint32",
  15: "sfixed32",
  16: "sfixed64",
  17: "sint32",
  18: "sint64"
}

/** The scalars. */
export const scalarNames: ReadonlySet<string> = new Set(Object.values(scalarNumbers))
