/**
 * Random queries and, beside each, what it means on whole tables, in the plainest way: no streams, no changes, loops over arrays.
 */
import * as fc from "fast-check"
import {
  columns,
  compare,
  condition,
  type Kind,
  leaf,
  type Row,
  type Term,
  term,
  type Value
} from "./term.ts"

/** The two tables. */
export interface Tables {
  readonly t: ReadonlyArray<Row>
  readonly u: ReadonlyArray<Row>
}

/** A query with its meaning. */
export interface Query {
  readonly name: string
  readonly sql: string
  readonly kinds: ReadonlyArray<Kind>
  readonly of: (tables: Tables) => ReadonlyArray<ReadonlyArray<Value>>
}

/** The columns of a table, as terms. */
export function given(alias = ""): ReadonlyArray<Term> {
  const before = alias === "" ? "" : `${alias}.`
  return columns.map(([name, kind]) => ({
    sql: before + name,
    kind,
    of: (row) => row[before + name]!
  }))
}

const kinds: ReadonlyArray<Kind> = ["INT", "BIGINT", "DECIMAL", "STRING", "TIMESTAMP", "BOOLEAN"]
/** The kinds that there are columns of, as others would give nothing but literals. */
const kindsOf = (from: ReadonlyArray<Term>): ReadonlyArray<Kind> => [
  ...new Set(from.map((one) => one.kind))
]
const some = (from: ReadonlyArray<Term>, depth: number): fc.Arbitrary<Term> =>
  fc.constantFrom(...kindsOf(from)).chain((kind) => term(kind, from, depth))
const items = (from: ReadonlyArray<Term>, depth: number): fc.Arbitrary<ReadonlyArray<Term>> =>
  fc.array(some(from, depth), { minLength: 1, maxLength: 3 })
const always: Term = { sql: "TRUE", kind: "BOOLEAN", of: () => true }
const filter = (from: ReadonlyArray<Term>): fc.Arbitrary<Term> =>
  fc.oneof(fc.constant(always), condition(from, 2))
const list = (terms: ReadonlyArray<Term>): string =>
  terms.map((one, i) => `${one.sql} AS c${i}`).join(", ")
const where = (one: Term): string => one === always ? "" : ` WHERE ${one.sql}`
const values = (terms: ReadonlyArray<Term>, row: Row): ReadonlyArray<Value> =>
  terms.map((one) => one.of(row))

/** Rows by the values of `keys`. */
function grouped(
  rows: ReadonlyArray<Row>,
  keys: ReadonlyArray<Term>
): ReadonlyArray<ReadonlyArray<Row>> {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const key = values(keys, row).map((value) => `${typeof value}:${value}`).join("\u0000")
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups.values()]
}

/** An aggregate with its meaning on the rows of a group. */
interface Aggregate {
  readonly sql: string
  readonly kind: Kind
  readonly of: (rows: ReadonlyArray<Row>) => Value
}

function present(one: Term, rows: ReadonlyArray<Row>): ReadonlyArray<Value> {
  return rows.map((row) => one.of(row)).filter((value) => value !== null)
}

function extreme(one: Term, sign: number): (rows: ReadonlyArray<Row>) => Value {
  return (rows) =>
    present(one, rows).reduce<Value>(
      (best, value) => best === null || sign * compare(value, best) > 0 ? value : best,
      null
    )
}

