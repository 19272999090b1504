/**
 * Claim: queries within conditions and in place of values mean what SQL says, NULLs included, over inserted and updated rows, at any
 * parallelism. Model: loops over arrays in three-valued logic. Generator: two tables of few different values with NULLs. A failure: a
 * decorrelated query differs from the correlated one.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { Memory } from "../operator/memory-connector.ts"
import { checkSamples, type Line, type Sample } from "./kit.ts"
import {
  both,
  either,
  equal,
  every,
  greatest,
  groupBy,
  less,
  not,
  some,
  sum
} from "./three-valued.ts"

type Rows = ReadonlyArray<Line>
const whereTrue = (rows: Rows, condition: (row: Line) => boolean | null): Rows =>
  rows.filter((row) => condition(row) === true)
const names = (rows: Rows): ReadonlyArray<readonly [Line["n"]]> => rows.map((row) => [row.n])
const matching = (t: Rows, s: Line): Rows => whereTrue(t, (row) => equal(row.k, s.k))

const samples: ReadonlyArray<Sample> = [
  {
    sql: "SELECT n FROM s WHERE k IN (SELECT k FROM t)",
    of: (s, t) => names(whereTrue(s, (a) => some(t.map((b) => equal(a.k, b.k)))))
  },
  {
    sql: "SELECT n FROM s WHERE k NOT IN (SELECT k FROM t)",
    of: (s, t) => names(whereTrue(s, (a) => not(some(t.map((b) => equal(a.k, b.k))))))
  },
  {
    sql: "SELECT n FROM s WHERE NOT (k IN (SELECT v FROM t WHERE v IS NOT NULL))",
    of: (s, t) =>
      names(
        whereTrue(s, (a) => not(some(t.filter((b) => b.v !== null).map((b) => equal(a.k, b.v)))))
      )
  },
  {
    sql: "SELECT n FROM s WHERE k NOT IN (SELECT v FROM t WHERE t.k = s.v)",
    of: (s, t) =>
      names(
        whereTrue(s, (a) =>
          not(some(
            whereTrue(t, (b) => equal(b.k, a.v)).map((b) => equal(a.k, b.v))
          )))
      )
  },
  {
    sql: "SELECT n FROM s WHERE (k, v) IN (SELECT v, k FROM t)",
    of: (s, t) =>
      names(whereTrue(s, (a) => some(t.map((b) => both(equal(a.k, b.v), equal(a.v, b.k))))))
  },
  {
    sql: "SELECT n FROM s WHERE (k, v) NOT IN (SELECT v, k FROM t)",
    of: (s, t) =>
      names(whereTrue(s, (a) => not(some(t.map((b) => both(equal(a.k, b.v), equal(a.v, b.k)))))))
  },
  {
    sql: "SELECT n FROM s WHERE EXISTS (SELECT 1 FROM t WHERE t.k = s.k AND t.v < s.v)",
    of: (s, t) =>
      names(s.filter((a) => t.some((b) => both(equal(a.k, b.k), less(b.v, a.v)) === true)))
  },
  {
    sql: "SELECT n FROM s WHERE NOT EXISTS (SELECT * FROM t WHERE t.v < s.v)",
    of: (s, t) => names(s.filter((a) => !t.some((b) => less(b.v, a.v) === true)))
  },
  {
    sql: "SELECT n FROM s WHERE EXISTS (SELECT k FROM t WHERE v > 3)",
    of: (s, t) => t.some((b) => less(3, b.v) === true) ? names(s) : []
  },
  {
    sql: "SELECT n FROM s WHERE NOT EXISTS (SELECT k FROM t WHERE v > 4)",
    of: (s, t) => t.some((b) => less(4, b.v) === true) ? [] : names(s)
  },
  {
    sql:
      "SELECT n FROM s WHERE EXISTS (SELECT 1 FROM t WHERE t.k = s.k AND EXISTS (SELECT 1 FROM t AS u WHERE u.v > t.v AND u.k = s.v))",
    of: (s, t) =>
      names(
        s.filter((a) =>
          matching(t, a).some((b) => t.some((c) => both(less(b.v, c.v), equal(c.k, a.v)) === true))
        )
      )
  },
  {
    sql:
      "SELECT n FROM s WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.k = s.k AND NOT EXISTS (SELECT 1 FROM t AS u WHERE u.k = t.v AND u.v = s.v))",
    of: (s, t) =>
      names(
        s.filter((a) =>
          !matching(t, a).some((b) =>
            !t.some((c) => both(equal(c.k, b.v), equal(c.v, a.v)) === true)
          )
        )
      )
  },
  {
    sql: "SELECT n, k IN (SELECT k FROM t), EXISTS (SELECT 1 FROM t WHERE t.v = s.v) FROM s",
    of: (s, t) =>
      s.map((a) => [
        a.n,
        some(t.map((b) => equal(a.k, b.k))),
        t.some((b) => equal(b.v, a.v) === true)
      ])
  },
  {
    sql: "SELECT n FROM s WHERE k NOT IN (SELECT k FROM t) OR v > 3",
    of: (s, t) =>
      names(whereTrue(s, (a) => either(not(some(t.map((b) => equal(a.k, b.k)))), less(3, a.v))))
  },
  {
    sql: "SELECT n FROM s WHERE v > ALL (SELECT v FROM t WHERE t.k = s.k)",
    of: (s, t) => names(whereTrue(s, (a) => every(matching(t, a).map((b) => less(b.v, a.v)))))
  },
  {
    sql: "SELECT n FROM s WHERE v < SOME (SELECT v FROM t)",
    of: (s, t) => names(whereTrue(s, (a) => some(t.map((b) => less(a.v, b.v)))))
  },
  {
    sql: "SELECT n, v < ALL (SELECT v FROM t) FROM s",
    of: (s, t) => s.map((a) => [a.n, every(t.map((b) => less(a.v, b.v)))])
  },
  {
    sql:
      "SELECT n, (SELECT COUNT(*) FROM t WHERE t.k = s.k), (SELECT MAX(v) FROM t WHERE t.k = s.k) FROM s",
    of: (s, t) =>
      s.map((a) => [a.n, matching(t, a).length, greatest(matching(t, a).map((b) => b.v))])
  },
  {
    sql: "SELECT n, (SELECT COUNT(v) FROM t WHERE t.v < s.v OR s.v IS NULL) FROM s",
    of: (s, t) =>
      s.map((a) => [
        a.n,
        t.filter((b) => b.v !== null && (a.v === null || less(b.v, a.v) === true)).length
      ])
  },
  {
    sql: "SELECT n, (SELECT SUM(v) + s.v FROM t WHERE t.v < s.v) FROM s",
    of: (s, t) =>
      s.map((a) => {
        const total = sum(whereTrue(t, (b) => less(b.v, a.v)).map((b) => b.v))
        return [a.n, total === null || a.v === null ? null : Number(total) + Number(a.v)]
      })
  },
  {
    sql: "SELECT n, (SELECT COUNT(*) FROM t), (SELECT MAX(v) FROM t) - v FROM s",
    of: (s, t) => {
      const most = greatest(t.map((b) => b.v))
      return s.map((a) => [
        a.n,
        t.length,
        most === null || a.v === null ? null : Number(most) - Number(a.v)
      ])
    }
  },
  {
    sql: "SELECT n FROM s WHERE v >= (SELECT AVG(v) FROM t WHERE t.k = s.k)",
    of: (s, t) =>
      names(s.filter((a) => {
        const own = matching(t, a).flatMap((b) => b.v === null ? [] : [Number(b.v)])
        const mean = own.length === 0
          ? null
          : Math.trunc(own.reduce((x, y) => x + y, 0) / own.length)
        return not(less(a.v, mean)) === true
      }))
  },
  {
    sql: "SELECT n FROM s WHERE (SELECT COUNT(*) FROM t WHERE t.k = s.k) = 0",
    of: (s, t) => names(s.filter((a) => matching(t, a).length === 0))
  },
  {
    sql: "SELECT n, (SELECT v FROM t WHERE t.k = s.k ORDER BY v DESC LIMIT 1) FROM s",
    insertsOnly: true,
    of: (s, t) => s.map((a) => [a.n, greatest(matching(t, a).map((b) => b.v))])
  },
  {
    sql: "SELECT k, COUNT(*) FROM s GROUP BY k HAVING COUNT(*) IN (SELECT v FROM t)",
    of: (s, t) =>
      [...groupBy(s, (row) => row.k)].filter(([, own]) =>
        some(t.map((b) => equal(own.length, b.v))) === true
      ).map(([k, own]) => [k, own.length])
  },
  {
    sql: "SELECT k, COUNT(*), (SELECT SUM(v) FROM t WHERE t.k = s.k) FROM s GROUP BY k",
    of: (s, t) =>
      [...groupBy(s, (row) => row.k)].map(([k, own]) => [
        k,
        own.length,
        sum(matching(t, own[0]!).map((b) => b.v))
      ])
  },
  {
    sql:
      "SELECT n FROM s WHERE EXISTS (SELECT t.v FROM t WHERE t.k = s.k GROUP BY t.v HAVING COUNT(*) > 1)",
    of: (s, t) =>
      names(
        s.filter((a) =>
          [...groupBy(matching(t, a), (row) => row.v).values()].some((own) => own.length > 1)
        )
      )
  },
  {
    sql:
      "SELECT n, (SELECT MAX(c) FROM (SELECT COUNT(*) AS c FROM t WHERE t.k = s.k GROUP BY t.v)) FROM s",
    of: (s, t) =>
      s.map((a) => [
        a.n,
        greatest([...groupBy(matching(t, a), (row) => row.v).values()].map((own) => own.length))
      ])
  },
  {
    sql:
      "SELECT n, (SELECT COUNT(*) FROM (SELECT v FROM t WHERE t.k = s.k UNION ALL SELECT k FROM t WHERE t.v = s.v)) FROM s",
    of: (s, t) =>
      s.map((a) => [
        a.n,
        matching(t, a).length + t.filter((b) => equal(b.v, a.v) === true).length
      ])
  },
  {
    sql:
      "SELECT n FROM s WHERE EXISTS (SELECT v FROM t WHERE t.k = s.k INTERSECT SELECT k FROM t WHERE t.v = s.v)",
    of: (s, t) =>
      names(
        s.filter((a) =>
          matching(t, a).some((b) => t.some((c) => equal(c.v, a.v) === true && c.k === b.v))
        )
      )
  },
  {
    sql:
      "SELECT n, (SELECT COUNT(u.v) FROM t LEFT JOIN t AS u ON u.v = t.k AND u.k < s.v WHERE t.k = s.k) FROM s",
    of: (s, t) =>
      s.map((a) => [
        a.n,
        matching(t, a).flatMap((b) =>
          t.filter((c) => both(equal(c.v, b.k), less(c.k, a.v)) === true)
        ).length
      ])
  }
]

describe("subqueries", () => {
  it("Session.run() of a query within a query gives what loops over the tables give", async () => {
    await checkSamples(samples, Number(process.env["QUERIES"] ?? 400))
  })

  it("Session.run() of a query as a value fails when it has a second row", async () => {
    const memory = new Memory()
    memory.tables.set("s", [[1n], [2n]])
    memory.tables.set("t", [[1n, 5n], [1n, 6n], [3n, 7n]])
    const schema = `CREATE TABLE s (k BIGINT) WITH ('connector' = 'memory');
      CREATE TABLE t (k BIGINT, v BIGINT) WITH ('connector' = 'memory');`
    await assert.rejects(
      memory.run(`${schema} SELECT k, (SELECT v FROM t WHERE t.k = s.k) FROM s;`),
      /more than one row/
    )
    await memory.run(`${schema} SELECT k, (SELECT v FROM t WHERE t.k = s.k + 1) FROM s;`)
    assert.deepEqual(memory.collected.filter((row) => row.kind === 0).length >= 2, true)
  })
})
