/** How tables whose rows change are read: what is told downstream, what is kept by key, what is refused. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { faultOf, kindsOf, nodesOf, planOf } from "./support.ts"

const tables = `
CREATE TABLE changes (name STRING, n BIGINT, id BIGINT, ts TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'changes');
CREATE TABLE marked (name STRING, n BIGINT, id BIGINT, ts TIMESTAMP(3), twice AS n * 2,
  WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert');
CREATE TABLE keyless (name STRING, n BIGINT) WITH ('connector' = 'changes');
CREATE TABLE nameless (name STRING, n BIGINT) WITH ('connector' = 'upsert');
CREATE TABLE totals (name STRING, n BIGINT) WITH ('connector' = 'retract');
CREATE TABLE newest (id BIGINT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert');
CREATE TABLE lines (name STRING, n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'json');
`
const duplicates = { "table.exec.source.cdc-events-duplicate": "true" }
const all = { insert: true, updateBefore: true, updateAfter: true, delete: true }

describe("planJob()", () => {
  it("planJob() reads a changelog as it is, with old rows where they are asked for", async () => {
    const plan = await planOf(`${tables}
      INSERT INTO totals SELECT name, SUM(n) FROM changes GROUP BY name;`)
    assert.deepEqual(kindsOf(plan), ["scan", "group-aggregate", "sink"])
    assert.deepEqual(nodesOf(plan, "scan")[0]!.changelog, all)
    const upsert = await planOf(`${tables} INSERT INTO newest SELECT id, n FROM changes;`)
    assert.deepEqual(nodesOf(upsert, "scan")[0]!.changelog, { ...all, updateBefore: false })
  })

  it("planJob() keeps the last row per key of an upsert source, and reads its key for that", async () => {
    const plan = await planOf(`${tables}
      INSERT INTO totals SELECT name, SUM(twice) FROM marked GROUP BY name;`)
    assert.deepEqual(kindsOf(plan), [
      "scan",
      "changelog-normalize",
      "calc",
      "group-aggregate",
      "sink"
    ])
    const [normalize] = nodesOf(plan, "changelog-normalize")
    const [scan] = nodesOf(plan, "scan")
    assert.deepEqual(normalize!.work.keys.map((key) => normalize!.schema[key]!.name), ["id"])
    assert.deepEqual(normalize!.inputs[0]!.exchange, { kind: "hash", keys: normalize!.work.keys })
    assert.deepEqual(normalize!.changelog, all)
    assert.deepEqual(scan!.changelog, { ...all, updateBefore: false })
  })

  it("planJob() gives an upsert source no filters, which could hide that a row was replaced", async () => {
    const text = "SELECT name, n FROM marked WHERE n > 5"
    assert.deepEqual(nodesOf(await planOf(`${tables} ${text};`), "scan")[0]!.work.filters, [])
  })

  it("planJob() keeps the last row per key when changes may come twice, and needs a key", async () => {
    const query = "INSERT INTO totals SELECT name, SUM(n) FROM changes GROUP BY name;"
    const plan = await planOf(`${tables} ${query}`, duplicates)
    assert.deepEqual(
      kindsOf(plan).slice(0, 2),
      ["scan", "changelog-normalize"]
    )
    const keyless = await faultOf(`${tables} SELECT * FROM keyless;`, duplicates)
    assert.match(keyless.message, /cdc-events-duplicate.*needs a primary key/)
    assert.deepEqual(kindsOf(await planOf(`${tables} SELECT * FROM keyless;`)), ["scan", "collect"])
  })

  it("planJob() refuses an upsert source without a key, and changes for a sink of inserts", async () => {
    const nameless = await faultOf(`${tables} SELECT * FROM nameless;`)
    assert.match(nameless.message, /without the rows before them, so it needs a primary key/)
    const lines = await faultOf(`${tables} INSERT INTO lines SELECT name, n FROM changes;`)
    assert.match(lines.message, /lines does not take update and delete changes/)
  })
})
