/** From schemas to code: what decoders and encoders of all factories of this package run. */
import {
  type FormatContext,
  type LogicalType,
  type MessageColumns,
  type Want,
  wantOf
} from "@millrace/core/internal"
import type { Program } from "./decoder.ts"
import { AvroSchemaFault } from "./fault.ts"
import { generateEncoder, type Put } from "./generate-encoder.ts"
import { type EnvelopeField, generate, generateEnvelope } from "./generate.ts"
import { fail, Problem } from "./problem.ts"
import { readRecord, readRoot } from "./reading.ts"
import { parseSchema, type Schema, typeName } from "./schema.ts"
import { writingOf } from "./write-plan.ts"

/** Code that decodes records of a writer's schema, or why they do not fit the table. */
export function programOf(
  writer: Schema,
  context: FormatContext,
  columns: MessageColumns,
  reader: Schema | undefined
): Program {
  return programOr(() =>
    generate(readRoot(writer, wantOf(context.physical, columns.paths, columns.tops), reader))
  )
}

function programOr(make: () => Program): Program {
  try {
    return make()
  } catch (problem) {
    if (problem instanceof Problem) return problem
    throw problem
  }
}

/** As {@link programOf} for Debezium's envelopes: records, or unions of null and one, with the fields before, after and op. */
export function envelopeProgramOf(
  writer: Schema,
  context: FormatContext,
  columns: MessageColumns,
  reader: Schema | undefined
): Program {
  return programOr(() => {
    const branches = writer.type === "union" ? writer.branches : [writer]
    const branch = branches.findIndex((one) => one.type === "record")
    const envelope = branches[branch]
    if (envelope?.type !== "record") {
      return fail(`Expected an envelope but the writer's schema is ${typeName(writer)}`)
    }
    const own = reader?.type === "union"
      ? reader.branches.find((one) => one.type === "record")
      : reader
    const images = own?.type === "record" ? own.fields : []
    const want = wantOf(context.physical, columns.paths, columns.tops)
    const fields = envelope.fields.map(({ name, schema }): EnvelopeField => {
      const inner = images.find((field) => field.name === name)?.schema
      if (name === "before" || name === "after") return imageOf(name, schema, want, inner)
      return name === "op" ? operationOf(schema) : { kind: "pass", schema }
    })
    if (!fields.some((field) => field.kind === "op")) {
      fail('Expected an envelope with "op" but the writer\'s schema has none')
    }
    return generateEnvelope(fields, writer.type === "union" ? branch : undefined)
  })
}

function imageOf(
  name: "before" | "after",
  schema: Schema,
  want: Want,
  reader: Schema | undefined
): EnvelopeField {
  const branches = schema.type === "union" ? schema.branches : [schema]
  return {
    kind: "image",
    name,
    union: schema.type === "union",
    branches: branches.map((branch) => {
      if (branch.type === "null") return undefined
      const inner = reader?.type === "union"
        ? reader.branches.find((one) => one.type === branch.type)
        : reader
      return readRecord(branch, want, inner)
    })
  }
}

function operationOf(schema: Schema): EnvelopeField {
  if (schema.type === "string") return { kind: "op", nullAt: undefined }
  if (schema.type === "union" && schema.branches.length === 2) {
    const nullAt = schema.branches.findIndex((branch) => branch.type === "null")
    if (nullAt >= 0 && schema.branches[1 - nullAt]!.type === "string") return { kind: "op", nullAt }
  }
  return fail(`Expected text in field 'op' but the writer's schema has ${typeName(schema)}`)
}

/** Code that encodes the table's rows in a schema. Throws AvroSchemaFault when they do not fit. */
export function putOf(
  context: FormatContext,
  schema: string,
  row: LogicalType.RowType = context.physical
): Put {
  try {
    const type: LogicalType.LogicalType = { kind: "ROW", nullable: false, fields: row }
    const writing = writingOf(parseSchema(schema), type, "")
    const inner = writing.kind === "union" ? writing.value : writing
    if (inner.kind !== "row") return fail("The schema must be a record")
    return generateEncoder(inner, writing.kind === "union" ? writing.index : undefined)
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    throw new AvroSchemaFault({ table: context.table, action: "write", detail: problem.text })
  }
}
