/**
 * Random typed expressions and random columns for them. Expressions are made from productions by the type of their result, so that
 * nearly all of them are well typed; columns come in every form that a batch may bring: NULLs or none, narrow or wide, coded or plain.
 */
import * as fc from "fast-check"
import { Column } from "../../src/batch/column.ts"
import { columnOf } from "../../src/table/code/boxed.ts"
import type { Expression } from "../../src/table/expression.ts"
import type { Boxed } from "../../src/table/function/definition.ts"
import { dictionaryOf } from "../../src/table/function/merge.ts"
import { inferScalar } from "../../src/table/function/registry.ts"
import { literalOf } from "../../src/table/code/literal.ts"
import {
  type LogicalType,
  simple,
  string,
  timestamp,
  withNullable
} from "../../src/type/logical-type.ts"

/** Families of results. */
export type Family =
  | "int"
  | "small"
  | "bigint"
  | "decimal"
  | "big"
  | "double"
  | "boolean"
  | "text"
  | "timestamp"
  | "moment"
  | "local"
  | "date"
  | "time"
  | "interval"
  | "months"

const local: LogicalType = { kind: "TIMESTAMP_LTZ", nullable: true, precision: 3 }

/** The types of the input, by family; two columns each. */
export const familyTypes: Readonly<Record<Family, LogicalType>> = {
  int: simple("INT"),
  small: simple("SMALLINT"),
  bigint: simple("BIGINT"),
  decimal: { kind: "DECIMAL", nullable: true, precision: 12, scale: 3 },
  big: { kind: "DECIMAL", nullable: true, precision: 30, scale: 5 },
  double: simple("DOUBLE"),
  boolean: simple("BOOLEAN"),
  text: string,
  timestamp: timestamp(3),
  moment: timestamp(6),
  local,
  date: simple("DATE"),
  time: { kind: "TIME", nullable: true, precision: 0 },
  interval: simple("INTERVAL_DAY_TIME"),
  months: simple("INTERVAL_YEAR_MONTH")
}

/** All families, in the order of the input's columns. */
export const families: ReadonlyArray<Family> = Object.keys(familyTypes) as Array<Family>

type Production = readonly [string, ...Array<Family | `'${string}`>]

const numbers: ReadonlyArray<Family> = ["int", "small", "bigint", "decimal", "big", "double"]
const times: ReadonlyArray<Family> = ["timestamp", "moment", "local", "date"]

function arithmetic(family: Family): ReadonlyArray<Production> {
  const operators = ["+", "-", "*", "/", "%"]
  return [...operators.map((operator): Production => [operator, family, family]), ["-", family], [
    "ABS",
    family
  ], ["SIGN", family]]
}

function choices(family: Family): ReadonlyArray<Production> {
  return [
    ["CASE", "boolean", family, family],
    ["CASE", "boolean", family, "boolean", family, family],
    ["COALESCE", family, family],
    ["IF", "boolean", family, family],
    ["NULLIF", family, family],
    ["GREATEST", family, family, family],
    ["LEAST", family, family]
  ]
}

const compared: ReadonlyArray<Family> = [
  ...numbers,
  "text",
  "boolean",
  ...times,
  "time",
  "interval",
  "months"
]

const comparisons: ReadonlyArray<Production> = compared.flatMap((
  family
): ReadonlyArray<Production> => [
  ...["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"].map((
    operator
  ): Production => [operator, family, family]),
  ["BETWEEN", family, family, family],
  ["NOT BETWEEN", family, family, family],
  ["IN", family, family, family, family],
  ["NOT IN", family, family, family],
  ["IS NULL", family],
  ["IS NOT NULL", family]
])

const mixed: ReadonlyArray<Production> = numbers.flatMap((a) =>
  numbers.map((b): Production => ["<", a, b])
)

const booleans: ReadonlyArray<Production> = [
  ...comparisons,
  ...mixed,
  ...["AND", "OR"].flatMap((
    name
  ): ReadonlyArray<Production> => [[name, "boolean", "boolean"], [
    name,
    "boolean",
    "boolean",
    "boolean"
  ]]),
  ...["NOT", "IS TRUE", "IS FALSE", "IS NOT TRUE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"]
    .map((name): Production => [name, "boolean"]),
  ["LIKE", "text", "'a%"],
  ["LIKE", "text", "'%b"],
  ["NOT LIKE", "text", "'%é%"],
  ["LIKE", "text", "'a_c"],
  ["LIKE", "text", "text"],
  ["SIMILAR TO", "text", "'(a|b)%"],
  ["REGEXP", "text", "'[a-c]+"],
  ["STARTSWITH", "text", "text"]
]

