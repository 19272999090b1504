/** `avro-confluent` and `debezium-avro-confluent` with a registry in this process; `registry.test.ts` runs real ones. */
import assert from "node:assert/strict"
import { after, before, describe, it } from "node:test"
import avsc from "avsc"
import {
  type BadRecord,
  type FormatFactory,
  GrowingBytes,
  LogicalType,
  type RowDecoder,
  RowKind
} from "@millrace/core/internal"
import { columnOf, contextOf, type Value, valueAt } from "../../conformance/src/bulk.ts"
import { factory as confluent } from "../src/confluent.ts"
import { factory as debezium } from "../src/debezium.ts"
import { type TestRegistry, testRegistry } from "./support/registry.ts"

type Row = ReadonlyArray<Value>
const { simple, string } = LogicalType
const physical: LogicalType.RowType = [
  { name: "id", type: simple("INT", false) },
  { name: "name", type: string },
  { name: "price", type: simple("DOUBLE") }
]
let registry: TestRegistry

before(async () => {
  registry = await testRegistry()
})
after(() => registry.close())

function options(
  factory: FormatFactory,
  more: Record<string, string> = {}
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ url: registry.url, subject: "s", ...more }).map(([key, value]) => [
      `${factory.identifier}.${key}`,
      value
    ])
  )
}

interface Read {
  readonly rows: Array<Row>
  readonly kinds: Array<number>
  readonly bad: Array<BadRecord>
}

/** Decode messages as a connector does: a message that waits is given again. */
async function decode(
  factory: FormatFactory,
  messages: ReadonlyArray<Uint8Array>,
  more: Record<string, string> = {},
  projection?: ReadonlyArray<ReadonlyArray<number>>
): Promise<Read> {
  const context = contextOf(factory, physical, options(factory, more), projection)
  const read: Read = { rows: [], kinds: [], bad: [] }
  const decoder: RowDecoder = factory.decoder!(context, (record) => read.bad.push(record))
  for (const message of messages) {
    decoder.decodeMessage(message, 0, message.length)
    if (decoder.waiting !== undefined) {
      await decoder.waiting
      decoder.decodeMessage(message, 0, message.length)
      assert.equal(decoder.waiting, undefined)
    }
  }
  for (let batch = decoder.take(); batch !== undefined; batch = decoder.take()) {
    for (let row = 0; row < batch.rows; row++) {
      read.kinds.push(batch.kinds?.[row] ?? RowKind.insert)
      read.rows.push(
        batch.columns.map((column, i) =>
          valueAt(physical[context.projection[i]![0]!]!.type, column, row)
        )
      )
    }
  }
  return read
}

async function encode(
  factory: FormatFactory,
  rows: ReadonlyArray<Row>,
  kinds: ReadonlyArray<number>,
  more: Record<string, string> = {}
): Promise<Array<Uint8Array>> {
  const context = contextOf(factory, physical, options(factory, more))
  assert.deepEqual(factory.check!(context, "sink"), [])
  const encoder = factory.encoder!(context)
  await encoder.prepare!()
  const columns = physical.map((field, i) =>
    columnOf(field.type, rows.map((row) => row[i]!), "plain")
  )
  return rows.map((_, i) => {
    const out = new GrowingBytes(8)
    encoder.encodeRow(columns, i, out, kinds[i])
    return out.view().slice()
  })
}

/** A message with its schema's number before it. */
function message(id: number, schema: unknown, value: unknown): Uint8Array {
  const body = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false } as never)
    .toBuffer(value)
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return new Uint8Array(Buffer.concat([head, body]))
}

const rows: ReadonlyArray<Row> = [[1, "a", 1.5], [2, null, null], [3, "ü", -0.5]]

