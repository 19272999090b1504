/**
 * Avro schemas as data: parsed from their JSON form with all names resolved, so that every reference to a named type is the same object.
 * Schemas come from strangers (files, registries): depth and names are checked, and nothing but plain data is kept.
 */
import { fail } from "./problem.ts"

/** Types without parts. */
export type PrimitiveName =
  | "null"
  | "boolean"
  | "int"
  | "long"
  | "float"
  | "double"
  | "bytes"
  | "string"

/** The logical type of a schema, as far as it is valid for the type it stands on; an unknown one is left out, as Avro demands. */
export type Logical =
  | { readonly name: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly name: "date" | "time-millis" | "time-micros" | "uuid" | "duration" }
  | { readonly name: "timestamp"; readonly unit: Unit; readonly local: boolean }

/** The unit of a timestamp. */
export type Unit = "millis" | "micros" | "nanos"

/** A schema. Records are filled after they are made, as they may hold themselves. */
export type Schema =
  | { readonly type: PrimitiveName; readonly logical: Logical | undefined }
  | {
    readonly type: "fixed"
    readonly name: string
    readonly size: number
    readonly logical: Logical | undefined
  }
  | { readonly type: "enum"; readonly name: string; readonly symbols: ReadonlyArray<string> }
  | { readonly type: "array"; readonly items: Schema }
  | { readonly type: "map"; readonly values: Schema }
  | { readonly type: "union"; readonly branches: ReadonlyArray<Schema> }
  | RecordSchema

/** A record. */
export interface RecordSchema {
  readonly type: "record"
  readonly name: string
  readonly fields: Array<SchemaField>
}

/** A field of a record. */
export interface SchemaField {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  readonly schema: Schema
  /** The JSON of its default, or undefined when it has none. */
  readonly default: unknown
}

/** Schemas within one another, and the fields of all records together. */
const depthMax = 64
const fieldsMax = 20_000
/** A fixed has at most so many bytes. */
const fixedMax = 2 ** 26

const primitives: ReadonlySet<string> = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string"
])

type Json = Readonly<Record<string, unknown>>

/** Parse a schema. `known`: schemas whose named types it may use, each of which may use those before it. Throws {@link Problem}. */
export function parseSchema(text: string, known: ReadonlyArray<string> = []): Schema {
  const parser = new Parser()
  for (const other of known) parser.parse(jsonOf(other), "", 0)
  return parser.parse(jsonOf(text), "", 0)
}

function jsonOf(text: string): unknown {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    // A bare name is accepted too, as Avro's own parser does.
    if (!primitives.has(text.trim())) {
      return fail(`The schema is not JSON: ${(error as Error).message}`)
    }
    json = text.trim()
  }
  return json
}

class Parser {
  private readonly named = new Map<string, Schema>()
  private fields = 0

  parse(json: unknown, namespace: string, depth: number): Schema {
    if (depth > depthMax) fail(`The schema is more than ${depthMax} levels deep`)
    if (typeof json === "string") return this.byName(json, namespace)
    if (Array.isArray(json)) return this.union(json, namespace, depth)
    if (typeof json !== "object" || json === null) {
      return fail(`Expected a schema but found ${JSON.stringify(json)}`)
    }
    const object = json as Json
    const { type } = object
    if (typeof type === "object" && type !== null) return this.parse(type, namespace, depth + 1)
    switch (type) {
      case "record":
      case "error":
        return this.record(object, namespace, depth)
      case "enum":
        return this.enumeration(object, namespace)
      case "fixed":
        return this.fixed(object, namespace)
      case "array":
        return { type, items: this.parse(object["items"], namespace, depth + 1) }
      case "map":
        return { type, values: this.parse(object["values"], namespace, depth + 1) }
    }
    if (typeof type !== "string") {
      return fail(`Expected a schema with a "type" but found ${excerpt(json)}`)
    }
    return primitives.has(type)
      ? { type: type as PrimitiveName, logical: logicalOf(type, object, 0) }
      : this.byName(type, namespace)
  }

  private byName(name: string, namespace: string): Schema {
    if (primitives.has(name)) return { type: name as PrimitiveName, logical: undefined }
    const found =
      this.named.get(name.includes(".") || namespace === "" ? name : `${namespace}.${name}`) ??
        this.named.get(name)
    return found ?? fail(`The schema uses the type "${name}", which it does not define`)
  }

  private define(object: Json, namespace: string): readonly [name: string, namespace: string] {
    const { name } = object
    if (typeof name !== "string" || name === "") {
      return fail(`Expected a name but found ${excerpt(name)} in the schema`)
    }
    const own = typeof object["namespace"] === "string" ? object["namespace"] : namespace
    const full = name.includes(".") || own === "" ? name : `${own}.${name}`
    if (this.named.has(full)) fail(`The schema defines the type "${full}" twice`)
    const dot = full.lastIndexOf(".")
    return [full, dot < 0 ? "" : full.slice(0, dot)]
  }

