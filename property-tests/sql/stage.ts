/** What is done to a relation, one random stage at a time: each gives the next relation, with the physical operator that it is about. */
import * as fc from "fast-check"
import { type Both, differences, joined, type Kind, same, sql, typeOf } from "./dialect.ts"
import {
  condition,
  type Field,
  leaf,
  listed,
  type Piece,
  piece,
  present,
  type Shape,
  totalOrder,
  within
} from "./shape.ts"

/** A stage over a relation. */
export type Stage = (shape: Shape, other: Shape) => fc.Arbitrary<Shape>

function aggregate(fields: ReadonlyArray<Field>): fc.Arbitrary<Piece> {
  const typed = (kind: Kind, both: Both): Piece => ({ kind, flink: both.flink, duck: both.duck })
  const filter = fc.option(condition(fields, 0), { freq: 2 }).map((one) =>
    one === null ? same("") : sql` FILTER (WHERE ${one})`
  )
  const numeric = fc.constantFrom<Kind>("INT", "BIGINT", "DECIMAL", "DOUBLE")
  return fc.oneof(
    filter.map((where) => typed("BIGINT", sql`COUNT(*)${where}`)),
    fc.tuple(present(fields), fc.boolean(), filter).chain(([kind, distinct, where]) =>
      leaf(kind, fields).map((of) =>
        typed("BIGINT", sql`COUNT(${distinct ? "DISTINCT " : ""}${of})${where}`)
      )
    ),
    numeric.chain((kind) => leaf(kind, fields).map((of) => typed(kind, differences.sum(of, kind)))),
    fc.constantFrom<Kind>("INT", "BIGINT").chain((kind) =>
      leaf(kind, fields).map((of) => typed(kind, differences.average(of, kind)))
    ),
    leaf("DOUBLE", fields).map((of) =>
      typed("BIGINT", differences.rounded(differences.average(of, "DOUBLE")))
    ),
    fc.tuple(present(fields), fc.constantFrom("MIN", "MAX"), filter).chain(([kind, name, where]) =>
      kind === "BOOLEAN"
        ? fc.constant(typed("BIGINT", same("COUNT(*)")))
        : piece(kind, fields, 1).map((of) => typed(kind, sql`${name}(${of})${where}`))
    )
  )
}

export const aggregates = (fields: ReadonlyArray<Field>): fc.Arbitrary<ReadonlyArray<Piece>> =>
  fc.array(aggregate(fields), { minLength: 1, maxLength: 3 })
const columns = (fields: ReadonlyArray<Field>, max: number): fc.Arbitrary<ReadonlyArray<Field>> =>
  fc.uniqueArray(fc.constantFrom(...fields), { minLength: 1, maxLength: max })
const asPiece = ({ name, kind }: Field): Piece => ({ kind, ...same(name) })

/** SELECT of expressions with a condition. */
export const calc: Stage = (shape) =>
  fc.tuple(
    fc.array(present(shape.fields).chain((kind) => piece(kind, shape.fields, 2)), {
      minLength: 2,
      maxLength: 4
    }),
    condition(shape.fields, 1)
  ).map(([pieces, where]) => {
    const { text, fields } = listed(pieces)
    return { ...sql`SELECT ${text} FROM ${within(shape)} WHERE (${where}) IS NOT FALSE`, fields }
  })

/** GROUP BY, or DISTINCT. */
export const group: Stage = (shape) =>
  fc.tuple(columns(shape.fields, 2), aggregates(shape.fields), fc.boolean())
    .map(([keys, all, having]) => {
      const { text, fields } = listed([...keys.map(asPiece), ...all])
      const by = keys.map(({ name }) => name).join(", ")
      const rest = having ? " HAVING COUNT(*) > 0" : ""
      return { ...sql`SELECT ${text} FROM ${within(shape)} GROUP BY ${by}${rest}`, fields }
    })

/** SELECT DISTINCT. */
export const distinct: Stage = (shape) =>
  columns(shape.fields, 3).map((keys) => {
    const { text, fields } = listed(keys.map(asPiece))
    return { ...sql`SELECT DISTINCT ${text} FROM ${within(shape)}`, fields }
  })

/** GROUPING SETS, ROLLUP and CUBE. */
export const grouping: Stage = (shape) =>
  fc.tuple(
    columns(shape.fields, 3),
    fc.constantFrom("ROLLUP", "CUBE", "GROUPING SETS"),
    aggregates(shape.fields)
  ).map(([keys, form, all]) => {
    const names = keys.map(({ name }) => name)
    const by = form === "GROUPING SETS"
      ? `((${names.join(", ")}), ${names.map((name) => `(${name})`).join(", ")}, ())`
      : `(${names.join(", ")})`
    const bits: Piece = { kind: "BIGINT", ...same(`GROUPING(${names.join(", ")})`) }
    const { text, fields } = listed([...keys.map(asPiece), bits, ...all])
    return {
      ...sql`SELECT ${text} FROM ${within(shape)} GROUP BY ${form} ${by} HAVING COUNT(*) > 0`,
      fields
    }
  })

