/** What each option of the `json` format does, which values each type takes, and what is said about bad input. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type BadRecord, batchRowsMax, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import type { Value } from "../../conformance/src/bulk-values.ts"
import { decodeParts, encodeRows } from "../../conformance/src/row.ts"
import { JsonNullKey } from "../src/encoder.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
type Given = Readonly<Record<string, string>>
const { simple, string, bytes, timestamp } = LogicalType
const decimal: Type = { kind: "DECIMAL", nullable: true, precision: 6, scale: 2 }
const local: Type = { kind: "TIMESTAMP_LTZ", nullable: true, precision: 3 }
const map: Type = { kind: "MAP", nullable: true, key: string, value: simple("INT") }
const list: Type = { kind: "ARRAY", nullable: true, element: simple("INT") }
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

function decode(
  text: string,
  physical: LogicalType.RowType,
  given: Given = {},
  projection?: ReadonlyArray<ReadonlyArray<number>>
): {
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
  readonly bad: ReadonlyArray<BadRecord>
} {
  const context = contextOf(factory, physical, given, projection)
  return decodeParts(factory, context, [new TextEncoder().encode(text)])
}

/** The value that a column of `type` has for a JSON text; the error, when the record is bad. */
function value(type: Type, text: string, given: Given = {}): unknown {
  const { rows, bad } = decode(`{"v":${text}}`, fields({ v: type }), given)
  return bad.length > 0 ? bad[0]!.error : rows[0]![0]
}

function encode(types: Record<string, Type>, row: ReadonlyArray<Value>, given: Given = {}): string {
  const context = contextOf(factory, fields(types), given)
  return new TextDecoder().decode(encodeRows(factory, context, [row])).trimEnd()
}

