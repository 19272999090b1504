/** Decodes changelogs in tests, and the naive twin of their decoders: `JSON.parse` and a few lines for each tool. */
import {
  type BadRecord,
  batchRowsMax,
  type FormatContext,
  type FormatFactory,
  GrowingBytes,
  type LogicalType,
  type RowDecoder
} from "@millrace/core/internal"
import { type Value, valueAt } from "../../conformance/src/bulk-values.ts"

type Row = ReadonlyArray<Value>

/** A row of a changelog: `+I`, `-U`, `+U`, `-D` and its values. */
export type Change = readonly [kind: string, ...values: Row]

/** What a decoder gave. */
export interface Changes {
  readonly rows: Array<Change>
  readonly bad: Array<BadRecord>
}

const kinds = ["+I", "-U", "+U", "-D"]

function typeAt(
  fields: LogicalType.RowType,
  path: ReadonlyArray<number>
): LogicalType.LogicalType {
  const { type } = fields[path[0]!]!
  return path.length === 1
    ? type
    : typeAt((type as LogicalType.LogicalType & { kind: "ROW" }).fields, path.slice(1))
}

function drain(
  decoder: RowDecoder,
  factory: FormatFactory,
  context: FormatContext,
  into: Changes
): void {
  const told = factory.metadata?.(context.options) ?? {}
  const types = [
    ...context.projection.map((path) => typeAt(context.physical, path)),
    ...(context.metadata ?? []).map((key) => told[key]!)
  ]
  while (decoder.rows > 0) {
    const batch = decoder.take()!
    for (let row = 0; row < batch.rows; row++) {
      into.rows.push([
        kinds[batch.kinds?.[row] ?? 0]!,
        ...batch.columns.map((column, i) => valueAt(types[i]!, column, row))
      ])
    }
  }
}

/** Decode a stream. */
export function decodeStream(
  factory: FormatFactory,
  context: FormatContext,
  text: string,
  limit: number = batchRowsMax
): Changes {
  const found: Changes = { rows: [], bad: [] }
  const decoder = factory.decoder!(context, (record) => found.bad.push(record))
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length;) {
    const next = decoder.decodeStream(bytes, at, bytes.length, true, limit)
    drain(decoder, factory, context, found)
    if (next === at) throw new Error("The decoder stands still")
    at = next
  }
  return found
}

/** Decode messages; batches are taken when `every` of them were decoded. The number of rows that each gave comes too. */
export function decodeMessages(
  factory: FormatFactory,
  context: FormatContext,
  texts: ReadonlyArray<string>,
  every: number
): Changes & { readonly counts: ReadonlyArray<number> } {
  const found: Changes = { rows: [], bad: [] }
  const counts: Array<number> = []
  const decoder = factory.decoder!(context, (record) => found.bad.push(record))
  texts.forEach((text, i) => {
    const bytes = new TextEncoder().encode(text)
    const before = decoder.rows
    decoder.decodeMessage(bytes, 0, bytes.length)
    counts.push(decoder.rows - before)
    if (i % every === every - 1) drain(decoder, factory, context, found)
  })
  drain(decoder, factory, context, found)
  return { ...found, counts }
}

/** Encode rows as a stream. */
export function encodeBatch(
  factory: FormatFactory,
  context: FormatContext,
  batch: Parameters<ReturnType<NonNullable<FormatFactory["encoder"]>>["encodeStream"]>[0]
): string {
  const out = new GrowingBytes(16)
  factory.encoder!(context).encodeStream(batch, out)
  return new TextDecoder().decode(out.view())
}

/** A row as JSON has it. */
export type Json = Readonly<Record<string, unknown>>

/** What a record of a tool means, or undefined when it is bad. Rows are objects; `meta`: the record itself. */
export type Meaning = ReadonlyArray<{ readonly kind: string; readonly row: Json }> | undefined

function pairs(operation: string, actions: Readonly<Record<string, string>>) {
  return (record: Json): Meaning => {
    const { before, after } = record as { before?: Json | null; after?: Json | null }
    const action = actions[record[operation] as string]
    if (action === "insert") return after ? [{ kind: "+I", row: after }] : undefined
    if (action === "delete") return before ? [{ kind: "-D", row: before }] : undefined
    if (action !== "update" || !before || !after) return undefined
    return [{ kind: "-U", row: before }, { kind: "+U", row: after }]
  }
}

function changed(now: Json | null, old: Json | null, action: string): Meaning {
  if (!now) return undefined
  if (action !== "update") return [{ kind: action === "insert" ? "+I" : "-D", row: now }]
  return old ? [{ kind: "-U", row: { ...now, ...old } }, { kind: "+U", row: now }] : undefined
}

/** The naive twins. */
export const naive: Readonly<Record<string, (record: Json) => Meaning>> = {
  "debezium-json": pairs("op", { c: "insert", r: "insert", u: "update", d: "delete" }),
  "ogg-json": pairs("op_type", { I: "insert", U: "update", D: "delete" }),
  "maxwell-json": (record) => {
    const action = record["type"] as string
    if (!["insert", "update", "delete"].includes(action)) return undefined
    return changed(record["data"] as Json | null, record["old"] as Json | null, action)
  },
  "canal-json": (record) => {
    const action = String(record["type"]).toLowerCase()
    if (record["type"] === "CREATE") return []
    if (!["INSERT", "UPDATE", "DELETE"].includes(record["type"] as string)) return undefined
    const data = record["data"] as ReadonlyArray<Json | null> | null | undefined
    const old = record["old"] as ReadonlyArray<Json | null> | null | undefined
    if (!data || (action === "update" && !old)) return undefined
    const all = data.map((row, i) => changed(row, old?.[i] ?? null, action))
    return all.includes(undefined) ? undefined : all.flatMap((one) => one!)
  }
}
