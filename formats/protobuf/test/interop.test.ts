/** Messages and the descriptor set that Google's protoc and Python library made (`interop/make.py`): read by text and by descriptor, and written again. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { type Batch, GrowingBytes, LogicalType } from "@millrace/core/internal"
import { contextOf, type Value, valueAt } from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
type Json = Readonly<Record<string, unknown>>
const { simple, string, bytes } = LogicalType
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))
const list = (element: Type): Type => ({ kind: "ARRAY", nullable: true, element })
const line: Type = {
  kind: "ROW",
  nullable: true,
  fields: fields({ item: string, count: simple("BIGINT"), tags: list(string) })
}
const physical = fields({
  flag: simple("BOOLEAN"),
  i32: simple("INT"),
  i64: simple("BIGINT"),
  u32: simple("BIGINT"),
  u64: simple("BIGINT"),
  s32: simple("INT"),
  s64: simple("BIGINT"),
  f32: simple("INT"),
  f64: simple("BIGINT"),
  sf32: simple("INT"),
  sf64: simple("BIGINT"),
  real: simple("FLOAT"),
  precise: simple("DOUBLE"),
  text: string,
  blob: bytes,
  state: string,
  number: string,
  line,
  numbers: list(simple("BIGINT")),
  loose: list(simple("INT")),
  lines: list(line),
  prices: { kind: "MAP", nullable: true, key: string, value: simple("DOUBLE") },
  states: list(string),
  word: string
})
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const messages: Array<Uint8Array> = []
const file = new Uint8Array(readFileSync(path("../interop/orders.bin")))
for (let at = 0; at < file.length;) {
  const length = new DataView(file.buffer).getUint32(at)
  messages.push(file.slice(at + 4, at += 4 + length))
}

/** The value that protoc's JSON stands for: what is the default is not there. */
function valueOf(type: Type, json: unknown, name: string): Value {
  switch (type.kind) {
    case "BIGINT":
      return BigInt.asIntN(64, BigInt((json ?? 0) as string))
    case "VARBINARY":
      return Buffer.from((json ?? "") as string, "base64").toString("hex")
    case "BOOLEAN":
      return json === true
    case "VARCHAR":
      return (json ?? (name === "state" || name === "number" ? "NEW" : "")) as string
    case "ARRAY":
      return json === undefined
        ? null
        : (json as ReadonlyArray<unknown>).map((item) => valueOf(type.element, item, "item"))
    case "MAP":
      return json === undefined
        ? null
        : Object.entries(json as Json).map(([key, item]) => [key, item as number])
    case "ROW":
      return json === undefined
        ? null
        : type.fields.map((field) => valueOf(field.type, (json as Json)[field.name], field.name))
    default:
      return (json ?? 0) as number
  }
}

const expected =
  (JSON.parse(readFileSync(path("../interop/orders.json"), "utf8")) as ReadonlyArray<Json>)
    .map((row) => physical.map((field) => valueOf(field.type, row[field.name], field.name)))
const sources = {
  "a .proto file": { "millrace.protobuf.schema-file": path("order.proto") },
  "a descriptor set": { "millrace.protobuf.descriptor-file": path("../interop/order.descriptor") }
}

/** Entries of maps in the order of their keys: JSON and messages have them in different ones. */
function sorted(row: ReadonlyArray<Value>): ReadonlyArray<Value> {
  return row.map((value, i) =>
    physical[i]!.type.kind === "MAP" && value !== null
      ? [...value as ReadonlyArray<[string, Value]>].sort(([a], [b]) => a < b ? -1 : 1)
      : value
  )
}

describe("Protobuf messages of others", () => {
  for (const [name, source] of Object.entries(sources)) {
    it(`RowDecoder reads what protoc's library wrote, RowEncoder writes the same bytes, by ${name}`, () => {
      const context = contextOf(factory, physical, {
        ...source,
        "protobuf.message-class-name": "shop.Order"
      })
      assert.deepEqual(factory.check!(context, "sink"), [])
      const decoder = factory.decoder!(context, (record) => assert.fail(record.error))
      const encoder = factory.encoder!(context)
      const rows: Array<ReadonlyArray<Value>> = []
      let same = 0
      const each = (batch: Batch): void => {
        for (let row = 0; row < batch.rows; row++) {
          const message = messages[rows.length]!
          rows.push(batch.columns.map((column, i) => valueAt(physical[i]!.type, column, row)))
          const out = new GrowingBytes(8)
          encoder.encodeRow(batch.columns, row, out)
          // The table has no time, and a oneof's text is written also when it is only the default.
          const inBytes = Buffer.from(message).equals(out.view())
          if (inBytes) same++
        }
      }
      for (const message of messages) decoder.decodeMessage(message, 0, message.length)
      while (decoder.rows > 0) each(decoder.take()!)
      assert.deepEqual(rows.map(sorted), expected.map(sorted))
      assert.ok(same >= 4, `${same} messages are the same bytes`)
    })
  }
})
