/**
 * Claim: joins in FROM (USING, NATURAL, any condition, LATERAL queries, elements of collections) give what SQL says, NULLs included, over
 * inserted and updated rows, at any parallelism. Model: nested loops. A failure: a row lost, doubled or padded wrongly.
 */
import { describe, it } from "node:test"
import { checkSamples, type Line, type Sample } from "./kit.ts"
import { type Cell, equal, greatest, less, sum, type Truth } from "./three-valued.ts"

type Rows = ReadonlyArray<Line>
type Values = ReadonlyArray<Cell>
type On = (a: Line, b: Line) => Truth

/** What a join gives; `a` or `b` is undefined where a row has no partner. */
function joined(
  s: Rows,
  t: Rows,
  on: On,
  keeps: { readonly left?: boolean; readonly right?: boolean },
  of: (a: Line | undefined, b: Line | undefined) => Values
): ReadonlyArray<Values> {
  const out: Array<Values> = []
  for (const a of s) {
    const partners = t.filter((b) => on(a, b) === true)
    for (const b of partners) out.push(of(a, b))
    if (partners.length === 0 && keeps.left === true) out.push(of(a, undefined))
  }
  if (keeps.right === true) {
    for (const b of t) if (!s.some((a) => on(a, b) === true)) out.push(of(undefined, b))
  }
  return out
}

const sameKey: On = (a, b) => equal(a.k, b.k)
const names = (a: Line | undefined, b: Line | undefined): Values => [a?.n ?? null, b?.n ?? null]

