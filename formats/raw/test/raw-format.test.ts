/** The suite of row formats on `raw`, and what its options do. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { GrowingBytes, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { columnOf, type Value } from "../../conformance/src/bulk-values.ts"
import { decodeParts, encodeRows, rowFormatSuite } from "../../conformance/src/row.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
const { simple, string } = LogicalType
const notNull = (type: Type): LogicalType.RowType => [
  { name: "v", type: LogicalType.withNullable(type, false) }
]
const lineless = (): fc.Arbitrary<string> =>
  fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !/[\n\r]|§/.test(text))
const latin = (): fc.Arbitrary<string> => fc.stringMatching(/^[ -~À-ÿ]{0,10}$/)

rowFormatSuite(factory, [
  {
    name: "lines of text",
    physical: notNull(string),
    given: {},
    values: lineless,
    lines: true,
    bad: []
  },
  {
    name: "text to a delimiter of its own",
    physical: notNull(string),
    given: { "raw.line-delimiter": "§§" },
    values: lineless,
    lines: false,
    bad: []
  },
  {
    name: "text in ISO-8859-1",
    physical: notNull(string),
    given: { "raw.charset": "ISO-8859-1" },
    values: latin,
    lines: true,
    bad: []
  },
  {
    name: "text in UTF-16LE",
    physical: notNull(string),
    given: { "raw.charset": "utf-16le" },
    values: lineless,
    lines: false,
    bad: []
  }
])

function messages(
  type: Type,
  given: Readonly<Record<string, string>>,
  values: ReadonlyArray<Value>
): {
  readonly texts: ReadonlyArray<ReadonlyArray<number>>
  readonly again: unknown
} {
  const context = contextOf(factory, notNull(type), given)
  const decoder = factory.decoder!(context, (record) => assert.fail(record.error))
  const column = columnOf(type, values, "plain")
  const texts = values.map((_, i) => {
    const out = new GrowingBytes()
    factory.encoder!(context).encodeRow([column], i, out)
    decoder.decodeMessage(out.bytes, 0, out.length)
    return [...out.view()]
  })
  const read = decoder.take()!.columns[0]!
  return { texts, again: [...read.values as ReadonlyArray<unknown>] }
}

describe("RawDecoder", () => {
  it("raw numbers are big-endian unless told otherwise", () => {
    assert.deepEqual(messages(simple("INT"), {}, [258, -1]), {
      texts: [[0, 0, 1, 2], [255, 255, 255, 255]],
      again: [258, -1]
    })
    const little = { "raw.endianness": "little-endian" }
    assert.deepEqual(messages(simple("SMALLINT"), little, [258]).texts, [[2, 1]])
    assert.deepEqual(messages(simple("BIGINT"), little, [2n ** 62n]), {
      texts: [[0, 0, 0, 0, 0, 0, 0, 64]],
      again: [2n ** 62n]
    })
    assert.deepEqual(messages(simple("DOUBLE"), {}, [1.5]).texts, [[63, 248, 0, 0, 0, 0, 0, 0]])
    assert.deepEqual(messages(simple("FLOAT"), {}, [1.5]).again, [1.5])
    assert.deepEqual(messages(simple("BOOLEAN"), {}, [true, false]).texts, [[1], [0]])
    assert.deepEqual(messages(simple("TINYINT"), {}, [-2]).texts, [[254]])
  })

  it("RawDecoder says which size a type has", () => {
    const context = contextOf(factory, notNull(simple("BIGINT")), {})
    const bad: Array<string> = []
    const decoder = factory.decoder!(context, (record) => bad.push(record.error))
    decoder.decodeMessage(new Uint8Array(3), 0, 3)
    assert.equal(decoder.take(), undefined)
    assert.match(bad.join(), /^Size of data received for deserializing BIGINT type is not 8/)
  })

  it("RawDecoder reports text that is not of its charset", () => {
    for (const charset of ["UTF-8", "US-ASCII"]) {
      const context = contextOf(factory, notNull(string), { "raw.charset": charset })
      const found = decodeParts(factory, context, [new Uint8Array([97, 10, 255, 10, 98, 10])])
      assert.deepEqual(found.rows, [["a"], ["b"]])
      assert.equal(found.bad.length, 1)
    }
  })

  it("raw.line-delimiter splits a message, and a delimiter at its end adds no row", () => {
    const context = contextOf(factory, notNull(string), { "raw.line-delimiter": "," })
    const decoder = factory.decoder!(context, (record) => assert.fail(record.error))
    const bytes = new TextEncoder().encode("a,,b,")
    decoder.decodeMessage(bytes, 0, bytes.length)
    assert.equal(decoder.rows, 3)
    const out = encodeRows(factory, context, [["a"], ["b"]])
    assert.equal(new TextDecoder().decode(out), "a,b,")
  })

  it("FormatFactory.check() wants one column of a type with bytes, and a charset that is known", () => {
    const check = (physical: LogicalType.RowType, given = {}): string =>
      factory.check!(contextOf(factory, physical, given), "source").join()
    const two = [{ name: "a", type: string }, { name: "b", type: simple("INT") }]
    assert.match(check(two), /multiple physical columns: \[`a` STRING, `b` INT\]/)
    assert.match(check(notNull(simple("DATE"))), /doesn't supports 'DATE NOT NULL' as column type/)
    assert.equal(
      check(notNull(string), { "raw.charset": "klingon" }),
      "Unsupported 'raw.charset' name: klingon"
    )
  })
})
