/** The suite of messages on Protobuf, and protobufjs as the judge of its bytes. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import fc from "fast-check"
import protobuf from "protobufjs"
import { type BadRecord, GrowingBytes, LogicalType } from "@millrace/core/internal"
import { columnOf, contextOf, type Value, valueAt } from "../../conformance/src/bulk.ts"
import { messageSuite } from "../../conformance/src/messages.ts"
import { textValue } from "../../conformance/src/row.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
type Row = ReadonlyArray<Value>
const { simple, string, bytes } = LogicalType
const file = fileURLToPath(new URL("order.proto", import.meta.url))
const seed = Number(process.env["SEED"] ?? 20261122)
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))
const list = (element: Type): Type => ({ kind: "ARRAY", nullable: true, element })
const present = (type: Type): Type => LogicalType.withNullable(type, false)
const int = present(simple("INT")), big = present(simple("BIGINT")), text = present(string)
const line: Type = {
  kind: "ROW",
  nullable: false,
  fields: fields({ item: text, count: big, tags: list(text) })
}
const state = { kind: "CHAR", nullable: false, length: 4 } as const
const physical = fields({
  flag: present(simple("BOOLEAN")),
  i32: int,
  i64: big,
  u32: big,
  u64: big,
  s32: int,
  s64: big,
  f32: int,
  f64: big,
  sf32: int,
  sf64: big,
  real: present(simple("FLOAT")),
  precise: present(simple("DOUBLE")),
  text,
  blob: present(bytes),
  state,
  number: int,
  line: LogicalType.withNullable(line, true),
  numbers: list(big),
  loose: list(int),
  lines: list(line),
  prices: { kind: "MAP", nullable: true, key: text, value: present(simple("DOUBLE")) },
  places: { kind: "MAP", nullable: true, key: int, value: line },
  at: {
    kind: "ROW",
    nullable: true,
    fields: fields({ seconds: big, nanos: int })
  },
  states: list(state)
})
const given = {
  "protobuf.message-class-name": "com.example.Shop$Order",
  "millrace.protobuf.schema-file": file
}

const enumNames = fc.constantFrom("NEW", "PAID", "GONE")
const values = (type: Type): fc.Arbitrary<Value> | undefined =>
  type.kind === "CHAR" ? enumNames : undefined

/** What is read of a value: an empty list is none. */
function back(type: Type, value: Value): Value {
  if (value === null) return null
  switch (type.kind) {
    case "ARRAY": {
      const items = (value as ReadonlyArray<Value>).map((item) => back(type.element, item))
      return items.length === 0 ? null : items
    }
    case "MAP": {
      const entries = (value as ReadonlyArray<[Value, Value]>).map((
        [key, item]
      ) => [key, back(type.value, item)])
      return entries.length === 0 ? null : entries
    }
    case "ROW":
      return type.fields.map((field, i) => back(field.type, (value as Row)[i]!))
    default:
      return value
  }
}
/** Unsigned numbers below 2^32; the number of an enum. */
const shaped = (row: Row): Row =>
  row.map((value, i) => {
    const { name } = physical[i]!
    if (name === "u32") return BigInt.asUintN(32, value as bigint)
    return name === "number" ? ((value as number) % 3 === 0 ? 1 : 0) : value
  })
const readBack = (row: Row): Row => row.map((value, i) => back(physical[i]!.type, value))

messageSuite(factory, [{
  name: "every kind of field",
  physical: physical.filter(({ name }) => name !== "u32"),
  given,
  values,
  readBack: (row) =>
    row.map((value, i) => back(physical.filter(({ name }) => name !== "u32")[i]!.type, value)),
  strict: false
}])

/** A row with the entries of its maps in one order: protobufjs has them in that of an object. */
function sorted(row: Row): Row {
  return row.map((value, i) =>
    value !== null && physical[i]!.type.kind === "MAP"
      ? [...value as ReadonlyArray<[Value, Value]>].sort(([a], [b]) =>
        String(a) < String(b) ? -1 : 1
      )
      : value
  )
}

/** The value as protobufjs has it: an object with camel-case names, longs as text, enums by name. */
function plain(type: Type, value: Value, name: string): unknown {
  if (value === null) return undefined
  switch (type.kind) {
    case "BIGINT":
      return name === "u64" || name === "f64"
        ? String(BigInt.asUintN(64, value as bigint))
        : String(value)
    case "VARBINARY":
      return Buffer.from(value as string, "hex")
    case "INT":
      return name === "f32" ? (value as number) >>> 0 : value
    case "ARRAY":
      return (value as Row).map((item) => plain(type.element, item, ""))
    case "MAP":
      return Object.fromEntries(
        (value as ReadonlyArray<[string, Value]>).map((
          [key, item]
        ) => [key, plain(type.value, item, "")])
      )
    case "ROW":
      return Object.fromEntries(
        type.fields.map((field, i) => [field.name, plain(field.type, (value as Row)[i]!, "")])
      )
    default:
      return value
  }
}