function aggregate(from: ReadonlyArray<Term>): fc.Arbitrary<Aggregate> {
  const ordered = kindsOf(from).filter((kind) => kind !== "BOOLEAN")
  const sum = (one: Term): Aggregate => ({
    sql: `SUM(${one.sql})`,
    kind: one.kind,
    of: (rows) => {
      const found = present(one, rows) as ReadonlyArray<bigint>
      const exact = found.reduce((a, b) => a + b, 0n)
      if (found.length === 0) return null
      return one.kind === "BIGINT" ? BigInt.asIntN(64, exact) : exact
    }
  })
  return fc.oneof(
    filter(from).map((one): Aggregate => ({
      sql: one === always ? "COUNT(*)" : `COUNT(*) FILTER (WHERE ${one.sql})`,
      kind: "BIGINT",
      of: (rows) => BigInt(rows.filter((row) => one.of(row) === true).length)
    })),
    fc.tuple(some(from, 1), fc.boolean()).map(([one, distinct]): Aggregate => ({
      sql: `COUNT(${distinct ? "DISTINCT " : ""}${one.sql})`,
      kind: "BIGINT",
      of: (rows) => {
        const found = present(one, rows)
        return BigInt(distinct ? new Set(found).size : found.length)
      }
    })),
    term("BIGINT", from, 1).map(sum),
    term("DECIMAL", from, 0).map(sum),
    {
      weight: 3,
      arbitrary: fc.constantFrom(...ordered).chain((kind) =>
        fc.tuple(fc.oneof(leaf(kind, from), term(kind, from, 1)), fc.boolean())
          .map(([one, most]): Aggregate => ({
            sql: `${most ? "MAX" : "MIN"}(${one.sql})`,
            kind,
            of: extreme(one, most ? 1 : -1)
          }))
      )
    }
  )
}

const aggregates = (from: ReadonlyArray<Term>): fc.Arbitrary<ReadonlyArray<Aggregate>> =>
  fc.array(aggregate(from), { minLength: 1, maxLength: 3 })
const aggregateList = (from: number, all: ReadonlyArray<Aggregate>): string =>
  all.map((one, i) => `${one.sql} AS c${from + i}`).join(", ")

function passing(rows: ReadonlyArray<Row>, filter: Term): ReadonlyArray<Row> {
  return rows.filter((row) => filter.of(row) === true)
}

const calc: fc.Arbitrary<Query> = fc.tuple(items(given(), 3), filter(given()), fc.boolean())
  .map(([terms, filter, distinct]) => ({
    name: distinct ? "distinct" : "calc",
    sql: `SELECT ${distinct ? "DISTINCT " : ""}${list(terms)} FROM t${where(filter)}`,
    kinds: terms.map((one) => one.kind),
    of: ({ t }) => {
      const rows = passing(t, filter)
      const chosen = distinct ? grouped(rows, terms).map((group) => group[0]!) : rows
      return chosen.map((row) => values(terms, row))
    }
  }))

const group: fc.Arbitrary<Query> = fc.tuple(
  items(given(), 1),
  aggregates(given()),
  filter(given()),
  fc.option(fc.bigInt({ min: 0n, max: 3n }))
).map(([keys, all, filter, least]) => ({
  name: least === null ? "group" : "having",
  sql: `SELECT ${list(keys)}, ${aggregateList(keys.length, all)} FROM t${where(filter)} GROUP BY ${
    keys.map((key) => key.sql).join(", ")
  }${least === null ? "" : ` HAVING COUNT(*) > ${least}`}`,
  kinds: [...keys, ...all].map((one) => one.kind),
  of: ({ t }) =>
    grouped(passing(t, filter), keys)
      .filter((rows) => least === null || BigInt(rows.length) > least)
      .map((rows) => [...values(keys, rows[0]!), ...all.map((one) => one.of(rows))])
}))

const tumble: fc.Arbitrary<Query> = fc.tuple(
  fc.constantFrom(["1' HOUR", 3600000], ["7' SECOND", 7000] as const),
  fc.constantFrom(...given().filter((one) => one.kind !== "TIMESTAMP")),
  aggregates(given()),
  filter(given())
).map(([[size, millis], key, all, filter]) => {
  const start: Term = {
    sql: "window_start",
    kind: "TIMESTAMP",
    of: (row) => Math.floor(row["ts"] as number / Number(millis)) * Number(millis)
  }
  const keys = [start, key]
  return {
    name: "tumble",
    sql: `SELECT ${list(keys)}, ${
      aggregateList(2, all)
    } FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '${size}))${
      where(filter)
    } GROUP BY window_start, window_end, ${key.sql}`,
    kinds: [...keys, ...all].map((one) => one.kind),
    of: ({ t }) =>
      grouped(passing(t, filter), keys)
        .map((rows) => [...values(keys, rows[0]!), ...all.map((one) => one.of(rows))])
  }
})

const qualified = (row: Row | undefined, alias: string): Row =>
  Object.fromEntries(
    columns.map(([name]) => [`${alias}.${name}`, row === undefined ? null : row[name]!])
  )

