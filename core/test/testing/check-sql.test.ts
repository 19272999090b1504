import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { Simulation } from "@millrace/core/testing"

const script = `
CREATE TABLE rides (zone STRING, fare DECIMAL(8, 2), n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '90' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'rides', 'value.format' = 'json');
CREATE TABLE zones (zone STRING, city STRING) WITH ('connector' = 'filesystem', 'path' = 'zones', 'format' = 'csv');
CREATE TABLE hourly (window_start TIMESTAMP(3), zone STRING, city STRING, fares DECIMAL(38, 2), n BIGINT)
WITH ('connector' = 'print');
`

const insert = `INSERT INTO hourly SELECT r.window_start, r.zone, z.city, r.fares, r.n FROM (
  SELECT window_start, zone, SUM(fare) AS fares, COUNT(*) AS n
  FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, zone
) r LEFT JOIN zones z ON r.zone = z.zone;`

const at = (second: number): string =>
  new Date(second * 1000).toISOString().replace("T", " ").slice(0, 19)

const inputs = {
  rides: fc.array(
    fc.record({
      zone: fc.constantFrom("n", "s", null),
      fare: fc.integer({ min: 1, max: 900 }).map((cents) => (cents / 100).toFixed(2)),
      n: fc.nat(9),
      ts: fc.nat(179).map(at)
    }),
    { maxLength: 10 }
  ),
  zones: fc.subarray([{ zone: "n", city: "Kiel" }, { zone: "s", city: "Ulm" }, {
    zone: "s",
    city: "Bonn"
  }])
}

type Row = Readonly<Record<string, unknown>>

/** Nothing is late: a value is at most 179 seconds behind another, but the watermark of a window needs 90 more than its end. */
function oracle(
  given: Readonly<Record<string, ReadonlyArray<Row>>>
): ReadonlyArray<Simulation.SqlRow> {
  const sums = new Map<string, { start: string; zone: string | null; cents: number; n: bigint }>()
  let watermark = ""
  for (const { zone, fare, ts } of given["rides"]!) {
    const seconds = Date.parse(`${(ts as string).replace(" ", "T")}Z`) / 1000
    const start = Math.floor(seconds / 60) * 60
    const name = `${start} ${zone}`
    const sum = sums.get(name) ??
      { start: `${at(start)}.000`, zone: zone as string | null, cents: 0, n: 0n }
    sums.set(name, { ...sum, cents: sum.cents + Math.round(Number(fare) * 100), n: sum.n + 1n })
    watermark = watermark > (ts as string) ? watermark : ts as string
  }
  return [...sums.values()].flatMap(({ start, zone, cents, n }) => {
    const cities = given["zones"]!.filter((one) => one["zone"] === zone).map((one) =>
      one["city"] as string
    )
    return (cities.length === 0 ? [null] : cities).map((city) => ({
      window_start: start,
      zone,
      city,
      fares: (cents / 100).toFixed(2),
      n
    }))
  })
}

describe("Simulation.checkSql()", () => {
  it("holds for windows, aggregates and an outer join, against an oracle", async () => {
    const sorted = {
      ...inputs,
      // In order of time nothing is late.
      rides: inputs.rides.map((rows) => [...rows].sort((a, b) => a.ts < b.ts ? -1 : 1))
    }
    const report = await Simulation.checkSql(`${script} ${insert}`, {
      inputs: sorted,
      oracle,
      histories: 150
    })
    for (const name of ["crashes", "restores", "rescales", "results"] as const) {
      assert.ok(report[name] > 10, `${name}: ${report[name]}`)
    }
  })

  it("holds for updating queries against a calm run: top-N, joins without a window, statement sets", async () => {
    const sinks = `
      CREATE TABLE best (zone STRING, fare DECIMAL(8, 2), place BIGINT) WITH ('connector' = 'print');
      CREATE TABLE counts (city STRING, n BIGINT, most DECIMAL(8, 2)) WITH ('connector' = 'print');
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO best SELECT zone, fare, place FROM (
          SELECT zone, fare, ROW_NUMBER() OVER (PARTITION BY zone ORDER BY fare DESC) AS place FROM rides
        ) WHERE place <= 2;
        INSERT INTO counts SELECT city, COUNT(DISTINCT n), MAX(fare) FROM rides r JOIN zones z ON r.zone = z.zone GROUP BY city;
      END;`
    const report = await Simulation.checkSql(script + sinks, {
      inputs,
      histories: 150,
      splitsMax: 2
    })
    assert.ok(report.results > 200 && report.restores > 10, JSON.stringify(report))
  })

  it("finds a query that depends on the order between splits", async () => {
    const last = `CREATE TABLE lasts (zone STRING, fare DECIMAL(8, 2)) WITH ('connector' = 'print');
      INSERT INTO lasts SELECT zone, LAST_VALUE(fare) FROM rides GROUP BY zone;`
    await assert.rejects(
      Simulation.checkSql(script + last, {
        inputs: { rides: inputs.rides },
        histories: 500,
        splitsMax: 2
      }),
      /does not give what a run without crashes gives[^]*Missing:\n {2}\{fare: [^]*rides: \[/
    )
  })

  it("tells what a script lacks for a check", async () => {
    const check = (more: string, tables: Partial<typeof inputs> = inputs) =>
      Simulation.checkSql(script + more, { inputs: tables as typeof inputs })
    await assert.rejects(check("SELECT * FROM rides;"), /write INSERT INTO/)
    await assert.rejects(check(""), /has 0 jobs, wanted one/)
    await assert.rejects(check(insert + insert), /has 2 jobs, wanted one: put several/)
    await assert.rejects(
      check(insert, { rides: inputs.rides }),
      /Table 'zones' is read: give `inputs` a generator/
    )
    const odd = {
      ...inputs,
      zones: fc.constant([{ zone: 7, city: "x" }])
    } as unknown as typeof inputs
    await assert.rejects(
      check(insert, odd),
      /A generator gives number 7 for column 'zone' of type STRING/
    )
  })
})