/** Joins of all types, on columns of one kind. */
export const join: Stage = (shape, other) => {
  const pairs = shape.fields.flatMap((left) =>
    other.fields.filter((right) => right.kind === left.kind).map((right) => [left, right] as const)
  )
  if (pairs.length === 0) return group(shape, other)
  return fc.tuple(
    fc.constantFrom(...pairs),
    fc.constantFrom("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"),
    columns(shape.fields, 3),
    columns(other.fields, 2)
  ).map(([[left, right], type, mine, theirs]) => {
    const { text, fields } = listed([
      ...mine.map(({ name, kind }): Piece => ({ kind, ...same(`x.${name}`) })),
      ...theirs.map(({ name, kind }): Piece => ({ kind, ...same(`y.${name}`) }))
    ])
    const on = `x.${left.name} = y.${right.name}`
    return {
      ...sql`SELECT ${text} FROM ${within(shape)} ${type} ${within(other, "y")} ON ${on}`,
      fields
    }
  })
}

/** IN and EXISTS, negated too. */
export const semi: Stage = (shape, other) => {
  const pairs = shape.fields.flatMap((left) =>
    other.fields.filter((right) => right.kind === left.kind).map((right) => [left, right] as const)
  )
  if (pairs.length === 0) return distinct(shape, other)
  return fc.tuple(
    fc.constantFrom(...pairs),
    fc.constantFrom("IN", "EXISTS", "NOT EXISTS"),
    columns(shape.fields, 4)
  ).map(([[left, right], form, mine]) => {
    const { text, fields } = listed(
      mine.map(({ name, kind }): Piece => ({ kind, ...same(`x.${name}`) }))
    )
    const test = form === "IN"
      ? sql`x.${left.name} IN (SELECT y.${right.name} FROM ${within(other, "y")})`
      : sql`${form} (SELECT 1 FROM ${within(other, "y")} WHERE y.${right.name} = x.${left.name})`
    return { ...sql`SELECT ${text} FROM ${within(shape)} WHERE ${test}`, fields }
  })
}

/** UNION, INTERSECT and EXCEPT, with and without ALL. */
function sets(words: ReadonlyArray<string>): Stage {
  return (shape, other) =>
    fc.tuple(
      fc.constantFrom(...words),
      fc.boolean(),
      fc.array(present(shape.fields), { minLength: 1, maxLength: 2 })
    ).chain(([word, all, chosen]) =>
      fc.tuple(
        fc.tuple(...chosen.map((kind) => leaf(kind, shape.fields))),
        fc.tuple(...chosen.map((kind) => leaf(kind, other.fields)))
      ).map(([left, right]) => {
        const mine = listed(left)
        const theirs = listed(right)
        return {
          ...sql`SELECT ${mine.text} FROM ${within(shape)} ${word}${
            all ? " ALL" : ""
          } SELECT ${theirs.text} FROM ${within(other, "y")}`,
          fields: mine.fields
        }
      })
    )
}

/** UNION. */
export const union: Stage = sets(["UNION"])
/** INTERSECT and EXCEPT. */
export const setOperation: Stage = sets(["INTERSECT", "EXCEPT"])

/** The first rows of each partition, or of all. */
export const top: Stage = (shape) =>
  fc.tuple(
    columns(shape.fields, 1),
    fc.constantFrom(...shape.fields),
    fc.boolean(),
    fc.integer({ min: 1, max: 4 }),
    fc.boolean()
  ).map(([[part], first, down, limit, ranked]) => {
    const names = shape.fields.map(({ name }) => name)
    const order = totalOrder(shape.fields, first, down)
    if (!ranked) {
      const text = names.join(", ")
      return {
        ...sql`SELECT ${text} FROM ${within(shape)} ORDER BY ${order} LIMIT ${String(limit * 3)}`,
        fields: shape.fields
      }
    }
    const { text, fields } = listed([
      ...shape.fields.map(asPiece),
      { kind: "BIGINT", ...same("rn") }
    ])
    return {
      ...sql`SELECT ${text} FROM (SELECT ${names.join(", ")}, ROW_NUMBER() OVER (PARTITION BY ${
        part!.name
      } ORDER BY ${order}) AS rn FROM ${within(shape)}) AS r WHERE rn <= ${String(limit)}`,
      fields
    }
  })

