/** The formats of changes against a naive reading of the same records by `JSON.parse`, and the suite of row formats on their inserts. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { Batch, type FormatFactory, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { columnOf, type Value } from "../../conformance/src/bulk-values.ts"
import { rowFormatSuite, textValue } from "../../conformance/src/row.ts"
import { factory as canal } from "../src/canal.ts"
import { factory as debezium } from "../src/debezium.ts"
import { factory as maxwell } from "../src/maxwell.ts"
import { factory as ogg } from "../src/ogg.ts"
import {
  type Change,
  decodeMessages,
  decodeStream,
  encodeBatch,
  type Json,
  naive
} from "./changelog-kit.ts"

const { simple, string } = LogicalType
const list: LogicalType.LogicalType = { kind: "ARRAY", nullable: true, element: simple("INT") }
const physical: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT") },
  { name: "name", type: string },
  { name: "price", type: simple("DOUBLE") },
  { name: "ok", type: simple("BOOLEAN") },
  { name: "tags", type: list },
  { name: "in", type: { kind: "ROW", nullable: true, fields: [{ name: "x", type: string }] } }
]
const factories: ReadonlyArray<FormatFactory> = [debezium, canal, maxwell, ogg]

const row = fc.record({
  id: fc.oneof(fc.integer(), fc.constant(2 ** 60), fc.constant(null)),
  name: fc.option(fc.constantFrom("a", "b\n", 'c"', "é", "0123456789".repeat(5))),
  price: fc.option(fc.constantFrom(0, 1.5, -2)),
  ok: fc.option(fc.boolean()),
  tags: fc.option(fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 3 })),
  in: fc.option(fc.record({ x: fc.option(fc.constantFrom("y", "z")) })),
  other: fc.constant("unknown")
}, { requiredKeys: ["id"] })
const some = fc.option(row, { freq: 8 })

const records: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  "debezium-json": fc.record(
    {
      before: some,
      after: some,
      source: fc.constant({ db: "d" }),
      op: fc.constantFrom("c", "r", "u", "u", "d", "t", "")
    },
    { requiredKeys: ["op", "after"] }
  ),
  "ogg-json": fc.record(
    { op_type: fc.constantFrom("I", "U", "D", "T"), before: some, after: some },
    {
      requiredKeys: ["op_type"]
    }
  ),
  "maxwell-json": fc.record(
    {
      database: fc.constant("d"),
      type: fc.constantFrom("insert", "update", "update", "delete", "bootstrap-start"),
      data: some,
      old: some
    },
    { requiredKeys: ["type", "data"] }
  ),
  "canal-json": fc.record(
    {
      data: fc.option(fc.array(some, { maxLength: 3 }), { freq: 10 }),
      old: fc.option(fc.array(some, { maxLength: 3 }), { freq: 6 }),
      type: fc.constantFrom("INSERT", "UPDATE", "UPDATE", "DELETE", "CREATE", "ALTER"),
      table: fc.constant("t")
    },
    { requiredKeys: ["type", "data"] }
  )
}

/** A value as a column of `type` holds it. */
function held(type: LogicalType.LogicalType, value: unknown): Value {
  if (value === null || value === undefined) return null
  if (type.kind === "BIGINT") return BigInt(JSON.stringify(value))
  if (type.kind === "ARRAY") return (value as Array<unknown>).map((one) => held(type.element, one))
  if (type.kind === "ROW") {
    return type.fields.map((field) => held(field.type, (value as Json)[field.name]))
  }
  return value as Value
}

