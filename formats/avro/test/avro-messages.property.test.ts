/** Messages against avsc, both ways, and schemas that differ from the table. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import avsc from "avsc"
import fc from "fast-check"
import { type BadRecord, GrowingBytes, LogicalType, MessageColumns } from "@millrace/core/internal"
import {
  arbitraryTable,
  columnOf,
  contextOf,
  type Value,
  valueAt
} from "../../conformance/src/bulk.ts"
import { AvroDecoder, PlainFraming } from "../src/decoder.ts"
import { deriveSchema } from "../src/derive.ts"
import { factory } from "../src/mod.ts"
import { Problem } from "../src/problem.ts"
import { programOf } from "../src/program.ts"
import { parseSchema } from "../src/schema.ts"
import { holds } from "./holds.ts"

type Type = LogicalType.LogicalType
const seed = Number(process.env["SEED"] ?? 20261122)
const { simple, string, bytes, timestamp } = LogicalType
const local = { "avro.timestamp_mapping.legacy": "false" }

/** Longs of any size, and bytes as hex, so that nothing of avsc's own is compared. */
const long = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => a < b ? -1 : a > b ? 1 : 0
})

function avscOf(schema: unknown): avsc.Type {
  // A long with a logical type would not be taken from the registry.
  const plain = JSON.parse(
    JSON.stringify(schema),
    (_, part) => part?.type === "long" && part.logicalType !== undefined ? "long" : part
  )
  return avsc.Type.forSchema(plain, { registry: { long }, wrapUnions: false } as never)
}

/** The value as avsc wants it. */
function toAvsc(type: Type, value: Value): unknown {
  if (value === null) return null
  switch (type.kind) {
    case "VARBINARY":
      return Buffer.from(value as string, "hex")
    case "DECIMAL": {
      let hex = BigInt.asUintN(160, value as bigint).toString(16).padStart(40, "0")
      // The fewest bytes that keep the sign.
      while (hex.length > 2 && /^(00[0-7]|ff[89a-f])/.test(hex)) hex = hex.slice(2)
      return Buffer.from(hex, "hex")
    }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const [millis, nanos] = value as [number, number]
      if (type.precision <= 3) return BigInt(millis)
      return type.precision <= 6
        ? BigInt(millis) * 1000n + BigInt(Math.floor(nanos / 1000))
        : BigInt(millis) * 1000000n + BigInt(nanos)
    }
    case "ARRAY":
      return (value as ReadonlyArray<Value>).map((item) => toAvsc(type.element, item))
    case "MAP":
    case "MULTISET":
      return Object.fromEntries(
        (value as ReadonlyArray<[string, Value]>).map(([key, item]) => [
          key,
          type.kind === "MAP" ? toAvsc(type.value, item) : item
        ])
      )
    case "ROW":
      return Object.fromEntries(
        type.fields.map((field, i) => [
          field.name,
          toAvsc(field.type, (value as ReadonlyArray<Value>)[i]!)
        ])
      )
    default:
      return value
  }
}

function decode(
  schema: unknown,
  physical: LogicalType.RowType,
  messages: ReadonlyArray<Uint8Array>,
  reader?: unknown,
  projection?: ReadonlyArray<ReadonlyArray<number>>
): { readonly rows: ReadonlyArray<ReadonlyArray<Value>>; readonly bad: ReadonlyArray<BadRecord> } {
  const context = contextOf(factory, physical, local, projection)
  const bad: Array<BadRecord> = []
  const given = reader === undefined ? undefined : parseSchema(JSON.stringify(reader))
  const make = (columns: MessageColumns): PlainFraming =>
    new PlainFraming(programOf(parseSchema(JSON.stringify(schema)), context, columns, given))
  const decoder = new AvroDecoder(context, "none", make, (record) => bad.push(record))
  for (const message of messages) decoder.decodeMessage(message, 0, message.length)
  const rows: Array<ReadonlyArray<Value>> = []
  for (let batch = decoder.take(); batch !== undefined; batch = decoder.take()) {
    for (let row = 0; row < batch.rows; row++) {
      rows.push(
        batch.columns.map((column, i) => {
          const path = context.projection[i]!
          assert.equal(path.length, 1)
          return valueAt(physical[path[0]!]!.type, column, row)
        })
      )
    }
  }
  return { rows, bad }
}

const one = (type: Type): LogicalType.RowType => [{ name: "v", type }]
const record = (type: unknown, more: object = {}): unknown => ({
  type: "record",
  name: "r",
  fields: [{ name: "v", type, ...more }]
})

