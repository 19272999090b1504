/**
 * Records of an Effect Schema as table rows: which SQL type each field has, and the way between values and columns.
 *
 * `String` STRING, `Boolean` BOOLEAN, `Int` BIGINT (as number, must be exact), `Number` DOUBLE, `BigInt` BIGINT, `Date` TIMESTAMP(3) in UTC,
 * `NullOr(x)` nullable x, `Array(x)` ARRAY, `Struct` ROW.
 */
import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type { Batch } from "../batch/element.ts"
import { Batch as TableBatch } from "../batch/element.ts"
import { type Column, isNull } from "../batch/column.ts"
import { textOf } from "../batch/render.ts"
import { encodeUtf8 } from "../batch/utf8.ts"
import { Fault, type FaultClass } from "../fault.ts"
import { columnOfBoxed } from "../state/boxed.ts"
import type { LogicalType, RowType } from "../type/logical-type.ts"
import { lengthMax } from "../type/logical-type.ts"
import { valueBatch, valuesOf } from "./value-batch.ts"

const SchemaFaultBase: FaultClass<"SchemaFault", { field: string; detail: string }> = Fault<
  { field: string; detail: string }
>()(
  "SchemaFault",
  "user",
  "never"
)

/** A schema that has no table row, or a value that its column cannot hold. */
export class SchemaFault extends SchemaFaultBase {
  override get message(): string {
    return `Cannot use field '${this.field}' of the record's schema in a table: ${this.detail}`
  }
}

/** A record's schema: a `Schema.Struct` whose decoded type is `A`. */
export type RecordSchema<A> = Schema.Schema<A> & { readonly ast: SchemaAST.AST }

/** The way between records and columns. */
export interface RowCodec {
  readonly type: RowType
  readonly toValues: (batch: Batch) => Batch
  readonly toColumns: (batch: Batch) => Batch
}

interface FieldCodec {
  readonly type: LogicalType
  readonly read: (column: Column, row: number) => unknown
  readonly box: (value: unknown) => unknown
}

/** The codec of a schema. Throws {@link SchemaFault}. */
export function rowCodec<A>(schema: RecordSchema<A>): RowCodec {
  const { ast } = schema
  if (ast._tag !== "Objects") throw new SchemaFault({ field: "", detail: "wanted a Schema.Struct" })
  const names = ast.propertySignatures.map((signature) => String(signature.name))
  const codecs = ast.propertySignatures.map((signature) =>
    fieldCodec(String(signature.name), signature.type)
  )
  return {
    type: names.map((name, i) => ({ name, type: codecs[i]!.type })),
    toValues: (batch) => {
      for (let i = 0; i < names.length; i++) {
        refuseNull(names[i]!, codecs[i]!.type, batch.columns[i]!)
      }
      const out = new Array<unknown>(batch.rows)
      for (let row = 0; row < batch.rows; row++) {
        const record: Record<string, unknown> = {}
        for (let i = 0; i < names.length; i++) {
          record[names[i]!] = codecs[i]!.read(batch.columns[i]!, row)
        }
        out[row] = record
      }
      return valueBatch(out, batch.timestamps)
    },
    toColumns: (batch) => {
      const values = valuesOf(batch) as ReadonlyArray<Readonly<Record<string, unknown>>>
      const columns = names.map((name, i) =>
        columnOfBoxed(codecs[i]!.type, values.map((value) => codecs[i]!.box(value[name])))
      )
      return new TableBatch(batch.rows, columns, undefined, batch.timestamps)
    }
  }
}

function refuseNull(field: string, type: LogicalType, column: Column): void {
  if (type.nullable || column.nulls === undefined || !column.nulls.includes(1)) return
  throw new SchemaFault({
    field,
    detail: "the table has a NULL there: declare it with Schema.NullOr"
  })
}

function fieldCodec(field: string, ast: SchemaAST.AST): FieldCodec {
  switch (ast._tag) {
    case "String":
      return {
        type: { kind: "VARCHAR", nullable: false, length: lengthMax },
        read: textOf,
        box: (v) => encodeUtf8(v as string)
      }
    case "Boolean":
      return {
        type: { kind: "BOOLEAN", nullable: false },
        read: (c, row) => c.values[row] === 1,
        box: (v) => v
      }
    case "BigInt":
      return {
        type: { kind: "BIGINT", nullable: false },
        read: (c, row) => BigInt(c.values[row] as number | bigint),
        box: (v) => v
      }
    case "Number":
      return isInteger(ast) ? integerCodec(field) : numberCodec
    case "Declaration":
      return dateCodec(field, ast)
    case "Union":
      return nullable(field, ast)
    case "Arrays":
      return listCodec(field, ast)
    case "Objects":
      return recordCodec(field, ast)
    default:
      throw new SchemaFault({ field, detail: `${ast._tag} has no SQL type` })
  }
}

