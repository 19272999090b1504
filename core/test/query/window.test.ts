/**
 * Claim: joins, top-N and de-duplication within windows of every kind, and windows behind them, give what loops over the rows of each window
 * give, as inserts only, at any parallelism. Model: lists of rows by window. A failure: wrong answers, or rows told before their window is closed.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import type { TimeWindow } from "../../src/state/time-window.ts"
import { insert, materialize, type Row, tableOf } from "../operator/kit.ts"
import { Memory } from "../operator/memory-connector.ts"
import { closedWindows } from "../operator/window-kit.ts"

const minute = 60_000

const schema = `
CREATE TABLE l (id BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' MINUTE) WITH ('connector' = 'memory');
CREATE TABLE r (id BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' MINUTE) WITH ('connector' = 'memory');
`

type Values = readonly [id: bigint, price: bigint, ts: number]

function rowsOf(salt: number): ReadonlyArray<Values> {
  return Array.from({ length: 70 }, (_, i): Values => [
    BigInt((i * salt) % 4),
    BigInt((i * 37 * salt) % 11),
    Math.floor((i + (i * salt) % 3) / 9) * 4 * minute + (i % 9) * 11_000
  ])
}

const left = rowsOf(7)
const right = rowsOf(5)

const kinds: ReadonlyArray<readonly [window: TimeWindow, sql: string]> = [
  [
    { kind: "tumble", sizeMillis: 5 * minute, offsetMillis: 0 },
    "TUMBLE(TABLE #, DESCRIPTOR(ts), INTERVAL '5' MINUTE)"
  ],
  [
    { kind: "hop", sizeMillis: 6 * minute, slideMillis: 2 * minute, offsetMillis: 0 },
    "HOP(TABLE #, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '6' MINUTE)"
  ],
  [
    { kind: "cumulate", sizeMillis: 6 * minute, stepMillis: 3 * minute, offsetMillis: 0 },
    "CUMULATE(TABLE #, DESCRIPTOR(ts), INTERVAL '3' MINUTE, INTERVAL '6' MINUTE)"
  ],
  [
    { kind: "session", gapMillis: minute },
    "SESSION(TABLE # PARTITION BY id, DESCRIPTOR(ts), INTERVAL '1' MINUTE)"
  ]
]

interface Windowed {
  readonly start: number
  readonly end: number
  readonly rows: ReadonlyArray<Values>
}

/** Windows with their rows; those of sessions are of one id each. */
function windows(window: TimeWindow, rows: ReadonlyArray<Values>): ReadonlyArray<Windowed> {
  const inserted = rows.map(([id, price, ts]) => insert(ts, id, price))
  const keyOf = (row: Row): string => window.kind === "session" ? String(row.values[1]) : ""
  const inputs = [{ input: 0, rows: inserted, form: "plain" as const }]
  return closedWindows(window, inputs, keyOf).closed.map(({ start, end, rows: own }) => ({
    start,
    end,
    rows: own.map(({ values }): Values => [
      values[1] as bigint,
      values[2] as bigint,
      values[0] as number
    ])
  }))
}

async function collected(sql: string, parallelism: number): Promise<ReadonlyArray<string>> {
  const memory = new Memory()
  memory.tables.set("l", left)
  memory.tables.set("r", right)
  await memory.run(`${schema}${sql};`, parallelism)
  assert.equal(memory.collected.every((row) => row.kind === 0), true, "only inserts are told")
  return materialize(memory.collected)
}

async function planned(sql: string): Promise<ReadonlyArray<string>> {
  const memory = new Memory()
  const [plan] = await memory.plans(`${schema}${sql};`, 1)
  return plan!.nodes.map((node) => node.work.kind)
}

type Flat = readonly [start: number, end: number, id: bigint, price: bigint]

function flat(window: TimeWindow, rows: ReadonlyArray<Values>): ReadonlyArray<Flat> {
  return windows(window, rows).flatMap(({ start, end, rows: own }) =>
    own.map(([id, price]): Flat => [start, end, id, price])
  )
}

const goes = (a: Flat, b: Flat): boolean =>
  a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] <= b[3] + 4n