/** The value of column `v` of `type` that avsc wrote in `schema`; the error, when the message is bad. */
function read(schema: unknown, value: unknown, type: Type): Value {
  const message = avscOf(record(schema)).toBuffer({ v: value })
  const { rows, bad } = decode(record(schema), one(type), [message])
  return bad.length > 0 ? bad[0]!.error : rows[0]![0]!
}

describe(`Avro messages (SEED=${seed})`, () => {
  // Claim: every table's rows are the bytes that avsc makes of them with the derived schema, and are read back. Model: avsc.
  // A failure means that other Avro readers get other values.
  it("AvroEncoder.encodeRow() writes what avsc writes, and AvroDecoder.decodeMessage() reads it", () => {
    let compared = 0
    fc.assert(
      fc.property(
        arbitraryTable(5, 8, 2, (type) => holds(type) && type.kind !== "MULTISET"),
        fc.constantFrom("plain" as const, "coded" as const),
        ({ physical, rows }, form) => {
          const schema = deriveSchema(physical, false)
          const type = avscOf(schema)
          const context = contextOf(factory, physical, local)
          const columns = physical.map((field, i) =>
            columnOf(field.type, rows.map((row) => row[i]!), form)
          )
          const encoder = factory.encoder!(context)
          const row: Type = { kind: "ROW", nullable: false, fields: physical }
          const messages = rows.map((values, i) => {
            const out = new GrowingBytes(8)
            encoder.encodeRow(columns, i, out)
            const text = JSON.stringify(
              values,
              (_, value) => typeof value === "bigint" ? `${value}` : value
            )
            // Keys that come twice, in an order of their own, or "__proto__" are no business of an object's.
            if (!/\[\[/.test(text)) {
              compared++
              assert.deepEqual(
                Buffer.from(out.view()).toString("hex"),
                type.toBuffer(toAvsc(row, values)).toString("hex")
              )
            }
            return out.view().slice()
          })
          const found = decode(schema, physical, messages)
          assert.deepEqual(found, { rows, bad: [] })
        }
      ),
      { seed, numRuns: 300 }
    )
    assert.ok(compared > 500, `${compared} messages were compared`)
  })

  it("AvroDecoder widens numbers as Avro says, and refuses to narrow them", () => {
    assert.equal(read("int", 7, simple("BIGINT")), 7n)
    assert.equal(read("int", 7, simple("DOUBLE")), 7)
    assert.equal(read("long", 2n ** 62n, simple("BIGINT")), 2n ** 62n)
    assert.equal(read("long", -(2n ** 63n), simple("BIGINT")), -(2n ** 63n))
    assert.equal(read("long", 2n ** 60n, simple("DOUBLE")), 2 ** 60)
    assert.equal(read("float", 1.5, simple("DOUBLE")), 1.5)
    assert.match(
      String(read("long", 1n, simple("INT"))),
      /^Expected an INT but the writer's schema has long/
    )
    assert.match(String(read("double", 1, simple("FLOAT"))), /^Expected a FLOAT but/)
    assert.match(String(read("int", 300, simple("TINYINT"))), /^Expected a TINYINT in field 'v'/)
  })

  it("AvroDecoder reads text as bytes, bytes as text, enums and UUIDs as text", () => {
    assert.equal(read("string", "é", bytes), "c3a9")
    assert.equal(read("bytes", Buffer.from("é"), string), "é")
    assert.match(String(read("bytes", Buffer.of(255), string)), /^Expected UTF-8 text in field 'v'/)
    assert.equal(read({ type: "enum", name: "e", symbols: ["A", "B"] }, "B", string), "B")
    const uuid = { type: "fixed", size: 16, name: "u", logicalType: "uuid" }
    assert.equal(
      read(uuid, Buffer.from("00112233445566778899aabbccddeeff", "hex"), string),
      "00112233-4455-6677-8899-aabbccddeeff"
    )
    assert.equal(read({ type: "fixed", size: 2, name: "f" }, Buffer.of(1, 2), bytes), "0102")
  })

  it("AvroDecoder takes timestamps, times and decimals by the type they name", () => {
    const long = (logicalType: string): unknown => ({ type: "long", logicalType })
    assert.deepEqual(read(long("timestamp-micros"), 1500n, timestamp(3)), [1, 0])
    assert.deepEqual(read(long("timestamp-micros"), -1n, timestamp(6)), [-1, 999000])
    assert.deepEqual(read(long("timestamp-nanos"), 1_700_000_000_000_000_001n, timestamp(9)), [
      1_700_000_000_000,
      1
    ])
    assert.deepEqual(read(long("local-timestamp-millis"), 5n, timestamp(6)), [5, 0])
    assert.equal(
      read(long("time-micros"), 1999n, { kind: "TIME", nullable: true, precision: 3 }),
      1
    )
    const decimal = (precision: number, scale: number): Type => ({
      kind: "DECIMAL",
      nullable: true,
      precision,
      scale
    })
    const two = { type: "bytes", logicalType: "decimal", precision: 20, scale: 2 }
    assert.equal(read(two, Buffer.from("ff", "hex"), decimal(20, 2)), -1n)
    assert.equal(read(two, Buffer.from("0100", "hex"), decimal(20, 3)), 2560n)
    assert.match(String(read(two, Buffer.from("0100", "hex"), decimal(2, 2))), /at most 2 digits/)
    assert.match(String(read(two, Buffer.of(1), decimal(9, 1))), /^Expected a DECIMAL/)
    const fixed = {
      type: "fixed",
      name: "d",
      size: 3,
      logicalType: "decimal",
      precision: 5,
      scale: 0
    }
    assert.equal(read(fixed, Buffer.from("fffffe", "hex"), decimal(5, 0)), -2n)
  })

  it("AvroDecoder reads every branch of a union that fits, and refuses the others when they come", () => {
    const union = ["string", "null", "int"]
    assert.equal(read(union, "x", string), "x")
    assert.equal(read(union, null, string), null)
    assert.match(
      String(read(union, 3, string)),
      /^Expected a VARCHAR but the writer's schema has int/
    )
    const needed = LogicalType.withNullable(string, false)
    assert.equal(read(union, null, needed), "Expected a value but found null in field 'v'")
  })

  it("AvroDecoder resolves fields by name: swapped, missing, more, with alias or default", () => {
    const writer = {
      type: "record",
      name: "w",
      fields: [
        { name: "more", type: { type: "map", values: { type: "array", items: "string" } } },
        { name: "b", type: "string" },
        { name: "old", type: "int" }
      ]
    }
    const physical: LogicalType.RowType = [
      { name: "a", type: simple("INT") },
      { name: "b", type: string },
      { name: "c", type: simple("DOUBLE") },
      { name: "n", type: simple("BIGINT", false) },
      { name: "t", type: string }
    ]
    const reader = {
      type: "record",
      name: "r",
      fields: [
        { name: "a", type: "int", aliases: ["old"] },
        { name: "b", type: "string" },
        { name: "c", type: ["null", "double"], default: null },
        { name: "n", type: "long", default: -3 },
        { name: "t", type: "string", default: "dflt" }
      ]
    }
    const message = avscOf(writer).toBuffer({ more: { k: ["x", "y"] }, b: "text", old: 9 })
    const found = decode(writer, physical, [message, message], reader)
    assert.deepEqual(found.bad, [])
    const row = [9, "text", null, -3n, "dflt"]
    assert.deepEqual(found.rows, [row, row])
    const without = decode(writer, physical, [message])
    assert.match(
      without.bad[0]!.error,
      /^Expected a value of field 'n' but the writer's schema has no such field/
    )
  })

  it("AvroDecoder passes recursive records and reads what stands behind them", () => {
    const writer = {
      type: "record",
      name: "node",
      fields: [{ name: "next", type: ["null", "node"] }, { name: "v", type: "int" }]
    }
    const message = avscOf(writer).toBuffer({ next: { next: { next: null, v: 1 }, v: 2 }, v: 3 })
    assert.deepEqual(decode(writer, one(simple("INT")), [message]).rows, [[3]])
    // Each 0x02 enters another record: the depth is bounded.
    const deep = new Uint8Array(100_000).fill(2)
    assert.match(decode(writer, one(simple("INT")), [deep]).bad[0]!.error, /at most 128 records/)
  })

  it("parseSchema() refuses what is no schema, with the reason", () => {
    for (
      const [text, reason] of [
        ["{", /not JSON/],
        ['{"type":"recrd"}', /uses the type "recrd", which it does not define/],
        ['{"type":"record","name":"r"}', /has no fields/],
        ['["int",["null"]]', /union directly within a union/],
        ['{"type":"fixed","name":"f","size":-1}', /has the size -1/],
        [`${'{"type":"array","items":'.repeat(99)}"int"${"}".repeat(99)}`, /levels deep/]
      ] as const
    ) {
      assert.throws(
        () => parseSchema(text),
        (error) => error instanceof Problem && reason.test(error.text)
      )
    }
  })
})