const samples: ReadonlyArray<Sample> = [
  {
    sql: "SELECT * FROM (SELECT k, n AS a FROM s) JOIN (SELECT k, n AS b FROM t) USING (k)",
    of: (s, t) => joined(s, t, sameKey, {}, (a, b) => [a!.k, a!.n, b!.n])
  },
  {
    sql:
      "SELECT k, a, b FROM (SELECT n AS a, k FROM s) NATURAL LEFT JOIN (SELECT k, n AS b FROM t)",
    of: (s, t) => joined(s, t, sameKey, { left: true }, (a, b) => [a!.k, a!.n, b?.n ?? null])
  },
  {
    sql: "SELECT * FROM (SELECT n AS a, k FROM s) NATURAL RIGHT JOIN (SELECT k, n AS b FROM t)",
    of: (s, t) => joined(s, t, sameKey, { right: true }, (a, b) => [b!.k, a?.n ?? null, b!.n])
  },
  {
    sql: "SELECT * FROM (SELECT n AS a, k FROM s) NATURAL FULL JOIN (SELECT k, n AS b FROM t)",
    of: (s, t) =>
      joined(s, t, sameKey, { left: true, right: true }, (a, b) => [
        a === undefined ? b!.k : a.k,
        a?.n ?? null,
        b?.n ?? null
      ])
  },
  {
    sql: "SELECT s.n, t.n FROM s FULL JOIN t USING (k, v)",
    of: (s, t) =>
      joined(
        s,
        t,
        (a, b) => equal(a.k, b.k) === true && equal(a.v, b.v) === true,
        { left: true, right: true },
        names
      )
  },
  {
    sql:
      "SELECT s.n, t.n FROM s NATURAL JOIN (SELECT n AS m, v AS w FROM t) AS t0 (m, w), t WHERE t.n = m AND s.k < w",
    of: (s, t) => joined(s, t, (a, b) => less(a.k, b.v), {}, names)
  },
  {
    sql: "SELECT s.n, t.n FROM s JOIN t ON s.k < t.k",
    of: (s, t) => joined(s, t, (a, b) => less(a.k, b.k), {}, names)
  },
  {
    sql: "SELECT s.n, t.n FROM s FULL JOIN t ON s.k < t.v AND s.v > t.k",
    of: (s, t) =>
      joined(
        s,
        t,
        (a, b) => less(a.k, b.v) === true && less(b.k, a.v) === true,
        { left: true, right: true },
        names
      )
  },
  {
    sql: "SELECT s.n, t.n FROM s RIGHT JOIN t ON s.k = t.k AND t.v > 2",
    of: (s, t) =>
      joined(
        s,
        t,
        (a, b) => sameKey(a, b) === true && less(2, b.v) === true,
        { right: true },
        names
      )
  },
  {
    sql: "SELECT s.n, t.n FROM s, t WHERE s.k = t.k AND (s.v = t.v OR s.v IS NULL)",
    of: (s, t) =>
      joined(
        s,
        t,
        (a, b) => sameKey(a, b) === true && (a.v === null || equal(a.v, b.v) === true),
        {},
        names
      )
  },
  {
    sql: "SELECT s.n, t.n FROM s LEFT JOIN t ON s.k = t.k WHERE t.v > s.v OR t.v = 0",
    of: (s, t) =>
      joined(
        s,
        t,
        (a, b) => sameKey(a, b) === true && (less(a.v, b.v) === true || b.v === 0),
        {},
        names
      )
  },
  {
    sql: "SELECT a.n, b.n FROM s AS a JOIN s AS b ON a.k = b.v",
    of: (s) => joined(s, s, (a, b) => equal(a.k, b.v), {}, names)
  },
  {
    sql:
      "SELECT s.n, x.n FROM s CROSS JOIN LATERAL (SELECT n FROM t WHERE t.k = s.k AND t.v > s.v) AS x",
    of: (s, t) =>
      joined(s, t, (a, b) => sameKey(a, b) === true && less(a.v, b.v) === true, {}, names)
  },
  {
    sql:
      "SELECT s.n, x.w FROM s LEFT JOIN LATERAL (SELECT v + s.v AS w FROM t WHERE t.k = s.k) AS x ON TRUE",
    of: (s, t) =>
      joined(s, t, sameKey, { left: true }, (a, b) => [
        a!.n,
        b === undefined || a!.v === null || b.v === null ? null : Number(a!.v) + Number(b.v)
      ])
  },
  {
    sql:
      "SELECT s.n, c, m FROM s, LATERAL (SELECT COUNT(*), MAX(v) FROM t WHERE t.k = s.k) AS x (c, m)",
    of: (s, t) =>
      s.map((a) => {
        const own = t.filter((b) => sameKey(a, b) === true)
        return [a.n, own.length, greatest(own.map((b) => b.v))]
      })
  },
  {
    sql:
      "SELECT s.n, c FROM s JOIN LATERAL (SELECT COUNT(*) AS c FROM t WHERE t.v < s.v) AS x ON c <> 1",
    of: (s, t) =>
      s.map((a): Values => [a.n, t.filter((b) => less(b.v, a.v) === true).length])
        .filter((row) => row[1] !== 1)
  },
  {
    sql:
      "SELECT s.n, x.v FROM s LEFT JOIN LATERAL (SELECT v, COUNT(*) AS c FROM t WHERE t.k = s.k GROUP BY v) AS x ON x.c > 1",
    of: (s, t) =>
      s.flatMap((a) => {
        const own = t.filter((b) => sameKey(a, b) === true).map((b) => b.v)
        const twice = [...new Set(own)].filter((v) => own.filter((w) => w === v).length > 1)
        return twice.length === 0 ? [[a.n, null]] : twice.map((v) => [a.n, v])
      })
  },
  {
    sql:
      "SELECT k, v FROM (SELECT DISTINCT k FROM s) AS s CROSS JOIN LATERAL (SELECT v FROM t WHERE t.k = s.k ORDER BY v DESC LIMIT 2) AS x",
    insertsOnly: true,
    of: (s, t) =>
      [...new Set(s.map((a) => a.k))].flatMap((k) =>
        t.filter((b) => equal(b.k, k) === true).map((b) => b.v)
          .sort((x, y) => Number(y ?? -1) - Number(x ?? -1)).slice(0, 2).map((v) => [k, v])
      )
  },
  {
    sql: "SELECT n, x FROM s CROSS JOIN UNNEST(ARRAY[k, v, 7]) AS u (x)",
    of: (s) => s.flatMap((a) => [a.k, a.v, 7].map((x) => [a.n, x]))
  },
  {
    sql: "SELECT n, x, p FROM s, UNNEST(ARRAY[k, v]) WITH ORDINALITY AS u (x, p) WHERE x > 1",
    of: (s) =>
      s.flatMap((a) =>
        [a.k, a.v].flatMap((x, i): ReadonlyArray<Values> =>
          less(1, x) === true ? [[a.n, x, `int ${i + 1}`]] : []
        )
      )
  },
  {
    sql: "SELECT n, x FROM s LEFT JOIN UNNEST(CASE WHEN k > 2 THEN ARRAY[k, v] END) AS x ON TRUE",
    of: (s) =>
      s.flatMap((a) => less(2, a.k) === true ? [a.k, a.v].map((x) => [a.n, x]) : [[a.n, null]])
  },
  {
    sql: "SELECT n, x, y FROM s CROSS JOIN UNNEST(MAP[1, k, 2, v]) AS u (x, y)",
    of: (s) => s.flatMap((a) => [[a.n, "int 1", a.k], [a.n, "int 2", a.v]])
  },
  {
    sql: "SELECT n, x, y FROM s CROSS JOIN UNNEST(ARRAY[ROW(k, v), ROW(v, k)]) AS u (x, y)",
    of: (s) => s.flatMap((a) => [[a.n, a.k, a.v], [a.n, a.v, a.k]])
  },
  {
    sql: "SELECT n, (SELECT SUM(x) FROM UNNEST(ARRAY[s.k, s.v]) AS u (x)) FROM s",
    of: (s) => s.map((a) => [a.n, sum([a.k, a.v])])
  },
  {
    sql: "SELECT x FROM UNNEST(ARRAY[3, 4]) AS u (x)",
    of: () => [["int 3"], ["int 4"]]
  }
]

describe("FROM", () => {
  it("Session.run() of joins, LATERAL queries and UNNEST gives what nested loops give", async () => {
    await checkSamples(samples, Number(process.env["QUERIES"] ?? 350))
  })
})
