/** Joins that know event time, from SQL to rows: recognised where they are written, equal to nested loops, windows behind them complete. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { materialize, tableOf } from "../operator/kit.ts"
import { Memory } from "../operator/memory-connector.ts"

const minute = 60_000

const schema = `
CREATE TABLE orders (id BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' MINUTE) WITH ('connector' = 'memory');
CREATE TABLE shipments (id BIGINT, sent TIMESTAMP(3), WATERMARK FOR sent AS sent - INTERVAL '2' MINUTE) WITH ('connector' = 'memory');
`

type Order = readonly [id: bigint, price: bigint, ts: number]
type Shipment = readonly [id: bigint, sent: number]

function filled(): {
  readonly memory: Memory
  readonly orders: ReadonlyArray<Order>
  readonly shipments: ReadonlyArray<Shipment>
} {
  const memory = new Memory()
  const orders = Array.from({ length: 120 }, (_, i): Order => [
    BigInt(i % 40),
    BigInt((i * 37) % 50),
    i * minute + (i * 7919) % minute
  ])
  const shipments = Array.from({ length: 90 }, (_, i): Shipment => [
    BigInt((i * 3) % 45),
    i * minute + (i * 104729) % (2 * minute)
  ])
  memory.tables.set("orders", orders)
  memory.tables.set("shipments", shipments)
  return { memory, orders, shipments }
}

async function kinds(memory: Memory, sql: string): Promise<ReadonlyArray<string>> {
  const [plan] = await memory.plans(`${schema}${sql};`, 1)
  return plan!.nodes.map((node) => node.work.kind)
}

const hour = "s.sent BETWEEN o.ts AND o.ts + INTERVAL '1' HOUR"
const within = (o: Order, s: Shipment): boolean =>
  o[0] === s[0] && s[1] >= o[2] && s[1] <= o[2] + 60 * minute

describe("interval join", () => {
  for (const parallelism of [1, 3]) {
    it(`Session.run() joins orders with shipments of the hour after them, at parallelism ${parallelism}`, async () => {
      const { memory, orders, shipments } = filled()
      await memory.run(
        `${schema} SELECT o.id, o.price, s.sent FROM orders o LEFT JOIN shipments s ON o.id = s.id AND ${hour};`,
        parallelism
      )
      const want = orders.flatMap((o): ReadonlyArray<ReadonlyArray<bigint | number | null>> => {
        const own = shipments.filter((s) => within(o, s))
        return own.length === 0 ? [[o[0], o[1], null]] : own.map((s) => [o[0], o[1], s[1]])
      })
      assert.equal(memory.collected.every((row) => row.kind === 0), true)
      assert.deepEqual(materialize(memory.collected), tableOf(want))
    })

    it(`Session.run() counts pairs by windows behind the join, at parallelism ${parallelism}`, async () => {
      const { memory, orders, shipments } = filled()
      await memory.run(
        `${schema} CREATE TEMPORARY VIEW pairs AS SELECT o.id, o.ts, s.sent FROM orders o, shipments s WHERE o.id = s.id AND ${hour};
        SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE pairs, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end;`,
        parallelism
      )
      const counts = new Map<number, bigint>()
      for (const o of orders) {
        const start = Math.floor(o[2] / (10 * minute)) * 10 * minute
        const own = shipments.filter((s) => within(o, s)).length
        if (own > 0) counts.set(start, (counts.get(start) ?? 0n) + BigInt(own))
      }
      assert.ok(counts.size > 5)
      assert.deepEqual(materialize(memory.collected), tableOf([...counts]))
    })
  }

  it("planJob() recognises an interval wherever it is written, and only between event times", async () => {
    const { memory } = filled()
    const joined = async (sql: string): Promise<ReadonlyArray<string>> =>
      (await kinds(memory, sql)).filter((kind) => kind.endsWith("join"))
    const from = "SELECT o.id FROM orders o JOIN shipments s ON o.id = s.id"
    for (
      const bounds of [
        "o.ts BETWEEN s.sent - INTERVAL '5' MINUTE AND s.sent",
        "o.ts + INTERVAL '1' HOUR > s.sent AND s.sent > o.ts",
        "o.ts = s.sent",
        "s.sent - INTERVAL '1' DAY <= o.ts AND INTERVAL '1' DAY + s.sent >= o.ts"
      ]
    ) {
      assert.deepEqual(await joined(`${from} AND ${bounds}`), ["interval-join"], bounds)
      assert.deepEqual(await joined(`${from} WHERE ${bounds}`), ["interval-join"], bounds)
    }
    for (const bounds of ["o.ts >= s.sent", "o.price BETWEEN s.id - 1 AND s.id", "TRUE"]) {
      assert.deepEqual(await joined(`${from} AND ${bounds}`), ["join"], bounds)
    }
  })
})

describe("temporal join", () => {
  const rates = `
CREATE TABLE rates (currency STRING, rate BIGINT, since TIMESTAMP(3), WATERMARK FOR since AS since - INTERVAL '1' MINUTE, PRIMARY KEY (currency) NOT ENFORCED) WITH ('connector' = 'memory');
CREATE TABLE history (currency STRING, rate BIGINT, since TIMESTAMP(3), WATERMARK FOR since AS since - INTERVAL '1' MINUTE) WITH ('connector' = 'memory');
CREATE TEMPORARY VIEW latest AS SELECT currency, rate, since FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY since DESC) AS place FROM history) WHERE place = 1;
CREATE TABLE sales (id BIGINT, currency STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE) WITH ('connector' = 'memory');
`
  const text = (one: string): Uint8Array => new TextEncoder().encode(one)
  const currencies = ["EUR", "USD", "YEN"]

  for (const table of ["rates", "latest"]) {
    it(`Session.run() joins each sale with the rate of its time: ${table}`, async () => {
      for (const parallelism of [1, 3]) {
        const memory = new Memory()
        const versions = Array.from(
          { length: 40 },
          (_, i) => [currencies[i % 2]!, BigInt(100 + i), i * 3 * minute] as const
        )
        const sales = Array.from(
          { length: 80 },
          (_, i) => [BigInt(i), currencies[(i * 7) % 3]!, i * minute + 1] as const
        )
        const stored = versions.map(([currency, rate, since]) => [text(currency), rate, since])
        memory.tables.set("rates", stored)
        memory.tables.set("history", stored)
        memory.tables.set("sales", sales.map(([id, currency, ts]) => [id, text(currency), ts]))
        await memory.run(
          `${rates} SELECT s.id, r.rate FROM sales AS s LEFT JOIN ${table} FOR SYSTEM_TIME AS OF s.ts AS r ON s.currency = r.currency AND r.rate > 105;`,
          parallelism
        )
        const want = sales.map(([id, currency, ts]) => {
          const rate = versions.filter((one) => one[0] === currency && one[2] <= ts).at(-1)?.[1]
          return [id, rate === undefined || rate <= 105n ? null : rate]
        })
        assert.deepEqual(materialize(memory.collected), tableOf(want))
        assert.ok(want.some((row) => row[1] !== null))
      }
    })
  }

  it("planJob() refuses tables without versions, and keys that are not compared", async () => {
    const plan = (sql: string): Promise<unknown> => new Memory().plans(`${rates}${sql};`, 1)
    const from = "SELECT s.id FROM sales AS s JOIN"
    await assert.rejects(
      plan(`${from} history FOR SYSTEM_TIME AS OF s.ts AS r ON s.currency = r.currency`),
      /must have versions/
    )
    await assert.rejects(
      plan(`${from} rates FOR SYSTEM_TIME AS OF s.ts AS r ON s.id = r.rate`),
      /must compare the whole key of the right side, and 'currency' of it is not compared/
    )
    await assert.rejects(
      plan(`${from} rates FOR SYSTEM_TIME AS OF s.id AS r ON s.currency = r.currency`),
      /wants the event time of the left table/
    )
  })
})
