/**
 * How a writer's schema is read into the columns of a table: a tree over the *writer's* schema, as bytes come in its order, whose leaves say
 * which column takes the value and how it is converted. Made once per pair of schema and table; code is generated from it.
 *
 * The rules are Avro's schema resolution, with the table in the place of the reader's schema: fields by name, missing ones by default or NULL,
 * numbers widened, text and bytes alike. Beyond them enums and UUIDs are read as text and timestamps change their unit.
 */
import type { DecodedColumn, LogicalType, Want } from "@millrace/core/internal"
import { fail } from "./problem.ts"
import { type RecordSchema, type Schema, typeName, type Unit } from "./schema.ts"

type Type = LogicalType.LogicalType

/** How a value becomes that of its column. */
export type Conversion =
  /** A number as it is; of a type with less range when `min` and `max` are set. */
  | { readonly kind: "int"; readonly limit: number }
  | { readonly kind: "long" }
  | { readonly kind: "longAsDouble"; readonly single: boolean }
  | { readonly kind: "float" }
  | { readonly kind: "double" }
  | { readonly kind: "boolean" }
  | { readonly kind: "text" }
  | { readonly kind: "bytes" }
  | { readonly kind: "fixed"; readonly size: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "enum"; readonly symbols: ReadonlyArray<string> }
  /** `size`: of a fixed; undefined: bytes. `shift`: digits to append. */
  | {
    readonly kind: "decimal"
    readonly size: number | undefined
    readonly shift: number
    readonly precision: number
  }
  | { readonly kind: "timeMicros" }
  | { readonly kind: "timestamp"; readonly unit: Unit }

/** What to do with the next value of the writer. */
export type Reading =
  | { readonly kind: "skip"; readonly schema: Schema }
  | {
    readonly kind: "value"
    readonly column: DecodedColumn
    readonly conversion: Conversion
    readonly path: string
  }
  | { readonly kind: "null"; readonly column: DecodedColumn; readonly path: string }
  | {
    readonly kind: "row"
    readonly fields: ReadonlyArray<Reading>
    readonly missing: ReadonlyArray<Missing>
  }
  | {
    readonly kind: "list"
    readonly column: DecodedColumn
    readonly element: Reading
    readonly schema: Schema
    readonly path: string
  }
  | {
    readonly kind: "map"
    readonly column: DecodedColumn
    readonly value: Reading
    readonly schema: Schema
    readonly path: string
  }
  | { readonly kind: "union"; readonly branches: ReadonlyArray<Reading>; readonly path: string }
  /** A branch of a union that the column cannot take. */
  | { readonly kind: "refuse"; readonly text: string }

/** A column of the table that the writer does not write. */
export interface Missing {
  readonly column: DecodedColumn
  /** Its default as the reader's schema has it; null: NULL. */
  readonly value: null | boolean | number | string
}

/** The reading of a record for rows. `reader`: the schema that the user gave for the table, for its defaults and aliases. Throws Problem. */
export function readRecord(
  schema: Schema,
  want: Want,
  reader: Schema | undefined,
  path: string = ""
): Reading {
  return readValue(schema, want, reader, path)
}

/** The reading of what a file or message holds: a record, or (as Flink writes files) a union of null and one, of which null is refused. Throws Problem. */
export function readRoot(schema: Schema, want: Want, reader: Schema | undefined): Reading {
  const branches = schema.type === "union" ? schema.branches : [schema]
  if (!branches.some((branch) => branch.type === "record")) {
    return fail(`Expected a record but the writer's schema is ${typeName(schema)}`)
  }
  const readings = branches.map((branch): Reading =>
    branch.type === "record"
      ? readValue(branch, want, branchOf(reader, branch), "")
      : { kind: "refuse", text: `Expected a record but found ${typeName(branch)}` }
  )
  return schema.type === "union" ? { kind: "union", branches: readings, path: "" } : readings[0]!
}

function readValue(
  schema: Schema,
  want: Want,
  reader: Schema | undefined,
  path: string
): Reading {
  if (want.kind === "nothing") return { kind: "skip", schema }
  if (schema.type === "union") {
    const branches = schema.branches.map((branch) => {
      const inner = branchOf(reader, branch)
      const reading = attempt(() => readValue(branch, want, inner, path))
      return reading
    })
    const usable = branches.filter((branch) => branch.kind !== "refuse")
    if (usable.length === 0 && branches.length > 0) {
      return fail((branches[0] as Reading & { readonly kind: "refuse" }).text)
    }
    return { kind: "union", branches, path }
  }
  if (want.kind === "fields") {
    if (schema.type === "null") return readNulls(want, path)
    if (schema.type !== "record") return mismatch("a ROW", schema, path)
    return readFields(schema, want.fields, want.wants, branchOf(reader, schema), path)
  }
  return readColumn(schema, want.column, branchOf(reader, schema), path)
}

