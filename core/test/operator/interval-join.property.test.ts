/**
 * Claim: an interval join gives each pair of rows whose keys are equal and whose times lie within the interval once, and in an outer join
 * each row without a partner once, as inserts; a cut changes nothing; what is stored goes when the watermark has passed it.
 * Model: nested loops. Generator: rows on time in any order, NULL keys, watermarks between. A failure: rows lost, doubled or padded wrongly.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { Batch } from "../../src/batch/element.ts"
import { type IntervalJoinOptions, makeIntervalJoin } from "../../src/operator/interval-join.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  cuts,
  groupsHeld,
  type Input,
  insert,
  materialize,
  run,
  sameWhenCut,
  type Subject,
  tableOf
} from "./kit.ts"

const left = [string, timestamp(3), simple("INT")]
const right = [timestamp(3), string, simple("INT")]
type Type = IntervalJoinOptions["type"]
type Bounds = readonly [lower: number, upper: number]

/** left[2] ≤ right[2]. */
function condition(batch: Batch, into: Uint8Array): void {
  const a = batch.columns[2]!.values as Int32Array
  const b = batch.columns[5]!.values as Int32Array
  for (let i = 0; i < batch.rows; i++) into[i] = a[i]! <= b[i]! ? 1 : 0
}

function subjectOf(type: Type, [lowerMillis, upperMillis]: Bounds, tests: boolean): Subject {
  return {
    make: () =>
      makeIntervalJoin({
        type,
        types: [left, right],
        keys: [[0], [1]],
        timeColumns: [1, 0],
        lowerMillis,
        upperMillis,
        groupBy: [[0], [1]],
        condition: tests ? condition : undefined
      }),
    inputs: [left, right],
    output: [...left, ...right],
    groupBy: [[0], [1]]
  }
}

type Values = ReadonlyArray<Boxed>

function expected(
  type: Type,
  [lower, upper]: Bounds,
  tests: boolean,
  lefts: ReadonlyArray<Values>,
  rights: ReadonlyArray<Values>
): ReadonlyArray<Values> {
  const goes = (l: Values, r: Values): boolean => {
    const distance = (l[1] as number) - (r[0] as number)
    return l[0] !== null && r[1] !== null && keyText(l[0]) === keyText(r[1]) &&
      distance >= lower && distance <= upper && (!tests || (l[2] as number) <= (r[2] as number))
  }
  const pairs = lefts.flatMap((l) => rights.filter((r) => goes(l, r)).map((r) => [...l, ...r]))
  const none = [null, null, null]
  const lonelyLeft = lefts.filter((l) => !rights.some((r) => goes(l, r)))
  const lonelyRight = rights.filter((r) => !lefts.some((l) => goes(l, r)))
  return [
    ...pairs,
    ...type === "left" || type === "full" ? lonelyLeft.map((l) => [...l, ...none]) : [],
    ...type === "right" || type === "full" ? lonelyRight.map((r) => [...none, ...r]) : []
  ]
}

const key = fc.constantFrom<Boxed>(null, ...["a", "b"].map((one) => new TextEncoder().encode(one)))
const step = fc.record({
  side: fc.nat(1),
  key,
  ahead: fc.integer({ min: 0, max: 12 }),
  value: fc.nat(2),
  advance: fc.integer({ min: -10, max: 6 }),
  form: fc.constantFrom<Form>("plain", "other")
})

const history = fc.array(step, { maxLength: 40 }).map((steps) => {
  const inputs: Array<Input> = []
  const tables: [Array<Values>, Array<Values>] = [[], []]
  let watermark = 0
  for (const { side, key, ahead, value, advance, form } of steps) {
    const time = watermark + 1 + ahead
    const values = side === 0 ? [key, time, value] : [time, key, value]
    tables[side]!.push(values)
    inputs.push({ input: side, rows: [insert(...values)], form })
    if (advance > 0) inputs.push({ watermark: watermark += advance })
  }
  return { inputs, lefts: tables[0], rights: tables[1] }
})

const bounds = fc.constantFrom<Bounds>([0, 0], [-5, 0], [-3, 8], [2, 6], [-7, -3])

describe("interval join", () => {
  for (const type of ["inner", "left", "right", "full"] as const) {
    it(`makeIntervalJoin() gives the pairs within the interval, cut or not: ${type}`, () => {
      fc.assert(
        fc.property(history, bounds, fc.boolean(), cuts(40), (given, interval, tests, cut) => {
          const subject = subjectOf(type, interval, tests)
          const { out } = run(subject, given.inputs)
          assert.equal(out.every((row) => row.kind === 0), true)
          assert.deepEqual(
            materialize(out),
            tableOf(expected(type, interval, tests, given.lefts, given.rights))
          )
          sameWhenCut(subject, given.inputs, cut)
        }),
        { seed, numRuns: 150 }
      )
    })
  }

  it("makeIntervalJoin() frees rows when the watermark has passed their last partner", () => {
    const subject = subjectOf("full", [-5, 10], false)
    const a = new TextEncoder().encode("a")
    const rows: ReadonlyArray<Input> = [
      { input: 0, rows: [insert(a, 100, 1)], form: "plain" },
      { input: 1, rows: [insert(100, a, 1)], form: "plain" }
    ]
    const heldAt = (watermark: number): number => groupsHeld(subject, [...rows, { watermark }])
    assert.deepEqual([104, 105, 109, 110].map(heldAt), [1, 1, 1, 0])
    assert.equal(groupsHeld(subject, [rows[0]!, { watermark: 104 }]), 1)
    assert.equal(groupsHeld(subject, [rows[0]!, { watermark: 105 }]), 0)
  })

  it("makeIntervalJoin() gives many pairs page by page", () => {
    const hot = new TextEncoder().encode("hot")
    const all = Array.from({ length: 700 }, (_, i) => i)
    const inputs: ReadonlyArray<Input> = [
      { input: 0, rows: all.map((i) => insert(hot, i, 1)), form: "plain" },
      { input: 1, rows: all.slice(0, 40).map((i) => insert(i, hot, 1)), form: "plain" },
      { watermark: 300 }
    ]
    const { out } = run(subjectOf("left", [0, 699], false), inputs)
    const pairs = all.flatMap((l) => all.slice(0, 40).filter((r) => l >= r)).length
    assert.equal(out.length, pairs)
  })
})
