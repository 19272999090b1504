/**
 * Random SQL expressions and, beside each, what it means on one row, as plain JavaScript: three-valued logic over `null`, integers that wrap,
 * text ordered by its UTF-8 bytes. Nothing here shares code with the planner or the generated loops, so a mistake of theirs is not made twice.
 */
import { Buffer } from "node:buffer"
import * as fc from "fast-check"

/** A SQL value: INT and TIMESTAMP (epoch millis) are numbers, BIGINT and DECIMAL (hundredths) bigints. */
export type Value = string | number | bigint | boolean | null

/** The types that are tried. DECIMAL has a scale of 2. */
export type Kind = "INT" | "BIGINT" | "DECIMAL" | "STRING" | "TIMESTAMP" | "BOOLEAN"

/** A row: values by column name. */
export type Row = Readonly<Record<string, Value>>

/** An expression with its meaning. */
export interface Term {
  readonly sql: string
  readonly kind: Kind
  readonly of: (row: Row) => Value
}

/** The columns of the test tables; all but `id` and `ts` may be NULL. */
export const columns: ReadonlyArray<readonly [name: string, kind: Kind]> = [
  ["id", "INT"],
  ["k", "INT"],
  ["s", "STRING"],
  ["b", "BIGINT"],
  ["d", "DECIMAL"],
  ["ts", "TIMESTAMP"],
  ["o", "BOOLEAN"]
]

/** The kind's name in DDL and CAST. */
export function typeName(kind: Kind): string {
  return kind === "DECIMAL" ? "DECIMAL(18, 2)" : kind === "TIMESTAMP" ? "TIMESTAMP(3)" : kind
}

/** Order of two values of one kind that are not NULL. */
export function compare(a: Value, b: Value): number {
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

/** A value as the command prints it; NULL has no quotes, so that it differs from the text. */
export function text(kind: Kind, value: Value): string {
  if (value === null) return "NULL"
  if (kind === "STRING") return JSON.stringify(value)
  if (kind === "BOOLEAN") return value === true ? "TRUE" : "FALSE"
  if (kind === "TIMESTAMP") return timestamp(value as number)
  if (kind === "DECIMAL") return decimal(value as bigint)
  return String(value)
}

function timestamp(millis: number): string {
  return new Date(millis).toISOString().replace("T", " ").slice(0, -1)
}

function decimal(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, "0")
  return `${hundredths < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

const texts = [
  "",
  "a",
  "A",
  "b",
  "ab",
  'a"b',
  "it's",
  "ß",
  "日本",
  "😀",
  "\uffff",
  " x ",
  "%",
  "NULL"
]
const bigs = [
  0n,
  1n,
  -1n,
  2n ** 52n,
  -(2n ** 52n) - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n)
]

/** Values of a kind, without NULL. */
export function valueOf(kind: Kind): fc.Arbitrary<Value> {
  switch (kind) {
    case "INT":
      return fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -3, max: 5 }) },
        fc.constantFrom(2147483647, -2147483648)
      )
    case "BIGINT":
      return fc.oneof(fc.constantFrom(...bigs), fc.bigInt({ min: -20n, max: 20n }))
    case "DECIMAL":
      return fc.oneof(
        fc.bigInt({ min: -500n, max: 500n }),
        fc.constantFrom(999999999999n, -999999999999n)
      )
    case "STRING":
      return fc.constantFrom(...texts)
    case "TIMESTAMP":
      return fc.oneof(
        fc.integer({ min: -7200000, max: 7200000 }),
        fc.constantFrom(0, -1, -2208988800000, 4102444800001)
      )
    default:
      return fc.boolean()
  }
}

function literal(kind: Kind, value: Value): string {
  if (kind === "STRING") return `'${String(value).replaceAll("'", "''")}'`
  if (kind === "TIMESTAMP") return `TIMESTAMP '${timestamp(value as number)}'`
  if (kind === "BOOLEAN") return text(kind, value)
  return `CAST('${text(kind, value)}' AS ${typeName(kind)})`
}

function constant(kind: Kind): fc.Arbitrary<Term> {
  return valueOf(kind).map((value) => ({ sql: literal(kind, value), kind, of: () => value }))
}

/** A column or a literal. */
export function leaf(kind: Kind, given: ReadonlyArray<Term>): fc.Arbitrary<Term> {
  const fitting = given.filter((term) => term.kind === kind)
  if (fitting.length === 0) return constant(kind)
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fitting) }, constant(kind))
}

/** Apply to values that are there; NULL when one is not. */
function strict(
  sql: string,
  kind: Kind,
  args: ReadonlyArray<Term>,
  f: (...values: Array<never>) => Value
): Term {
  return {
    sql,
    kind,
    of: (row) => {
      const values = args.map((arg) => arg.of(row))
      return values.includes(null) ? null : f(...values as Array<never>)
    }
  }
}