describe("avro-confluent", () => {
  it("RowEncoder.prepare() registers the table's schema once, and messages carry its number", async () => {
    const messages = await encode(confluent, rows, [])
    const [first] = messages
    assert.deepEqual([...first!.subarray(0, 5)], [0, 0, 0, 0, 1])
    assert.deepEqual(await decode(confluent, messages), { rows, kinds: [0, 0, 0], bad: [] })
    await encode(confluent, rows, [], { "auto.register.schemas": "false" })
    assert.equal(registry.requests.filter((one) => one.startsWith("POST")).length, 2)
  })

  it("RowDecoder resolves each writer's schema to the table's, fetching each once", async () => {
    const older = { type: "record", name: "o", fields: [{ name: "id", type: "int" }] }
    const newer = {
      type: "record",
      name: "n",
      fields: [
        { name: "extra", type: { type: "array", items: "string" } },
        { name: "price", type: "float" },
        { name: "id", type: "int" }
      ]
    }
    const [a, b] = [registry.add("t", older), registry.add("t", newer)]
    const asked = registry.requests.length
    const one = message(a, older, { id: 7 })
    const two = message(b, newer, { extra: ["x"], price: 0.5, id: 8 })
    const read = await decode(confluent, [one, two, one, two])
    assert.deepEqual(read.bad, [])
    assert.deepEqual(read.rows, [[7, null, null], [8, null, 0.5], [7, null, null], [8, null, 0.5]])
    assert.equal(registry.requests.length - asked, 2)
    assert.deepEqual((await decode(confluent, [two], {}, [[2], [0]])).rows, [[0.5, 8]])
  })

  it("RowDecoder follows a schema's references to other subjects", async () => {
    const inner = { type: "record", name: "ns.inner", fields: [{ name: "x", type: "int" }] }
    registry.add("inner-value", inner)
    const outer = {
      type: "record",
      name: "outer",
      fields: [{ name: "part", type: "ns.inner" }, { name: "id", type: "int" }]
    }
    const references = [{ name: "ns.inner", subject: "inner-value", version: 1 }]
    const id = registry.add("outer-value", outer, { references })
    const whole = { ...outer, fields: [{ name: "part", type: inner }, outer.fields[1]] }
    const read = await decode(confluent, [message(id, whole, { part: { x: 1 }, id: 5 })])
    assert.deepEqual(read, { rows: [[5, null, null]], kinds: [0], bad: [] })
  })

  it("RowDecoder tells what is wrong with a message: no magic, no such schema, another kind, one that does not fit", async () => {
    const protobuf = registry.add("p", "syntax", { schemaType: "PROTOBUF" })
    const unfit = registry.add("u", {
      type: "record",
      name: "u",
      fields: [{ name: "id", type: "string" }]
    })
    const head = (id: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, id, 2)
    const read = await decode(confluent, [
      Uint8Array.of(1, 2, 3, 4, 5, 6),
      Uint8Array.of(0, 0),
      head(99),
      head(protobuf),
      head(unfit)
    ])
    assert.deepEqual(read.rows, [])
    assert.deepEqual(read.bad.map(({ error, row }) => `${row}: ${error}`), [
      "1: Unknown data format. Magic number does not match",
      "2: Unknown data format. Magic number does not match",
      "3: Could not find schema with id 99 in registry",
      `4: Schema ${protobuf} of the registry is of type PROTOBUF, not AVRO`,
      "5: Expected an INT but the writer's schema has string in field 'id'"
    ])
  })

  it("RowDecoder.waiting rejects with a typed fault that may be tried again when the registry fails", async () => {
    const head = Uint8Array.of(0, 0, 0, 0, 1, 2)
    registry.fail = 503
    await assert.rejects(decode(confluent, [head]), {
      _tag: "RegistryUnreachable",
      retry: "backoff",
      message:
        /^Cannot fetch schema 1 as the schema registry at 127.0.0.1:\d+ does not answer: it answers 503$/
    })
    registry.fail = 401
    await assert.rejects(
      decode(confluent, [head], { url: registry.url.replace("//", "//u:pw@") }),
      (error) => {
        assert.match(String(error), /answers 401: told to answer 401/)
        assert.doesNotMatch(String(error), /pw/)
        return true
      }
    )
    registry.fail = undefined
    const nobody = "http://127.0.0.1:1"
    await assert.rejects(decode(confluent, [head], { url: nobody }), {
      _tag: "RegistryUnreachable"
    })
    // The next address answers.
    assert.equal((await decode(confluent, [], { url: `${nobody},${registry.url}` })).bad.length, 0)
    const two = await encode(confluent, rows, [], { url: `${nobody}, ${registry.url}/` })
    assert.equal(two.length, 3)
  })

  it("options of authorisation come from options, properties or the address", async () => {
    const sent = async (more: Record<string, string>): Promise<string | undefined> => {
      await encode(confluent, [], [], more)
      return registry.authorization()
    }
    const basic = `Basic ${Buffer.from("u:p").toString("base64")}`
    assert.equal(await sent({ "basic-auth.user-info": "u:p" }), basic)
    assert.equal(await sent({ "properties.basic.auth.user.info": "u:p" }), basic)
    assert.equal(await sent({ url: registry.url.replace("//", "//u:p@") }), basic)
    assert.equal(await sent({ "bearer-auth.token": "t" }), "Bearer t")
    assert.equal(await sent({}), undefined)
  })

  it("FormatFactory.check() wants a subject to write to, an address, known properties and a schema that fits", () => {
    const problems = (more: Record<string, string>, drop: ReadonlyArray<string> = []): string => {
      const given = options(confluent, more)
      for (const key of drop) delete given[`avro-confluent.${key}`]
      return confluent.check!(contextOf(confluent, physical, given), "sink").join("; ")
    }
    assert.equal(problems({}), "")
    assert.equal(
      problems({}, ["subject"]),
      "Option avro-confluent.subject is required for serialization"
    )
    assert.match(problems({ url: "ftp://x" }), /must be an address that begins with http/)
    assert.match(
      problems({ "properties.nonsense": "1" }),
      /'avro-confluent.properties.nonsense' is not known/
    )
    assert.match(
      problems({ "bearer-auth.credentials-source": "CUSTOM" }),
      /is not supported: use STATIC_TOKEN/
    )
    const record = (fields: ReadonlyArray<unknown>): string =>
      JSON.stringify({ type: "record", name: "r", fields })
    assert.match(
      problems({ schema: record([{ name: "id", type: "int" }]) }),
      /^Schema provided for 'avro-confluent' format does not match the table schema: The schema has no field 'name'/
    )
    const union = (type: string): unknown => ["null", type]
    const fields = [
      { name: "price", type: union("double") },
      { name: "more", type: union("string") },
      { name: "id", type: "int" },
      { name: "name", type: union("string") }
    ]
    assert.equal(problems({ schema: record(fields) }), "")
  })

  it("avro-confluent.schema is what is registered and written, in its own order", async () => {
    const schema = {
      type: "record",
      name: "own",
      fields: [
        { name: "price", type: ["double", "null"] },
        { name: "more", type: ["null", "string"], default: null },
        { name: "id", type: "int" },
        { name: "name", type: ["null", "string"] }
      ]
    }
    const messages = await encode(confluent, rows, [], { schema: JSON.stringify(schema) })
    const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false } as never)
    const [first] = messages.map((bytes) => ({
      ...type.fromBuffer(Buffer.from(bytes.subarray(5)))
    }))
    assert.deepEqual(first, { price: 1.5, more: null, id: 1, name: "a" })
    assert.deepEqual((await decode(confluent, messages)).rows, rows)
  })
})