describe("JsonDecoder", () => {
  it("JsonDecoder takes numbers in strings, and drops the fraction of a whole number", () => {
    assert.equal(value(simple("INT"), '" 12 "'), 12)
    assert.equal(value(simple("INT"), "1.9"), 1)
    assert.equal(value(simple("BIGINT"), "-1.9e3"), -1900n)
    assert.equal(value(simple("BIGINT"), "9223372036854775807"), 9223372036854775807n)
    assert.equal(value(simple("DOUBLE"), '"-Infinity"'), -Infinity)
    assert.deepEqual(value(decimal, '"1.005"'), 101n)
    assert.equal(value(simple("SMALLINT"), "1.9"), "Expected a SMALLINT but found 1.9 in field 'v'")
    assert.equal(
      value(decimal, "12345.6"),
      "Expected a DECIMAL(6, 2) but found 12345.6 in field 'v'"
    )
  })

  it("JsonDecoder gives text for every value: as written, objects without white space", () => {
    assert.equal(value(string, "1.50"), "1.50")
    assert.equal(value(string, "true"), "true")
    assert.equal(value(string, '{ "a" : [ 1 , "x y\\" " ] }'), '{"a":[1,"x y\\" "]}')
    assert.equal(value(string, '"\\ud83d\\ude00 \\u00e9\\/"'), "😀 é/")
    assert.equal(value(string, '"\\ud83d"'), "\uFFFD")
  })

  it("JsonDecoder takes times in the form of json.timestamp-format.standard only", () => {
    const iso = { "json.timestamp-format.standard": "ISO-8601" }
    assert.deepEqual(value(timestamp(3), '"1970-01-01 00:00:01.5"'), [1500, 0])
    assert.deepEqual(value(timestamp(9), '"1970-01-01 00:00:00.000000001"'), [0, 1])
    assert.deepEqual(value(timestamp(3), '"1970-01-01T00:01"', iso), [60000, 0])
    assert.deepEqual(value(local, '"1970-01-01 00:00:01Z"'), [1000, 0])
    assert.deepEqual(value(local, '"1970-01-01T00:00:01Z"', iso), [1000, 0])
    assert.match(
      String(value(timestamp(3), '"1970-01-01 00:00:01"', iso)),
      /yyyy-MM-ddTHH:mm:ss.SSS/
    )
    assert.match(String(value(timestamp(3), '"1970-01-01 00:00:01Z"')), /^Expected a timestamp/)
    assert.equal(value({ kind: "TIME", nullable: true, precision: 0 }, '"00:00:01"'), 1000)
    assert.equal(value(simple("DATE"), '"1970-02-01"'), 31)
  })

  it("JsonDecoder reads fields in any order, the last of equal names, and skips those the table has not", () => {
    const table = fields({ a: simple("INT"), b: string })
    const text = '{"b":"x","c":{"d":[1]},"a":1}\n{"a":1,"a":2}\n{"\\u0061":3}'
    assert.deepEqual(decode(text, table).rows, [[1, "x"], [2, null], [3, null]])
  })

  it("JsonDecoder treats __proto__ and constructor as names like others", () => {
    const table = fields({ ["__proto__"]: simple("INT"), constructor: map })
    const text = '{"constructor":{"__proto__":1,"a":2,"a":3},"__proto__":7}'
    assert.deepEqual(decode(text, table).rows, [[7, [["__proto__", 1], ["a", 3]]]])
  })

  it("JsonDecoder skips blank lines, takes both line ends and a last line without one", () => {
    const table = fields({ a: simple("INT") })
    assert.deepEqual(decode('\n{"a":1}\r\n  \n\r\n{"a":2}', table).rows, [[1], [2]])
  })

  it("JsonDecoder leaves out a byte order mark before a record", () => {
    const table = fields({ a: simple("INT") })
    assert.deepEqual(decode('\uFEFF{"a":1}\n{"a":2}', table).rows, [[1], [2]])
    assert.deepEqual(decode('\uFEFF[{"a":1}]', table).rows, [[1]])
  })

  it("JsonDecoder gives several rows for an array, or none when one of them is bad", () => {
    const table = fields({ a: simple("INT"), l: list })
    const { rows, bad } = decode(
      '[{"a":1},{"a":2}]\n[{"a":3,"l":[9]},{"a":"x"}]\n[]\n{"l":[1,2]}',
      table
    )
    assert.deepEqual(rows, [[1, null], [2, null], [null, [1, 2]]])
    assert.deepEqual(bad.map((one) => [one.row, one.error]), [
      [2, "Expected an INT but found \"x\" in field 'a'"]
    ])
  })

  it("JsonDecoder gives a long array as several batches", () => {
    const count = 2 * batchRowsMax + 5
    const text = JSON.stringify(Array.from({ length: count }, (_, a) => ({ a })))
    const table = fields({ a: simple("INT") })
    assert.deepEqual(decode(text, table).rows, Array.from({ length: count }, (_, a) => [a]))
    const decoder = factory.decoder!(contextOf(factory, table, {}), () => assert.fail())
    const message = new TextEncoder().encode(text)
    decoder.decodeMessage(message, 0, message.length)
    assert.equal(decoder.take()!.rows, batchRowsMax)
    decoder.decodeMessage(new TextEncoder().encode('{\n"a"\n:5}'), 0, 9)
    assert.equal(decoder.rows, batchRowsMax + 6)
    assert.equal(decoder.take()!.rows, batchRowsMax)
    assert.equal(decoder.take()!.rows, 5)
    assert.equal(decoder.take()!.columns[0]!.values[0], 5)
  })

  it("JsonDecoder reports invalid UTF-8 also in values that nobody wants", () => {
    const table = fields({ a: simple("INT"), b: string })
    const text = new TextEncoder().encode('{"a":1,"b":"?"}\n{"a":2,"b":"x"}\n')
    text[text.indexOf(63)] = 0xff
    const found = decodeParts(factory, contextOf(factory, table, {}, [[0]]), [text])
    assert.deepEqual(found.rows, [[2]])
    assert.deepEqual(found.bad.map((one) => one.error), ["Expected UTF-8 but found other bytes"])
  })

  it("JsonDecoder keeps at most 64 KiB of a bad record, and says where it stands", () => {
    const text = `{"a":1}\n{"a":"${"x".repeat(70000)}"}\n`
    const { bad } = decode(text, fields({ a: simple("INT") }))
    assert.equal(bad[0]!.bytes.length, 65536)
    assert.equal(bad[0]!.offset, 8)
    assert.equal(bad[0]!.row, 2)
    assert.ok(bad[0]!.error.length < 120)
  })

  it("json.fail-on-missing-field names the field", () => {
    const given = { "json.fail-on-missing-field": "true" }
    const row: Type = { kind: "ROW", nullable: true, fields: fields({ b: string }) }
    const { bad } = decode('{"a":{}}', fields({ a: row }), given)
    assert.equal(bad[0]!.error, "Expected a field 'a.b' but the record has none")
    assert.deepEqual(decode('{"a":{}}', fields({ a: row })).rows, [[[null]]])
  })

  it("json.ignore-parse-errors makes values of other types NULL and leaves out what is no JSON", () => {
    const given = { "json.ignore-parse-errors": "true" }
    const { rows, bad } = decode(
      '{"a":"x","l":[1,"y",3]}\n{"a":1\nnull\n{"a":2}',
      fields({ a: simple("INT"), l: list }),
      given
    )
    assert.deepEqual(rows, [[null, [1, null, 3]], [2, null]])
    assert.deepEqual(bad, [])
  })

  it("JsonDecoder projects into rows: a part of a ROW that is NULL is NULL", () => {
    const row: Type = {
      kind: "ROW",
      nullable: true,
      fields: fields({ x: simple("INT"), y: string })
    }
    const text = '{"r":{"x":1,"y":"a"}}\n{"r":null}\n{}\n{"r":{"y":"b"}}\n'
    const whole = decode(text, fields({ r: row }), {}, [[0, 1], [0], [0, 0]])
    assert.deepEqual(whole.rows, [["a", [1, "a"], 1], [null, null, null], [null, null, null], [
      "b",
      [null, "b"],
      null
    ]])
    assert.deepEqual(decode(text, fields({ r: row }), {}, [[0, 0]]).rows, [[1], [null], [null], [
      null
    ]])
  })
})