const numberCodec: FieldCodec = {
  type: { kind: "DOUBLE", nullable: false },
  read: (column, row) => column.values[row],
  box: (value) => value
}

/** A number with the check that `Schema.Int` adds. */
function isInteger(ast: SchemaAST.AST): boolean {
  return ast.checks?.some((check) => representation(check) === "effect/schema/isInt") ?? false
}

/** The name under which Effect knows a check or a declared type. */
function representation(part: { readonly annotations?: object | undefined }): string | undefined {
  const { annotations } = part as {
    readonly annotations?: { readonly representation?: { readonly id?: string } }
  }
  return annotations?.representation?.id
}

function integerCodec(field: string): FieldCodec {
  return {
    type: { kind: "BIGINT", nullable: false },
    read: (column, row) => {
      const value = Number(column.values[row])
      if (!Number.isSafeInteger(value)) {
        throw new SchemaFault({
          field,
          detail: `${column.values[row]} is no exact number: use Schema.BigInt`
        })
      }
      return value
    },
    box: (value) => {
      if (!Number.isSafeInteger(value)) {
        throw new SchemaFault({ field, detail: `${String(value)} is no whole number` })
      }
      return BigInt(value as number)
    }
  }
}

function dateCodec(field: string, ast: SchemaAST.AST): FieldCodec {
  if (representation(ast) !== "effect/schema/Date") {
    throw new SchemaFault({ field, detail: "only Schema.Date is known of declared types" })
  }
  return {
    type: { kind: "TIMESTAMP", nullable: false, precision: 3 },
    read: (column, row) => new Date(column.values[row] as number),
    box: (value) => (value as Date).getTime()
  }
}

function nullable(field: string, ast: SchemaAST.Union): FieldCodec {
  const rest = ast.types.filter((type) => type._tag !== "Null")
  if (rest.length !== 1 || rest.length === ast.types.length) {
    throw new SchemaFault({ field, detail: "of unions only NullOr is known" })
  }
  const inner = fieldCodec(field, rest[0]!)
  return {
    type: { ...inner.type, nullable: true },
    read: (column, row) => isNull(column, row) ? null : inner.read(column, row),
    box: (value) => value === null ? null : inner.box(value)
  }
}

function listCodec(field: string, ast: SchemaAST.Arrays): FieldCodec {
  const [rest] = ast.rest
  if (rest === undefined || ast.elements.length > 0) {
    throw new SchemaFault({ field, detail: "tuples have no SQL type" })
  }
  const inner = fieldCodec(field, rest)
  return {
    type: { kind: "ARRAY", nullable: false, element: inner.type },
    read: (column, row) =>
      Array.from(
        { length: column.lengths[row]! },
        (_, i) => inner.read(column.children[0]!, column.starts[row]! + i)
      ),
    box: (value) => (value as ReadonlyArray<unknown>).map(inner.box)
  }
}

function recordCodec(field: string, ast: SchemaAST.Objects): FieldCodec {
  const parts = ast.propertySignatures.map((signature) => {
    const name = String(signature.name)
    return { name, codec: fieldCodec(`${field}.${name}`, signature.type) }
  })
  return {
    type: {
      kind: "ROW",
      nullable: false,
      fields: parts.map(({ name, codec }) => ({ name, type: codec.type }))
    },
    read: (column, row) =>
      Object.fromEntries(
        parts.map(({ name, codec }, i) => [name, codec.read(column.children[i]!, row)])
      ),
    box: (value) =>
      parts.map(({ name, codec }) => codec.box((value as Readonly<Record<string, unknown>>)[name]))
  }
}

/** The SQL type of a schema's decoded values. Throws {@link SchemaFault}; `field` is for its message. */
export function schemaType(field: string, ast: SchemaAST.AST): LogicalType {
  return fieldCodec(field, ast).type
}
