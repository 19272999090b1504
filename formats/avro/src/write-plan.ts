/**
 * How rows of a table are written in a schema: for each value of the schema, in its order, what the table's column gives. The schema is
 * derived from the table or was given by the user, then it must match.
 */
import type { LogicalType } from "@millrace/core/internal"
import { fail } from "./problem.ts"
import { type Schema, typeName } from "./schema.ts"

type Type = LogicalType.LogicalType

/** What to write for one value. */
export type Writing =
  | { readonly kind: "null" }
  | { readonly kind: "boolean" | "int" | "long" | "float" | "double" | "bytes" | "decimal" }
  | { readonly kind: "fixedDecimal"; readonly size: number }
  | { readonly kind: "timestamp"; readonly perMilli: number }
  /** `nullAt`: the place of null among two branches; `index`: that of the value. */
  | {
    readonly kind: "union"
    readonly nullAt: number | undefined
    readonly index: number
    readonly value: Writing
  }
  | { readonly kind: "row"; readonly fields: ReadonlyArray<FieldWriting> }
  | { readonly kind: "list"; readonly element: Writing }
  | { readonly kind: "map"; readonly value: Writing }

/** A field of a record and the child column it is taken from; undefined: it is null. */
export interface FieldWriting {
  readonly index: number | undefined
  readonly value: Writing
}

/** How values of a type are written in a schema. Throws Problem. */
export function writingOf(schema: Schema, type: Type, path: string): Writing {
  if (schema.type === "union") return unionOf(schema.branches, type, path)
  const misfit = (): never =>
    fail(
      `${path === "" ? "The table" : `Column '${path}'`} cannot be written as ${typeName(schema)}`
    )
  if (type.nullable && path !== "") {
    return fail(
      `Column '${path}' may be NULL but the schema has ${typeName(schema)}, not a union with null`
    )
  }
  return presentOf(schema, type, path) ?? misfit()
}

function unionOf(branches: ReadonlyArray<Schema>, type: Type, path: string): Writing {
  const nullAt = branches.findIndex((branch) => branch.type === "null")
  if (type.nullable && nullAt < 0) {
    return fail(`Column '${path}' may be NULL but the schema's union has no null`)
  }
  const present = { ...type, nullable: false } as Type
  for (const [index, branch] of branches.entries()) {
    if (branch.type === "null") continue
    const value = presentOf(branch, present, path)
    if (value !== undefined) {
      return { kind: "union", nullAt: nullAt < 0 ? undefined : nullAt, index, value }
    }
  }
  return fail(`Column '${path}' fits none of ${branches.map(typeName).join(", ")}`)
}

function presentOf(schema: Schema, type: Type, path: string): Writing | undefined {
  switch (type.kind) {
    case "BOOLEAN":
      return schema.type === "boolean" ? { kind: "boolean" } : undefined
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "DATE":
    case "TIME":
      return schema.type === "int" ? { kind: "int" } : undefined
    case "BIGINT":
      return schema.type === "long" ? { kind: "long" } : undefined
    case "FLOAT":
    case "DOUBLE":
      return schema.type === (type.kind === "FLOAT" ? "float" : "double")
        ? { kind: schema.type as "float" | "double" }
        : undefined
    case "CHAR":
    case "VARCHAR":
      return schema.type === "string" ? { kind: "bytes" } : undefined
    case "BINARY":
    case "VARBINARY":
      return schema.type === "bytes" ? { kind: "bytes" } : undefined
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      if (schema.type !== "long") return undefined
      const unit = schema.logical?.name === "timestamp" ? schema.logical.unit : "millis"
      return {
        kind: "timestamp",
        perMilli: unit === "millis" ? 1 : unit === "micros" ? 1000 : 1000000
      }
    }
    case "DECIMAL": {
      if (schema.type !== "bytes" && schema.type !== "fixed") return undefined
      const { logical } = schema
      if (logical?.name !== "decimal" || logical.scale !== type.scale) return undefined
      if (logical.precision < type.precision) return undefined
      return "size" in schema ? { kind: "fixedDecimal", size: schema.size } : { kind: "decimal" }
    }
    default:
      return nestedOf(schema, type, path)
  }
}

function nestedOf(schema: Schema, type: Type, path: string): Writing | undefined {
  const inner = path === "" ? "" : `${path}.`
  switch (type.kind) {
    case "ARRAY":
      return schema.type === "array"
        ? { kind: "list", element: writingOf(schema.items, type.element, `${path}[]`) }
        : undefined
    case "MAP":
    case "MULTISET": {
      if (schema.type !== "map") return undefined
      const value: Type = type.kind === "MAP" ? type.value : { kind: "INT", nullable: false }
      return { kind: "map", value: writingOf(schema.values, value, `${path}[]`) }
    }
    case "ROW": {
      if (schema.type !== "record") return undefined
      const extra = type.fields.find((field) =>
        schema.fields.every((own) => own.name !== field.name)
      )
      if (extra !== undefined) fail(`The schema has no field '${inner}${extra.name}'`)
      const fields = schema.fields.map((own): FieldWriting => {
        const index = type.fields.findIndex((field) => field.name === own.name)
        if (index >= 0) {
          return {
            index,
            value: writingOf(own.schema, type.fields[index]!.type, `${inner}${own.name}`)
          }
        }
        return { index: undefined, value: nullOf(own.schema, `${inner}${own.name}`) }
      })
      return { kind: "row", fields }
    }
    default:
      return undefined
  }
}

/** A field of the schema that the table does not have is written as null. */
function nullOf(schema: Schema, path: string): Writing {
  const nullAt = schema.type === "union"
    ? schema.branches.findIndex((branch) => branch.type === "null")
    : -1
  if (nullAt < 0) fail(`The table has no column '${path}', which the schema needs`)
  return { kind: "union", nullAt, index: nullAt, value: { kind: "null" } }
}
