/** Random relations in both dialects: expressions over columns, and the stages that are put one on the other. */
import * as fc from "fast-check"
import { type Both, differences, joined, type Kind, same, sql, typeOf } from "./dialect.ts"

/** A column, by which name and of which kind. */
export interface Field {
  readonly name: string
  readonly kind: Kind
}

/** A query with what it gives. */
export interface Shape extends Both {
  readonly fields: ReadonlyArray<Field>
}

/** An expression of a kind. */
export interface Piece extends Both {
  readonly kind: Kind
}

const literals: Readonly<Record<Kind, ReadonlyArray<string>>> = {
  INT: ["0", "1", "-2", "3"],
  BIGINT: ["2", "-7", "1099511627776"],
  DECIMAL: ["1.50", "-0.25"],
  STRING: ["'a'", "''", "'ab'"],
  BOOLEAN: ["TRUE", "FALSE"],
  TIMESTAMP: ["TIMESTAMP '2026-01-01 01:00:00'"],
  DOUBLE: ["0.5", "-2"]
}

/** A column or literal of a kind. */
export function leaf(kind: Kind, fields: ReadonlyArray<Field>): fc.Arbitrary<Piece> {
  const fitting = fields.filter((field) => field.kind === kind)
  const constant = fc.constantFrom(...literals[kind]).map((text): Piece => ({
    kind,
    ...sql`CAST(${text} AS ${typeOf(kind)})`
  }))
  if (fitting.length === 0) return constant
  const column = fc.constantFrom(...fitting).map(({ name }): Piece => ({ kind, ...same(name) }))
  return fc.oneof({ weight: 6, arbitrary: column }, { weight: 1, arbitrary: constant })
}

/** An expression of a kind, nested up to `depth`. */
export function piece(
  kind: Kind,
  fields: ReadonlyArray<Field>,
  depth: number
): fc.Arbitrary<Piece> {
  if (depth === 0) return leaf(kind, fields)
  const of = (other: Kind): fc.Arbitrary<Piece> => piece(other, fields, depth - 1)
  const typed = (both: fc.Arbitrary<Both>): fc.Arbitrary<Piece> =>
    both.map((made): Piece => ({ kind, flink: made.flink, duck: made.duck }))
  const options: Array<fc.Arbitrary<Piece>> = [
    leaf(kind, fields),
    typed(fc.tuple(of(kind), of(kind)).map(([a, b]) => sql`COALESCE(${a}, ${b})`)),
    typed(
      fc.tuple(condition(fields, depth - 1), of(kind), of(kind)).map(([when, a, b]) =>
        sql`CAST(CASE WHEN ${when} THEN ${a} ELSE ${b} END AS ${typeOf(kind)})`
      )
    ),
    typed(fc.tuple(of(kind), leaf(kind, fields)).map(([a, b]) => sql`NULLIF(${a}, ${b})`))
  ]
  switch (kind) {
    case "INT":
      options.push(typed(of("STRING").map(differences.length)))
      break
    case "BIGINT":
      options.push(
        typed(of("INT").map((a) => sql`CAST(${a} AS BIGINT)`)),
        typed(of("DECIMAL").map(differences.whole))
      )
      break
    case "STRING":
      options.push(
        typed(fc.tuple(of("STRING"), of("STRING")).map(([a, b]) => sql`(${a} || ${b})`)),
        typed(of("STRING").map((a) => sql`UPPER(${a})`)),
        typed(of("BOOLEAN").map(differences.truth)),
        typed(of("BIGINT").map((a) => sql`CAST(${a} AS ${typeOf("STRING")})`))
      )
      break
    case "TIMESTAMP":
      options.push(typed(of("TIMESTAMP").map(differences.hour)))
      break
    case "BOOLEAN":
      options.push(condition(fields, depth))
      break
    default:
      options.push(
        typed(
          leaf(kind, fields).map((a) => sql`CAST(${a} + ${a} AS ${typeOf(kind)})`)
        )
      )
  }
  return fc.oneof(...options)
}

const signs = ["=", "<>", "<", "<=", ">", ">="]

/** A condition. */
export function condition(fields: ReadonlyArray<Field>, depth: number): fc.Arbitrary<Piece> {
  const typed = (both: fc.Arbitrary<Both>): fc.Arbitrary<Piece> =>
    both.map((made): Piece => ({ kind: "BOOLEAN", flink: made.flink, duck: made.duck }))
  const below = Math.max(0, depth - 1)
  const simple = typed(
    fc.constantFrom(...new Set(fields.map((field) => field.kind))).chain((kind) =>
      fc.oneof(
        fc.tuple(piece(kind, fields, below), fc.constantFrom(...signs), piece(kind, fields, below))
          .map(([a, sign, b]) => sql`(${a} ${sign} ${b})`),
        piece(kind, fields, below).map((a) => sql`(${a} IS NOT NULL)`),
        fc.tuple(leaf(kind, fields), leaf(kind, fields)).map(([a, b]) =>
          sql`(${a} IS NOT DISTINCT FROM ${b})`
        )
      )
    )
  )
  if (depth === 0) return simple
  const again = condition(fields, depth - 1)
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    { weight: 1, arbitrary: typed(again.map((a) => sql`(NOT ${a})`)) },
    {
      weight: 2,
      arbitrary: typed(
        fc.tuple(again, fc.constantFrom("AND", "OR"), again).map(([a, word, b]) =>
          sql`(${a} ${word} ${b})`
        )
      )
    }
  )
}

/** Some kind that there is a column of. */
export function present(fields: ReadonlyArray<Field>): fc.Arbitrary<Kind> {
  return fc.constantFrom(...new Set(fields.map((field) => field.kind)))
}

/** A query as a table of another. */
export function within(shape: Shape, alias = "x"): Both {
  return sql`(${shape}) AS ${alias}`
}

/** `a AS c0, b AS c1`, with the fields that this gives. */
export function listed(
  pieces: ReadonlyArray<Piece>,
  from = 0
): { readonly text: Both; readonly fields: ReadonlyArray<Field> } {
  return {
    text: joined(pieces.map((one, i) => sql`${one} AS c${String(from + i)}`), ", "),
    fields: pieces.map(({ kind }, i) => ({ name: `c${from + i}`, kind }))
  }
}

/** All columns in order, so that only equal rows are peers. */
export function totalOrder(
  fields: ReadonlyArray<Field>,
  first: Field,
  descending: boolean
): string {
  const rest = fields.filter((field) => field !== first)
  return [first, ...rest].map(({ name }) =>
    `${name} ${descending ? "DESC NULLS LAST" : "ASC NULLS FIRST"}`
  ).join(", ")
}