function decode(
  messages: ReadonlyArray<Uint8Array>,
  row: LogicalType.RowType,
  options: Record<string, string>,
  projection?: ReadonlyArray<ReadonlyArray<number>>
): { readonly rows: Array<Row>; readonly bad: Array<BadRecord> } {
  const context = contextOf(factory, row, options, projection)
  const bad: Array<BadRecord> = []
  const decoder = factory.decoder!(context, (record) => bad.push(record))
  for (const message of messages) decoder.decodeMessage(message, 0, message.length)
  const rows: Array<Row> = []
  const typeAt = (types: LogicalType.RowType, path: ReadonlyArray<number>): Type => {
    const { type } = types[path[0]!]!
    return path.length === 1 ? type : typeAt((type as Type & { kind: "ROW" }).fields, path.slice(1))
  }
  for (let batch = decoder.take(); batch !== undefined; batch = decoder.take()) {
    for (let i = 0; i < batch.rows; i++) {
      rows.push(
        batch.columns.map((column, k) => valueAt(typeAt(row, context.projection[k]!), column, i))
      )
    }
  }
  return { rows, bad }
}

function encode(
  rows: ReadonlyArray<Row>,
  row: LogicalType.RowType,
  options: Record<string, string>
): Array<Uint8Array> {
  const encoder = factory.encoder!(contextOf(factory, row, options))
  const columns = row.map((field, i) => columnOf(field.type, rows.map((one) => one[i]!), "plain"))
  return rows.map((_, i) => {
    const out = new GrowingBytes(8)
    encoder.encodeRow(columns, i, out)
    return out.view().slice()
  })
}

