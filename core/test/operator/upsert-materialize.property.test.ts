/**
 * Claim: whatever a table keeps by its primary key after the changes of a query with another key is the row that came last of those that are
 * left. Model: lists of rows by key. Generator: histories that insert and take back rows of few keys. A failure: a key deleted that another
 * row holds, or a row that is gone.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeUpsertMaterialize } from "../../src/operator/upsert-materialize.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  changelog,
  cuts,
  groupsHeld,
  type Input,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  tableOf
} from "./kit.ts"

const types: ReadonlyArray<LogicalType> = [simple("INT"), string, simple("BIGINT")]
const subject: Subject = {
  make: () => makeUpsertMaterialize({ types, keys: [1], groupBy: [1] }),
  inputs: [types],
  output: types,
  groupBy: [[1]]
}

const values = fc.tuple(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom<Boxed>(null, new Uint8Array([97]), new Uint8Array([98])),
  fc.constantFrom<Boxed>(null, 1n, 2n ** 60n)
)
const histories = fc.tuple(
  fc.array(fc.record({ values, takeBack: fc.boolean() }), { maxLength: 50 }),
  fc.integer({ min: 1, max: 9 }),
  fc.constantFrom<Form>("plain", "other")
).map(([steps, size, form]) => {
  const { rows, table } = changelog(steps)
  const inputs: Array<Input> = []
  for (let at = 0; at < rows.length; at += size) {
    inputs.push({ input: 0, rows: rows.slice(at, at + size), form })
  }
  return { inputs, rows, table }
})

/** What a store by key holds: each change is of a key that is as it should be. */
function stored(rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Boxed>> {
  const table = new Map<string, ReadonlyArray<Boxed>>()
  for (const { kind, values } of rows) {
    const key = keyText(values[1])
    assert.notEqual(kind, RowKind.updateBefore)
    assert.equal(table.has(key), kind !== RowKind.insert, "only a new key is inserted")
    if (kind === RowKind.delete) table.delete(key)
    else table.set(key, values)
  }
  return [...table.values()]
}

/** The last of the rows of each key; of equal rows the last one is taken back. */
function expected(rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Boxed>> {
  const lists = new Map<string, Array<ReadonlyArray<Boxed>>>()
  for (const { kind, values } of rows) {
    const key = keyText(values[1])
    const list = lists.get(key) ?? []
    lists.set(key, list)
    if (kind === RowKind.insert) list.push(values)
    else {
      const text = values.map(keyText).join()
      list.splice(list.findLastIndex((one) => one.map(keyText).join() === text), 1)
    }
  }
  return [...lists.values()].flatMap((list) => list.slice(-1))
}

describe("upsert materialize", () => {
  it("makeUpsertMaterialize() leaves under each key the row that came last", () => {
    fc.assert(
      fc.property(histories, ({ inputs, rows }) => {
        assert.deepEqual(tableOf(stored(run(subject, inputs).out)), tableOf(expected(rows)))
      }),
      { seed, numRuns: 300 }
    )
  })

  it("makeUpsertMaterialize() goes on after a cut", () => {
    fc.assert(
      fc.property(histories, cuts(20), ({ inputs }, cut) => sameWhenCut(subject, inputs, cut)),
      { seed, numRuns: 100 }
    )
  })

  it("makeUpsertMaterialize() forgets keys that have no rows left", () => {
    fc.assert(
      fc.property(histories, ({ inputs, table }) => {
        const rest = table.map((row): Row => ({ kind: RowKind.delete, values: row }))
        const all: ReadonlyArray<Input> = rest.length === 0
          ? inputs
          : [...inputs, { input: 0, rows: rest, form: "plain" }]
        assert.equal(groupsHeld(subject, all), 0)
      }),
      { seed, numRuns: 50 }
    )
  })
})
