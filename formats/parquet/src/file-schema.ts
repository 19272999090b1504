/**
 * The schema of a file that is written, from the declared columns: the elements of the footer in order, and a tree of nodes with
 * the levels that shredding needs. Types map as in Flink's Parquet format.
 */
import { LogicalType } from "@millrace/core/internal"
import type { SchemaElement } from "hyparquet/src/types.js"

type Type = LogicalType.LogicalType

/** How timestamps are written. */
export type TimestampForm = "INT96" | "MILLIS" | "MICROS" | "NANOS"

/** A node of the written schema. `def` is the level at which it is not NULL, `index` the number of the leaf. */
export type WriteNode =
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | {
    readonly kind: "row"
    readonly def: number
    readonly nullable: boolean
    readonly path: string
    readonly children: ReadonlyArray<WriteNode>
  }
  | {
    readonly kind: "list"
    readonly def: number
    readonly itemDef: number
    readonly rep: number
    readonly nullable: boolean
    readonly path: string
    /** The item, or key and value. */
    readonly children: ReadonlyArray<WriteNode>
  }

/** A leaf column. */
export interface Leaf {
  readonly index: number
  readonly path: ReadonlyArray<string>
  readonly element: SchemaElement
  readonly type: Type
  readonly def: number
  readonly rep: number
  readonly nullable: boolean
}

/** What the columns become. */
export interface FileSchema {
  readonly elements: ReadonlyArray<SchemaElement>
  readonly nodes: ReadonlyArray<WriteNode>
  readonly leaves: ReadonlyArray<Leaf>
}

interface Builder {
  readonly elements: Array<SchemaElement>
  readonly leaves: Array<Leaf>
  readonly form: TimestampForm
}

interface Place {
  readonly path: ReadonlyArray<string>
  readonly def: number
  readonly rep: number
}

/** The schema of a table's columns. Types must have passed {@link writeProblem}. */
export function makeSchema(physical: LogicalType.RowType, form: TimestampForm): FileSchema {
  const elements: Array<SchemaElement> = [{
    name: "millrace_schema",
    num_children: physical.length
  }]
  const builder: Builder = { elements, leaves: [], form }
  const nodes = physical.map((field) =>
    addNode(builder, field.name, field.type, { path: [], def: 0, rep: 0 })
  )
  return { elements, nodes, leaves: builder.leaves }
}

function addNode(builder: Builder, name: string, type: Type, parent: Place): WriteNode {
  const place = {
    path: [...parent.path, name],
    def: parent.def + (type.nullable ? 1 : 0),
    rep: parent.rep
  }
  const repetition_type = type.nullable ? "OPTIONAL" : "REQUIRED"
  const { def } = place
  const common = { def, nullable: type.nullable, path: place.path.join(".") }
  switch (type.kind) {
    case "ROW": {
      builder.elements.push({ name, repetition_type, num_children: type.fields.length })
      const children = type.fields.map((field) => addNode(builder, field.name, field.type, place))
      return { kind: "row", ...common, children }
    }
    case "ARRAY": {
      const group = { name, repetition_type, num_children: 1 } as const
      builder.elements.push({ ...group, converted_type: "LIST", logical_type: { type: "LIST" } })
      builder.elements.push({ name: "list", repetition_type: "REPEATED", num_children: 1 })
      const inner = { path: [...place.path, "list"], def: def + 1, rep: place.rep + 1 }
      const children = [addNode(builder, "element", type.element, inner)]
      return { kind: "list", ...common, itemDef: def + 1, rep: inner.rep, children }
    }
    case "MAP":
    case "MULTISET": {
      const key = LogicalType.withNullable(type.kind === "MAP" ? type.key : type.element, false)
      const value = type.kind === "MAP" ? type.value : LogicalType.simple("INT", false)
      const group = { name, repetition_type, num_children: 1 } as const
      builder.elements.push({ ...group, converted_type: "MAP", logical_type: { type: "MAP" } })
      builder.elements.push({ name: "key_value", repetition_type: "REPEATED", num_children: 2 })
      const inner = { path: [...place.path, "key_value"], def: def + 1, rep: place.rep + 1 }
      const children = [
        addNode(builder, "key", key, inner),
        addNode(builder, "value", value, inner)
      ]
      return { kind: "list", ...common, itemDef: def + 1, rep: inner.rep, children }
    }
    default: {
      const element = { name, repetition_type, ...leafElement(type, builder.form) } as SchemaElement
      builder.elements.push(element)
      const leaf = {
        index: builder.leaves.length,
        element,
        type,
        ...place,
        nullable: type.nullable
      }
      builder.leaves.push(leaf)
      return { kind: "leaf", leaf }
    }
  }
}

