/** The suite of row formats on JSON, and the generated scanner against the exact reader. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { decodeParts, encodeRows, rowFormatSuite, textValue } from "../../conformance/src/row.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
const { simple, string, bytes, timestamp } = LogicalType

const decimal = (precision: number, scale: number): Type => ({
  kind: "DECIMAL",
  nullable: true,
  precision,
  scale
})
const row = (fields: Record<string, Type>): Type => ({
  kind: "ROW",
  nullable: true,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const array = (element: Type): Type => ({ kind: "ARRAY", nullable: true, element })
const map = (value: Type): Type => ({ kind: "MAP", nullable: true, key: string, value })
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

const flat = fields({
  tiny: simple("TINYINT"),
  small: simple("SMALLINT"),
  int: simple("INT"),
  big: simple("BIGINT"),
  float: simple("FLOAT"),
  double: simple("DOUBLE"),
  flag: simple("BOOLEAN"),
  text: string,
  'quo"ted': bytes,
  price: decimal(12, 3),
  huge: decimal(38, 10),
  day: simple("DATE"),
  time: { kind: "TIME", nullable: true, precision: 0 },
  at: timestamp(3),
  exact: timestamp(9),
  zoned: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 6 },
  months: simple("INTERVAL_YEAR_MONTH")
})

const nested = fields({
  list: array(simple("BIGINT")),
  rows: array(row({ a: simple("INT"), b: array(string) })),
  map: map(decimal(5, 2)),
  bag: { kind: "MULTISET", nullable: true, element: string },
  deep: row({ x: row({ y: string, z: map(row({ k: simple("DOUBLE") })) }), w: simple("INT") }),
  ["__proto__"]: string
})

const intervals = (type: Type): fc.Arbitrary<number> | undefined =>
  type.kind === "INTERVAL_YEAR_MONTH" ? fc.integer({ min: -999, max: 999 }) : undefined

const bad = [
  "{",
  "}",
  "[",
  "null",
  "1",
  '{"a":1}}',
  '{"a":1,}',
  '{"a" 1}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":+1}',
  '{"a":tru}',
  '{"a":"\\x"}',
  '{"a":"\\u12"}',
  '{"a":"\u0001"}',
  "{a:1}",
  "[{},]",
  "[{},1]",
  `{"a":${"[".repeat(600)}${"]".repeat(600)}}`
]

rowFormatSuite(factory, [
  {
    name: "flat",
    physical: flat,
    given: {},
    values: intervals,
    lines: true,
    bad: [
      ...bad,
      '{"int":"x"}',
      '{"int":2147483648}',
      '{"tiny":128}',
      '{"small":1.5}',
      '{"big":9223372036854775808}',
      '{"flag":"yes"}',
      '{"day":"2021-02-29"}',
      '{"at":"2021-01-01T00:00:00"}',
      '{"at":12}',
      '{"zoned":"2021-01-01 00:00:00"}',
      '{"quo\\"ted":"***"}',
      '{"price":1e12}',
      '{"double":{}}'
    ]
  },
  { name: "nested", physical: nested, given: {}, lines: true, bad: ['{"list":{}}', '{"deep":[]}'] },
  {
    name: "ISO-8601, plain decimals, no null fields",
    physical: flat,
    given: {
      "json.timestamp-format.standard": "ISO-8601",
      "json.encode.decimal-as-plain-number": "true",
      "json.encode.ignore-null-fields": "true"
    },
    values: intervals,
    lines: true,
    bad: ['{"at":"2021-01-01 00:00:00"}', '{"at":"2021-02-30T00:00:00"}']
  },
  {
    name: "missing fields are bad",
    physical: fields({ a: simple("INT"), b: row({ c: string }) }),
    given: { "json.fail-on-missing-field": "true" },
    lines: true,
    bad: ['{"a":1}', '{"a":1,"b":{}}']
  }
])

describe("JsonDecoder", () => {
  it("JsonDecoder gives the same rows and bad records with and without its generated scanner", () => {
    // Claim: the scanner is only faster. Model: the exact reader. Generator: records with white space, other orders, escapes, wrong
    // types, damage. A failure would mean that a record's neighbours decide how it is read.
    const table = fields({
      a: simple("BIGINT"),
      b: string,
      c: row({ d: simple("INT"), e: timestamp(3), f: array(simple("INT")) }),
      g: simple("DOUBLE")
    })
    const value = fc.constantFrom(
      "1",
      "-1",
      "0",
      "-0",
      "00",
      "4503599627370497",
      "-9223372036854775808",
      "1.5",
      "1e3",
      '"x"',
      '"12"',
      '"\\u0041\\n"',
      '"é"',
      "null",
      "true",
      "false",
      "nul",
      "{}",
      "[]",
      "[1,2]",
      '{"d":5,"e":"2020-01-02 03:04:05.6"}',
      '{"d":5,"e":null,"f":[1,null]}',
      '{"e":"2020-02-30 00:00:00","d":"7"}',
      '"',
      ""
    )
    const key = fc.constantFrom("a", "b", "c", "g", "a", "b", "c", "g", "h", "\\u0061")
    const gap = fc.constantFrom("", "", "", " ", "\t", "\r")
    const field = fc.tuple(gap, key, gap, value).map(([one, name, two, text]) =>
      `${one}"${name}":${two}${text}`
    )
    const plain = fc.tuple(value, value, value, value).map(([a, b, c, g]) =>
      `{"a":${a},"b":${b},"c":${c},"g":${g}}`
    )
    const any = fc.array(field, { maxLength: 5 }).map((list) => `{${list.join(",")}}`)
    const line = fc.oneof({ arbitrary: plain, weight: 3 }, { arbitrary: any, weight: 2 }, {
      arbitrary: fc.constant(""),
      weight: 1
    })
    const projection = fc.constantFrom([[0], [1], [2], [3]], [[2, 0], [0]], [[2, 1], [2, 0], [2]], [
      [2, 2],
      [1]
    ], [])
    const flags = fc.constantFrom({}, { "json.ignore-parse-errors": "true" }, {
      "json.fail-on-missing-field": "true"
    })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), projection, flags, (lines, paths, given) => {
        const text = new TextEncoder().encode(lines.join("\n"))
        const fast = contextOf(factory, table, given, paths)
        const exact = contextOf(factory, table, {
          ...given,
          "json.decode.json-parser.enabled": "false"
        }, paths)
        assert.deepEqual(decodeParts(factory, fast, [text]), decodeParts(factory, exact, [text]))
      }),
      { numRuns: 1500 }
    )
  })

  it("JsonDecoder gives the same rows when it has learned how the records look", () => {
    // Claim: a learned shape changes nothing but speed. Model: the exact reader. Generator: streams whose records share order, white
    // space, unknown and missing fields, and change all of it on the way. A failure would mean that a long file is misread in its middle.
    const table = fields({
      a: simple("BIGINT"),
      b: string,
      c: row({ d: simple("INT"), e: row({ f: string, g: simple("DOUBLE") }) }),
      h: array(simple("INT"))
    })
    const gap = fc.constantFrom("", "", " ", "  ", "\t")
    const gaps = fc.record({ open: gap, comma: gap, before: gap, colon: gap, close: gap })
    type Gaps = { open: string; comma: string; before: string; colon: string; close: string }
    const write = (
      style: Gaps,
      names: ReadonlyArray<string>,
      values: Record<string, string>
    ): string =>
      `{${style.open}${
        names.map((name) => `"${name}"${style.before}:${style.colon}${values[name]}`).join(
          `,${style.comma}`
        )
      }${style.close}}`
    const phase = fc.record({
      style: gaps,
      outer: fc.shuffledSubarray(["a", "b", "c", "h", "x", "y"]),
      inner: fc.shuffledSubarray(["d", "e", "z"]),
      last: fc.shuffledSubarray(["f", "g"]),
      end: fc.constantFrom("\n", "\r\n", " \n")
    })
    const projection = fc.constantFrom([[0], [1], [2], [3]], [[2, 1, 0], [0]], [[2, 0], [2, 1]], [])
    fc.assert(
      fc.property(
        fc.array(phase, { minLength: 1, maxLength: 3 }),
        projection,
        fc.nat(),
        (phases, paths, odd) => {
          let stream = ""
          for (const { style, outer, inner, last, end } of phases) {
            for (let i = 0; i < 80; i++) {
              const e = i % 7 === odd % 7
                ? "null"
                : write(style, last, { f: `"t${i}"`, g: `${i}.5` })
              const c = i % 11 === odd % 11
                ? "null"
                : write(style, inner, { d: `${i}`, e, z: "[{}]" })
              const x = i % 5 === 0 ? '{"q":[1,2]}' : '"skip"'
              stream += write(style, outer, {
                a: `${i - 40}`,
                b: `"b${i}"`,
                c,
                h: `[${i}]`,
                x,
                y: `${i}`
              }) + end
            }
          }
          const text = new TextEncoder().encode(stream)
          const fast = contextOf(factory, table, {}, paths)
          const exact = contextOf(
            factory,
            table,
            { "json.decode.json-parser.enabled": "false" },
            paths
          )
          const found = decodeParts(factory, fast, [text])
          assert.equal(found.rows.length, 80 * phases.length)
          assert.deepEqual(found, decodeParts(factory, exact, [text]))
        }
      ),
      { numRuns: 60 }
    )
  })

  it("JsonDecoder agrees with JSON.parse about what is JSON", () => {
    // Claim: a record is bad exactly when JSON.parse throws (columns are text, so that every type fits). A failure would mean that
    // skipped values are not checked.
    const unit = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      '"a"',
      '"b"',
      "1",
      "-",
      "0",
      ".",
      "e",
      "+",
      "true",
      "null",
      "fals",
      " ",
      "\\",
      "\\n",
      "\u0001",
      "é"
    )
    const loose = fc.array(unit, { maxLength: 14 }).map((parts) => `{"a":${parts.join("")}}`)
    const tight = fc.json().chain((text) =>
      fc.tuple(fc.nat(), fc.option(unit)).map(([at, piece]) => {
        const place = at % (text.length + 1)
        return `{"b":${text.slice(0, place)}${piece ?? ""}${text.slice(place)},"a":${text}}`
      })
    )
    fc.assert(
      fc.property(fc.oneof(loose, tight), (text) => {
        let good = true
        try {
          JSON.parse(text)
        } catch {
          good = false
        }
        const found = decodeParts(
          factory,
          contextOf(factory, fields({ a: string, b: string }), {}, [[0]]),
          [
            new TextEncoder().encode(text)
          ]
        )
        assert.equal(found.bad.length, good ? 0 : 1)
      }),
      { numRuns: 2000 }
    )
  })

  it("JsonEncoder writes what JSON.parse reads", () => {
    // Claim: every line is JSON with the fields of the table. A failure would mean unreadable output.
    const one = fc.tuple(...nested.map((field) => textValue(field.type)))
    fc.assert(
      fc.property(one, (given) => {
        const text = new TextDecoder().decode(
          encodeRows(factory, contextOf(factory, nested, {}), [given])
        )
        assert.deepEqual(Object.keys(JSON.parse(text)), nested.map((field) => field.name))
      }),
      { numRuns: 200 }
    )
  })
})
