/** The operators without state: calc, union, window-assign. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { makeCalc } from "../../src/operator/calc.ts"
import { makeUnion } from "../../src/operator/union.ts"
import { makeWindowAssign } from "../../src/operator/window-assign.ts"
import { simple, timestamp } from "../../src/type/logical-type.ts"
import { batchOf, type Input, insert, run, type Subject } from "./kit.ts"

const times: ReadonlyArray<number> = [-1, 0, 9, 10, 978307200003]
const inputs: ReadonlyArray<Input> = [
  { input: 0, rows: times.map((time) => insert(time)), form: "plain" },
  { watermark: 5 },
  { input: 0, rows: [{ kind: 3, values: [7] }], form: "plain" }
]

function subject(make: Subject["make"], columns = 1): Subject {
  return {
    make,
    inputs: [[timestamp(3)]],
    output: Array.from({ length: columns }, () => timestamp(3)),
    groupBy: [[0]]
  }
}

describe("operators without state", () => {
  it("makeCalc() runs its function over every batch and lets marks pass", () => {
    const given: Array<number> = []
    const { out } = run(
      subject(() =>
        makeCalc({
          run: (batch) => {
            given.push(batch.rows)
            return batch.rows > 1 ? batch : undefined
          }
        })
      ),
      inputs
    )
    assert.deepEqual(given, [5, 1])
    assert.deepEqual(out.map((row) => row.values[0]), times)
  })

  it("makeUnion() passes rows with their kinds", () => {
    const { out } = run(subject(makeUnion), inputs)
    assert.deepEqual(out.map((row) => [row.kind, row.values[0]]), [
      ...times.map((time) => [0, time]),
      [3, 7]
    ])
  })

  it("makeWindowAssign() appends the window of each row, before 1970 too", () => {
    const make = () =>
      makeWindowAssign({
        window: { kind: "tumble", sizeMillis: 10, offsetMillis: 3 },
        timeColumn: 0
      })
    const { out } = run(subject(make, 4), inputs)
    assert.deepEqual(out.map((row) => row.values.slice(1)), [
      [-7, 3, 2],
      [-7, 3, 2],
      [3, 13, 12],
      [3, 13, 12],
      [978307200003, 978307200013, 978307200012],
      [3, 13, 12]
    ])
    assert.deepEqual(out.map((row) => row.kind), [0, 0, 0, 0, 0, 3])
  })

  it("makeWindowAssign() refuses a row without event time", () => {
    const operator = makeWindowAssign({
      window: { kind: "tumble", sizeMillis: 10, offsetMillis: 0 },
      timeColumn: 0
    })
    operator.open({ name: "w" } as Parameters<typeof operator.open>[0])
    const batch = batchOf([timestamp(3), simple("INT")], [insert(null, 1)], "plain")
    assert.throws(() => operator.push(batch, 0), /Cannot put a row into a window in "w"/)
  })
})
