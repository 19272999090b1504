/** The accumulators of a user's aggregate are part of checkpoints: a run that is cut and restored gives the same rows. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { makeGroupAggregate } from "../../src/operator/group-aggregate.ts"
import { compileAggregates } from "../../src/table/aggregate/aggregate-set.ts"
import { knowFunction } from "../../src/table/user/user-call.ts"
import { simple } from "../../src/type/logical-type.ts"
import { insert, materialize, run, sameWhenCut, type Subject, tableOf } from "../operator/kit.ts"
import { weighted } from "./functions.ts"

const int = simple("INT")
const double = simple("DOUBLE")
const input = [int, double, int]
const known = knowFunction("weighted", weighted)
const schema = input.map((type, k) => ({ name: `c${k}`, type }))
const call = { name: known.name, args: [1, 2], filter: undefined, distinct: false, type: double }

const subject: Subject = {
  make: () =>
    makeGroupAggregate({
      keys: [0],
      keyTypes: [int],
      groupBy: [0],
      aggregates: compileAggregates([call], schema, true, new Map([[known.name, known]])),
      updateBefore: true
    }),
  inputs: [input],
  output: [int, double],
  groupBy: [[0]]
}

describe("a user's aggregate", () => {
  it("a user's aggregate goes on from its accumulators after a restore", () => {
    const rows = Array.from({ length: 40 }, (_, i) => insert(i % 3, i * 1.5, i % 5))
    const inputs = [0, 10, 20, 30].map((from) => ({
      input: 0,
      rows: rows.slice(from, from + 10),
      form: "plain" as const
    }))
    const wanted = [0, 1, 2].map((key) => {
      const own = rows.map((row) => row.values as ReadonlyArray<number>).filter(([k]) => k === key)
      const total = own.reduce((sum, [, value, times]) => sum + value! * times!, 0)
      return [key, total / own.reduce((sum, row) => sum + row[2]!, 0)]
    })
    assert.deepEqual(materialize(run(subject, inputs).out), tableOf(wanted))
    for (const at of [1, 2, 3]) {
      for (const after of [1, 2]) sameWhenCut(subject, inputs, { at, before: 1, after })
    }
  })
})