describe(`Protobuf messages (SEED=${seed})`, () => {
  const root =
    protobuf.parse(readFileSync(file, "utf8").replace(/import .*/, ""), { keepCase: true }).root
  protobuf.parse(
    'syntax = "proto3"; package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }',
    root
  )
  const Order = root.lookupType("shop.Order")

  // Claim: both read what the other wrote. Model: protobufjs. A failure means that other readers get other values.
  it("RowEncoder.encodeRow() and RowDecoder.decodeMessage() agree with protobufjs", () => {
    const row = fc.tuple(...physical.map((field) => textValue(field.type, values))).map(shaped)
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
        const names = { longs: String, enums: String, bytes: String, defaults: false } as never
        encode(rows, physical, given).forEach((message, i) => {
          const made = Object.fromEntries(
            physical.map((field, k) => [field.name, plain(field.type, rows[i]![k]!, field.name)])
          )
          const theirs = Order.encode(Order.fromObject(made)).finish()
          assert.deepEqual(
            Order.toObject(Order.decode(message), names),
            Order.toObject(Order.decode(theirs), names)
          )
          const read = decode([theirs], physical, given)
          assert.deepEqual(read.bad, [])
          assert.deepEqual(sorted(read.rows[0]!), sorted(readBack(rows[i]!)))
        })
      }),
      { seed, numRuns: 150 }
    )
  })

  it("RowDecoder reads fields inside messages alone, whole rows beside them", () => {
    const rows = fc.sample(
      fc.tuple(...physical.map((field) => textValue(field.type, values))).map(shaped),
      { numRuns: 20, seed }
    )
    const at = physical.findIndex(({ name }) => name === "line")
    const read = decode(encode(rows, physical, given), physical, given, [[at, 2], [at, 0], [1]])
    assert.deepEqual(read.bad, [])
    assert.deepEqual(
      read.rows,
      rows.map((one) => {
        const inner = readBack(one)[at] as Row | null
        return [inner === null ? null : inner[2]!, inner === null ? null : inner[0]!, one[1]!]
      })
    )
  })

  const oneof = fields({ word: string, digit: simple("INT") })
  it("a oneof is what was set last, in the order of the table's columns", () => {
    const [both] = encode([["w", 5]], oneof, given)
    assert.deepEqual(Order.toObject(Order.decode(both!)), { digit: 5 })
    const twice = Buffer.concat([
      Buffer.of(27 * 8 & 127 | 128, 1, 5),
      Buffer.of(26 * 8 + 2 & 127 | 128, 1, 1, 120)
    ])
    assert.deepEqual(decode([twice], oneof, given).rows, [["x", 0]])
  })

  it("an enum is its name or its number; one without a name is UNRECOGNIZED", () => {
    const message = Buffer.of(16 * 8 & 127 | 128, 1, 9, 17 * 8 & 127 | 128, 1, 9)
    const row = fields({ state: string, number: simple("TINYINT") })
    assert.deepEqual(decode([message], row, given).rows, [["UNRECOGNIZED", 9]])
  })

  const proto2 = `
    package old;
    message Thing {
      required int32 id = 1 [default = 7];
      optional string name = 2 [default = "nobody"];
      optional Kind kind = 3 [default = SECOND];
      repeated int32 many = 4;
      optional Thing inner = 5;
      optional double real = 6 [default = -inf];
      optional int64 wide = 7 [default = -9223372036854775808];
      reserved 8, 10 to 20;
      extensions 100 to max;
      optional group Old = 9 { }
    }
    enum Kind { option allow_alias = true; FIRST = 1; SECOND = 2; OTHER = 2; }
    service Nothing { rpc Do (Thing) returns (Thing); }`
  const things = fields({
    id: simple("INT"),
    name: string,
    kind: string,
    many: list(int),
    inner: { kind: "ROW", nullable: true, fields: fields({ id: simple("INT") }) },
    real: simple("DOUBLE"),
    wide: simple("BIGINT")
  })
  const old = (more: Record<string, string> = {}): Record<string, string> => ({
    "protobuf.message-class-name": "old.Thing",
    "millrace.protobuf.schema": proto2.replace(/optional group.*/, ""),
    ...more
  })

  it("proto2: what is absent is NULL, or its default with protobuf.read-default-values", () => {
    const empty = new Uint8Array(0)
    assert.deepEqual(decode([empty], things, old()).rows, [[
      null,
      null,
      null,
      null,
      null,
      null,
      null
    ]])
    assert.deepEqual(
      decode([empty], things, old({ "protobuf.read-default-values": "true" })).rows,
      [
        [7, "nobody", "SECOND", [], [7], -Infinity, -(2n ** 63n)]
      ]
    )
    // Zero is written, as it is not the same as absent.
    assert.deepEqual(encode([[0, null, null, null, null, null, null]], things, old()), [
      Uint8Array.of(8, 0)
    ])
  })

  it("protobuf.ignore-parse-errors passes bad messages without a word; otherwise they are told with their number", () => {
    const messages = [Uint8Array.of(8, 1), Uint8Array.of(8), Uint8Array.of(8, 2)]
    const row = fields({ id: simple("INT") })
    const told = decode(messages, row, old())
    assert.deepEqual(told.rows, [[1], [2]])
    assert.deepEqual(told.bad.map(({ row: number, error }) => `${number}: ${error}`), [
      "2: Expected a field but the message ends"
    ])
    assert.deepEqual(decode(messages, row, old({ "protobuf.ignore-parse-errors": "true" })), {
      rows: [[1], [2]],
      bad: []
    })
  })

  it("protobuf.write-null-string-literal stands for a NULL text in an array, defaults for other NULLs", () => {
    const row = fields({
      lines: list({ kind: "ROW", nullable: true, fields: fields({ tags: list(string) }) }),
      loose: list(simple("INT"))
    })
    const [message] = encode([[[[["a", null]], null], [1, null]]], row, {
      ...given,
      "protobuf.write-null-string-literal": "N"
    })
    assert.deepEqual(Order.toObject(Order.decode(message!)), {
      lines: [{ tags: ["a", "N"] }, {}],
      loose: [1, 0]
    })
  })

  it("millrace.protobuf.confluent writes and reads the head that registries' clients use", () => {
    const row = fields({ item: string })
    const options = {
      ...given,
      "protobuf.message-class-name": "shop.Order.Line",
      "millrace.protobuf.confluent": "true",
      "millrace.protobuf.confluent-schema-id": "258"
    }
    const [message] = encode([["x"]], row, options)
    assert.deepEqual([...message!], [0, 0, 0, 1, 2, 4, 0, 0, 10, 1, 120])
    assert.deepEqual(decode([message!], row, options).rows, [["x"]])
    const head = Uint8Array.of(0, 0, 0, 1, 2, 0, 10, 1, 120)
    assert.deepEqual(
      decode([head, Uint8Array.of(1, 2)], row, options).bad.map(({ error }) => error),
      [
        "Unknown data format. Magic number does not match"
      ]
    )
  })

  it("FormatFactory.check() tells of a message, column or type that does not fit, and of a schema that is none", () => {
    const check = (row: LogicalType.RowType, options: Record<string, string>): string =>
      factory.check!(contextOf(factory, row, options), "source").join("; ")
    const id = fields({ id: simple("INT") })
    assert.equal(check(id, old()), "")
    assert.equal(
      check(fields({ nope: string }), old()),
      "Column nope does not exist in definition of proto class"
    )
    assert.match(
      check(fields({ id: string }), old()),
      /^Protobuf field type does not match column type, int32\(protobuf\) is not compatible with STRING/
    )
    assert.match(check(fields({ many: simple("INT") }), old()), /repeated int32/)
    assert.match(
      check(id, old({ "protobuf.message-class-name": "old.Nope" })),
      /has no message "old.Nope"; it has old.Thing/
    )
    assert.match(
      check(id, old({ "millrace.protobuf.schema": proto2 })),
      /found a group, which is not supported \(.*line 13\)/
    )
    assert.match(
      check(id, old({ "millrace.protobuf.schema": "message A { Missing m = 1; }" })),
      /uses the type "Missing"/
    )
    assert.match(
      check(id, old({ "millrace.protobuf.schema-file": "x" })),
      /^The schema must be given by one of/
    )
    const { "millrace.protobuf.schema": _, ...without } = old()
    assert.match(
      check(id, { ...without, "millrace.protobuf.schema-file": "/nowhere.proto" }),
      /Cannot read the schema "\/nowhere.proto"/
    )
  })
})
