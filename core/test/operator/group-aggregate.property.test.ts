/**
 * Claim: the changelog of a GROUP BY describes, at every moment, the table of its aggregates, over inputs that insert and
 * take back. Model: the naive aggregates over the rows that are left. Generator: histories whose deletions are of rows
 * that are there. A failure: downstream tables drift.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeGroupAggregate } from "../../src/operator/group-aggregate.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { compileAggregates } from "../../src/table/aggregate/aggregate-set.ts"
import type { AggregateCall } from "../../src/table/expression.ts"
import { simple, string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, keyText, seed } from "../state/kit.ts"
import { isBatch, type OperatorContext, Status } from "../../src/operator/operator.ts"
import {
  batchOf,
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
import { naive } from "./naive-aggregate.ts"

const input: ReadonlyArray<LogicalType> = [
  string,
  simple("BIGINT"),
  simple("INT"),
  simple("BOOLEAN"),
  simple("BOOLEAN")
]
const schema = input.map((type, k) => ({ name: `c${k}`, type }))
const call = (
  name: string,
  args: Array<number>,
  type: LogicalType,
  distinct = false,
  filter?: number
): AggregateCall => ({ name, args, type, distinct, filter })
const calls: ReadonlyArray<AggregateCall> = [
  call("count", [], simple("BIGINT", false)),
  call("sum", [1], simple("BIGINT")),
  call("avg", [2], simple("INT")),
  call("min", [1], simple("BIGINT")),
  call("max", [2], simple("INT"), false, 3),
  call("count", [2], simple("BIGINT", false), true),
  call("sum", [1], simple("BIGINT"), true, 3),
  call("count", [1], simple("BIGINT", false), true),
  call("count", [1], simple("BIGINT", false), true, 4)
]

function subjectOf(
  keys: ReadonlyArray<number>,
  retracting: boolean,
  updateBefore: boolean
): Subject {
  return {
    make: () =>
      makeGroupAggregate({
        keys,
        keyTypes: keys.map((k) => input[k]!),
        groupBy: keys.map((_, k) => k),
        aggregates: compileAggregates(calls, schema, retracting),
        updateBefore
      }),
    inputs: [input],
    output: [...keys.map((k) => input[k]!), ...calls.map((one) => one.type)],
    groupBy: [keys]
  }
}

const values = fc.tuple(
  fc.constantFrom<Boxed>(null, ...["a", "b", "cd"].map((text) => new TextEncoder().encode(text))),
  fc.constantFrom<Boxed>(null, 0n, 3n, -7n, 2n ** 52n, 2n ** 60n),
  fc.constantFrom<Boxed>(null, 1, 2, -3),
  fc.constantFrom<Boxed>(null, true, false),
  fc.constantFrom<Boxed>(null, true, false)
)

function histories(withDeletes: boolean) {
  return fc.array(
    fc.record({ values, takeBack: withDeletes ? fc.boolean() : fc.constant(false) }),
    { maxLength: 60 }
  )
    .chain((steps) =>
      fc.record({
        history: fc.constant(changelog(steps)),
        batchRows: fc.integer({ min: 1, max: 20 }),
        form: fc.constantFrom<Form>("plain", "other")
      })
    )
    .map(({ history, batchRows, form }) => {
      const inputs: Array<Input> = []
      for (let from = 0; from < history.rows.length; from += batchRows) {
        inputs.push({ input: 0, rows: history.rows.slice(from, from + batchRows), form })
      }
      return { inputs, table: history.table }
    })
}

function expected(
  keys: ReadonlyArray<number>,
  table: ReadonlyArray<ReadonlyArray<Boxed>>
): ReadonlyArray<ReadonlyArray<Boxed>> {
  const groups = new Map<string, Array<Row>>()
  for (const row of table) {
    const key = keys.map((k) => keyText(row[k])).join(" ")
    groups.set(key, [...groups.get(key) ?? [], { kind: 0, values: row }])
  }
  return [...groups.values()].map((
    rows
  ) => [...keys.map((k) => rows[0]!.values[k]), ...naive(calls, input, rows)])
}

/** Without −U rows the last row of a key counts. */
function upserted(keys: number, rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Boxed>> {
  const table = new Map<string, ReadonlyArray<Boxed>>()
  for (const row of rows) {
    assert.notEqual(row.kind, RowKind.updateBefore)
    const key = row.values.slice(0, keys).map(keyText).join(" ")
    assert.equal(
      table.has(key),
      row.kind !== RowKind.insert,
      "only the first row of a key is an insertion"
    )
    if (row.kind === RowKind.delete) table.delete(key)
    else table.set(key, row.values)
  }
  return [...table.values()]
}

describe("group aggregate", () => {
  for (const keys of [[0], [2, 0], []]) {
    for (const withDeletes of [false, true]) {
      const name = `over ${keys.length} keys, ${withDeletes ? "updating" : "insert-only"} input`
      it(`makeGroupAggregate() tells the table of the naive aggregates ${name}`, () => {
        fc.assert(
          fc.property(histories(withDeletes), ({ inputs, table }) => {
            const want = tableOf(expected(keys, table))
            assert.deepEqual(materialize(run(subjectOf(keys, withDeletes, true), inputs).out), want)
            const { out } = run(subjectOf(keys, withDeletes, false), inputs)
            assert.deepEqual(tableOf(upserted(keys.length, out)), want)
          }),
          { seed, numRuns: 100 }
        )
      })

      it(`makeGroupAggregate() goes on after a cut ${name}`, () => {
        fc.assert(
          fc.property(
            histories(withDeletes),
            cuts(20),
            fc.boolean(),
            ({ inputs }, cut, before) =>
              sameWhenCut(subjectOf(keys, withDeletes, before), inputs, cut)
          ),
          { seed, numRuns: 100 }
        )
      })
    }
  }

  const bundles = fc.record({
    rows: fc.integer({ min: 1, max: 50 }),
    latencyMillis: fc.constant(1000)
  })
  const bundled = (
    bundle: { readonly rows: number; readonly latencyMillis: number },
    updateBefore: boolean
  ): Subject => ({
    ...subjectOf([0], true, updateBefore),
    make: () =>
      makeGroupAggregate({
        keys: [0],
        keyTypes: [string],
        groupBy: [0],
        aggregates: compileAggregates(calls, schema, true),
        updateBefore,
        bundle
      })
  })

  it("makeGroupAggregate() in bundles tells the same table in fewer changes", () => {
    fc.assert(
      fc.property(histories(true), bundles, ({ inputs, table }, bundle) => {
        const want = tableOf(expected([0], table))
        const { out } = run(bundled(bundle, true), inputs)
        assert.deepEqual(materialize(out), want)
        assert.ok(out.length <= run(subjectOf([0], true, true), inputs).out.length)
        const upserts = run(bundled(bundle, false), inputs).out
        assert.deepEqual(tableOf(upserted(1, upserts)), want)
      }),
      { seed, numRuns: 150 }
    )
  })

  it("makeGroupAggregate() in bundles has told everything when a cut is made", () => {
    fc.assert(
      fc.property(histories(true), bundles, cuts(20), ({ inputs, table }, bundle, cut) => {
        const { out } = run(bundled(bundle, true), inputs, cut)
        assert.deepEqual(materialize(out), tableOf(expected([0], table)))
      }),
      { seed, numRuns: 100 }
    )
  })

  it("makeGroupAggregate() lets no row wait in a bundle for longer than it may", () => {
    const operator = bundled({ rows: 100, latencyMillis: 1000 }, true).make()
    const timers: Array<() => void> = []
    const context: Partial<OperatorContext> = {
      fork: (_, done) => timers.push(() => done(undefined as never)),
      restored: undefined
    }
    operator.open(context as OperatorContext)
    const push = (n: bigint): void => {
      const row: Row = { kind: 0, values: [null, n, 1, true, true] }
      operator.push(batchOf(input, [row], "plain"), 0)
    }
    push(1n)
    push(2n)
    assert.equal(operator.step(), Status.done)
    assert.equal(timers.length, 1)
    timers[0]!()
    const told = operator.step()
    assert.ok(isBatch(told) && told.rows === 1)
    push(3n)
    timers[0]!()
    assert.equal(operator.step(), Status.done, "a timer of an earlier bundle does nothing")
    timers[1]!()
    assert.ok(isBatch(operator.step()))
  })

  it("makeGroupAggregate() tells nothing when an update changes nothing", () => {
    const max = { ...subjectOf([0], false, true), output: [string, simple("INT")] }
    const subject: Subject = {
      ...max,
      make: () =>
        makeGroupAggregate({
          keys: [0],
          keyTypes: [string],
          groupBy: [0],
          aggregates: compileAggregates([call("max", [2], simple("INT"))], schema, false),
          updateBefore: true
        })
    }
    const row = (n: number): Row => ({ kind: 0, values: [new Uint8Array([97]), 1n, n, true] })
    const { out } = run(
      subject,
      [5, 3, 7].map((n) => ({ input: 0, rows: [row(n)], form: "plain" }))
    )
    assert.deepEqual(out.map((one) => [one.kind, one.values[1]]), [[0, 5], [1, 5], [2, 7]])
  })

  it("makeGroupAggregate() forgets keys that have no rows left", () => {
    fc.assert(
      fc.property(histories(true), ({ inputs, table }) => {
        const rest = table.map((values): Row => ({ kind: RowKind.delete, values }))
        const all: Array<Input> = rest.length === 0
          ? inputs
          : [...inputs, { input: 0, rows: rest, form: "plain" }]
        assert.equal(groupsHeld(subjectOf([0], true, true), all), 0)
      }),
      { seed, numRuns: 50 }
    )
  })

  it("compileAggregates() refuses by name what is not built", () => {
    assert.throws(
      () => compileAggregates([call("median", [1], string)], schema, false),
      /Cannot compute MEDIAN as it is not built yet/
    )
    assert.throws(
      () => compileAggregates([call("sum", [1, 2], simple("BIGINT"))], schema, true),
      /Cannot compute SUM as it has 2 arguments/
    )
  })
})