for (const [window, sql] of kinds) {
  const side = (table: string): string =>
    `(SELECT * FROM TABLE(${sql.replace("#", table)})) AS w${table}`
  const on =
    "wl.window_start = wr.window_start AND wl.window_end = wr.window_end AND wl.id = wr.id AND wl.price <= wr.price + 4"
  const lefts = flat(window, left)
  const rights = flat(window, right)
  const partners = (a: Flat): ReadonlyArray<Flat> => rights.filter((b) => goes(a, b))

  describe(`windows of kind ${window.kind}`, () => {
    for (const type of ["INNER", "LEFT", "RIGHT", "FULL"]) {
      it(`Session.run() joins equal windows: ${type}`, async () => {
        const query =
          `SELECT wl.window_start, wl.window_end, wl.id, wl.price, wr.id, wr.price FROM ${
            side("l")
          } ${type} JOIN ${side("r")} ON ${on}`
        assert.ok((await planned(query)).includes("window-join"))
        const want = [
          ...lefts.flatMap((a) => partners(a).map((b) => [...a, b[2], b[3]])),
          ...type === "LEFT" || type === "FULL"
            ? lefts.filter((a) => partners(a).length === 0).map((a) => [...a, null, null])
            : [],
          ...type === "RIGHT" || type === "FULL"
            ? rights.filter((b) => !lefts.some((a) => goes(a, b)))
              .map((b) => [null, null, null, null, b[2], b[3]])
            : []
        ]
        for (const parallelism of [1, 2]) {
          assert.deepEqual(await collected(query, parallelism), tableOf(want))
        }
      })
    }

    it("Session.run() keeps rows with a partner in their window, or without", async () => {
      for (const [not, kept] of [["", true], ["NOT ", false]] as const) {
        const query = `SELECT window_start, window_end, id, price FROM ${side("l")}
          WHERE ${not}EXISTS (SELECT 1 FROM ${side("r")} WHERE ${on})`
        assert.ok((await planned(query)).includes("window-join"))
        const want = lefts.filter((a) => (partners(a).length > 0) === kept)
        assert.ok(want.length > 0)
        assert.deepEqual(await collected(query, 2), tableOf(want))
      }
    })

    it("Session.run() counts the pairs of each window behind a join", async () => {
      const query = `SELECT s, e, COUNT(*), MAX(q) FROM (
        SELECT wl.window_start AS s, wl.window_end AS e, wr.price AS q FROM ${side("l")} JOIN ${
        side("r")
      } ON ${on}
      ) GROUP BY s, e`
      const groups = new Map<
        string,
        { readonly key: [number, number]; readonly prices: Array<bigint> }
      >()
      for (const a of lefts) {
        for (const b of partners(a)) {
          const group = groups.get(`${a[0]} ${a[1]}`) ?? { key: [a[0], a[1]], prices: [] }
          groups.set(`${a[0]} ${a[1]}`, group)
          group.prices.push(b[3])
        }
      }
      const want = [...groups.values()].map(({ key, prices }) => [
        ...key,
        BigInt(prices.length),
        prices.reduce((a, b) => a > b ? a : b)
      ])
      assert.ok((await planned(query)).includes("window-aggregate"))
      assert.deepEqual(await collected(query, 2), tableOf(want))
    })

    it("Session.run() keeps the highest rows of each window, and the last", async () => {
      const ranked = (order: string, limit: number): string =>
        `SELECT window_start, window_end, id, price, ts FROM (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, id ORDER BY ${order}) AS n
          FROM TABLE(${sql.replace("#", "l")})
        ) WHERE n <= ${limit}`
      assert.ok((await planned(ranked("ts DESC", 1))).includes("window-rank"))
      const of = (
        limit: number,
        compare: (a: Values, b: Values) => number
      ): ReadonlyArray<ReadonlyArray<bigint | number>> =>
        windows(window, left).flatMap(({ start, end, rows }) =>
          [0n, 1n, 2n, 3n].flatMap((id) =>
            rows.filter((row) => row[0] === id).toSorted(compare).slice(0, limit)
              .map((row) => [start, end, ...row])
          )
        )
      const byPrice = of(2, (a, b) => Number(b[1] - a[1]) || a[2] - b[2])
      assert.deepEqual(await collected(ranked("price DESC, ts", 2), 2), tableOf(byPrice))
      const latest = of(1, (a, b) => b[2] - a[2])
      assert.deepEqual(await collected(ranked("ts DESC", 1), 2), tableOf(latest))
    })
  })
}
