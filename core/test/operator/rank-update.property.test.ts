/**
 * Claim: a top-N over rows that come and go tells at every moment the first rows of each partition. Model: sort the rows that are left, those
 * that came first before their equals. Generator: histories with deletions of rows that are there, a total order among unequal rows.
 * A failure: a rank that is told twice, or not taken back.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeRank } from "../../src/operator/rank.ts"
import { makeRankUpdate } from "../../src/operator/rank-update.ts"
import { type Boxed, compareBoxed } from "../../src/state/boxed.ts"
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
  type Subject,
  tableOf
} from "./kit.ts"

const types: ReadonlyArray<LogicalType> = [string, simple("BIGINT"), simple("INT", false)]

interface Shape {
  readonly descending: boolean
  readonly rankFrom: number
  readonly rankTo: number
  readonly withRank: boolean
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  descending: fc.boolean(),
  rankFrom: fc.integer({ min: 1, max: 2 }),
  rankTo: fc.integer({ min: 2, max: 4 }),
  withRank: fc.boolean()
})

function optionsOf(shape: Shape) {
  const key = { descending: shape.descending, nullsFirst: !shape.descending }
  return {
    ...shape,
    types,
    partition: [0],
    order: [{ column: 1, ...key }, { column: 2, ...key }],
    ties: "first" as const,
    groupBy: [0]
  }
}

function subjectOf(shape: Shape, updateBefore: boolean): Subject {
  return {
    make: () => makeRankUpdate({ ...optionsOf(shape), updateBefore }),
    inputs: [types],
    output: shape.withRank ? [...types, simple("BIGINT", false)] : types,
    groupBy: [[0]]
  }
}

const values = fc.tuple(
  fc.constantFrom<Boxed>(null, new Uint8Array([97]), new Uint8Array([98])),
  fc.constantFrom<Boxed>(null, 1n, 2n, 2n ** 60n),
  fc.integer({ min: 0, max: 5 })
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
  return { inputs, table }
})

function order(shape: Shape, a: ReadonlyArray<Boxed>, b: ReadonlyArray<Boxed>): number {
  for (const column of [1, 2]) {
    const [x, y] = [a[column]!, b[column]!]
    const found = x === null || y === null
      ? Number(x !== null) - Number(y !== null)
      : compareBoxed(x, y)
    if (found !== 0) return shape.descending ? -found : found
  }
  return 0
}

function expected(
  shape: Shape,
  table: ReadonlyArray<ReadonlyArray<Boxed>>
): ReadonlyArray<ReadonlyArray<Boxed>> {
  const keys = [...new Set(table.map((row) => keyText(row[0])))]
  return keys.flatMap((key) =>
    table.filter((row) => keyText(row[0]) === key).sort((a, b) => order(shape, a, b))
      .map((row, i) => ({ row, rank: i + 1 }))
      .filter(({ rank }) => rank >= shape.rankFrom && rank <= shape.rankTo)
      .map(({ row, rank }) => shape.withRank ? [...row, BigInt(rank)] : row)
  )
}

describe("top-N over changes", () => {
  it("makeRankUpdate() tells the first rows of what is left", () => {
    fc.assert(
      fc.property(shapes, histories, (shape, { inputs, table }) => {
        const { out } = run(subjectOf(shape, true), inputs)
        assert.deepEqual(materialize(out), tableOf(expected(shape, table)))
      }),
      { seed, numRuns: 300 }
    )
  })

  it("makeRankUpdate() goes on after a cut", () => {
    fc.assert(
      fc.property(
        shapes,
        histories,
        cuts(20),
        fc.boolean(),
        (shape, { inputs }, cut, before) => sameWhenCut(subjectOf(shape, before), inputs, cut)
      ),
      { seed, numRuns: 100 }
    )
  })

  it("makeRankUpdate() forgets partitions that have no rows left", () => {
    fc.assert(
      fc.property(shapes, histories, (shape, { inputs, table }) => {
        const rest = table.map((row): Row => ({ kind: RowKind.delete, values: row }))
        const all: ReadonlyArray<Input> = rest.length === 0
          ? inputs
          : [...inputs, { input: 0, rows: rest, form: "plain" }]
        assert.equal(groupsHeld(subjectOf(shape, true), all), 0)
      }),
      { seed, numRuns: 50 }
    )
  })

  it("makeRank() of one row updates its partition and never takes it back", () => {
    const shape: Shape = { descending: true, rankFrom: 1, rankTo: 1, withRank: false }
    fc.assert(
      fc.property(
        fc.array(values, { maxLength: 40 }),
        fc.boolean(),
        cuts(20),
        (all, before, cut) => {
          const make = () => makeRank({ ...optionsOf(shape), updateBefore: before })
          const subject: Subject = { ...subjectOf(shape, before), make }
          const inputs: ReadonlyArray<Input> = all.map((row) => ({
            input: 0,
            rows: [{ kind: RowKind.insert, values: row }],
            form: "other"
          }))
          const { out } = run(subject, inputs, cut)
          const table = new Map<string, Row>()
          for (const row of out) {
            const key = keyText(row.values[0])
            assert.notEqual(row.kind, RowKind.delete)
            assert.equal(table.has(key), row.kind !== RowKind.insert)
            if (row.kind === RowKind.updateBefore) {
              assert.ok(before)
              assert.deepEqual(row.values, table.get(key)!.values)
            } else table.set(key, row)
          }
          assert.deepEqual(
            tableOf([...table.values()].map((row) => row.values)),
            tableOf(expected(shape, all))
          )
        }
      ),
      { seed, numRuns: 150 }
    )
  })

  it("makeRank() gives its rows once at the end in batch mode", () => {
    fc.assert(
      fc.property(shapes, fc.array(values, { maxLength: 40 }), cuts(5), (shape, all, cut) => {
        const subject: Subject = {
          ...subjectOf(shape, true),
          make: () => makeRank({ ...optionsOf(shape), updateBefore: false, final: true })
        }
        const inputs: ReadonlyArray<Input> = all.map((row) => ({
          input: 0,
          rows: [{ kind: RowKind.insert, values: row }],
          form: "plain"
        }))
        const { out } = run(subject, inputs, cut)
        assert.ok(out.every(({ kind }) => kind === RowKind.insert))
        assert.deepEqual(materialize(out), tableOf(expected(shape, all)))
      }),
      { seed, numRuns: 80 }
    )
  })
})
