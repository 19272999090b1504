/** From schemas to code: what decoders and encoders of all factories of this package run. */
import type { FormatContext, LogicalType, MessageColumns } from "@millrace/core/internal"
import type { Program } from "./decoder.ts"
import { AvroSchemaFault } from "./fault.ts"
import { generateEncoder, type Put } from "./generate-encoder.ts"
import { generate } from "./generate.ts"
import { fail, Problem } from "./problem.ts"
import { readRecord, wantOf } from "./reading.ts"
import { parseSchema, type Schema, typeName } from "./schema.ts"
import { writingOf } from "./write-plan.ts"

/** Code that decodes records of a writer's schema, or why they do not fit the table. */
export function programOf(
  writer: Schema,
  context: FormatContext,
  columns: MessageColumns,
  reader: Schema | undefined
): Program {
  try {
    if (writer.type !== "record") {
      fail(`Expected a record but the writer's schema is ${typeName(writer)}`)
    }
    const want = wantOf(context.physical, columns.paths, columns.tops)
    return generate(readRecord(writer, want, reader))
  } catch (problem) {
    if (problem instanceof Problem) return problem
    throw problem
  }
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
    if (inner.kind !== "row" || inner !== writing) return fail("The schema must be a record")
    return generateEncoder(inner)
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    throw new AvroSchemaFault({ table: context.table, action: "write", detail: problem.text })
  }
}