/** Columns 0, 5.0 and 1 of what the naive twin reads. */
function expected(
  format: string,
  texts: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<Change>> {
  return texts.map((text) => {
    let record: Json
    try {
      record = JSON.parse(text)
    } catch {
      return []
    }
    if (record === null) return []
    return (naive[format]!(record) ?? []).map(({ kind, row }): Change => [
      kind,
      held(physical[0]!.type, row["id"]),
      held(string, (row["in"] as Json | null | undefined)?.["x"]),
      held(string, row["name"]),
      held(list, row["tags"]),
      held(simple("DOUBLE"), row["price"])
    ])
  })
}

for (const factory of factories) {
  const { identifier } = factory
  const paths = [[0], [5, 0], [1], [4], [2]]
  describe(identifier, () => {
    it(`${identifier} decoder gives the changes that JSON.parse finds, from streams and from messages`, () => {
      // Claim: rows, kinds and the number of bad records are those of the naive twin. Generator: all operations, rows that are missing,
      // unknown and absent fields, a broken record now and then. A failure would mean changes that are lost or doubled.
      const text = fc.oneof(
        { weight: 20, arbitrary: records[identifier]!.map((record) => JSON.stringify(record)) },
        { weight: 1, arbitrary: fc.constantFrom("{", "null", "[]", "[1]") }
      )
      const context = contextOf(factory, physical, {}, paths)
      fc.assert(
        fc.property(
          fc.array(text, { maxLength: 40 }),
          fc.integer({ min: 1, max: 50 }),
          fc.integer({ min: 1, max: 7 }),
          (texts, limit, every) => {
            const want = expected(identifier, texts)
            const stream = decodeStream(factory, context, texts.join("\n"), limit)
            assert.deepEqual(stream.rows, want.flat())
            const messages = decodeMessages(factory, context, texts, every)
            assert.deepEqual(messages.rows, want.flat())
            assert.deepEqual(messages.counts, want.map((rows) => rows.length))
            assert.deepEqual(messages.bad.length, stream.bad.length)
            for (const { bytes, row } of stream.bad) {
              assert.equal(new TextDecoder().decode(bytes), texts[row! - 1])
            }
          }
        ),
        { numRuns: 150 }
      )
    })

    it(`${identifier} decoder is the same for a long stream of one shape`, () => {
      // Claim: learned shapes change nothing. The records of one file look alike, so that the generated scanner reads most of them.
      const context = contextOf(factory, physical, {}, paths)
      for (const record of fc.sample(records[identifier]!, { numRuns: 12, seed: 7 })) {
        const texts = Array.from({ length: 300 }, () => JSON.stringify(record))
        const want = expected(identifier, texts).flat()
        assert.deepEqual(decodeStream(factory, context, texts.join("\n")).rows, want)
      }
    })

    it(`${identifier} encoder writes changes that its decoder reads: inserts and deletions`, () => {
      // Claim: -U is read back as -D, +U as +I. A failure would mean that a changelog does not survive a topic.
      const change = fc.tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.tuple(...physical.map((field) => textValue(field.type)))
      )
      fc.assert(
        fc.property(
          fc.array(change, { minLength: 1, maxLength: 9 }),
          fc.boolean(),
          (given, ignore) => {
            const context = contextOf(factory, physical, {
              [`${identifier}.encode.ignore-null-fields`]: String(ignore)
            })
            const columns = physical.map((field, i) =>
              columnOf(field.type, given.map(([, values]) => values[i]!), "plain")
            )
            const kinds = Uint8Array.from(given, ([kind]) => kind)
            const text = encodeBatch(factory, context, new Batch(given.length, columns, kinds))
            assert.deepEqual(
              decodeStream(factory, context, text).rows,
              given.map(([kind, values]) => [kind % 2 === 0 ? "+I" : "-D", ...values])
            )
          }
        ),
        { numRuns: 60 }
      )
    })
  })
  const field = identifier === "debezium-json" || identifier === "ogg-json" ? "after" : "data"
  const [open, close] = identifier === "canal-json" ? ["[", "]"] : ["", ""]
  const name = { "debezium-json": "op", "ogg-json": "op_type" }[identifier] ?? "type"
  const insert = {
    "debezium-json": "c",
    "ogg-json": "I",
    "maxwell-json": "insert",
    "canal-json": "INSERT"
  }[identifier]
  rowFormatSuite(factory, [{
    name: "inserts",
    physical,
    given: {},
    lines: true,
    bad: [
      "{}",
      "[{}]",
      `{"${name}":"${insert}"}`,
      `{"${name}":"${insert}","${field}":null}`,
      `{"${name}":"${insert}","${field}":5}`,
      `{"${name}":"${insert}","${field}":${open}{"id":"x"}${close}}`,
      `{"${name}":"x","${field}":${open}{"id":1}${close}}`,
      `{"${name}":"${insert}","${field}":${open}{"id":1}${close}`
    ]
  }])
}