/** Expressions of a kind over `given`, nested up to `depth`. */
export function term(kind: Kind, given: ReadonlyArray<Term>, depth: number): fc.Arbitrary<Term> {
  if (depth === 0) return leaf(kind, given)
  const again = (of: Kind): fc.Arbitrary<Term> => term(of, given, depth - 1)
  const pair = fc.tuple(again(kind), again(kind))
  const options: Array<fc.Arbitrary<Term>> = [
    leaf(kind, given),
    pair.map(([a, b]): Term => ({
      sql: `COALESCE(${a.sql}, ${b.sql})`,
      kind,
      of: (row) => a.of(row) ?? b.of(row)
    })),
    fc.tuple(condition(given, depth - 1), pair).map(([when, [a, b]]): Term => ({
      sql: `CAST(CASE WHEN ${when.sql} THEN ${a.sql} ELSE ${b.sql} END AS ${typeName(kind)})`,
      kind,
      of: (row) => when.of(row) === true ? a.of(row) : b.of(row)
    }))
  ]
  return fc.oneof(...options, ...special(kind, again))
}

function special(
  kind: Kind,
  again: (kind: Kind) => fc.Arbitrary<Term>
): ReadonlyArray<fc.Arbitrary<Term>> {
  const pair = fc.tuple(again(kind), again(kind))
  const integers = (wrap: (exact: bigint) => Value): ReadonlyArray<fc.Arbitrary<Term>> => [
    pair.map(([a, b]) => calculated("+", a, b, (x, y) => wrap(x + y))),
    pair.map(([a, b]) => calculated("-", a, b, (x, y) => wrap(x - y))),
    pair.map(([a, b]) => calculated("*", a, b, (x, y) => wrap(x * y)))
  ]
  if (kind === "BIGINT") {
    return [
      ...integers((exact) => BigInt.asIntN(64, exact)),
      again("INT").map((a) =>
        strict(`CAST(${a.sql} AS BIGINT)`, kind, [a], (n: number) => BigInt(n))
      )
    ]
  }
  if (kind === "INT") {
    return [
      ...integers((exact) => Number(BigInt.asIntN(32, exact))),
      again("STRING").map((a) =>
        strict(`CHAR_LENGTH(${a.sql})`, kind, [a], (s: string) => [...s].length)
      )
    ]
  }
  if (kind === "STRING") {
    return [
      pair.map(([a, b]) =>
        strict(`(${a.sql} || ${b.sql})`, kind, [a, b], (x: string, y: string) => x + y)
      ),
      again("BIGINT").map((a) =>
        strict(`CAST(${a.sql} AS STRING)`, kind, [a], (n: bigint) => String(n))
      ),
      again("DECIMAL").map((a) => strict(`CAST(${a.sql} AS STRING)`, kind, [a], decimal))
    ]
  }
  return []
}

function calculated(
  sign: string,
  a: Term,
  b: Term,
  f: (a: bigint, b: bigint) => Value
): Term {
  return strict(
    `(${a.sql} ${sign} ${b.sql})`,
    a.kind,
    [a, b],
    (x: number | bigint, y: number | bigint) => f(BigInt(x), BigInt(y))
  )
}

const comparisons: ReadonlyArray<readonly [sign: string, holds: (order: number) => boolean]> = [
  ["=", (order) => order === 0],
  ["<>", (order) => order !== 0],
  ["<", (order) => order < 0],
  ["<=", (order) => order <= 0],
  [">", (order) => order > 0],
  [">=", (order) => order >= 0]
]

/** Conditions: comparisons, tests for NULL, IN, and what connects them. */
export function condition(given: ReadonlyArray<Term>, depth: number): fc.Arbitrary<Term> {
  const below = Math.max(0, depth - 1)
  const simple = fc.constantFrom(...new Set(given.map((one) => one.kind))).chain((kind) =>
    fc.oneof(
      fc.tuple(term(kind, given, below), term(kind, given, below), fc.constantFrom(...comparisons))
        .map(([a, b, [sign, holds]]) =>
          strict(
            `(${a.sql} ${sign} ${b.sql})`,
            "BOOLEAN",
            [a, b],
            (x: Value, y: Value) => holds(compare(x, y))
          )
        ),
      fc.tuple(term(kind, given, below), fc.boolean()).map(([a, not]): Term => ({
        sql: `(${a.sql}) IS ${not ? "NOT " : ""}NULL`,
        kind: "BOOLEAN",
        of: (row) => (a.of(row) === null) !== not
      })),
      fc.tuple(leaf(kind, given), fc.array(constant(kind), { minLength: 1, maxLength: 4 }))
        .map(([a, list]) =>
          strict(
            `${a.sql} IN (${list.map((one) => one.sql).join(", ")})`,
            "BOOLEAN",
            [a],
            (x: Value) => list.some((one) => compare(x, one.of({})) === 0)
          )
        )
    )
  )
  if (depth === 0) return simple
  const again = condition(given, depth - 1)
  return fc.oneof(
    simple,
    again.map((a): Term => ({
      sql: `NOT (${a.sql})`,
      kind: "BOOLEAN",
      of: (row) => {
        const value = a.of(row)
        return value === null ? null : !value
      }
    })),
    fc.tuple(again, again, fc.boolean()).map(([a, b, and]): Term => ({
      sql: `(${a.sql} ${and ? "AND" : "OR"} ${b.sql})`,
      kind: "BOOLEAN",
      of: (row) => {
        const values = [a.of(row), b.of(row)]
        if (values.includes(!and)) return !and
        return values.includes(null) ? null : and
      }
    }))
  )
}