const texts: ReadonlyArray<Production> = [
  ["||", "text", "text"],
  ["CONCAT_WS", "text", "text", "text"],
  ["UPPER", "text"],
  ["LOWER", "text"],
  ["TRIM", "'BOTH", "'a", "text"],
  ["LTRIM", "text"],
  ["SUBSTRING", "text", "int"],
  ["SUBSTRING", "text", "int", "int"],
  ["LEFT", "text", "small"],
  ["RIGHT", "text", "small"],
  ["REVERSE", "text"],
  ["REPLACE", "text", "text", "text"],
  ["SPLIT_INDEX", "text", "'b", "small"],
  ["REGEXP_REPLACE", "text", "'[ab]", "text"],
  ["REGEXP_EXTRACT", "text", "'(a)(b?)", "small"],
  ["LPAD", "text", "small", "text"],
  ["INITCAP", "text"],
  ["MD5", "text"],
  ["DATE_FORMAT", "timestamp", "'yyyy-MM-dd HH:mm:ss.SSS"],
  ["DATE_FORMAT", "local", "'HH:mm"]
]

const parts = [
  "YEAR",
  "MONTH",
  "DAYOFMONTH",
  "HOUR",
  "MINUTE",
  "SECOND",
  "QUARTER",
  "WEEK",
  "DAYOFWEEK",
  "DAYOFYEAR"
]

function shifts(family: Family): ReadonlyArray<Production> {
  return [
    ["+", family, "interval"],
    ["-", family, "interval"],
    ["+", family, "months"],
    ["-", family, "months"],
    ["FLOOR", family, "'HOUR"],
    ["CEIL", family, "'DAY"],
    ["FLOOR", family, "'MONTH"],
    ["TIMESTAMPADD", "'MINUTE", "small", family]
  ]
}

/** How values of each family can be made from others. */
const productions: Readonly<Record<Family, ReadonlyArray<Production>>> = {
  int: [
    ...arithmetic("int"),
    ...choices("int"),
    ["CHAR_LENGTH", "text"],
    ["POSITION", "text", "text"],
    ["%", "bigint", "int"],
    ["TIMESTAMPDIFF", "'HOUR", "timestamp", "moment"],
    ["TIMESTAMPDIFF", "'MONTH", "timestamp", "timestamp"]
  ],
  small: [...arithmetic("small"), ...choices("small")],
  bigint: [
    ...arithmetic("bigint"),
    ...choices("bigint"),
    ["+", "bigint", "int"],
    ...times.flatMap((family) => parts.map((part): Production => [part, family])),
    ["EXTRACT", "'EPOCH", "timestamp"],
    ["FLOOR", "bigint"]
  ],
  decimal: [
    ...arithmetic("decimal"),
    ...choices("decimal"),
    ["*", "bigint", "decimal"],
    ["+", "int", "decimal"],
    ["ROUND", "decimal", "int"],
    ["FLOOR", "decimal"],
    ["CEIL", "decimal"]
  ],
  big: [...arithmetic("big"), ...choices("big"), ["+", "decimal", "big"], ["-", "big", "bigint"]],
  double: [
    ...arithmetic("double"),
    ...choices("double"),
    ["*", "decimal", "double"],
    ["+", "bigint", "double"],
    ["SQRT", "decimal"],
    ["POWER", "double", "small"],
    ["FLOOR", "double"],
    ["ROUND", "double", "small"]
  ],
  boolean: booleans,
  text: [...texts, ...choices("text")],
  timestamp: [...shifts("timestamp"), ...choices("timestamp"), ["TO_TIMESTAMP", "text"]],
  moment: [...shifts("moment"), ...choices("moment")],
  local: [...shifts("local"), ...choices("local"), ["TO_TIMESTAMP_LTZ", "bigint", "'3"], [
    "CURRENT_TIMESTAMP"
  ]],
  date: [["+", "date", "interval"], ["-", "date", "months"], ...choices("date"), ["CURRENT_DATE"]],
  time: [["+", "time", "interval"], ...choices("time")],
  interval: [
    ["+", "interval", "interval"],
    ["-", "timestamp", "timestamp"],
    ["*", "interval", "int"],
    ["-", "interval"],
    ...choices("interval")
  ],
  months: [["+", "months", "months"], ["*", "int", "months"], ...choices("months")]
}