const value = {
  type: "record",
  name: "Value",
  fields: [
    { name: "id", type: "int" },
    { name: "name", type: ["null", "string"] },
    { name: "price", type: ["null", "double"] }
  ]
}
const envelope = {
  type: "record",
  name: "Envelope",
  fields: [
    { name: "before", type: ["null", value] },
    { name: "after", type: ["null", "Value"] },
    {
      name: "source",
      type: { type: "record", name: "Source", fields: [{ name: "db", type: "string" }] }
    },
    { name: "op", type: "string" },
    { name: "ts_ms", type: ["null", "long"] }
  ]
}

describe("debezium-avro-confluent", () => {
  const image = (id: number, name: string | null): unknown => ({ id, name, price: null })
  const change = (id: number, op: string, before: unknown, after: unknown): Uint8Array =>
    message(id, envelope, { before, after, source: { db: "d" }, op, ts_ms: 5 })

  it("RowDecoder gives the rows of every operation with their kinds, and passes tombstones", async () => {
    const id = registry.add("dbz-value", envelope)
    const read = await decode(debezium, [
      change(id, "c", null, image(1, "a")),
      new Uint8Array(0),
      change(id, "u", image(1, "a"), image(1, "b")),
      change(id, "r", null, image(2, "x")),
      change(id, "d", image(1, "b"), null)
    ])
    assert.deepEqual(read.bad, [])
    assert.deepEqual(read.kinds, [
      RowKind.insert,
      RowKind.updateBefore,
      RowKind.updateAfter,
      RowKind.insert,
      RowKind.delete
    ])
    assert.deepEqual(read.rows.map(([key, name]) => `${key}${name}`), [
      "1a",
      "1a",
      "1b",
      "2x",
      "1b"
    ])
    const names = await decode(debezium, [change(id, "u", image(1, "a"), image(1, "b"))], {}, [[1]])
    assert.deepEqual(names.rows, [["a"], ["b"]])
  })

  it("RowDecoder keeps before from after, wherever they stand, and drops images that the operation does not mean", async () => {
    const swapped = {
      ...envelope,
      fields: [
        { name: "op", type: ["null", "string"] },
        { name: "after", type: ["null", value] },
        { name: "before", type: ["null", "Value"] }
      ]
    }
    const id = registry.add("swapped-value", swapped)
    const put = (op: string, before: unknown, after: unknown): Uint8Array =>
      message(id, swapped, { op, before, after })
    const read = await decode(debezium, [
      put("u", image(1, "old"), image(1, "new")),
      put("c", image(2, "noise"), image(2, "made")),
      put("d", image(3, "gone"), image(3, "noise")),
      put("c", null, image(4, "last"))
    ])
    assert.deepEqual(read.rows.map((row) => row[1]), ["old", "new", "made", "gone", "last"])
    assert.deepEqual(read.kinds, [1, 2, 0, 3, 0])
  })

  it("RowDecoder tells of a missing image, an unknown operation, and keeps the rows around", async () => {
    const id = registry.add("bad-value", envelope)
    const read = await decode(debezium, [
      change(id, "c", null, image(1, "a")),
      change(id, "u", null, image(1, "b")),
      change(id, "d", null, null),
      change(id, "t", null, image(9, "x")),
      change(id, "c", null, image(2, "z"))
    ])
    assert.deepEqual(read.rows.map((row) => row[1]), ["a", "z"])
    assert.match(
      read.bad[0]!.error,
      /^The "before" field of UPDATE message is null, if you are using/
    )
    assert.match(read.bad[1]!.error, /^The "before" field of DELETE message is null/)
    assert.equal(read.bad[2]!.error, 'Unknown "op" value "t"')
    assert.equal(read.bad.length, 3)
  })

  it("RowEncoder writes each change as a creation or a deletion, in the envelope that Flink registers", async () => {
    const kinds = [RowKind.insert, RowKind.updateBefore, RowKind.updateAfter, RowKind.delete]
    const four = [...rows, rows[0]!]
    const messages = await encode(debezium, four, kinds, { subject: "out-value" })
    const id = messages[0]![4]!
    const read = await decode(debezium, messages)
    assert.deepEqual(read, { rows: four, kinds: [0, 3, 0, 3], bad: [] })
    const response = await fetch(`${registry.url}/schemas/ids/${id}`)
    const registered = JSON.parse((await response.json() as { schema: string }).schema)
    assert.equal(registered[0], "null")
    assert.equal(registered[1].name, "record")
    assert.deepEqual(registered[1].fields.map((field: { name: string }) => field.name), [
      "before",
      "after",
      "op"
    ])
    assert.equal(registered[1].fields[0].type[1].name, "record_before")
    const type = avsc.Type.forSchema(registered, { wrapUnions: false } as never)
    const plain = JSON.parse(JSON.stringify(type.fromBuffer(Buffer.from(messages[1]!.subarray(5)))))
    assert.deepEqual(plain, { before: { id: 2, name: null, price: null }, after: null, op: "d" })
  })
})