function leafElement(type: Type, form: TimestampForm): Partial<SchemaElement> {
  switch (type.kind) {
    case "BOOLEAN":
      return { type: "BOOLEAN" }
    case "TINYINT":
      // Only the old annotation: the footer's writer gives the width of the new one more bytes than strict readers take.
      return { type: "INT32", converted_type: "INT_8" }
    case "SMALLINT":
      return { type: "INT32", converted_type: "INT_16" }
    case "INT":
      return { type: "INT32" }
    case "BIGINT":
      return { type: "INT64" }
    case "FLOAT":
      return { type: "FLOAT" }
    case "DOUBLE":
      return { type: "DOUBLE" }
    case "DATE":
      return { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } }
    case "TIME":
      return {
        type: "INT32",
        converted_type: "TIME_MILLIS",
        logical_type: { type: "TIME", isAdjustedToUTC: true, unit: "MILLIS" }
      }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return timestampElement(type.kind === "TIMESTAMP_LTZ", form)
    case "DECIMAL": {
      const { precision, scale } = type
      return {
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: decimalBytes(precision),
        converted_type: "DECIMAL",
        precision,
        scale,
        logical_type: { type: "DECIMAL", precision, scale }
      }
    }
    case "CHAR":
    case "VARCHAR":
      return { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }
    default:
      return { type: "BYTE_ARRAY" }
  }
}

function timestampElement(utc: boolean, form: TimestampForm): Partial<SchemaElement> {
  if (form === "INT96") return { type: "INT96" }
  const logical_type = { type: "TIMESTAMP", isAdjustedToUTC: utc, unit: form } as const
  // The old annotations mean instants, so a wall-clock column has only the new one.
  return utc && form !== "NANOS"
    ? {
      type: "INT64",
      converted_type: form === "MILLIS" ? "TIMESTAMP_MILLIS" : "TIMESTAMP_MICROS",
      logical_type
    }
    : { type: "INT64", logical_type }
}

/** Bytes of the two's complement that holds every number of `precision` digits. */
export function decimalBytes(precision: number): number {
  const max = 10n ** BigInt(precision) - 1n
  let bytes = 1
  while (2n ** BigInt(8 * bytes - 1) - 1n < max) bytes++
  return bytes
}

/** Why a column cannot stand in a Parquet file, or undefined. */
export function writeProblem(type: Type, path: string): string | undefined {
  switch (type.kind) {
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
    case "NULL":
    case "OBJECT":
      return `Column '${path}' is ${
        LogicalType.format(type)
      }, which a Parquet file cannot hold: cast it to another type`
    case "ROW": {
      if (type.fields.length === 0) {
        return `Column '${path}' is a ROW without fields, which a Parquet file cannot hold`
      }
      return type.fields.map((field) => writeProblem(field.type, `${path}.${field.name}`)).find((
        p
      ) => p !== undefined)
    }
    case "ARRAY":
    case "MULTISET":
      return writeProblem(type.element, `${path}[]`)
    case "MAP":
      return writeProblem(type.key, `${path} (key)`) ?? writeProblem(type.value, `${path} (value)`)
    default:
      return undefined
  }
}