const joined = [...given("t"), ...given("u")]
const join: fc.Arbitrary<Query> = fc.tuple(
  fc.constantFrom("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"),
  fc.constantFrom("k", "s", "b", "d", "ts", "o"),
  items(joined, 1)
).map(([join, key, terms]) => ({
  name: join,
  sql: `SELECT ${list(terms)} FROM t ${join} u ON t.${key} = u.${key}`,
  kinds: terms.map((one) => one.kind),
  of: ({ t, u }) => {
    const match = (a: Row, b: Row): boolean => a[key] !== null && a[key] === b[key]
    const pairs: Array<readonly [Row | undefined, Row | undefined]> = t.flatMap((a) =>
      u.filter((b) => match(a, b)).map((b) => [a, b] as const)
    )
    if (join === "LEFT JOIN" || join === "FULL JOIN") {
      for (const a of t) if (!u.some((b) => match(a, b))) pairs.push([a, undefined])
    }
    if (join === "RIGHT JOIN" || join === "FULL JOIN") {
      for (const b of u) if (!t.some((a) => match(a, b))) pairs.push([undefined, b])
    }
    return pairs.map(([a, b]) => values(terms, { ...qualified(a, "t"), ...qualified(b, "u") }))
  }
}))

const union: fc.Arbitrary<Query> = fc.tuple(
  fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }),
  fc.boolean()
).chain(([chosen, all]) => {
  const side = fc.tuple(...chosen.map((kind) => term(kind, given(), 1)))
  return fc.tuple(side, side, filter(given())).map(([left, right, filter]): Query => ({
    name: all ? "union all" : "union",
    sql: `SELECT ${list(left)} FROM t${where(filter)} UNION ${all ? "ALL " : ""}SELECT ${
      list(right)
    } FROM u`,
    kinds: chosen,
    of: ({ t, u }) => {
      const rows = [
        ...passing(t, filter).map((row) => values(left, row)),
        ...u.map((row) => values(right, row))
      ]
      if (all) return rows
      const seen = new Map(
        rows.map((row) => [row.map((v) => `${typeof v}:${v}`).join("\u0000"), row])
      )
      return [...seen.values()]
    }
  }))
})

/** NULL is the least. `id` comes last, so that the order is total. */
function order(a: ReadonlyArray<Value>, b: ReadonlyArray<Value>): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    if (a[i] === null) return -1
    if (b[i] === null) return 1
    const found = compare(a[i]!, b[i]!)
    if (found !== 0) return found
  }
  return 0
}

const top: fc.Arbitrary<Query> = fc.tuple(
  fc.constantFrom(...given().slice(1)),
  fc.constantFrom(...given().slice(1)),
  fc.boolean(),
  fc.integer({ min: 1, max: 3 })
).map(([part, by, down, limit]) => ({
  name: "top",
  sql:
    `SELECT c0, c1, id, n FROM (SELECT ${part.sql} AS c0, ${by.sql} AS c1, id, ROW_NUMBER() OVER (` +
    `PARTITION BY ${part.sql} ORDER BY ${by.sql} ${down ? "DESC" : "ASC"}, id ${
      down ? "DESC" : "ASC"
    }) AS n FROM t) WHERE n <= ${limit}`,
  kinds: [part.kind, by.kind, "INT", "BIGINT"],
  of: ({ t }) =>
    grouped(t, [part]).flatMap((rows) =>
      rows.map((row) => [by.of(row), row["id"]!])
        .sort((a, b) => (down ? -1 : 1) * order(a, b))
        .slice(0, limit)
        .map(([value, id], i) => [part.of(rows[0]!), value!, id!, BigInt(i + 1)])
    )
}))

const countAll: Aggregate = { sql: "COUNT(*)", kind: "BIGINT", of: (rows) => BigInt(rows.length) }