describe("JsonEncoder", () => {
  it("JsonEncoder writes times without zeros at the end, doubles as Java, BYTES in base64", () => {
    const types = {
      t: timestamp(3),
      l: local,
      d: simple("DOUBLE"),
      f: simple("FLOAT"),
      b: bytes,
      n: decimal
    }
    assert.equal(
      encode(types, [[978307200000, 0], [999, 0], 1e21, 1.5, "010203", 10000n]),
      '{"t":"2001-01-01 00:00:00","l":"1970-01-01 00:00:00.999Z","d":1.0E21,"f":1.5,"b":"AQID","n":1E+2}'
    )
    const iso = {
      "json.timestamp-format.standard": "ISO-8601",
      "json.encode.decimal-as-plain-number": "true"
    }
    assert.equal(
      encode(types, [[1, 0], null, NaN, null, null, 10050n], iso),
      '{"t":"1970-01-01T00:00:00.001","l":null,"d":"NaN","f":null,"b":null,"n":100.5}'
    )
  })

  it("JsonEncoder escapes just what JSON demands", () => {
    assert.equal(
      encode({ s: string }, ['"\\/\n\r\t\b\f\u0001é']),
      '{"s":"\\"\\\\/\\n\\r\\t\\b\\f\\u0001é"}'
    )
  })

  it("json.encode.ignore-null-fields leaves out fields that are NULL", () => {
    const given = { "json.encode.ignore-null-fields": "true" }
    assert.equal(encode({ a: string, b: string, c: string }, [null, "x", null], given), '{"b":"x"}')
    assert.equal(encode({ a: string }, [null], given), "{}")
  })

  it("json.map-null-key.mode fails, drops or writes a literal", () => {
    const row = [[[null, 1], ["k", 2]]]
    assert.throws(() => encode({ m: map }, row), JsonNullKey)
    assert.equal(encode({ m: map }, row, { "json.map-null-key.mode": "DROP" }), '{"m":{"k":2}}')
    const given = { "json.map-null-key.mode": "LITERAL", "json.map-null-key.literal": 'no"ne' }
    assert.equal(encode({ m: map }, row, given), '{"m":{"no\\"ne":1,"k":2}}')
  })
})

describe("json options", () => {
  it("FormatFactory.check() finds options that exclude each other and maps without text keys", () => {
    const given = { "json.fail-on-missing-field": "true", "json.ignore-parse-errors": "true" }
    const both = contextOf(factory, fields({ a: string }), given)
    assert.match(factory.check!(both, "source").join(), /cannot both be true/)
    const numbers: Type = { kind: "MAP", nullable: true, key: simple("INT"), value: string }
    const keys = contextOf(
      factory,
      fields({ a: { kind: "ARRAY", nullable: true, element: numbers } }),
      {}
    )
    assert.match(
      factory.check!(keys, "sink").join(),
      /only text as keys of a map, but those of column 'a\[\]' are INT/
    )
  })
})
