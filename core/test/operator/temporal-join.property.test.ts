/**
 * Claim: a temporal join gives each left row with the version that its key had at its time, once the watermark has passed it; a cut changes
 * nothing; versions that are replaced go. Model: for each left row a search over all changes of the right. Generator: rows on time in any
 * order, deletions, equal times, NULL keys. A failure: the version of another time.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { Batch } from "../../src/batch/element.ts"
import { RowKind } from "../../src/batch/element.ts"
import { makeTemporalJoin } from "../../src/operator/temporal-join.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  cuts,
  groupsHeld,
  type Input,
  insert,
  materialize,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  tableOf
} from "./kit.ts"

const left = [string, timestamp(3), simple("INT")]
const right = [timestamp(3), string, simple("INT")]

/** left[2] ≤ right[2]; NULL is not TRUE. */
function condition(batch: Batch, into: Uint8Array): void {
  const a = batch.columns[2]!.values as Int32Array
  const b = batch.columns[5]!
  for (let i = 0; i < batch.rows; i++) {
    into[i] = b.nulls?.[i] !== 1 && a[i]! <= (b.values as Int32Array)[i]! ? 1 : 0
  }
}

function subjectOf(type: "inner" | "left", tests: boolean): Subject {
  return {
    make: () =>
      makeTemporalJoin({
        type,
        types: [left, right],
        keys: [[0], [1]],
        timeColumns: [1, 0],
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
  type: "inner" | "left",
  tests: boolean,
  lefts: ReadonlyArray<Values>,
  changes: ReadonlyArray<Row>
): ReadonlyArray<Values> {
  return lefts.flatMap((l): ReadonlyArray<Values> => {
    let version: Row | undefined
    for (const change of changes) {
      const [time, key] = change.values as [number, Boxed]
      if (l[0] === null || key === null || keyText(l[0]!) !== keyText(key)) continue
      const isLater = version === undefined || time >= (version.values[0] as number)
      if (change.kind !== RowKind.updateBefore && time <= (l[1] as number) && isLater) {
        version = change
      }
    }
    const stands = version !== undefined && version.kind !== RowKind.delete &&
      (!tests || (l[2] as number) <= (version.values[2] as number))
    if (stands) return [[...l, ...version!.values]]
    return type === "left" ? [[...l, null, null, null]] : []
  })
}

const key = fc.constantFrom<Boxed>(null, ...["a", "b"].map((one) => new TextEncoder().encode(one)))
const step = fc.record({
  isLeft: fc.boolean(),
  key,
  ahead: fc.integer({ min: 0, max: 9 }),
  value: fc.nat(3),
  kind: fc.constantFrom(0, 0, RowKind.updateAfter, RowKind.updateBefore, RowKind.delete),
  advance: fc.integer({ min: -10, max: 6 }),
  form: fc.constantFrom<Form>("plain", "other")
})

const history = fc.array(step, { maxLength: 50 }).map((steps) => {
  const inputs: Array<Input> = []
  const lefts: Array<Values> = []
  const changes: Array<Row> = []
  let watermark = 0
  for (const { isLeft, key, ahead, value, kind, advance, form } of steps) {
    const time = watermark + 1 + ahead
    const row: Row = isLeft ? insert(key, time, value) : { kind, values: [time, key, value] }
    if (isLeft) lefts.push(row.values)
    else changes.push(row)
    inputs.push({ input: isLeft ? 0 : 1, rows: [row], form })
    if (advance > 0) inputs.push({ watermark: watermark += advance })
  }
  return { inputs, lefts, changes }
})

describe("temporal join", () => {
  for (const type of ["inner", "left"] as const) {
    it(`makeTemporalJoin() gives the version of the row's time, cut or not: ${type}`, () => {
      fc.assert(
        fc.property(history, fc.boolean(), cuts(50), ({ inputs, lefts, changes }, tests, cut) => {
          const subject = subjectOf(type, tests)
          assert.deepEqual(
            materialize(run(subject, inputs).out),
            tableOf(expected(type, tests, lefts, changes))
          )
          sameWhenCut(subject, inputs, cut)
        }),
        { seed, numRuns: 300 }
      )
    })
  }

  it("makeTemporalJoin() keeps changes of the left in their order, and their kinds", () => {
    const a = new TextEncoder().encode("a")
    const kinds = [0, RowKind.updateBefore, RowKind.updateAfter, RowKind.delete]
    const inputs: ReadonlyArray<Input> = [
      { input: 1, rows: [insert(1, a, 7)], form: "plain" },
      { input: 0, rows: kinds.map((kind): Row => ({ kind, values: [a, 5, 1] })), form: "plain" },
      { watermark: 5 }
    ]
    assert.deepEqual(run(subjectOf("left", false), inputs).out.map((row) => row.kind), kinds)
  })

  it("makeTemporalJoin() frees versions that are replaced or deleted, and keeps the last", () => {
    const a = new TextEncoder().encode("a")
    const held = (rows: ReadonlyArray<Row>, watermark: number): number =>
      groupsHeld(subjectOf("inner", false), [{ input: 1, rows, form: "plain" }, { watermark }])
    const gone: Row = { kind: RowKind.delete, values: [9, a, 1] }
    assert.equal(held([insert(1, a, 1), insert(5, a, 2)], 100), 1)
    assert.equal(held([insert(1, a, 1), gone], 8), 1)
    assert.equal(held([insert(1, a, 1), gone], 9), 0)
  })
})
