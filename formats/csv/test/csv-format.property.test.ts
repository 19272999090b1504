/** The suite of row formats on CSV in several dialects. */
import fc from "fast-check"
import { LogicalType } from "@millrace/core/internal"
import { rowFormatSuite } from "../../conformance/src/row.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
const { simple, string, bytes, timestamp } = LogicalType

const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))
const decimal = (precision: number, scale: number): Type => ({
  kind: "DECIMAL",
  nullable: true,
  precision,
  scale
})

const numbers: Record<string, Type> = {
  tiny: simple("TINYINT"),
  small: simple("SMALLINT"),
  int: simple("INT"),
  big: simple("BIGINT"),
  float: simple("FLOAT"),
  double: simple("DOUBLE"),
  flag: simple("BOOLEAN"),
  price: decimal(12, 3),
  huge: decimal(38, 10)
}

const all = fields({
  ...numbers,
  text: string,
  blob: bytes,
  day: simple("DATE"),
  time: { kind: "TIME", nullable: true, precision: 3 },
  at: timestamp(3),
  exact: timestamp(9),
  zoned: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 6 },
  list: { kind: "ARRAY", nullable: true, element: simple("INT", false) },
  pair: {
    kind: "ROW",
    nullable: true,
    fields: [{ name: "x", type: simple("BIGINT") }, { name: "y", type: simple("DOUBLE") }]
  }
})

const literal = "\u2400"

/** Text that is not the null literal; whatever else it holds must survive. */
const anyText = (type: Type): fc.Arbitrary<string> | undefined =>
  type.kind === "VARCHAR"
    ? fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fc.array(fc.constantFrom("a", ",", '"', "\n", "\r\n", "\\", " ", ";", "\t"), { maxLength: 6 })
        .map((parts) => parts.join(""))
    ).filter((text) => text !== literal)
    : undefined

/** Text that a dialect without quotes and escapes can hold. */
const tameText = (type: Type): fc.Arbitrary<string> | undefined =>
  type.kind === "VARCHAR" ? fc.stringMatching(/^[a-z "']{1,12}$/) : undefined

rowFormatSuite(factory, [
  {
    name: "defaults with a null literal",
    physical: all,
    given: { "csv.null-literal": literal },
    values: anyText,
    lines: false,
    bad: ["1", "1,2,3", `${"1,".repeat(20)}1`, `x${",".repeat(all.length - 1)}`]
  },
  {
    name: "tabs, apostrophes, escapes, plain decimals",
    physical: all,
    given: {
      "csv.null-literal": literal,
      "csv.field-delimiter": "\\t",
      "csv.quote-character": "'",
      "csv.escape-character": "\\",
      "csv.array-element-delimiter": "|",
      "csv.write-bigdecimal-in-scientific-notation": "false"
    },
    values: anyText,
    lines: false,
    bad: ["1"]
  },
  {
    name: "no quotes but escapes",
    physical: fields({ a: string, b: simple("INT"), c: string }),
    given: {
      "csv.null-literal": literal,
      "csv.disable-quote-character": "true",
      "csv.escape-character": "\\"
    },
    values: anyText,
    lines: false,
    bad: ["a,b,c", "a,1"]
  },
  {
    name: "no quotes: every line is a record",
    physical: fields({ a: string, ...numbers, at: timestamp(3) }),
    given: { "csv.null-literal": literal, "csv.disable-quote-character": "true" },
    values: tameText,
    lines: true,
    bad: [
      "a,128,1,1,1,1,1,true,1,1,2020-01-01 00:00:00",
      "a,1,40000,1,1,1,1,true,1,1,2020-01-01 00:00:00",
      "a,1,1,2147483648,1,1,1,true,1,1,2020-01-01 00:00:00",
      "a,1,1,1,9223372036854775808,1,1,true,1,1,2020-01-01 00:00:00",
      "a,1,1,1,1,one,1,true,1,1,2020-01-01 00:00:00",
      "a,1,1,1,1,1,1,yes,1,1,2020-01-01 00:00:00",
      "a,1,1,1,1,1,1,true,1e12,1,2020-01-01 00:00:00",
      "a,1,1,1,1,1,1,true,1,1,2020-02-30 00:00:00",
      "a,1,1,1,1,1,1,true,1,1,2020-01-01",
      "a,,1,1,1,1,1,true,1,1,2020-01-01 00:00:00"
    ]
  }
])
