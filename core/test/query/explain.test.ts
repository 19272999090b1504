/** EXPLAIN names joins as what they run as, and plans with them survive JSON. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { explainPlan } from "../../src/table/explain.ts"
import { Memory } from "../operator/memory-connector.ts"

const schema = `
CREATE TABLE o (id BIGINT NOT NULL, item BIGINT, tags ARRAY<STRING>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'memory');
CREATE TABLE r (item BIGINT, rate BIGINT, since TIMESTAMP(3), WATERMARK FOR since AS since, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'memory');
`

async function line(sql: string, node: string): Promise<string> {
  const [plan] = await new Memory().plans(`${schema}${sql};`, 2)
  const again = JSON.parse(JSON.stringify(plan)) as NonNullable<typeof plan>
  const text = explainPlan(again, { changelog: true, json: false })
  assert.equal(text, explainPlan(plan!, { changelog: true, json: false }))
  return text.split("\n").find((one) => one.includes(`${node}(`))?.trim() ?? text
}

describe("EXPLAIN of joins", () => {
  it("explainPlan() tells the interval, the versions and the keys of joins that know them", async () => {
    assert.equal(
      await line(
        "SELECT o.id FROM o JOIN r ON o.item = r.item AND r.since BETWEEN o.ts AND o.ts + INTERVAL '5' SECOND",
        "IntervalJoin"
      ),
      "+- IntervalJoin(joinType=[InnerJoin], windowBounds=[isRowTime=true, leftLowerBound=-5000, leftUpperBound=0, leftTimeIndex=2, rightTimeIndex=1], where=[(item = item)], fields=[id, item, ts, item0, since], changelogMode=[I])"
    )
    assert.match(
      await line(
        "SELECT o.id, r.rate FROM o LEFT JOIN r FOR SYSTEM_TIME AS OF o.ts ON o.item = r.item",
        "TemporalJoin"
      ),
      /TemporalJoin\(joinType=\[LeftOuterJoin\], where=\[\(item = item\) AND __TEMPORAL_JOIN_CONDITION\(ts, since\)\], .*changelogMode=\[I\]\)/
    )
    assert.match(
      await line(
        "SELECT o.id, r.rate FROM o JOIN r FOR SYSTEM_TIME AS OF PROCTIME() ON o.item = r.item AND r.rate > o.id",
        "LookupJoin"
      ),
      /LookupJoin\(table=\[default_catalog.default_database.r\], joinType=\[InnerJoin\], lookup=\[item=item\], joinCondition=\[.*\], fields=\[id, item, item0, rate\], changelogMode=\[I\]\)/
    )
  })

  it("explainPlan() tells semi and anti joins, and elements of collections", async () => {
    assert.match(
      await line(
        "SELECT id FROM o WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.item = o.item)",
        "Join"
      ),
      /Join\(joinType=\[LeftAntiJoin\], where=\[\(item = item\)\], .*changelogMode=\[I,D\]\)/
    )
    assert.match(
      await line("SELECT id FROM o WHERE id IN (SELECT rate FROM r)", "Join"),
      /Join\(joinType=\[LeftSemiJoin\], where=\[\(id = rate\)\], .*changelogMode=\[I\]\)/
    )
    assert.match(
      await line(
        "SELECT id, t FROM o LEFT JOIN UNNEST(tags) WITH ORDINALITY AS u (t, n) ON TRUE",
        "Correlate"
      ),
      /Correlate\(invocation=\[UNNEST\(tags\) WITH ORDINALITY\], joinType=\[LEFT\], .*changelogMode=\[I\]\)/
    )
  })
})