const sources: Readonly<Record<Family, ReadonlyArray<Family>>> = {
  int: ["bigint", "decimal", "double", "text", "boolean", "small", "big"],
  small: ["int", "bigint", "double", "text", "decimal"],
  bigint: ["int", "decimal", "big", "double", "text", "boolean"],
  decimal: ["int", "bigint", "big", "double", "text", "boolean"],
  big: ["int", "bigint", "decimal", "double", "text"],
  double: ["int", "bigint", "decimal", "big", "text", "boolean"],
  boolean: ["int", "bigint", "text", "double"],
  text: families.filter((family) => family !== "text"),
  timestamp: ["moment", "date", "local", "text", "time"],
  moment: ["timestamp", "date", "local", "text"],
  local: ["timestamp", "moment", "text", "date"],
  date: ["timestamp", "moment", "local", "text"],
  time: ["timestamp", "local", "text"],
  interval: ["bigint", "int"],
  months: ["int"]
}

/** Literals and column values of a family, extremes among them. */
export function valueOf(family: Family): fc.Arbitrary<Boxed> {
  switch (family) {
    case "int":
      return fc.oneof(
        fc.integer({ min: -20, max: 20 }),
        fc.constantFrom(-2147483648, 2147483647, 0),
        fc.integer()
      )
    case "small":
      return fc.oneof(fc.integer({ min: -5, max: 9 }), fc.integer({ min: -32768, max: 32767 }))
    case "bigint":
      return fc.oneof(
        fc.bigInt({ min: -30n, max: 30n }),
        fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }),
        fc.constantFrom(2n ** 52n, -(2n ** 52n), 2n ** 52n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 0n)
      )
    case "decimal":
      return fc.oneof(
        fc.bigInt({ min: -9000n, max: 9000n }),
        fc.bigInt({ min: -(10n ** 12n - 1n), max: 10n ** 12n - 1n })
      )
    case "big":
      return fc.oneof(
        fc.bigInt({ min: -900000n, max: 900000n }),
        fc.bigInt({ min: -(10n ** 30n - 1n), max: 10n ** 30n - 1n })
      )
    case "double":
      return fc.oneof(
        fc.integer({ min: -50, max: 50 }).map((n) => n / 4),
        fc.double(),
        fc.constantFrom(0, -0, NaN, Infinity, 1e18)
      )
    case "boolean":
      return fc.boolean()
    case "text":
      return fc.oneof(
        fc.constantFrom(
          "",
          "a",
          "b",
          "abc",
          "ab",
          " a ",
          "12",
          "-7.5",
          "2001-02-03",
          "2001-02-03 04:05:06.789",
          "true",
          "éa",
          "😀b",
          "aabbé"
        ),
        fc.string({ maxLength: 6 }),
        fc.string({ unit: "binary", maxLength: 4 }).map((text) => text.toWellFormed())
      )
    case "timestamp":
    case "local":
      return fc.oneof(
        fc.integer({ min: -100_000_000_000, max: 2_000_000_000_000 }),
        fc.constantFrom(0, -1, 951_782_400_000, 978_307_199_999)
      )
    case "moment":
      return fc.record({
        millis: fc.integer({ min: -1_000_000_000, max: 2_000_000_000_000 }),
        nanos: fc.integer({ min: 0, max: 999 }).map((n) => n * 1000)
      })
    case "date":
      return fc.integer({ min: -4000, max: 40000 })
    case "time":
      return fc.integer({ min: 0, max: 86399 }).map((n) => n * 1000)
    case "interval":
      return fc.oneof(
        fc.integer({ min: -5, max: 5 }).map((n) => n * 3_600_000),
        fc.integer({ min: -10_000_000_000, max: 10_000_000_000 })
      )
    case "months":
      return fc.integer({ min: -40, max: 40 })
  }
}

function differs(a: LogicalType, b: LogicalType): boolean {
  return JSON.stringify(withNullable(a, true)) !== JSON.stringify(withNullable(b, true))
}

function castTo(of: Expression, type: LogicalType, attempt = false): Expression {
  return {
    op: "cast",
    of,
    try: attempt,
    type: withNullable(type, of.type.nullable || attempt || type.kind === "DECIMAL")
  }
}