const frames = [
  "",
  " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
  " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
  " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
  " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
  " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
]

function overCall(fields: ReadonlyArray<Field>, part: string, order: string): fc.Arbitrary<Piece> {
  const plain = `(PARTITION BY ${part} ORDER BY ${order})`
  const typed = (kind: Kind, both: Both): Piece => ({ kind, flink: both.flink, duck: both.duck })
  const frame = fc.constantFrom(...frames).map((text) =>
    ` OVER (PARTITION BY ${part} ORDER BY ${order}${text})`
  )
  return fc.oneof(
    fc.constantFrom("ROW_NUMBER", "RANK", "DENSE_RANK").map((name) =>
      typed("BIGINT", same(`${name}() OVER ${plain}`))
    ),
    fc.constantFrom("PERCENT_RANK", "CUME_DIST").map((name) =>
      typed("BIGINT", differences.rounded(same(`${name}() OVER ${plain}`)))
    ),
    fc.constant(typed("INT", same(`CAST(NTILE(3) OVER ${plain} AS INT)`))),
    fc.tuple(present(fields), fc.constantFrom("LAG", "LEAD"), fc.integer({ min: 1, max: 2 })).chain(
      ([kind, name, by]) =>
        leaf(kind, fields).map((of) =>
          typed(kind, sql`${name}(${of}, ${String(by)}) OVER ${plain}`)
        )
    ),
    frame.map((over) => typed("BIGINT", sql`COUNT(*)${over}`)),
    fc.tuple(fc.constantFrom<Kind>("INT", "BIGINT", "DECIMAL"), frame).chain(([kind, over]) =>
      leaf(kind, fields).map((of) =>
        typed(kind, {
          flink: `CAST(SUM(${of.flink})${over} AS ${typeOf(kind).flink})`,
          duck: `CAST(SUM(${of.duck})${over} AS ${typeOf(kind).duck})`
        })
      )
    ),
    fc.tuple(fc.constantFrom<Kind>("INT", "BIGINT"), frame).chain(([kind, over]) =>
      leaf(kind, fields).map((of) => typed(kind, differences.average(of, kind, over)))
    ),
    fc.tuple(present(fields), fc.constantFrom("MIN", "MAX"), frame).chain(([kind, name, over]) =>
      kind === "BOOLEAN"
        ? fc.constant(typed("BIGINT", sql`COUNT(*)${over}`))
        : leaf(kind, fields).map((of) => typed(kind, sql`${name}(${of})${over}`))
    ),
    fc.tuple(present(fields), fc.constantFrom("FIRST_VALUE", "LAST_VALUE"), frame).chain((
      [kind, name, over]
    ) =>
      leaf(kind, fields).map((of) =>
        typed(kind, sql`${differences.pick(name as "FIRST_VALUE", of)}${over}`)
      )
    )
  )
}

/** Calls with OVER; only equal rows are peers. */
export const over: Stage = (shape) =>
  fc.tuple(columns(shape.fields, 1), fc.constantFrom(...shape.fields), fc.boolean())
    .chain(([[part], first, down]) => {
      const order = totalOrder(shape.fields, first, down)
      return fc.array(overCall(shape.fields, part!.name, order), { minLength: 1, maxLength: 3 })
        .map((calls) => {
          const kept = shape.fields.slice(0, 2).map(asPiece)
          const { text, fields } = listed([...kept, ...calls])
          return { ...sql`SELECT ${text} FROM ${within(shape)}`, fields }
        })
    })

/** Every array's items as rows. */
export const unnest: Stage = (shape) =>
  present(shape.fields).chain((kind) =>
    fc.tuple(
      fc.array(leaf(kind, shape.fields), { minLength: 1, maxLength: 3 }),
      columns(shape.fields, 2)
    ).map(([items, kept]) => {
      const { text, fields } = listed([...kept.map(asPiece), { kind, ...same("item") }])
      return {
        ...sql`SELECT ${text} FROM ${within(shape)} CROSS JOIN UNNEST(${
          differences.array(items)
        }) AS n (item)`,
        fields
      }
    })
  )

/** Aggregates of all rows. */
export const total: Stage = (shape) =>
  aggregates(shape.fields).map((all) => {
    const { text, fields } = listed(all)
    return { ...sql`SELECT ${text} FROM ${within(shape)} HAVING COUNT(*) > 0`, fields }
  })

/** A list of columns as both dialects write them. */
export function named(fields: ReadonlyArray<Field>): Both {
  return joined(fields.map(({ name }) => same(name)), ", ")
}
