/**
 * Claim: the window aggregate gives, per window and key, what a loop over all rows gives, fires windows in order of their
 * ends as the watermark passes, drops late rows, and goes on after a cut at any place. Model: a Map of row lists.
 * Generator: batches of rows with NULLs, wide integers and filters, watermarks between. A failure: wrong results.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { makeWindowAggregate } from "../../src/operator/window-aggregate.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { compileAggregates } from "../../src/table/aggregate/aggregate-set.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import { naive } from "./naive-aggregate.ts"
import {
  batchOf,
  cuts,
  groupsHeld,
  type Input,
  insert,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  textOf
} from "./kit.ts"

const decimal: LogicalType = { kind: "DECIMAL", nullable: true, precision: 12, scale: 2 }
const wideDecimal: LogicalType = { kind: "DECIMAL", nullable: true, precision: 38, scale: 2 }
const input: ReadonlyArray<LogicalType> = [
  timestamp(3),
  string,
  simple("BIGINT"),
  simple("DOUBLE"),
  simple("BOOLEAN"),
  decimal,
  simple("INT")
]
const schema = input.map((type, k) => ({ name: `c${k}`, type }))

const calls = [
  { name: "count", args: [], filter: undefined, distinct: false, type: simple("BIGINT", false) },
  { name: "count", args: [2], filter: 4, distinct: false, type: simple("BIGINT", false) },
  { name: "sum", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "avg", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "min", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "max", args: [2], filter: 4, distinct: false, type: simple("BIGINT") },
  { name: "sum", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "avg", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "max", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "max", args: [1], filter: undefined, distinct: false, type: string },
  { name: "sum", args: [5], filter: undefined, distinct: false, type: wideDecimal },
  {
    name: "avg",
    args: [5],
    filter: undefined,
    distinct: false,
    type: { ...wideDecimal, scale: 6 } as LogicalType
  },
  { name: "count", args: [2], filter: undefined, distinct: true, type: simple("BIGINT", false) },
  { name: "sum", args: [6], filter: undefined, distinct: true, type: simple("INT") },
  { name: "sum0", args: [6], filter: 4, distinct: false, type: simple("INT", false) },
  { name: "avg", args: [6], filter: undefined, distinct: false, type: simple("INT") },
  { name: "first_value", args: [1], filter: undefined, distinct: false, type: string }
]

const subject: Subject = {
  make: () =>
    makeWindowAggregate({
      sizeMillis: 10,
      offsetMillis: 3,
      timeColumn: 0,
      keys: [1],
      keyTypes: [string],
      groupBy: [0],
      aggregates: compileAggregates(calls, schema, false),
      properties: ["window_start", "window_end", "window_time"]
    }),
  inputs: [input],
  output: [string, ...calls.map((call) => call.type), timestamp(3), timestamp(3), timestamp(3)],
  groupBy: [[1]]
}

const text = (one: string): Uint8Array => new TextEncoder().encode(one)
const row = fc.tuple(
  fc.integer({ min: -30, max: 60 }),
  fc.constantFrom<Boxed>(null, text("a"), text("b"), text("cd"), text("")),
  fc.constantFrom<Boxed>(null, 0n, 3n, -7n, 2n ** 52n, -(2n ** 52n), 2n ** 61n, -(2n ** 61n)),
  fc.constantFrom<Boxed>(null, 0, 1.5, -3.25, 1024),
  fc.constantFrom<Boxed>(null, true, false),
  fc.constantFrom<Boxed>(null, 105n, -250n, 999999999999n),
  fc.constantFrom<Boxed>(null, 1, 2, -3, 2147483647)
).map((values) => insert(...values))

const history: fc.Arbitrary<Array<Input>> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        input: fc.constant(0),
        rows: fc.array(row, { minLength: 1, maxLength: 12 }),
        form: fc.constantFrom<Form>("plain", "other")
      })
    },
    { weight: 1, arbitrary: fc.integer({ min: -30, max: 70 }).map((watermark) => ({ watermark })) }
  ),
  { maxLength: 14 }
)

/** Rows in the order in which windows fire, and the number of late rows. */
function expected(
  inputs: ReadonlyArray<Input>
): { rows: Array<ReadonlyArray<Boxed>>; late: number } {
  const windows = new Map<number, Map<string, Array<Row>>>()
  const rows: Array<ReadonlyArray<Boxed>> = []
  let watermark = -Infinity
  let late = 0
  for (const one of [...inputs, { watermark: Infinity }] as ReadonlyArray<Input>) {
    if ("rows" in one) {
      for (const each of one.rows) {
        const end = Math.floor((each.values[0] as number - 3) / 10) * 10 + 13
        if (end - 1 <= watermark) {
          late++
          continue
        }
        const keys = windows.get(end) ?? new Map<string, Array<Row>>()
        windows.set(end, keys)
        const key = keyText(each.values[1])
        keys.set(key, [...keys.get(key) ?? [], each])
      }
    } else if ("watermark" in one) {
      watermark = Math.max(watermark, one.watermark)
      const due = [...windows.keys()].filter((end) => end - 1 <= watermark).sort((a, b) => a - b)
      for (const end of due) {
        for (const group of windows.get(end)!.values()) {
          rows.push([group[0]!.values[1], ...naive(calls, input, group), end - 10, end, end - 1])
        }
        windows.delete(end)
      }
    }
  }
  return { rows, late }
}

describe("window aggregate", () => {
  it("makeWindowAggregate() gives what a loop over the rows of each window gives, in order of window ends", () => {
    fc.assert(
      fc.property(history, (inputs) => {
        const want = expected(inputs)
        const ran = run(subject, inputs)
        assert.deepEqual(
          ran.out.map(textOf),
          want.rows.map((values) => textOf({ kind: 0, values }))
        )
        assert.equal(ran.counts.get("lateRows") ?? 0, want.late)
      }),
      { seed, numRuns: 200 }
    )
  })

  it("makeWindowAggregate() goes on after a cut at any place and parallelism", () => {
    fc.assert(fc.property(history, cuts(14), (inputs, cut) => sameWhenCut(subject, inputs, cut)), {
      seed,
      numRuns: 200
    })
  })

  it("makeWindowAggregate() gives at most 1,024 rows at a time of a window with more keys", () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => insert(5, text(`k${i}`), 1n, 1, true, 1n, 1)
    )
    const inputs: Array<Input> = [0, 1000, 2000].map((from) => ({
      input: 0,
      rows: rows.slice(from, from + 1000),
      form: "plain"
    }))
    assert.equal(run(subject, inputs).out.length, 3000)
  })

  it("makeWindowAggregate() keeps nothing of windows that have fired", () => {
    fc.assert(
      fc.property(history, (inputs) => {
        assert.equal(groupsHeld(subject, [...inputs, { watermark: 1000 }]), 0)
      }),
      { seed, numRuns: 30 }
    )
  })

  it("makeWindowAggregate() refuses a row without event time", () => {
    const operator = subject.make()
    operator.open(
      { name: "w", restored: undefined, groupsMax: 8 } as Parameters<typeof operator.open>[0]
    )
    const batch = batchOf(input, [insert(null, null, null, null, null, null, null)], "plain")
    assert.throws(
      () => operator.push(batch, 0),
      /Cannot put a row into a window in "w" as its event time is NULL/
    )
  })
})