/** The branch of a reader's union that goes with a schema. */
function branchOf(reader: Schema | undefined, schema: Schema): Schema | undefined {
  return reader?.type === "union"
    ? reader.branches.find((branch) => branch.type === schema.type)
    : reader
}

function attempt(read: () => Reading): Reading {
  try {
    return read()
  } catch (problem) {
    const text = (problem as { readonly text?: unknown }).text
    if (typeof text !== "string") throw problem
    return { kind: "refuse", text }
  }
}

/** A row that is NULL, of which only fields are wanted: these are NULL. */
function readNulls(want: Want & { readonly kind: "fields" }, path: string): Reading {
  const columns = wantedColumns(want)
  return {
    kind: "row",
    fields: columns.map((column): Reading => ({ kind: "null", column, path })),
    missing: []
  }
}

function wantedColumns(want: Want): ReadonlyArray<DecodedColumn> {
  if (want.kind === "nothing") return []
  return want.kind === "column" ? [want.column] : want.wants.flatMap(wantedColumns)
}

function mismatch(wanted: string, schema: Schema, path: string): never {
  return fail(
    `Expected ${wanted} but the writer's schema has ${typeName(schema)} in field '${path}'`
  )
}

function readFields(
  schema: RecordSchema,
  fields: LogicalType.RowType,
  wants: ReadonlyArray<Want>,
  reader: Schema | undefined,
  path: string
): Reading {
  const given = reader?.type === "record" ? reader.fields : []
  const aliasesOf = (name: string): ReadonlyArray<string> =>
    given.find((field) => field.name === name)?.aliases ?? []
  const found = new Set<number>()
  const readings = schema.fields.map((field): Reading => {
    let index = fields.findIndex(({ name }) => name === field.name)
    if (index < 0) index = fields.findIndex(({ name }) => aliasesOf(name).includes(field.name))
    if (index < 0 || found.has(index)) return { kind: "skip", schema: field.schema }
    found.add(index)
    const inner = given.find(({ name }) => name === fields[index]!.name)?.schema
    const place = path === "" ? fields[index]!.name : `${path}.${fields[index]!.name}`
    return readValue(field.schema, wants[index]!, inner, place)
  })
  const missing = fields.flatMap((field, i) => {
    if (found.has(i)) return []
    const value = given.find(({ name }) => name === field.name)?.default
    return wantedColumns(wants[i]!).map((column) => missingColumn(column, field, value, path))
  })
  return { kind: "row", fields: readings, missing }
}

function missingColumn(
  column: DecodedColumn,
  field: LogicalType.Field,
  value: unknown,
  path: string
): Missing {
  const place = path === "" ? field.name : `${path}.${field.name}`
  if (value === undefined || value === null) {
    if (field.type.nullable) return { column, value: null }
    return fail(`Expected a value of field '${place}' but the writer's schema has no such field`)
  }
  const { layout } = column
  const fits = (typeof value === "boolean" && layout === "bool") ||
    (typeof value === "number" && (layout === "f64" || Number.isSafeInteger(value)) &&
      (layout === "i32" || layout === "f64" || layout === "i64") &&
      field.type.kind !== "DECIMAL") ||
    (typeof value === "string" && layout === "bytes" &&
      (field.type.kind === "CHAR" || field.type.kind === "VARCHAR"))
  if (fits) return { column, value: value as boolean | number | string }
  return fail(
    `Cannot use the default of field '${place}': only numbers, booleans and text can stand for a field that the writer does not have`
  )
}

