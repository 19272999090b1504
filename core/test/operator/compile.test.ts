/** Whole scripts, from SQL over plan and graph to rows, on lists in memory; every query at parallelism 1 and 3. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import type { Boxed } from "../../src/state/boxed.ts"
import { keyText } from "../state/kit.ts"
import { materialize, tableOf, textOf } from "./kit.ts"
import { bad, Memory } from "./memory-connector.ts"

const text = (one: string): Uint8Array => new TextEncoder().encode(one)
const hourMillis = 3600000

const schema = `
CREATE TABLE flights (ts TIMESTAMP(3), delay BIGINT, origin STRING, WATERMARK FOR ts AS ts - INTERVAL '5' MINUTE) WITH ('connector' = 'memory');
CREATE TABLE airports (iata STRING, city STRING) WITH ('connector' = 'memory');
`

type Flight = readonly [ts: number, delay: bigint | null, origin: Uint8Array]

function memory(): { readonly memory: Memory; readonly flights: ReadonlyArray<Flight> } {
  const one = new Memory()
  const flights = Array.from({ length: 400 }, (_, i): Flight => [
    Math.floor(i / 100) * hourMillis + (i * 7919) % hourMillis,
    i % 11 === 0 ? null : BigInt((i * 37) % 90 - 20),
    text(["AAA", "BBB", "CCC", "DDD"][i % 7 % 4]!)
  ])
  // Every split is in order of time, so that none of its rows is late.
  const ordered = flights.toSorted((a, b) => a[0] - b[0])
  one.tables.set("flights", ordered)
  one.tables.set(
    "airports",
    [["AAA", "Aachen"], ["BBB", "Bonn"], ["DDD", "Dover"]].map((row) => row.map(text))
  )
  return { memory: one, flights: ordered }
}

interface Hour {
  readonly start: number
  readonly origin: string
  readonly delays: ReadonlyArray<bigint>
  readonly flights: number
}

function hours(flights: ReadonlyArray<Flight>): ReadonlyArray<Hour> {
  const groups = new Map<string, Array<Flight>>()
  for (const flight of flights) {
    const key = `${Math.floor(flight[0] / hourMillis)} ${new TextDecoder().decode(flight[2])}`
    groups.set(key, [...groups.get(key) ?? [], flight])
  }
  return [...groups].map(([key, rows]) => ({
    start: Number(key.split(" ")[0]) * hourMillis,
    origin: key.split(" ")[1]!,
    delays: rows.flatMap((row) => row[1] === null ? [] : [row[1]]),
    flights: rows.length
  }))
}

function inserted(rows: ReadonlyArray<ReadonlyArray<Boxed>>): ReadonlyArray<string> {
  return rows.map((values) => textOf({ kind: 0, values })).sort()
}

const cities: Readonly<Record<string, string>> = { AAA: "Aachen", BBB: "Bonn", DDD: "Dover" }
const mean = (hour: Hour): number =>
  Number(hour.delays.reduce((a, b) => a + b, 0n)) / hour.delays.length

describe("compilePlan()", () => {
  for (const parallelism of [1, 3]) {
    it(`compilePlan() runs windows, a join and a top-N off one scan at parallelism ${parallelism}`, async () => {
      const { memory: tables, flights } = memory()
      await tables.run(
        `${schema}
        CREATE TABLE hourly (window_start TIMESTAMP(3), origin STRING, city STRING, flights BIGINT, avg_delay DOUBLE, max_delay BIGINT, late BIGINT) WITH ('connector' = 'memory');
        CREATE TABLE worst (window_start TIMESTAMP(3), rn BIGINT, origin STRING) WITH ('connector' = 'memory');
        CREATE TEMPORARY VIEW by_hour AS
        SELECT window_start, window_end, origin, COUNT(*) AS flights, AVG(CAST(delay AS DOUBLE)) AS avg_delay, MAX(delay) AS max_delay, COUNT(*) FILTER (WHERE delay > 15) AS late
        FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, origin;
        EXECUTE STATEMENT SET BEGIN
        INSERT INTO hourly SELECT h.window_start, h.origin, a.city, h.flights, h.avg_delay, h.max_delay, h.late FROM by_hour h JOIN airports a ON h.origin = a.iata;
        INSERT INTO worst SELECT window_start, rn, origin FROM (
          SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY avg_delay DESC, origin) AS rn FROM by_hour WHERE flights >= 5
        ) WHERE rn <= 2;
        END;`,
        parallelism
      )
      const all = hours(flights)
      const joined = all.filter((hour) => cities[hour.origin] !== undefined).map((hour) => [
        hour.start,
        text(hour.origin),
        text(cities[hour.origin]!),
        BigInt(hour.flights),
        mean(hour),
        hour.delays.reduce((a, b) => a > b ? a : b),
        BigInt(hour.delays.filter((delay) => delay > 15n).length)
      ])
      assert.ok(joined.length > 8)
      assert.deepEqual(tables.texts("hourly"), inserted(joined))
      const worst = [...new Set(all.map((hour) => hour.start))].flatMap((start) =>
        all.filter((hour) => hour.start === start && hour.flights >= 5)
          .sort((a, b) => mean(b) - mean(a) || (a.origin < b.origin ? -1 : 1)).slice(0, 2)
          .map((hour, i) => [start, BigInt(i + 1), text(hour.origin)])
      )
      assert.deepEqual(tables.texts("worst"), inserted(worst))
    })

    it(`compilePlan() tells the changes of a GROUP BY, a join and a top-N without windows at parallelism ${parallelism}`, async () => {
      const { memory: tables, flights } = memory()
      await tables.run(
        `${schema}
        CREATE TABLE totals (origin STRING, city STRING, flights BIGINT) WITH ('connector' = 'memory');
        CREATE TABLE latest (origin STRING, delay BIGINT, rn BIGINT) WITH ('connector' = 'memory');
        INSERT INTO totals SELECT t.origin, a.city, t.n FROM (SELECT origin, COUNT(DISTINCT delay) AS n FROM flights GROUP BY origin) t LEFT JOIN airports a ON t.origin = a.iata;
        INSERT INTO latest SELECT origin, delay, rn FROM (SELECT origin, delay, ROW_NUMBER() OVER (PARTITION BY origin ORDER BY delay DESC) AS rn FROM flights WHERE delay IS NOT NULL) WHERE rn <= 3;`,
        parallelism
      )
      const origins = [...new Set(flights.map((flight) => new TextDecoder().decode(flight[2])))]
      const own = (origin: string): Array<bigint> =>
        flights.filter((flight) => new TextDecoder().decode(flight[2]) === origin)
          .flatMap((flight) => flight[1] === null ? [] : [flight[1]])
      const totals = origins.map((origin) => [
        text(origin),
        cities[origin] === undefined ? null : text(cities[origin]),
        BigInt(new Set(own(origin)).size)
      ])
      assert.deepEqual(materialize(tables.written.get("totals")!), tableOf(totals))
      const latest = origins.flatMap((origin) =>
        own(origin).sort((a, b) => Number(b - a)).slice(0, 3)
          .map((delay, i) => [text(origin), delay, BigInt(i + 1)])
      )
      assert.deepEqual(materialize(tables.written.get("latest")!), tableOf(latest))
    })

    it(`compilePlan() reads VALUES, unites and hands a query's rows to the caller at parallelism ${parallelism}`, async () => {
      const { memory: tables } = memory()
      await tables.run(
        `${schema} SELECT iata, 1 AS n FROM airports WHERE iata <> 'BBB' UNION ALL SELECT x, y FROM (VALUES ('v', 2), ('w', 3)) AS t(x, y);`,
        parallelism
      )
      const want = [["AAA", 1], ["DDD", 1], ["v", 2], ["w", 3]].map((
        [x, n]
      ) => [text(x as string), n])
      assert.deepEqual(
        tables.collected.map((row) => row.values.map(keyText).join(" ")).sort(),
        tableOf(want)
      )
    })
  }

  it("compilePlan() gives a graph whose ids are the plan's uids", async () => {
    const { memory: tables } = memory()
    const script = `${schema} SELECT origin, COUNT(*) FROM flights GROUP BY origin;`
    const [plan] = await tables.plans(script, 2)
    const graph = await tables.compile(plan!)
    assert.deepEqual(graph.nodes.map((node) => node.id), plan!.nodes.map((node) => node.uid))
    assert.ok(graph.nodes.some((node) => node.inputs.some((edge) => edge.exchange.kind === "hash")))
  })
})

describe("bad records", () => {
  const letters =
    "CREATE TABLE letters (`raw` BYTES, `error` STRING, `source` STRING, `position` STRING, `at` TIMESTAMP_LTZ(3)) WITH ('connector' = 'memory');"
  function script(policy: string): string {
    return `${letters} CREATE TABLE t (a STRING, b INT) WITH ('connector' = 'memory', ${policy});
      CREATE TABLE o (a STRING, b INT) WITH ('connector' = 'memory'); INSERT INTO o SELECT a, b FROM t;`
  }
  function tables(): Memory {
    const memory = new Memory()
    memory.tables.set("t", [[text("x"), 1], [bad, "raw bytes"], [text("y"), 2]])
    return memory
  }
  const good = inserted([[text("x"), 1], [text("y"), 2]])

  it("BadRecords fails the job with the place by default", async () => {
    await assert.rejects(
      tables().run(script("'millrace.bad-records' = 'fail'")),
      /Cannot read a record of table "default_catalog.default_database.t" from "list", row 1, byte 7: Expected a row/
    )
  })

  it("BadRecords skips and goes on", async () => {
    const memory = tables()
    await memory.run(script("'millrace.bad-records' = 'skip'"))
    assert.deepEqual(memory.texts("o"), good)
  })

  it("BadRecords sends dead letters to their table", async () => {
    const memory = tables()
    await memory.run(
      script("'millrace.bad-records' = 'dead-letter', 'millrace.dead-letter.table' = 'letters'")
    )
    assert.deepEqual(memory.texts("o"), good)
    const letter = [
      text("raw bytes"),
      text("Expected a row"),
      text("list"),
      text("row 1, byte 7"),
      1000
    ]
    assert.deepEqual(memory.texts("letters"), inserted([letter]))
  })
})
