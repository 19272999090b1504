/** The corpus: its files, and what they hold as the values of the conformance suite. */
import { readFileSync } from "node:fs"
import { LogicalType, type RandomFile } from "@millrace/core/internal"
import { memoryFile, type Value } from "../../conformance/src/bulk.ts"

const folder = new URL("../corpus/", import.meta.url)
const int = LogicalType.simple("INT")
const text = LogicalType.string
const row = (fields: Record<string, LogicalType.LogicalType>): LogicalType.LogicalType => ({
  kind: "ROW",
  nullable: true,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const array = (element: LogicalType.LogicalType): LogicalType.LogicalType => ({
  kind: "ARRAY",
  nullable: true,
  element
})
const written: Readonly<Record<string, LogicalType.LogicalType>> = {
  STRING: text,
  BYTES: LogicalType.bytes,
  "ARRAY<INT>": array(int),
  "ARRAY<ARRAY<STRING>>": array(array(text)),
  "MAP<INT, STRING>": {
    kind: "MAP",
    nullable: true,
    key: LogicalType.simple("INT", false),
    value: text
  },
  "ROW<x INT, y ROW<z STRING>>": row({ x: int, y: row({ z: text }) }),
  "ARRAY<ROW<a INT, b ARRAY<INT>>>": array(row({ a: int, b: array(int) })),
  "VARCHAR(20)": { kind: "VARCHAR", nullable: true, length: 20 }
}

function typeOf(name: string): LogicalType.LogicalType {
  const known = written[name]
  if (known !== undefined) return known
  const [, kind, precision, scale] = /^(\w+)(?:\((\d+)(?:, (\d+))?\))?$/.exec(name)!
  const parts = scale !== undefined
    ? { precision: Number(precision), scale: Number(scale) }
    : precision !== undefined
    ? { precision: Number(precision) }
    : {}
  return { kind, nullable: true, ...parts } as LogicalType.LogicalType
}

/** The bytes of a file of the corpus. */
export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.orc`, folder)))
}

/** A file of the corpus. */
export function fileOf(name: string): RandomFile {
  return memoryFile(name, bytesOf(name))
}

/** What a file of the corpus holds. */
export function readExpected(
  name: string
): { readonly physical: LogicalType.RowType; readonly rows: ReadonlyArray<ReadonlyArray<Value>> } {
  const path = name.startsWith("flat-") ? "flat" : name
  const { columns } = JSON.parse(
    readFileSync(new URL(`${path}.json`, folder), "utf8"),
    (_, value) =>
      value !== null && typeof value === "object" && "n" in value ? BigInt(value.n) : value
  ) as {
    readonly columns: ReadonlyArray<
      { readonly name: string; readonly type: string; readonly values: ReadonlyArray<Value> }
    >
  }
  const count = columns[0]!.values.length
  return {
    physical: columns.map((column) => ({ name: column.name, type: typeOf(column.type) })),
    rows: Array.from({ length: count }, (_, i) => columns.map((column) => column.values[i]!))
  }
}