function leaf(family: Family): fc.Arbitrary<Expression> {
  const type = familyTypes[family]
  const literal = valueOf(family).map((value) => literalOf(value, withNullable(type, false))!)
  const index = families.indexOf(family)
  const column = fc.constantFrom(0, 1).map((k): Expression => ({
    op: "input",
    index: index * 2 + k,
    type
  }))
  return fc.oneof({ weight: 6, arbitrary: column }, { weight: 2, arbitrary: literal }, {
    weight: 1,
    arbitrary: fc.constant<Expression>({ op: "literal", value: null, type })
  })
}

/** A word of a production: a unit, a pattern, a precision. */
function word(text: string): fc.Arbitrary<Expression> {
  if (/^\d$/.test(text)) {
    return fc.constant({ op: "literal", value: text, type: simple("INT", false) })
  }
  return fc.constant({
    op: "literal",
    value: text,
    type: { kind: "CHAR", nullable: false, length: text.length }
  })
}

function build(
  production: Production,
  args: ReadonlyArray<Expression>,
  family: Family
): Expression {
  const inferred = inferScalar(production[0], args.map((arg) => arg.type))
  if ("problem" in inferred) throw new Error(`${production.join(" ")}: ${inferred.problem}`)
  const cast = args.map((arg, i) =>
    differs(arg.type, inferred.args[i]!) ? castTo(arg, inferred.args[i]!) : arg
  )
  const call: Expression = { op: "call", name: inferred.name, args: cast, type: inferred.type }
  return differs(call.type, familyTypes[family]) ? castTo(call, familyTypes[family]) : call
}

/** A random expression of a family over two columns of every family. */
export function expressionOf(family: Family, depth: number): fc.Arbitrary<Expression> {
  if (depth === 0) return leaf(family)
  const made = fc.constantFrom(...productions[family]).chain((production) => {
    const args = production.slice(1).map((arg) =>
      arg.startsWith("'") ? word(arg.slice(1)) : expressionOf(arg as Family, depth - 1)
    )
    return fc.tuple(...args).map((list) => build(production, list, family))
  })
  const cast = fc.tuple(fc.constantFrom(...sources[family]), fc.boolean()).chain(([from, sure]) =>
    expressionOf(from, depth - 1).map((of) =>
      castTo(of, familyTypes[family], from === "text" || !sure)
    )
  )
  return fc.oneof({ weight: 6, arbitrary: made }, { weight: 1, arbitrary: cast }, {
    weight: 1,
    arbitrary: leaf(family)
  })
}

function codedColumn(values: ReadonlyArray<Boxed>): Column {
  const texts = ["unused", ...new Set(values.filter((value) => typeof value === "string"))]
  return new Column({
    layout: "bytes",
    rows: values.length,
    dictionary: dictionaryOf(texts),
    values: Int32Array.from(values, (value) => value === null ? 0 : texts.indexOf(value as string)),
    nulls: values.includes(null)
      ? Uint8Array.from(values, (value) => value === null ? 1 : 0)
      : undefined
  })
}

function wideColumn(column: Column): Column {
  const values = BigInt64Array.from(column.values as Float64Array, BigInt)
  return new Column({ layout: "i64", rows: column.rows, values, nulls: column.nulls })
}

/** A column of a family in a random form. */
function columnArbitrary(family: Family, rows: number): fc.Arbitrary<Column> {
  const cell = fc.oneof({ weight: 5, arbitrary: valueOf(family) }, {
    weight: 1,
    arbitrary: fc.constant(null)
  })
  return fc.tuple(
    fc.boolean(),
    fc.boolean(),
    fc.array(cell, { minLength: rows, maxLength: rows }),
    fc.array(valueOf(family), { minLength: rows, maxLength: rows })
  ).map(([withNulls, other, some, all]) => {
    const values = withNulls ? some : all
    if (family === "text" && other) return codedColumn(values)
    const column = columnOf(familyTypes[family], values)
    return column.layout === "i64" && column.narrow && other ? wideColumn(column) : column
  })
}

/** Two columns of every family. */
export function columnsArbitrary(rows: number): fc.Arbitrary<ReadonlyArray<Column>> {
  return fc.tuple(
    ...families.flatMap((family) => [columnArbitrary(family, rows), columnArbitrary(family, rows)])
  )
}