/** Counts of counts and the like: what a group gives changes with every batch, and each change takes back the last. */
const nested: fc.Arbitrary<Query> = fc.tuple(
  fc.oneof(fc.constantFrom(...given().slice(1)), some(given(), 1)),
  fc.oneof(fc.constant(countAll), aggregate(given()))
).chain(([key, one]) => {
  const inner: ReadonlyArray<Term> = [
    { sql: "c0", kind: key.kind, of: (row) => row["c0"]! },
    { sql: "c1", kind: one.kind, of: (row) => row["c1"]! }
  ]
  return aggregates(inner).map((all): Query => ({
    name: "nested",
    sql: `SELECT c1 AS k, ${aggregateList(2, all)} FROM (SELECT ${key.sql} AS c0, ${
      one.kind === "DECIMAL" ? `CAST(${one.sql} AS DECIMAL(18, 2))` : one.sql
    } AS c1 FROM t GROUP BY ${key.sql}) GROUP BY c1`,
    kinds: [one.kind, ...all.map((each) => each.kind)],
    of: ({ t }) => {
      const rows = grouped(t, [key]).map((of): Row => ({ c0: key.of(of[0]!), c1: one.of(of) }))
      return grouped(rows, [inner[1]!])
        .map((of) => [of[0]!["c1"]!, ...all.map((each) => each.of(of))])
    }
  }))
})

const setForms: ReadonlyArray<
  readonly [sql: string, sets: (keys: number) => ReadonlyArray<ReadonlyArray<number>>]
> = [
  ["ROLLUP", (n) => Array.from({ length: n + 1 }, (_, i) => numbers(n - i))],
  [
    "CUBE",
    (n) =>
      Array.from({ length: 2 ** n }, (_, out) => numbers(n).filter((i) => (out >> i & 1) === 0))
  ]
]
const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

/** ROLLUP and CUBE of columns, which are NULL where a set leaves them out, with the bits of GROUPING. */
const grouping: fc.Arbitrary<Query> = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...given().slice(1)), { minLength: 1, maxLength: 3 }),
  fc.constantFrom(...setForms),
  aggregates(given()),
  filter(given())
).map(([keys, [form, sets], all, filter]) => ({
  name: form,
  sql: `SELECT ${list(keys)}, GROUPING(${keys.map((key) => key.sql).join(", ")}) AS g, ${
    aggregateList(keys.length, all)
  } FROM t${where(filter)} GROUP BY ${form} (${keys.map((key) => key.sql).join(", ")})`,
  kinds: [...keys.map((key) => key.kind), "BIGINT", ...all.map((one) => one.kind)],
  of: ({ t }) =>
    sets(keys.length).flatMap((set) =>
      grouped(passing(t, filter), keys.filter((_, i) => set.includes(i))).map((rows) => [
        ...keys.map((key, i) => set.includes(i) ? key.of(rows[0]!) : null),
        BigInt(keys.reduce((bits, _, i) => bits * 2 + (set.includes(i) ? 0 : 1), 0)),
        ...all.map((one) => one.of(rows))
      ])
    )
}))

/** INTERSECT and EXCEPT: how often a row stands on each side says how often it is left. */
const sets: fc.Arbitrary<Query> = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...given().slice(1)), { minLength: 1, maxLength: 2 }),
  fc.constantFrom("INTERSECT", "EXCEPT"),
  fc.boolean(),
  filter(given())
).map(([terms, form, all, filter]) => ({
  name: all ? `${form} ALL` : form,
  sql: `SELECT ${list(terms)} FROM t ${form}${all ? " ALL" : ""} SELECT ${list(terms)} FROM u${
    where(filter)
  }`,
  kinds: terms.map((one) => one.kind),
  of: ({ t, u }) => {
    const right = grouped(passing(u, filter), terms)
    return grouped(t, terms).flatMap((rows) => {
      const row = values(terms, rows[0]!)
      const other = right.find((of) => values(terms, of[0]!).every((value, i) => value === row[i]))
      const [l, r] = [rows.length, other?.length ?? 0]
      const kept = form === "INTERSECT"
        ? Math.min(l, r)
        : all
        ? Math.max(0, l - r)
        : r === 0
        ? 1
        : 0
      return numbers(all ? kept : Math.min(1, kept)).map(() => row)
    })
  }
}))

/** Any query. */
export const query: fc.Arbitrary<Query> = fc.oneof(
  calc,
  group,
  tumble,
  join,
  union,
  top,
  grouping,
  sets,
  { weight: 3, arbitrary: nested }
)
