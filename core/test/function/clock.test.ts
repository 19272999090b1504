/** Functions of the current time: one value for a query in batch mode, one for each row in streaming mode, always one within a row. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import type { Batch } from "../../src/batch/element.ts"
import { readBoxed } from "../../src/table/code/boxed.ts"
import { compilePlan } from "../../src/table/compile.ts"
import type { Boxed } from "../../src/table/function/definition.ts"
import type { PlanNode } from "../../src/table/plan.ts"
import * as Registry from "../../src/table/registry.ts"
import * as Session from "../../src/table/session.ts"
import { format } from "../../src/type/logical-type.ts"
import { run } from "../runtime/kit.ts"

/** 2021-03-28 00:59:59 UTC, a second before clocks in Berlin go on to 03:00. */
const start = 1_616_893_199_000

interface Told {
  readonly rows: ReadonlyArray<ReadonlyArray<Boxed>>
  readonly types: ReadonlyArray<string>
}

/** Rows of a query on a clock that goes on by 500 millis whenever it is asked. */
async function tell(items: string, mode: string): Promise<Told> {
  let now = start - 500
  const nowMillis = () => now += 500
  const registry = Registry.make([])
  const settings = { "execution.runtime-mode": mode, "table.local-time-zone": "Europe/Berlin" }
  const session = Session.make({ registry, settings })
  const rows: Array<ReadonlyArray<Boxed>> = []
  const types: Array<string> = []
  for await (const outcome of session.run(`SELECT ${items} FROM (VALUES (1), (2)) AS t (a)`, "t")) {
    if (outcome.kind !== "job") continue
    const collect = (node: PlanNode, batch: Batch) => {
      types.push(...node.schema.map((field) => format(field.type)))
      for (let i = 0; i < batch.rows; i++) {
        rows.push(node.schema.map((field, k) => readBoxed(batch.columns[k]!, i, field.type)))
      }
    }
    await run(await compilePlan(outcome.plan, { registry, nowMillis, collect }))
  }
  return { rows, types }
}

describe("functions of the current time", () => {
  it("CURRENT_TIMESTAMP and its kin are the start of the query in batch mode", async () => {
    const { rows } = await tell("CURRENT_TIMESTAMP, NOW(), LOCALTIMESTAMP, a", "batch")
    assert.equal(new Set(rows.map((row) => row[0])).size, 1)
    assert.ok(rows.every((row) => row[0] === row[1] && row[2] === (row[0] as number) + 3_600_000))
  })

  it("CURRENT_TIMESTAMP and its kin are the time of each row in streaming mode, and agree within it", async () => {
    const { rows } = await tell("CURRENT_TIMESTAMP, NOW(), CURRENT_ROW_TIMESTAMP(), a", "streaming")
    assert.equal(new Set(rows.map((row) => row[0])).size, 2)
    assert.ok(rows.every((row) => row[0] === row[1] && row[1] === row[2]))
  })

  it("CURRENT_ROW_TIMESTAMP() and PROCTIME() are the time of each row in any mode", async () => {
    const { rows } = await tell("CURRENT_ROW_TIMESTAMP(), PROCTIME()", "batch")
    assert.equal(new Set(rows.map((row) => row[0])).size, 2)
    assert.ok(rows.every((row) => row[0] === row[1]))
  })

  it("LOCALTIME(p) and CURRENT_DATE are of the session's zone", async () => {
    const { rows, types } = await tell(
      "LOCALTIME, LOCALTIME(3), CURRENT_TIME(2), CURRENT_DATE, CURRENT_TIMESTAMP(1), CURRENT_DATABASE()",
      "batch"
    )
    assert.deepEqual(types, [
      "TIME(0) NOT NULL",
      "TIME(3) NOT NULL",
      "TIME(2) NOT NULL",
      "DATE NOT NULL",
      "TIMESTAMP_LTZ(3) NOT NULL",
      "STRING NOT NULL"
    ])
    const second = 7_199_000
    assert.deepEqual(rows[0], [second, second, second, 18714, start, "default_database"])
    await assert.rejects(tell("LOCALTIME(4)", "batch"), /The precision of .* is at most 3, not 4/)
  })
})