  private record(object: Json, outer: string, depth: number): Schema {
    const [name, namespace] = this.define(object, outer)
    const given = object["fields"]
    if (!Array.isArray(given)) return fail(`The record "${name}" of the schema has no fields`)
    const record: RecordSchema = { type: "record", name, fields: [] }
    this.named.set(name, record)
    const seen = new Set<string>()
    for (const field of given as ReadonlyArray<Json>) {
      const own = field?.["name"]
      if (typeof own !== "string" || seen.has(own)) {
        return fail(`The record "${name}" has a field without a name of its own: ${excerpt(own)}`)
      }
      seen.add(own)
      this.fields++
      if (this.fields > fieldsMax) fail(`The schema has more than ${fieldsMax} fields`)
      const aliases = Array.isArray(field["aliases"])
        ? field["aliases"].filter((alias) => typeof alias === "string")
        : []
      const schema = this.parse(field["type"], namespace, depth + 1)
      record.fields.push({ name: own, aliases, schema, default: field["default"] })
    }
    return record
  }

  private enumeration(object: Json, outer: string): Schema {
    const [name] = this.define(object, outer)
    const { symbols } = object
    if (!Array.isArray(symbols) || symbols.some((symbol) => typeof symbol !== "string")) {
      return fail(`The enum "${name}" of the schema has no symbols`)
    }
    const schema: Schema = { type: "enum", name, symbols }
    this.named.set(name, schema)
    return schema
  }

  private fixed(object: Json, outer: string): Schema {
    const [name] = this.define(object, outer)
    const { size } = object
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > fixedMax) {
      return fail(`The fixed "${name}" of the schema has the size ${excerpt(size)}`)
    }
    const schema: Schema = { type: "fixed", name, size, logical: logicalOf("fixed", object, size) }
    this.named.set(name, schema)
    return schema
  }

  private union(json: ReadonlyArray<unknown>, namespace: string, depth: number): Schema {
    const branches = json.map((branch) => this.parse(branch, namespace, depth + 1))
    if (branches.some((branch) => branch.type === "union")) {
      return fail("The schema has a union directly within a union")
    }
    return { type: "union", branches }
  }
}

function excerpt(json: unknown): string {
  return (JSON.stringify(json) ?? "nothing").slice(0, 80)
}

const longLogicals: Readonly<Record<string, Logical>> = {
  "time-micros": { name: "time-micros" },
  "timestamp-millis": { name: "timestamp", unit: "millis", local: false },
  "timestamp-micros": { name: "timestamp", unit: "micros", local: false },
  "timestamp-nanos": { name: "timestamp", unit: "nanos", local: false },
  "local-timestamp-millis": { name: "timestamp", unit: "millis", local: true },
  "local-timestamp-micros": { name: "timestamp", unit: "micros", local: true },
  "local-timestamp-nanos": { name: "timestamp", unit: "nanos", local: true }
}

function logicalOf(type: string, object: Json, size: number): Logical | undefined {
  const name = object["logicalType"]
  if (typeof name !== "string") return undefined
  switch (type) {
    case "int":
      return name === "date" || name === "time-millis" ? { name } : undefined
    case "long":
      return Object.hasOwn(longLogicals, name) ? longLogicals[name] : undefined
    case "string":
      return name === "uuid" ? { name } : undefined
    case "fixed":
      if (name === "uuid" && size === 16) return { name }
      if (name === "duration" && size === 12) return { name }
      return name === "decimal" ? decimalOf(object) : undefined
    case "bytes":
      return name === "decimal" ? decimalOf(object) : undefined
    default:
      return undefined
  }
}

function decimalOf(object: Json): Logical | undefined {
  const precision = object["precision"]
  const scale = object["scale"] ?? 0
  if (!Number.isInteger(precision) || !Number.isInteger(scale)) return undefined
  const valid = (precision as number) > 0 && (scale as number) >= 0 &&
    (scale as number) <= (precision as number) && (precision as number) <= 1000
  return valid
    ? { name: "decimal", precision: precision as number, scale: scale as number }
    : undefined
}

/** The schema's type for messages. */
export function typeName(schema: Schema): string {
  switch (schema.type) {
    case "record":
    case "enum":
    case "fixed":
      return `${schema.type} "${schema.name}"`
    case "union":
      return `union of ${schema.branches.map((branch) => branch.type).join(", ")}`
    default:
      return schema.type
  }
}

/** The fewest bytes that a value takes; recursive records count as 1. */
export function sizeMin(schema: Schema, depth: number = 0): number {
  switch (schema.type) {
    case "null":
      return 0
    case "float":
      return 4
    case "double":
      return 8
    case "fixed":
      return schema.size
    case "record": {
      if (depth > 8) return 1
      return schema.fields.reduce((sum, field) => sum + sizeMin(field.schema, depth + 1), 0)
    }
    default:
      return 1
  }
}
