/**
 * Claim: ranks keep the first rows of each partition by the order asked, ties in the order of arrival. Model: sort all rows
 * of a partition. A failure: wrong or missing ranks.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { makeRank } from "../../src/operator/rank.ts"
import { makeWindowRank } from "../../src/operator/window-rank.ts"
import { type Boxed, compareBoxed } from "../../src/state/boxed.ts"
import type { RowOrder } from "../../src/state/top-rows.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
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
  tableOf,
  textOf
} from "./kit.ts"

const input: ReadonlyArray<LogicalType> = [timestamp(3), string, simple("DOUBLE"), simple("BIGINT")]
const orders: ReadonlyArray<ReadonlyArray<RowOrder>> = [
  [{ column: 2, descending: true, nullsFirst: false }, {
    column: 1,
    descending: false,
    nullsFirst: true
  }],
  [{ column: 3, descending: false, nullsFirst: false }],
  [{ column: 1, descending: true, nullsFirst: true }, {
    column: 3,
    descending: true,
    nullsFirst: false
  }]
]

interface Shape {
  readonly order: ReadonlyArray<RowOrder>
  readonly rankFrom: number
  readonly rankTo: number
  readonly withRank: boolean
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  order: fc.constantFrom(...orders),
  rankFrom: fc.integer({ min: 1, max: 2 }),
  rankTo: fc.integer({ min: 2, max: 4 }),
  withRank: fc.boolean()
})

function windowSubject(shape: Shape): Subject {
  return {
    make: () =>
      makeWindowRank({ ...shape, types: input, partition: [0, 1], windowEnd: 0, groupBy: [1] }),
    inputs: [input],
    output: shape.withRank ? [...input, simple("BIGINT", false)] : input,
    groupBy: [[1]]
  }
}

function subject(shape: Shape, updateBefore: boolean): Subject {
  return {
    ...windowSubject(shape),
    make: () =>
      makeRank({
        ...shape,
        types: input,
        partition: [1],
        ties: "first",
        groupBy: [1],
        updateBefore
      })
  }
}

const text = (one: string): Uint8Array => new TextEncoder().encode(one)
const row = fc.tuple(
  fc.constantFrom<Boxed>(10, 20, 30),
  fc.constantFrom<Boxed>(null, text("a"), text("b")),
  fc.constantFrom<Boxed>(null, 0, -1.5, 2, NaN),
  fc.constantFrom<Boxed>(null, 1n, -4n, 2n ** 52n, 2n ** 60n)
).map((values) => insert(...values))
const history: fc.Arbitrary<Array<Input>> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        input: fc.constant(0),
        rows: fc.array(row, { minLength: 1, maxLength: 10 }),
        form: fc.constantFrom<Form>("plain", "other")
      })
    },
    { weight: 1, arbitrary: fc.constantFrom({ watermark: 5 }, { watermark: 9 }, { watermark: 20 }) }
  ),
  { maxLength: 10 }
)

function sorted(rows: ReadonlyArray<Row>, order: ReadonlyArray<RowOrder>): Array<Row> {
  return [...rows].sort((a, b) => {
    for (const { column, descending, nullsFirst } of order) {
      const x = a.values[column]
      const y = b.values[column]
      if (x === null && y === null) continue
      if (x === null) return nullsFirst ? -1 : 1
      if (y === null) return nullsFirst ? 1 : -1
      const sign = compareBoxed(x, y) * (descending ? -1 : 1)
      if (sign !== 0) return sign
    }
    return 0
  })
}

function ranked(
  rows: ReadonlyArray<Row>,
  { order, rankFrom, rankTo, withRank }: Shape
): Array<ReadonlyArray<Boxed>> {
  return sorted(rows, order).slice(rankFrom - 1, rankTo)
    .map((one, i) => withRank ? [...one.values, BigInt(rankFrom + i)] : one.values)
}

function grouped(
  rows: ReadonlyArray<Row>,
  keyOf: (row: Row) => string
): ReadonlyArray<ReadonlyArray<Row>> {
  const groups = new Map<string, Array<Row>>()
  for (const one of rows) groups.set(keyOf(one), [...groups.get(keyOf(one)) ?? [], one])
  return [...groups.values()]
}

/** Rows that come before the watermark has passed their window. */
function onTime(inputs: ReadonlyArray<Input>): ReadonlyArray<Row> {
  let watermark = -Infinity
  const rows: Array<Row> = []
  for (const one of inputs) {
    if ("watermark" in one) watermark = Math.max(watermark, one.watermark)
    else if ("rows" in one) {
      rows.push(...one.rows.filter((each) => (each.values[0] as number) - 1 > watermark))
    }
  }
  return rows
}

