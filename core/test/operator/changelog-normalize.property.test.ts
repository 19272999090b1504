/**
 * Claim: out comes the changelog of the table in which every upsert replaces the row of its key, without what changes nothing. Model: a
 * Map of rows, change by change. A failure: a source of upserts or of repeated changes counts rows twice.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeChangelogNormalize } from "../../src/operator/changelog-normalize.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  cuts,
  groupsHeld,
  type Input,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  textOf
} from "./kit.ts"

const types: ReadonlyArray<LogicalType> = [simple("BIGINT"), string, simple("DOUBLE"), string]
const keys = [3, 0]

const subject = (updateBefore: boolean): Subject => ({
  make: () => makeChangelogNormalize({ types, keys, groupBy: keys, updateBefore }),
  inputs: [types],
  output: types,
  groupBy: [keys]
})

const text = (one: string): Uint8Array => new TextEncoder().encode(one)
const row: fc.Arbitrary<Row> = fc.record({
  kind: fc.constantFrom(
    RowKind.insert,
    RowKind.updateAfter,
    RowKind.updateAfter,
    RowKind.delete,
    RowKind.updateBefore
  ),
  values: fc.tuple(
    fc.constantFrom<Boxed>(1n, 2n, 2n ** 60n),
    fc.constantFrom<Boxed>(null, text("x"), text("y")),
    fc.constantFrom<Boxed>(null, 0.5, NaN),
    fc.constantFrom<Boxed>(text("a"), text("b"))
  )
})
const history: fc.Arbitrary<Array<Input>> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        input: fc.constant(0),
        rows: fc.array(row, { minLength: 1, maxLength: 12 }),
        form: fc.constantFrom<Form>("plain", "other")
      })
    },
    { weight: 1, arbitrary: fc.constant({ watermark: 5 }) }
  ),
  { maxLength: 10 }
)

/** The naive twin. */
function told(inputs: ReadonlyArray<Input>, updateBefore: boolean): ReadonlyArray<string> {
  const table = new Map<string, Row>()
  const out: Array<Row> = []
  for (const one of inputs.flatMap((input) => "rows" in input ? input.rows : [])) {
    const { values } = one
    const key = keys.map((k) => keyText(values[k])).join(" ")
    const before = table.get(key)
    if (one.kind === RowKind.delete || one.kind === RowKind.updateBefore) {
      if (before !== undefined) out.push({ kind: RowKind.delete, values: before.values })
      table.delete(key)
      continue
    }
    table.set(key, one)
    if (before === undefined) out.push({ kind: RowKind.insert, values })
    else if (before.values.map(keyText).join(" ") !== values.map(keyText).join(" ")) {
      if (updateBefore) out.push({ kind: RowKind.updateBefore, values: before.values })
      out.push({ kind: RowKind.updateAfter, values })
    }
  }
  return out.map(textOf)
}

describe("makeChangelogNormalize()", () => {
  it("makeChangelogNormalize() tells what each change does to the table", () => {
    fc.assert(
      fc.property(history, fc.boolean(), (inputs, updateBefore) => {
        const out = run(subject(updateBefore), inputs).out.map(textOf)
        assert.deepEqual(out, told(inputs, updateBefore))
      }),
      { seed, numRuns: 200 }
    )
  })

  it("makeChangelogNormalize() goes on after a cut", () => {
    fc.assert(
      fc.property(
        history,
        fc.boolean(),
        cuts(10),
        (inputs, updateBefore, cut) => sameWhenCut(subject(updateBefore), inputs, cut)
      ),
      { seed, numRuns: 100 }
    )
  })

  it("makeChangelogNormalize() keeps nothing of keys whose rows are gone", () => {
    fc.assert(
      fc.property(history, (inputs) => {
        const rows = inputs.flatMap((input) => "rows" in input ? input.rows : [])
          .map((one) => ({ ...one, kind: RowKind.delete }))
        const after: Array<Input> = rows.length === 0 ? [] : [{ input: 0, rows, form: "plain" }]
        assert.equal(groupsHeld(subject(true), [...inputs, ...after]), 0)
      }),
      { seed, numRuns: 40 }
    )
  })

  it("makeChangelogNormalize() gives a full batch of updates in batches of at most 1,024 rows", () => {
    const rows = (kind: number, x: string): Input => ({
      input: 0,
      form: "plain",
      rows: Array.from({ length: 1024 }, (_, i) => ({
        kind,
        values: [BigInt(i), text(x), 1, text("a")]
      }))
    })
    const inputs = [rows(RowKind.insert, "x"), rows(RowKind.updateAfter, "y")]
    assert.deepEqual(run(subject(true), inputs).out.map(textOf), told(inputs, true))
  })
})
