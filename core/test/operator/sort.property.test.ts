/**
 * Claim: a sort gives its rows in order, in batch mode at the end, over a stream as the watermark passes; settling a changelog gives what is
 * left of it. Model: sort an array, count rows. Generator: equal keys, NULLs, late rows. A failure: a row lost, doubled or out of order.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeSettle } from "../../src/operator/settle.ts"
import { makeSort } from "../../src/operator/sort.ts"
import { type Boxed, compareBoxed } from "../../src/state/boxed.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { seed } from "../state/kit.ts"
import {
  changelog,
  cuts,
  type Input,
  insert,
  materialize,
  run,
  type Subject,
  tableOf,
  textOf
} from "./kit.ts"

const types: ReadonlyArray<LogicalType> = [timestamp(3, false), string, simple("DOUBLE")]
const shared = { inputs: [types], output: types }
const byValue = [
  { column: 2, descending: true, nullsFirst: true },
  { column: 1, descending: false, nullsFirst: false }
]
const byTime = [{ column: 0, descending: false, nullsFirst: true }, byValue[0]!]

function sortOf(timed: boolean, rowsMax = 100): Subject {
  const order = timed ? byTime : byValue
  const timeColumn = timed ? 0 : undefined
  return { ...shared, groupBy: [[]], make: () => makeSort({ types, order, timeColumn, rowsMax }) }
}

const row = fc.tuple(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom<Boxed>(null, new Uint8Array([97]), new Uint8Array([98])),
  fc.constantFrom<Boxed>(null, 0, -1.5, 1e9, NaN)
).map((values): ReadonlyArray<Boxed> => values)

type Order = typeof byValue

function sorted(
  order: Order,
  rows: ReadonlyArray<ReadonlyArray<Boxed>>
): ReadonlyArray<ReadonlyArray<Boxed>> {
  return rows.toSorted((a, b) => {
    for (const { column, descending, nullsFirst } of order) {
      const [x, y] = [a[column]!, b[column]!]
      if (x === null && y === null) continue
      if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1
      const found = compareBoxed(x, y)
      if (found !== 0) return descending ? -found : found
    }
    return 0
  })
}

const texts = (rows: ReadonlyArray<ReadonlyArray<Boxed>>): ReadonlyArray<string> =>
  rows.map((values) => textOf(insert(...values)))

describe("sort", () => {
  it("makeSort() gives all rows in order at the end, equal ones as they came", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), cuts(5), (rows, cut) => {
        const inputs = rows.map((one): Input => ({
          input: 0,
          rows: [insert(...one)],
          form: "plain"
        }))
        const want = texts(sorted(byValue, rows))
        assert.deepEqual(run(sortOf(false), inputs).out.map(textOf), want)
        const once = { ...cut, before: 1, after: 1 }
        assert.deepEqual(run(sortOf(false), inputs, once).out.map(textOf), want)
      }),
      { seed, numRuns: 150 }
    )
  })

  it("makeSort() lets rows go in order of event time as the watermark passes", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: row },
      { weight: 1, arbitrary: fc.nat(9) }
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), cuts(30), (steps, cut) => {
        let watermark = -Infinity
        const kept: Array<ReadonlyArray<Boxed>> = []
        const inputs = steps.flatMap((one): ReadonlyArray<Input> => {
          if (typeof one !== "number") {
            if ((one[0] as number) > watermark) kept.push(one)
            return [{ input: 0, rows: [insert(...one)], form: "other" }]
          }
          if (one <= watermark) return []
          watermark = one
          return [{ watermark: one }]
        })
        const want = texts(sorted(byTime, kept))
        assert.deepEqual(run(sortOf(true), inputs).out.map(textOf), want)
        const once = { ...cut, before: 1, after: 1 }
        assert.deepEqual(run(sortOf(true), inputs, once).out.map(textOf), want)
      }),
      { seed, numRuns: 200 }
    )
  })

  it("makeSort() refuses more rows than it may hold", () => {
    const one: Input = { input: 0, rows: [insert(1, null, 2), insert(2, null, 2)], form: "plain" }
    assert.equal(run(sortOf(false, 4), [one, one]).out.length, 4)
    assert.throws(
      () => run(sortOf(false, 3), [one, one]),
      /Cannot sort more than 3 rows in memory in "test": add a LIMIT, or raise 'millrace.sort.rows-max'/
    )
  })

  it("makeSettle() gives what is left of a changelog, once, at the end", () => {
    const steps = fc.array(fc.record({ values: row, takeBack: fc.boolean() }), { maxLength: 40 })
    const subject: Subject = { ...shared, groupBy: [[0, 1, 2]], make: () => makeSettle(types) }
    fc.assert(
      fc.property(steps, cuts(20), (all, cut) => {
        const { rows, table } = changelog(all)
        const inputs = rows.map((one): Input => ({ input: 0, rows: [one], form: "plain" }))
        const { out } = run(subject, inputs, cut)
        assert.ok(out.every(({ kind }) => kind === RowKind.insert))
        assert.deepEqual(materialize(out), tableOf(table))
      }),
      { seed, numRuns: 100 }
    )
  })
})