describe("ranks", () => {
  it("makeWindowRank() gives the first rows of each partition when its window closes", () => {
    fc.assert(
      fc.property(history, shapes, (inputs, shape) => {
        const rows = onTime(inputs)
        const want = [10, 20, 30].flatMap((end) =>
          grouped(rows.filter((one) => one.values[0] === end), (one) => keyText(one.values[1]))
            .flatMap((group) => ranked(group, shape))
        )
        const out = run(windowSubject(shape), inputs).out.map(textOf)
        assert.deepEqual([...out].sort(), want.map((values) => textOf({ kind: 0, values })).sort())
        const ends = out.map((line) => Number(line.split(" ")[1]))
        assert.deepEqual(ends, [...ends].sort((a, b) => a - b))
      }),
      { seed, numRuns: 200 }
    )
  })

  it("makeWindowRank() goes on after a cut", () => {
    fc.assert(
      fc.property(
        history,
        shapes,
        cuts(10),
        (inputs, shape, cut) => sameWhenCut(windowSubject(shape), inputs, cut)
      ),
      { seed, numRuns: 150 }
    )
  })

  it("makeWindowRank() keeps nothing of windows that have closed", () => {
    fc.assert(
      fc.property(history, shapes, (inputs, shape) => {
        assert.equal(groupsHeld(windowSubject(shape), [...inputs, { watermark: 1000 }]), 0)
      }),
      { seed, numRuns: 30 }
    )
  })

  it("makeRank() tells the first rows of each partition at every moment", () => {
    fc.assert(
      fc.property(history, shapes, (inputs, shape) => {
        const batches = inputs.filter((one) => "rows" in one)
        for (let until = 0; until <= batches.length; until++) {
          const some = batches.slice(0, until)
          const rows = some.flatMap((one) => "rows" in one ? one.rows : [])
          const want = grouped(rows, (one) => keyText(one.values[1])).flatMap((group) =>
            ranked(group, shape)
          )
          assert.deepEqual(materialize(run(subject(shape, true), some).out), tableOf(want))
        }
      }),
      { seed, numRuns: 100 }
    )
  })

  it("makeRank() goes on after a cut", () => {
    fc.assert(
      fc.property(
        history,
        shapes,
        fc.boolean(),
        cuts(10),
        (inputs, shape, before, cut) => sameWhenCut(subject(shape, before), inputs, cut)
      ),
      { seed, numRuns: 150 }
    )
  })

  it("makeRank() keeps the last of equal rows when asked", () => {
    const shape: Shape = { order: orders[1]!, rankFrom: 1, rankTo: 1, withRank: false }
    const keepLast: Subject = {
      ...windowSubject(shape),
      make: () =>
        makeRank({
          ...shape,
          types: input,
          partition: [1],
          ties: "last",
          groupBy: [1],
          updateBefore: true
        })
    }
    const rows = [5n, 3n, 3n, 4n].map((n, i) => insert(i, text("a"), 1, n))
    const inputs: ReadonlyArray<Input> = [{ input: 0, rows, form: "plain" }]
    assert.deepEqual(materialize(run(keepLast, inputs).out), tableOf([[2, text("a"), 1, 3n]]))
    sameWhenCut(keepLast, [...inputs, ...inputs], { at: 1, before: 1, after: 2 })
  })

  it("makeRank() tells a long shift in batches of at most 1,024 rows", () => {
    const shape: Shape = { order: orders[1]!, rankFrom: 1, rankTo: 3000, withRank: true }
    const rows = Array.from({ length: 200 }, (_, i) => insert(10, text("a"), 1, BigInt(-i)))
    const inputs: Array<Input> = [{ input: 0, rows, form: "plain" }]
    assert.equal(materialize(run(subject(shape, true), inputs).out).length, 200)
  })
})
