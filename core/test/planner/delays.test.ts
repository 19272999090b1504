import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { explainPlan } from "../../src/table/explain.ts"
import type { Plan } from "../../src/table/plan.ts"
import { kindsOf, nodesOf, planOf } from "./support.ts"

/** The main job of the examples, shortened by what the plan does not depend on. */
const script = `
SET 'pipeline.name' = 'delays';
CREATE TABLE flights (
  \`date\` TIMESTAMP(6), delay BIGINT, distance BIGINT, origin STRING, destination STRING,
  ts AS CAST(\`date\` AS TIMESTAMP(3)),
  WATERMARK FOR ts AS ts - INTERVAL '5' MINUTE
) WITH ('connector' = 'filesystem', 'path' = 'flights', 'format' = 'parquet');
CREATE TABLE airports (iata STRING, name STRING, city STRING, state STRING)
WITH ('connector' = 'filesystem', 'path' = 'airports.csv', 'format' = 'csv');
CREATE TABLE hourly (
  window_start TIMESTAMP(3), origin STRING, city STRING, flights BIGINT, avg_delay DOUBLE, max_delay BIGINT, late_share DOUBLE
) WITH ('connector' = 'filesystem', 'path' = 'hourly', 'format' = 'parquet');
CREATE TABLE worst (window_start TIMESTAMP(3), rn BIGINT, origin STRING, flights BIGINT, avg_delay DOUBLE)
WITH ('connector' = 'filesystem', 'path' = 'worst', 'format' = 'json');
CREATE TEMPORARY VIEW by_hour AS
SELECT window_start, window_end, origin,
  COUNT(*) AS flights, AVG(CAST(delay AS DOUBLE)) AS avg_delay, MAX(delay) AS max_delay,
  CAST(COUNT(*) FILTER (WHERE delay > 15) AS DOUBLE) / COUNT(*) AS late_share
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(ts), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, origin;
EXECUTE STATEMENT SET BEGIN
  INSERT INTO hourly
  SELECT h.window_start, h.origin, a.city, h.flights, h.avg_delay, h.max_delay, h.late_share
  FROM by_hour h JOIN airports a ON h.origin = a.iata;
  INSERT INTO worst
  SELECT window_start, rn, origin, flights, avg_delay FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY avg_delay DESC, origin) AS rn
    FROM by_hour WHERE flights >= 5
  ) WHERE rn <= 3;
END;
`

function inputKinds(plan: Plan, id: number): ReadonlyArray<string> {
  return plan.nodes[id]!.inputs.map(({ node }) => plan.nodes[node]!.work.kind)
}

describe("Session.run() of the main job", () => {
  it("plans one scan, one shared window aggregate, and a branch for each sink", async () => {
    const plan = await planOf(script)
    assert.deepEqual(kindsOf(plan), [
      "scan",
      "calc",
      "window-aggregate",
      "calc",
      "scan",
      "join",
      "calc",
      "sink",
      "calc",
      "window-rank",
      "calc",
      "sink"
    ])
    const [aggregate] = nodesOf(plan, "window-aggregate")
    const readers = plan.nodes.filter((node) =>
      node.inputs.some((from) => from.node === aggregate!.id)
    )
    assert.equal(readers.length, 2)
    const [join] = nodesOf(plan, "join")
    assert.deepEqual(inputKinds(plan, join!.id), ["calc", "scan"])
  })

  it("reads the columns that are used and computes event time in the scan", async () => {
    const [flights, airports] = nodesOf(await planOf(script), "scan")
    assert.deepEqual(flights!.work.projection, [[0], [1], [3]])
    assert.deepEqual(flights!.schema.map((field) => field.name), ["delay", "origin", "ts"])
    assert.equal(flights!.work.compute!.length, 3)
    assert.equal(flights!.work.watermark!.column, 2)
    assert.equal(flights!.work.watermark!.expression.op, "call")
    assert.deepEqual(airports!.work.projection, [[0], [2]])
    assert.equal(airports!.work.watermark, undefined)
  })

  it("aggregates the hour with only the calls and properties that are used", async () => {
    const [node] = nodesOf(await planOf(script), "window-aggregate")
    const { work } = node!
    assert.deepEqual(work.window, { kind: "tumble", sizeMillis: 3600000, offsetMillis: 0 })
    assert.deepEqual(work.properties, ["window_start", "window_end"])
    assert.deepEqual(work.aggregates.map((call) => call.name), ["count", "avg", "max", "count"])
    assert.notEqual(work.aggregates[3]!.filter, undefined)
    assert.deepEqual(node!.inputs[0]!.exchange, { kind: "hash", keys: work.keys })
    assert.deepEqual(node!.changelog, {
      insert: true,
      updateBefore: false,
      updateAfter: false,
      delete: false
    })
  })

  it("ranks within the window behind the filter on the count", async () => {
    const plan = await planOf(script)
    const [rank] = nodesOf(plan, "window-rank")
    const { work, inputs } = rank!
    const below = plan.nodes[inputs[0]!.node]!
    assert.equal(below.schema[work.windowEnd]!.name, "window_end")
    assert.deepEqual([work.rankFrom, work.rankTo, work.withRank, work.partition], [1, 3, true, []])
    assert.deepEqual(
      work.order.map((key) => [below.schema[key.column]!.name, key.descending, key.nullsFirst]),
      [["avg_delay", true, false], ["origin", false, true]]
    )
    assert.equal(below.work.kind, "calc")
    assert.notEqual(below.work.kind === "calc" && below.work.condition, undefined)
  })

  it("is data: the plan that went through JSON is the plan", async () => {
    const plan = await planOf(script)
    const copy = JSON.parse(JSON.stringify(plan)) as Plan
    assert.equal(JSON.stringify(copy), JSON.stringify(plan))
    assert.deepEqual(copy.nodes.map((node) => node.uid), plan.nodes.map((node) => node.uid))
  })

  it("EXPLAIN prints the shared part once", async () => {
    const text = explainPlan(await planOf(script), { changelog: true, json: false })
    assert.equal(text.split("WindowAggregate(").length, 2)
    assert.match(text, /\(reuse_id=\[1\]\)/)
    assert.match(text, /Reused\(reference_id=\[1\]\)/)
    assert.match(text, /Exchange\(distribution=\[hash\[origin\]\]\)/)
    assert.match(text, /TUMBLE\(time_col=\[ts\], size=\[1 h\]\)/)
    assert.match(text, /changelogMode=\[I\]/)
  })
})