function readColumn(
  schema: Schema,
  column: DecodedColumn,
  reader: Schema | undefined,
  path: string
): Reading {
  const { type } = column
  if (schema.type === "null") {
    return type.nullable
      ? { kind: "null", column, path }
      : { kind: "refuse", text: `Expected a value but found null in field '${path}'` }
  }
  switch (type.kind) {
    case "ROW": {
      if (schema.type !== "record") return mismatch("a ROW", schema, path)
      const wants = column.children.map((child): Want => ({ kind: "column", column: child }))
      return readFields(schema, type.fields, wants, reader, path)
    }
    case "ARRAY": {
      if (schema.type !== "array") return mismatch("an ARRAY", schema, path)
      const [child] = column.children
      const inner = reader?.type === "array" ? reader.items : undefined
      const element = readValue(schema.items, whole(child!), inner, `${path}[]`)
      return { kind: "list", column, element, schema: schema.items, path }
    }
    case "MAP":
    case "MULTISET": {
      if (schema.type !== "map") return mismatch(`a ${type.kind}`, schema, path)
      const inner = reader?.type === "map" ? reader.values : undefined
      const value = readValue(schema.values, whole(column.children[1]!), inner, `${path}[]`)
      return { kind: "map", column, value, schema: schema.values, path }
    }
    default: {
      const conversion = conversionOf(schema, type)
      if (conversion === undefined) return mismatch(article(type.kind), schema, path)
      return { kind: "value", column, conversion, path }
    }
  }
}

function whole(column: DecodedColumn): Want {
  return { kind: "column", column }
}

function article(kind: string): string {
  return /^[AI]/.test(kind) ? `an ${kind}` : `a ${kind}`
}

function conversionOf(schema: Schema, type: Type): Conversion | undefined {
  switch (schema.type) {
    case "boolean":
      return type.kind === "BOOLEAN" ? { kind: "boolean" } : undefined
    case "int":
      return fromInt(schema, type)
    case "long":
      return fromLong(schema, type)
    case "float":
      return type.kind === "FLOAT" || type.kind === "DOUBLE" ? { kind: "float" } : undefined
    case "double":
      return type.kind === "DOUBLE" ? { kind: "double" } : undefined
    case "enum":
      return isText(type) ? { kind: "enum", symbols: schema.symbols } : undefined
    case "fixed":
      if (schema.logical?.name === "uuid" && isText(type)) return { kind: "uuid" }
      if (isBinary(type)) return { kind: "fixed", size: schema.size }
      return fromDecimal(schema.logical, schema.size, type)
    case "string":
    case "bytes":
      if (isText(type)) return { kind: "text" }
      if (isBinary(type)) return { kind: "bytes" }
      return schema.type === "bytes" ? fromDecimal(schema.logical, undefined, type) : undefined
    default:
      return undefined
  }
}

function isText(type: Type): boolean {
  return type.kind === "CHAR" || type.kind === "VARCHAR"
}

function isBinary(type: Type): boolean {
  return type.kind === "BINARY" || type.kind === "VARBINARY"
}

function fromInt(schema: Schema & { readonly type: unknown }, type: Type): Conversion | undefined {
  const logical = (schema as { readonly logical?: { readonly name: string } }).logical?.name
  switch (type.kind) {
    case "TINYINT":
      return { kind: "int", limit: 128 }
    case "SMALLINT":
      return { kind: "int", limit: 32768 }
    case "INT":
      return { kind: "int", limit: 2147483648 }
    case "DATE":
      return logical === "time-millis" ? undefined : { kind: "int", limit: 2147483648 }
    case "TIME":
      return logical === "date" ? undefined : { kind: "int", limit: 86400000 }
    case "BIGINT":
      return { kind: "long" }
    case "FLOAT":
    case "DOUBLE":
      return { kind: "longAsDouble", single: type.kind === "FLOAT" }
    default:
      return undefined
  }
}

function fromLong(
  schema: Schema & { readonly type: "long" | string },
  type: Type
): Conversion | undefined {
  const logical = "logical" in schema ? schema.logical : undefined
  switch (type.kind) {
    case "BIGINT":
      return { kind: "long" }
    case "FLOAT":
    case "DOUBLE":
      return { kind: "longAsDouble", single: type.kind === "FLOAT" }
    case "TIME":
      return logical?.name === "time-micros" ? { kind: "timeMicros" } : undefined
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      if (logical?.name === "timestamp") return { kind: "timestamp", unit: logical.unit }
      if (logical !== undefined) return undefined
      const { precision } = type
      return {
        kind: "timestamp",
        unit: precision <= 3 ? "millis" : precision <= 6 ? "micros" : "nanos"
      }
    }
    default:
      return undefined
  }
}

function fromDecimal(
  logical: { readonly name: string } | undefined,
  size: number | undefined,
  type: Type
): Conversion | undefined {
  if (type.kind !== "DECIMAL") return undefined
  const scale = logical?.name === "decimal"
    ? (logical as { readonly scale?: number }).scale!
    : type.scale
  if (scale > type.scale) return undefined
  return { kind: "decimal", size, shift: type.scale - scale, precision: type.precision }
}
