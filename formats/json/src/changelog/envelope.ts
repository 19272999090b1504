/**
 * The table that the records of a changelog are when they are read as plain JSON: one row per record, with the rows before and after as
 * columns. Only the columns that the plan needs are in it.
 */
import type { FormatContext, LogicalType } from "@millrace/core/internal"
import type { Dialect, EnvelopeMetadata } from "./dialect.ts"

type Field = LogicalType.Field
type Type = LogicalType.LogicalType
type Path = ReadonlyArray<number>

/** An output column of a changelog: field `field` of the rows, and what is wanted inside it. */
export interface Wanted {
  readonly field: number
  readonly rest: Path
}

/** Outputs of the reader of envelopes, by number. */
export interface Envelope {
  readonly context: FormatContext
  readonly current: 0
  readonly previous: 1
  readonly operation: 2
  /** The field of the envelope with the rows before. */
  readonly previousField: 1
  readonly wanted: ReadonlyArray<Wanted>
  readonly metadata: ReadonlyArray<{ readonly output: number; readonly from: EnvelopeMetadata }>
  /** Outputs of further fields that were asked for by name. */
  readonly named: ReadonlyMap<string, number>
}

/** The envelope of a table. `names`: further text fields that the decoder must see. */
export function envelopeOf(
  dialect: Dialect,
  context: FormatContext,
  schemaIncluded: boolean,
  names: ReadonlyArray<string>
): Envelope {
  const kept = [...new Set(context.projection.map((path) => path[0]!))].sort((a, b) => a - b)
  const rows: Type = {
    kind: "ROW",
    nullable: true,
    fields: kept.map((column) => context.physical[column]!)
  }
  const held: Type = dialect.lists ? { kind: "ARRAY", nullable: true, element: rows } : rows
  const text: Type = { kind: "VARCHAR", nullable: true, length: 2147483647 }
  const payload: Array<Field> = [
    { name: dialect.current, type: held },
    { name: dialect.previous, type: held },
    { name: dialect.operation, type: text }
  ]
  const outside: Array<Field> = []
  const projection: Array<Path> = payload.map((_, i) => inPayload(i, schemaIncluded))
  const outputOf = new Map<string, number>()
  const add = ({ name, type }: Field, beside: boolean): number => {
    const known = outputOf.get(name)
    if (known !== undefined) return known
    const output = projection.length
    outputOf.set(name, output)
    if (beside && schemaIncluded) projection.push([outside.push({ name, type })])
    else projection.push(inPayload(payload.push({ name, type }) - 1, schemaIncluded))
    return output
  }
  const metadata = (context.metadata ?? []).map((key) => {
    const from = dialect.metadata[key]!
    return { from, output: add({ name: from.field, type: from.fieldType }, from.outside) }
  })
  const named = new Map(names.map((name) => [name, add({ name, type: text }, false)]))
  const inside: Field = {
    name: "payload",
    type: { kind: "ROW", nullable: true, fields: payload }
  }
  const physical = schemaIncluded ? [inside, ...outside] : payload
  const wanted = context.projection.map(([column, ...rest]): Wanted => ({
    field: kept.indexOf(column!),
    rest
  }))
  return {
    context: { ...context, physical, projection, metadata: [] },
    current: 0,
    previous: 1,
    operation: 2,
    previousField: 1,
    wanted,
    metadata,
    named
  }
}

function inPayload(field: number, schemaIncluded: boolean): Path {
  return schemaIncluded ? [0, field] : [field]
}
