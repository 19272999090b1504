/** What each option of the `csv` format does, and what is said about bad input. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type BadRecord, GrowingBytes, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { columnOf, type Value, valueAt } from "../../conformance/src/bulk-values.ts"
import { decodeParts, encodeRows } from "../../conformance/src/row.ts"
import { recordBytesMax } from "../src/decoder.ts"
import { CsvHeader, CsvUnquoted } from "../src/fault.ts"
import { factory } from "../src/mod.ts"

type Given = Readonly<Record<string, string>>
const { simple, string, timestamp } = LogicalType
const table: LogicalType.RowType = [
  { name: "a", type: simple("INT") },
  { name: "b", type: string },
  { name: "c", type: simple("DOUBLE") }
]

function decode(
  text: string,
  given: Given = {},
  physical: LogicalType.RowType = table,
  projection?: ReadonlyArray<ReadonlyArray<number>>
): { readonly rows: ReadonlyArray<unknown>; readonly bad: ReadonlyArray<BadRecord> } {
  const context = contextOf(factory, physical, given, projection)
  return decodeParts(factory, context, [new TextEncoder().encode(text)])
}

function rows(text: string, given: Given = {}, physical?: LogicalType.RowType): unknown {
  const found = decode(text, given, physical)
  assert.deepEqual(found.bad, [])
  return found.rows
}

function errors(text: string, given: Given = {}): ReadonlyArray<string> {
  return decode(text, given).bad.map((record) => record.error)
}

function encode(given: Given, values: ReadonlyArray<Value>, physical = table): string {
  const context = contextOf(factory, physical, given)
  return new TextDecoder().decode(encodeRows(factory, context, [values]))
}

describe("CsvDecoder", () => {
  it("CsvDecoder reads quotes, doubled quotes, line feeds within quotes and both line ends", () => {
    assert.deepEqual(rows('1,"x, ""y""\nz",2.5\r\n2,plain "q",3\n3,"" ,1'), [
      [1, 'x, "y"\nz', 2.5],
      [2, 'plain "q"', 3],
      [3, "", 1]
    ])
  })

  it("CsvDecoder leaves out a byte order mark at a file's beginning only, with and without a header", () => {
    assert.deepEqual(rows("\uFEFF1,a,1\n2,\uFEFFb,1\n"), [[1, "a", 1], [2, "\uFEFFb", 1]])
    const named = { "millrace.csv.header": "true" }
    assert.deepEqual(rows('\uFEFF"a",b,c\n1,x,1\n', named), [[1, "x", 1]])
    const bytes = new TextEncoder().encode("\uFEFF1,a,1\n2,b,1\n")
    const text: LogicalType.RowType = ["a", "b", "c"].map((name) => ({ name, type: string }))
    const decoder = factory.decoder!(contextOf(factory, text, {}), () => assert.fail())
    assert.equal(decoder.decodeHeader!(bytes, 0, bytes.length, true), 0)
    decoder.decodeStream(bytes, 0, bytes.length, true, 10)
    assert.equal(valueAt(string, decoder.take()!.columns[0]!, 0), "\uFEFF1")
  })

  it("CsvDecoder says how many fields a row has and should have", () => {
    assert.deepEqual(errors("1,a,1\n2,b\n3,c,1,9\n"), [
      "Expected 3 fields but found 2 in row 2",
      "Expected 3 fields but found 4 in row 3"
    ])
  })

  it("CsvDecoder says which field has which value, and what an empty one needs", () => {
    const [first, second] = errors("x,a,1\n,a,1\n")
    assert.equal(first, "Expected an INT but found \"x\" in field 'a'")
    assert.match(
      second!,
      /^Expected an INT but found "" in field 'a'\. An empty field is NULL only/
    )
  })

  it("csv.ignore-parse-errors makes bad fields and missing ones NULL and leaves out what is no CSV", () => {
    const given = { "csv.ignore-parse-errors": "true" }
    assert.deepEqual(decode('x,a,y\n2,b\n3,c,1,9\n4,"d"e,1\n5,f,1\n', given), {
      rows: [[null, "a", null], [2, "b", null], [5, "f", 1]],
      bad: []
    })
    const strict = { ...given, "csv.fail-on-missing-columns": "true" }
    assert.deepEqual(decode("2,b\n5,f,1\n", strict).rows, [[5, "f", 1]])
  })

  it("csv.null-literal and csv.empty-string-as-null give NULL", () => {
    assert.deepEqual(rows("n/a,n/a,n/a\n", { "csv.null-literal": "n/a" }), [[null, null, null]])
    assert.deepEqual(rows(',"",\n', { "csv.empty-string-as-null": "true" }), [[null, null, null]])
    assert.deepEqual(rows(",,\n", { "csv.null-literal": "" }), [[null, null, null]])
  })

  it("csv.allow-comments leaves out lines that begin with #", () => {
    assert.deepEqual(rows("# x\n1,a,1\n#\n", { "csv.allow-comments": "true" }), [[1, "a", 1]])
    assert.equal(errors("# x\n1,a,1\n").length, 1)
  })

  it("csv.trim-spaces trims fields without quotes", () => {
    assert.deepEqual(rows(' 1 ,  x y , 2\n1, " z " ,2\n', { "csv.trim-spaces": "true" }), [
      [1, "x y", 2],
      [1, " z ", 2]
    ])
    assert.deepEqual(rows(" 1 , x , 2\n"), [[1, " x ", 2]])
  })

  it("csv.allow-trailing-comma and csv.ignore-trailing-unmappable decide about more fields", () => {
    assert.deepEqual(rows("1,a,1,\n"), [[1, "a", 1]])
    assert.equal(errors("1,a,1,\n", { "csv.allow-trailing-comma": "false" }).length, 1)
    assert.deepEqual(rows("1,a,1,x,y\n", { "csv.ignore-trailing-unmappable": "true" }), [[
      1,
      "a",
      1
    ]])
  })

  it("csv.escape-character takes the meaning from the next character", () => {
    const given = { "csv.escape-character": "\\" }
    assert.deepEqual(rows('1,x\\,y\\n,1\n2,"\\"q\\\\",1\n', given), [[1, "x,y\n", 1], [
      2,
      '"q\\',
      1
    ]])
  })

  it("csv.field-delimiter understands Java's escapes", () => {
    assert.deepEqual(rows("1\ta\t2\n", { "csv.field-delimiter": "\\t" }), [[1, "a", 2]])
    assert.deepEqual(rows("1\u0001a\u00012\n", { "csv.field-delimiter": "\\u0001" }), [[1, "a", 2]])
  })

  it("CsvDecoder skips empty lines of a table with several columns, and reads them as a field of one", () => {
    assert.deepEqual(rows("1,a,1\n\n\r\n2,b,2\n"), [[1, "a", 1], [2, "b", 2]])
    assert.deepEqual(rows("a\n\nb\n", {}, [{ name: "a", type: string }]), [["a"], [""], ["b"]])
  })

  it("CsvDecoder reads dates and times as java.sql writes them", () => {
    const times: LogicalType.RowType = [
      { name: "d", type: simple("DATE") },
      { name: "t", type: { kind: "TIME", nullable: true, precision: 1 } },
      { name: "s", type: timestamp(9) }
    ]
    assert.deepEqual(rows("1970-1-2,01:00,1970-01-01 00:00:01.123456789\n", {}, times), [
      [1, 3600000, [1123, 456789]]
    ])
    assert.deepEqual(rows("1970-01-02,01:00:00.19,1970-1-1 0:0:1\n", {}, times), [
      [1, 3600100, [1000, 0]]
    ])
  })

  it("CsvDecoder reports bytes that are no UTF-8", () => {
    const context = contextOf(factory, table, {})
    const bytes = new Uint8Array([49, 44, 0xff, 44, 49, 10, 50, 44, 98, 44, 49, 10])
    const found = decodeParts(factory, context, [bytes])
    assert.deepEqual(found.rows, [[2, "b", 1]])
    assert.deepEqual(found.bad.map((one) => one.error), ["Expected UTF-8 but found other bytes"])
  })

  it("CsvDecoder reports a quote that is never closed once and goes on with the next line", () => {
    const found = decode('1,"a,1\n2,b,2\n')
    assert.deepEqual(found.rows, [[2, "b", 2]])
    assert.deepEqual(found.bad.map((one) => one.error), [
      "Expected a closing quote but the file ends"
    ])
  })

  it("CsvDecoder waits for at most recordBytesMax bytes of a record", () => {
    const bytes = new Uint8Array(recordBytesMax + 10).fill(120)
    bytes.set(new TextEncoder().encode('1,"a,1\n2,b,2\n3,"'))
    const bad: Array<string> = []
    const decoder = factory.decoder!(contextOf(factory, table, {}), (one) => bad.push(one.error))
    const used = decoder.decodeStream(bytes, 0, bytes.length, false, 100)
    assert.equal(used, 13)
    assert.equal(decoder.rows, 1)
    assert.match(bad[0]!, /a quote may not be closed/)
    assert.equal(bad.length, 1)
  })
})

describe("millrace.csv.header", () => {
  const given = { "millrace.csv.header": "true" }

  it("millrace.csv.header finds columns by name and leaves out others", () => {
    assert.deepEqual(rows("\uFEFFx,c,b,a\n9,1.5,hi,7\n", given), [[7, "hi", 1.5]])
  })

  it("CsvHeader names the columns that a file lacks", () => {
    assert.throws(
      () => decode("a,x\n1,2\n", given),
      (error) =>
        error instanceof CsvHeader && /no column 'b', 'c', only 'a', 'x'/.test(error.message)
    )
    assert.deepEqual(decode("a,x\n1,2\n", given, table, [[0]]).rows, [[1]])
  })

  it("CsvDecoder.decodeHeader() lets a reader begin in the middle of a file", () => {
    const bytes = new TextEncoder().encode("c,b,a\n1,x,7\n2,y,8\n")
    const decoder = factory.decoder!(contextOf(factory, table, given), () => assert.fail())
    assert.equal(decoder.decodeHeader!(bytes, 0, 4, false), -1)
    assert.equal(decoder.decodeHeader!(bytes, 0, bytes.length, false), 6)
    assert.equal(decoder.decodeStream(bytes, 12, bytes.length, true, 10), bytes.length)
    assert.equal(decoder.take()!.columns[0]!.values[0], 8)
  })

  it("FormatFactory.check() refuses it for a sink", () => {
    assert.match(
      factory.check!(contextOf(factory, table, given), "sink").join(),
      /for reading only/
    )
    assert.deepEqual(factory.check!(contextOf(factory, table, given), "source"), [])
  })
})

describe("CsvEncoder", () => {
  it("CsvEncoder quotes text of more than 24 characters or with a character up to the delimiter", () => {
    assert.equal(encode({}, [1, "plain-text", 1]), "1,plain-text,1.0\n")
    assert.equal(encode({}, [1, "a b", 1e10]), '1,"a b",1.0E10\n')
    assert.equal(encode({}, [1, 'say "hi"', 1]), '1,"say ""hi""",1.0\n')
    assert.equal(encode({}, [null, "x".repeat(25), null]), `,"${"x".repeat(25)}",\n`)
    assert.equal(encode({}, [null, "é".repeat(24), null]), `,${"é".repeat(24)},\n`)
  })

  it("CsvEncoder writes decimals in scientific notation unless told otherwise", () => {
    const physical: LogicalType.RowType = [
      { name: "d", type: { kind: "DECIMAL", nullable: true, precision: 10, scale: 2 } },
      { name: "t", type: timestamp(3) }
    ]
    assert.equal(encode({}, [10000000n, [500, 0]], physical), '1E+5,"1970-01-01 00:00:00.5"\n')
    const plain = { "csv.write-bigdecimal-in-scientific-notation": "false" }
    assert.equal(encode(plain, [10000050n, [0, 0]], physical), '100000.50,"1970-01-01 00:00:00"\n')
  })

  it("CsvEncoder.encodeRow() ends with no line feed", () => {
    const out = new GrowingBytes()
    const columns = [
      columnOf(simple("INT"), [1], "plain"),
      columnOf(string, ["x"], "coded"),
      columnOf(simple("DOUBLE"), [2], "plain")
    ]
    factory.encoder!(contextOf(factory, table, {})).encodeRow(columns, 0, out)
    assert.equal(new TextDecoder().decode(out.view()), "1,x,2.0")
  })

  it("CsvUnquoted is thrown rather than a line written that reads otherwise", () => {
    const given = { "csv.disable-quote-character": "true" }
    assert.throws(() => encode(given, [1, "a,b", 1]), CsvUnquoted)
    assert.throws(() => encode(given, [1, "a\nb", 1]), CsvUnquoted)
    assert.equal(
      encode({ ...given, "csv.escape-character": "!" }, [1, "a,b!\n", 1]),
      "1,a!,b!!!n,1.0\n"
    )
  })
})

describe("csv options", () => {
  const problems = (given: Given, physical = table): string =>
    factory.check!(contextOf(factory, physical, given), "source").join("\n")

  it("FormatFactory.check() finds options that exclude each other or are no single character", () => {
    assert.match(
      problems({ "csv.quote-character": "'", "csv.disable-quote-character": "true" }),
      /^Format cannot define a quote character and disabled quote character at the same time/
    )
    assert.match(
      problems({ "csv.field-delimiter": ";;" }),
      /'csv\.field-delimiter' must be a single character/
    )
    assert.match(problems({ "csv.escape-character": "é" }), /must be an ASCII character/)
    assert.match(problems({ "csv.field-delimiter": '"' }), /must differ/)
  })

  it("FormatFactory.check() finds types that have no CSV form", () => {
    const map: LogicalType.LogicalType = { kind: "MAP", nullable: true, key: string, value: string }
    assert.match(
      problems({}, [{ name: "m", type: map }]),
      /cannot hold MAP, the type of column 'm'/
    )
    const time: LogicalType.LogicalType = { kind: "TIME", nullable: true, precision: 6 }
    assert.match(
      problems({}, [{ name: "t", type: time }]),
      /precision: 6, it only supports precision 0 ~ 3/
    )
  })
})
