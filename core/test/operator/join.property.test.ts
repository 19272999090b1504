/**
 * Claim: the changelog of a join describes the join of the tables that its inputs describe, for every type of join, with
 * NULL keys, duplicates, deletions and a rest condition; a side that has ended frees the other's state and changes nothing.
 * Model: nested loops over the final tables. A failure: rows lost, doubled or padded wrongly.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { Batch } from "../../src/batch/element.ts"
import { type JoinType, makeJoin } from "../../src/operator/join.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { simple, string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import {
  changelog,
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

const left: ReadonlyArray<LogicalType> = [string, simple("INT")]
const right: ReadonlyArray<LogicalType> = [simple("INT"), string, simple("BIGINT")]
const joinTypes: ReadonlyArray<JoinType> = ["inner", "left", "right", "full", "semi", "anti"]

/** left[1] ≤ right[0], NULL is not TRUE. */
function condition(batch: Batch, into: Uint8Array): void {
  const a = batch.columns[1]!
  const b = batch.columns[2]!
  for (let i = 0; i < batch.rows; i++) {
    const isNull = a.nulls?.[i] === 1 || b.nulls?.[i] === 1
    into[i] = !isNull && (a.values as Int32Array)[i]! <= (b.values as Int32Array)[i]! ? 1 : 0
  }
}

function subjectOf(type: JoinType, withCondition: boolean): Subject {
  return {
    make: () =>
      makeJoin({
        type,
        types: [left, right],
        keys: [[0], [1]],
        groupBy: [[0], [1]],
        condition: withCondition ? condition : undefined
      }),
    inputs: [left, right],
    output: type === "semi" || type === "anti" ? left : [...left, ...right],
    groupBy: [[0], [1]]
  }
}

type Table = ReadonlyArray<ReadonlyArray<Boxed>>

function expected(type: JoinType, withCondition: boolean, lefts: Table, rights: Table): Table {
  const out: Array<ReadonlyArray<Boxed>> = []
  const isMatch = (l: ReadonlyArray<Boxed>, r: ReadonlyArray<Boxed>): boolean =>
    l[0] !== null && r[1] !== null && keyText(l[0]) === keyText(r[1]) &&
    (!withCondition || (l[1] !== null && r[0] !== null && (l[1] as number) <= (r[0] as number)))
  for (const l of lefts) {
    const matches = rights.filter((r) => isMatch(l, r))
    if (type === "semi" || type === "anti") {
      if ((matches.length > 0) === (type === "semi")) out.push(l)
      continue
    }
    for (const r of matches) out.push([...l, ...r])
    if (matches.length === 0 && (type === "left" || type === "full")) {
      out.push([...l, null, null, null])
    }
  }
  if (type === "right" || type === "full") {
    for (const r of rights) if (!lefts.some((l) => isMatch(l, r))) out.push([null, null, ...r])
  }
  return out
}

const key = fc.constantFrom<Boxed>(
  null,
  ...["a", "b", "cd"].map((text) => new TextEncoder().encode(text))
)
const small = fc.constantFrom<Boxed>(null, 1, 2, 3)
const leftRows = fc.array(fc.record({ values: fc.tuple(key, small), takeBack: fc.boolean() }), {
  maxLength: 25
})
const rightRows = fc.array(
  fc.record({
    values: fc.tuple(small, key, fc.constantFrom<Boxed>(1n, 2n ** 60n)),
    takeBack: fc.boolean()
  }),
  { maxLength: 25 }
)
const history = fc.record({
  left: leftRows.map(changelog),
  right: rightRows.map(changelog),
  order: fc.array(
    fc.record({
      side: fc.nat(1),
      rows: fc.integer({ min: 1, max: 7 }),
      form: fc.constantFrom<Form>("plain", "other")
    }),
    { minLength: 30, maxLength: 30 }
  ),
  tellEnds: fc.boolean()
}).map(({ left, right, order, tellEnds }) => {
  const inputs: Array<Input> = []
  const rest = [[...left.rows], [...right.rows]]
  const open = [true, true]
  const take = (side: number, rows: number, form: Form): void => {
    const taken = rest[side]!.splice(0, rows)
    if (taken.length > 0) inputs.push({ input: side, rows: taken, form })
    if (tellEnds && rest[side]!.length === 0 && open[side] && open[1 - side]) {
      inputs.push({ endInput: side })
      open[side] = false
    }
  }
  for (const { side, rows, form } of order) take(side, rows, form)
  take(0, 100, "plain")
  take(1, 100, "plain")
  return { inputs, left: left.table, right: right.table }
})

describe("join", () => {
  for (const type of joinTypes) {
    for (const withCondition of [false, true]) {
      const name = `${type}${withCondition ? " with a condition" : ""}`
      it(`makeJoin() tells the join of both tables: ${name}`, () => {
        fc.assert(
          fc.property(history, ({ inputs, left: lefts, right: rights }) => {
            const { out } = run(subjectOf(type, withCondition), inputs)
            assert.deepEqual(
              materialize(out),
              tableOf(expected(type, withCondition, lefts, rights))
            )
          }),
          { seed, numRuns: 100 }
        )
      })

      it(`makeJoin() goes on after a cut: ${name}`, () => {
        fc.assert(
          fc.property(history, cuts(30), ({ inputs, left: lefts, right: rights }, cut) => {
            const all = inputs.filter((one) => !("endInput" in one))
            const { out } = run(subjectOf(type, withCondition), all, cut)
            assert.deepEqual(
              materialize(out),
              tableOf(expected(type, withCondition, lefts, rights))
            )
            if (type === "inner") sameWhenCut(subjectOf(type, withCondition), all, cut)
          }),
          { seed, numRuns: 60 }
        )
      })
    }
  }

  it("makeJoin() keeps nothing of a side that nobody will ask for", () => {
    const row = (n: number): Row => insert(new TextEncoder().encode(`k${n}`), n)
    const lefts: Input = { input: 0, rows: [1, 2, 3].map(row), form: "plain" }
    assert.equal(groupsHeld(subjectOf("full", false), [lefts]) > 0, true)
    assert.equal(groupsHeld(subjectOf("full", false), [lefts, { endInput: 1 }]), 0)
    assert.equal(groupsHeld(subjectOf("full", false), [{ endInput: 1 }, lefts]), 0)
  })

  it("makeJoin() gives a hot key page by page", () => {
    const hot = new TextEncoder().encode("hot")
    const rows = (count: number, make: (i: number) => Row): Array<Row> =>
      Array.from({ length: count }, (_, i) => make(i))
    const inputs: Array<Input> = [
      { input: 1, rows: rows(700, (i) => insert(i, hot, BigInt(i))), form: "plain" },
      { input: 0, rows: rows(50, (i) => insert(hot, i)), form: "other" }
    ]
    for (const type of joinTypes) {
      const count = type === "semi" ? 50 : type === "anti" ? 0 : 35000
      assert.equal(materialize(run(subjectOf(type, false), inputs).out).length, count, type)
    }
  })
})
