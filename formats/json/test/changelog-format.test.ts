/** What each option of the formats of changes does, what they tell as metadata, and what is said about bad records. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Batch, type FormatContext, type FormatFactory, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { columnOf } from "../../conformance/src/bulk-values.ts"
import { factory as canal } from "../src/canal.ts"
import { factory as debezium } from "../src/debezium.ts"
import { factory as maxwell } from "../src/maxwell.ts"
import { factory as ogg } from "../src/ogg.ts"
import { decodeMessages, decodeStream, encodeBatch } from "./changelog-kit.ts"

type Given = Readonly<Record<string, string>>
const { simple, string } = LogicalType
const physical: LogicalType.RowType = [
  { name: "id", type: simple("INT") },
  { name: "name", type: string }
]

function context(
  factory: FormatFactory,
  given: Given = {},
  metadata: ReadonlyArray<string> = []
): FormatContext {
  return { ...contextOf(factory, physical, given), metadata }
}

function errorsOf(factory: FormatFactory, text: string): ReadonlyArray<string> {
  return decodeStream(factory, context(factory), text).bad.map((record) => record.error)
}

describe("debezium-json", () => {
  const source =
    '"source":{"ts_ms":1589361987000,"db":"shop","schema":"public","table":"t","lsn":7}'
  const change =
    `"before":null,"after":{"id":1,"name":"a"},${source},"op":"c","ts_ms":1589361987936`
  const keys = Object.keys(debezium.metadata!(context(debezium).options))

  it("debezium-json tells when and where a change was made", () => {
    const { rows } = decodeStream(
      debezium,
      context(debezium, {}, keys),
      `{${change}}\n{"op":"c","after":{}}`
    )
    assert.deepEqual(keys, [
      "schema",
      "ingestion-timestamp",
      "source.timestamp",
      "source.database",
      "source.schema",
      "source.table",
      "source.properties"
    ])
    const properties = [
      ["ts_ms", "1589361987000"],
      ["db", "shop"],
      ["schema", "public"],
      ["table", "t"],
      ["lsn", "7"]
    ]
    const when = [[1589361987936, 0], [1589361987000, 0]] as const
    assert.deepEqual(rows[0], ["+I", 1, "a", null, ...when, "shop", "public", "t", properties])
    assert.deepEqual(rows[1], ["+I", null, null, null, null, null, null, null, null, null])
  })

  it("debezium-json.schema-include reads the change from the payload and tells the schema", () => {
    const given = { "debezium-json.schema-include": "true" }
    const text = `{"schema":{"type": "struct", "a b": [1, 2]},"payload":{${change}}}`
    const asked = context(debezium, given, ["source.table", "schema"])
    assert.deepEqual(decodeStream(debezium, asked, text).rows, [
      ["+I", 1, "a", "t", '{"type":"struct","a b":[1,2]}']
    ])
    assert.equal(decodeStream(debezium, asked, '{"schema":{},"payload":null}').bad.length, 1)
    assert.match(debezium.check!(asked, "sink")[0]!, /cannot write the schema/)
    assert.deepEqual(debezium.check!(asked, "source"), [])
  })

  it("debezium-json says what is wrong with a change", () => {
    assert.deepEqual(errorsOf(debezium, '{"op":"t","after":{"id":1}}\n{"after":{}}'), [
      `Expected "c", "r", "u", "d" in field 'op' of the Debezium record but found "t"`,
      `Expected "c", "r", "u", "d" in field 'op' of the Debezium record but it has none`
    ])
    const hint = "; a PostgreSQL table needs REPLICA IDENTITY FULL for its old rows to be told"
    assert.deepEqual(errorsOf(debezium, '{"op":"u","after":{}}\n{"op":"d"}\n{"op":"c"}'), [
      `Expected a row in field 'before' of the Debezium update but it has none${hint}`,
      `Expected a row in field 'before' of the Debezium delete but it has none${hint}`,
      "Expected a row in field 'after' of the Debezium insert but it has none"
    ])
  })

  it("debezium-json.ignore-parse-errors leaves out what is wrong", () => {
    const given = { "debezium-json.ignore-parse-errors": "true" }
    const text =
      '{"op":"x"}\n{\n{"op":"u","after":{"id":1}}\n{"op":"c","after":{"id":"z","name":"b"}}'
    assert.deepEqual(decodeStream(debezium, context(debezium, given), text), {
      rows: [["+I", null, "b"]],
      bad: []
    })
  })

  it("debezium-json passes tombstones, and changes with line feeds inside as messages", () => {
    const messages = ["", '{"op":"d",\n"before":{"id":1,\n"name":"x"}}', "  "]
    const found = decodeMessages(debezium, context(debezium), messages, 10)
    assert.deepEqual(found, { rows: [["-D", 1, "x"]], bad: [], counts: [0, 1, 0] })
  })

  it("debezium-json takes an array of changes, all good or all bad together", () => {
    const good = '{"op":"c","after":{"id":1}}', bad = '{"op":"?"}'
    const found = decodeStream(
      debezium,
      context(debezium),
      `[${good},${good}]\n[${good},${bad},${bad}]`
    )
    assert.equal(found.rows.length, 2)
    assert.deepEqual(found.bad.map((record) => record.row), [2])
  })

  it("debezium-json writes an update as a deletion and an insertion", () => {
    const columns = [
      columnOf(physical[0]!.type, [1, 1, 2, 3], "plain"),
      columnOf(physical[1]!.type, ["a", null, "b", "c"], "plain")
    ]
    const batch = new Batch(4, columns, Uint8Array.of(1, 2, 0, 3))
    assert.equal(
      encodeBatch(debezium, context(debezium), batch),
      '{"before":{"id":1,"name":"a"},"after":null,"op":"d"}\n' +
        '{"before":null,"after":{"id":1,"name":null},"op":"c"}\n' +
        '{"before":null,"after":{"id":2,"name":"b"},"op":"c"}\n' +
        '{"before":{"id":3,"name":"c"},"after":null,"op":"d"}\n'
    )
    const lean = context(debezium, { "debezium-json.encode.ignore-null-fields": "true" })
    assert.equal(
      encodeBatch(debezium, lean, batch).split("\n").slice(0, 2).join("\n"),
      '{"before":{"id":1,"name":"a"},"op":"d"}\n{"after":{"id":1},"op":"c"}'
    )
  })
})

describe("canal-json", () => {
  const record = (type: string, rest: string): string =>
    `{"data":[{"id":1,"name":"a"}],${rest}"database":"db1","table":"t_1","type":"${type}","ts":1598944202218,"es":1598944202000,"sqlType":{"id":4,"name":12},"pkNames":["id"]}`

  it("canal-json tells when and where a change was made", () => {
    const keys = Object.keys(canal.metadata!(context(canal).options))
    assert.deepEqual(decodeStream(canal, context(canal, {}, keys), record("INSERT", "")).rows, [[
      "+I",
      1,
      "a",
      "db1",
      "t_1",
      [["id", 4], ["name", 12]],
      ["id"],
      [1598944202218, 0],
      [1598944202000, 0]
    ]])
  })

  it("canal-json takes what an old row has not from the new one, and keeps what is null there", () => {
    const text =
      '{"type":"UPDATE","data":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"old":[{"id":9},{"name":null}]}'
    assert.deepEqual(decodeStream(canal, context(canal), text).rows, [
      ["-U", 9, "a"],
      ["+U", 1, "a"],
      ["-U", 2, null],
      ["+U", 2, "b"]
    ])
  })

  it("canal-json.database.include and table.include leave out other tables, readable or not", () => {
    const given = { "canal-json.database.include": "db.", "canal-json.table.include": "t_[0-9]" }
    const texts = [
      record("INSERT", ""),
      record("INSERT", "").replace("db1", "db12"),
      record("INSERT", "").replace("t_1", "t_x"),
      record("INSERT", "").replace('"db1"', "null"),
      record("ALTER", "").replace("t_1", "t_x"),
      '{"data":[{"id":"text"}],"database":"other","table":"t_1","type":"INSERT"}',
      '{"data":[{"id":"text"}],"database":"db1","table":"t_1","type":"INSERT"}',
      "{"
    ]
    const found = decodeStream(canal, context(canal, given), texts.join("\n"))
    assert.deepEqual(found.rows, [["+I", 1, "a"]])
    assert.deepEqual(found.bad.map((bad) => bad.row), [7, 8])
    const wrong = context(canal, { "canal-json.table.include": "(" })
    assert.match(canal.check!(wrong, "source")[0]!, /'canal-json.table.include' is no regular expr/)
  })

  it("canal-json says what is wrong with a change, and passes CREATE", () => {
    assert.deepEqual(
      errorsOf(
        canal,
        [
          '{"type":"CREATE","data":null}',
          '{"type":"UPDATE","data":[{},{}],"old":[{}]}',
          '{"type":"INSERT","data":[{},null]}'
        ].join("\n")
      ),
      [
        "Expected 2 rows in field 'old', as many as in 'data', but found 1",
        "Expected rows in field 'data' but one of them is null"
      ]
    )
  })

  it("canal-json writes lists of one row", () => {
    const columns = [
      columnOf(physical[0]!.type, [1, 2], "plain"),
      columnOf(string, ["a", "b"], "plain")
    ]
    assert.equal(
      encodeBatch(canal, context(canal), new Batch(2, columns, Uint8Array.of(2, 1))),
      '{"data":[{"id":1,"name":"a"}],"type":"INSERT"}\n{"data":[{"id":2,"name":"b"}],"type":"DELETE"}\n'
    )
  })
})

describe("maxwell-json and ogg-json", () => {
  it("maxwell-json tells when and where a change was made, in seconds", () => {
    const keys = Object.keys(maxwell.metadata!(context(maxwell).options))
    const text =
      '{"database":"d","table":"t","type":"update","ts":1596684883,"primary_key_columns":["id"],"data":{"id":1,"name":"a"},"old":{"name":null}}'
    const rest = ["d", "t", ["id"], [1596684883000, 0]] as const
    assert.deepEqual(decodeStream(maxwell, context(maxwell, {}, keys), text).rows, [
      ["-U", 1, null, ...rest],
      ["+U", 1, "a", ...rest]
    ])
  })

  it("ogg-json tells when and where a change was made, in micros", () => {
    const keys = Object.keys(ogg.metadata!(context(ogg).options))
    const text =
      '{"table":"S.T","op_type":"I","op_ts":"2020-05-13 15:40:06.000123","current_ts":"2020-05-13T15:40:07.5","primary_keys":["id"],"after":{"id":1}}\n{"op_type":"I","op_ts":"x","after":{"id":2}}'
    assert.deepEqual(decodeStream(ogg, context(ogg, {}, keys), text).rows, [
      ["+I", 1, null, "S.T", ["id"], [1589384407500, 0], [1589384406000, 123000]],
      ["+I", 2, null, null, null, null, null]
    ])
  })

  it("maxwell-json and ogg-json write insertions and deletions", () => {
    const columns = [
      columnOf(physical[0]!.type, [1, 2], "plain"),
      columnOf(string, ["a", "b"], "plain")
    ]
    const batch = new Batch(2, columns, Uint8Array.of(0, 3))
    assert.equal(
      encodeBatch(maxwell, context(maxwell), batch),
      '{"data":{"id":1,"name":"a"},"type":"insert"}\n{"data":{"id":2,"name":"b"},"type":"delete"}\n'
    )
    assert.equal(
      encodeBatch(ogg, context(ogg), batch),
      '{"before":null,"after":{"id":1,"name":"a"},"op_type":"I"}\n{"before":{"id":2,"name":"b"},"after":null,"op_type":"D"}\n'
    )
  })
})
