/** What a projection wants of each value of a record: what decoders walk together with the schema. */
import type { LogicalType, RowType } from "../type/logical-type.ts"
import type { DecodedColumn } from "./decoded-column.ts"

/** What is wanted of a value: a column for all of it, fields of it, or nothing. */
export type Want =
  | { readonly kind: "nothing" }
  | { readonly kind: "column"; readonly column: DecodedColumn }
  | {
    readonly kind: "fields"
    readonly fields: RowType
    readonly wants: ReadonlyArray<Want>
  }

const nothing: Want = { kind: "nothing" }

/** What a projection wants of rows. `columns` are the columns of its paths; a path into a row that is wanted whole is left out. */
export function wantOf(
  fields: RowType,
  paths: ReadonlyArray<ReadonlyArray<number>>,
  columns: ReadonlyArray<DecodedColumn>,
  depth: number = 0
): Want {
  const wants = fields.map((field, i): Want => {
    const here = paths.map((_, p) => p).filter((p) => paths[p]![depth] === i)
    const whole = here.find((p) => paths[p]!.length === depth + 1)
    if (whole !== undefined) return { kind: "column", column: columns[whole]! }
    if (here.length === 0) return nothing
    const inner = (field.type as LogicalType & { readonly kind: "ROW" }).fields
    return wantOf(inner, here.map((p) => paths[p]!), here.map((p) => columns[p]!), depth + 1)
  })
  return { kind: "fields", fields, wants }
}
