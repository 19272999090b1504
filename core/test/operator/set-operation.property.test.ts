/**
 * Claim: INTERSECT and EXCEPT, with and without ALL, tell at every moment the rows that counting both sides gives. Model: counts of equal
 * rows. Generator: histories of two inputs that insert and take back, in any interleaving. A failure: a row too many or too few.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeSetOperation, type SetOperationOptions } from "../../src/operator/set-operation.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  changelog,
  cuts,
  groupsHeld,
  type Input,
  materialize,
  type Row,
  run,
  sameWhenCut,
  type Subject
} from "./kit.ts"

const types: ReadonlyArray<LogicalType> = [string, simple("BIGINT")]
const kinds = (["intersect", "except"] as const).flatMap((operation) =>
  [false, true].map((all) => ({ operation, all }))
)

function subjectOf(options: Omit<SetOperationOptions, "types">): Subject {
  return {
    make: () => makeSetOperation({ ...options, types }),
    inputs: [types, types],
    output: types,
    groupBy: [[0, 1], [0, 1]]
  }
}

const values = fc.tuple(
  fc.constantFrom<Boxed>(null, new Uint8Array([97]), new Uint8Array([98])),
  fc.constantFrom<Boxed>(null, 1n, 2n ** 60n)
)
const side = fc.array(fc.record({ values, takeBack: fc.boolean() }), { maxLength: 30 })
  .map((steps) => changelog(steps))
const histories = fc.tuple(
  side,
  side,
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
  fc.constantFrom<Form>("plain", "other")
).map(([left, right, sizes, form]) => {
  const inputs: Array<Input> = []
  const next = [0, 0]
  for (let turn = 0; next[0]! < left.rows.length || next[1]! < right.rows.length; turn++) {
    const input = turn % 2
    const rows = [left, right][input]!.rows.slice(
      next[input],
      next[input]! + sizes[turn % sizes.length]!
    )
    next[input]! += rows.length
    if (rows.length > 0) inputs.push({ input, rows, form })
  }
  return { inputs, left: left.table, right: right.table }
})

function expected(
  { operation, all }: Omit<SetOperationOptions, "types">,
  left: ReadonlyArray<ReadonlyArray<Boxed>>,
  right: ReadonlyArray<ReadonlyArray<Boxed>>
): ReadonlyArray<string> {
  const text = (row: ReadonlyArray<Boxed>): string => row.map(keyText).join(" ")
  const count = (rows: ReadonlyArray<ReadonlyArray<Boxed>>, row: string): number =>
    rows.filter((one) => text(one) === row).length
  return [...new Set(left.map(text))].flatMap((row) => {
    const [l, r] = [count(left, row), count(right, row)]
    const kept = operation === "intersect"
      ? Math.min(l, r)
      : all
      ? Math.max(0, l - r)
      : r === 0
      ? 1
      : 0
    return Array<string>(all ? kept : Math.min(kept, 1)).fill(row)
  }).sort()
}

describe("set operation", () => {
  for (const kind of kinds) {
    const name = `${kind.operation}${kind.all ? " all" : ""}`
    it(`makeSetOperation() tells the rows of ${name} over updating inputs`, () => {
      fc.assert(
        fc.property(histories, ({ inputs, left, right }) =>
          assert.deepEqual(
            materialize(run(subjectOf(kind), inputs).out),
            expected(kind, left, right)
          )),
        { seed, numRuns: 100 }
      )
    })

    it(`makeSetOperation() goes on after a cut in ${name}`, () => {
      fc.assert(
        fc.property(
          histories,
          cuts(10),
          ({ inputs }, cut) => sameWhenCut(subjectOf(kind), inputs, cut)
        ),
        { seed, numRuns: 60 }
      )
    })
  }

  it("makeSetOperation() forgets rows that both sides have taken back", () => {
    fc.assert(
      fc.property(histories, ({ inputs, left, right }) => {
        const rest = [left, right].flatMap((table, input): ReadonlyArray<Input> =>
          table.length === 0 ? [] : [{
            input,
            rows: table.map((row): Row => ({ kind: RowKind.delete, values: row })),
            form: "plain"
          }]
        )
        assert.equal(groupsHeld(subjectOf(kinds[0]!), [...inputs, ...rest]), 0)
      }),
      { seed, numRuns: 40 }
    )
  })
})
