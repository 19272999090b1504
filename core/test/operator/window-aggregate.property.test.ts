/**
 * Claim: the operators that aggregate windows give, per window and key, what a loop over all rows gives, fire windows in order of their
 * ends as the watermark passes, drop late rows, and go on after a cut at any place. Model: lists of rows by window.
 * Generator: batches of rows with NULLs, wide integers and filters, watermarks between. A failure: wrong results.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { makePaneAggregate } from "../../src/operator/pane-aggregate.ts"
import { makeSessionAggregate } from "../../src/operator/session-aggregate.ts"
import { makeWindowAggregate } from "../../src/operator/window-aggregate.ts"
import { compileAggregates } from "../../src/table/aggregate/aggregate-set.ts"
import type { AggregateCall } from "../../src/table/expression.ts"
import type { TimeWindow } from "../../src/state/time-window.ts"
import { string, timestamp } from "../../src/type/logical-type.ts"
import { seed } from "../state/kit.ts"
import { naive } from "./naive-aggregate.ts"
import {
  batchOf,
  cuts,
  groupsHeld,
  type Input,
  insert,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  textOf
} from "./kit.ts"
import { calls, closedWindows, history, input, schema, text } from "./window-kit.ts"

const windows: ReadonlyArray<TimeWindow> = [
  { kind: "tumble", sizeMillis: 10, offsetMillis: 3 },
  { kind: "hop", sizeMillis: 12, slideMillis: 4, offsetMillis: 1 },
  { kind: "hop", sizeMillis: 10, slideMillis: 4, offsetMillis: 0 },
  { kind: "hop", sizeMillis: 4, slideMillis: 7, offsetMillis: 2 },
  { kind: "cumulate", sizeMillis: 15, stepMillis: 5, offsetMillis: 2 },
  { kind: "session", gapMillis: 5 }
]

function subjectOf(
  window: TimeWindow,
  asked: ReadonlyArray<AggregateCall>,
  retracting: boolean
): Subject {
  const shared = {
    timeColumn: 0,
    keys: [1],
    keyTypes: [string],
    groupBy: [0],
    aggregates: compileAggregates(asked, schema, retracting),
    retracting,
    properties: ["window_start", "window_end", "window_time"] as const
  }
  const make = window.kind === "tumble"
    ? () => makeWindowAggregate({ ...shared, window })
    : window.kind === "session"
    ? () => makeSessionAggregate({ ...shared, gapMillis: window.gapMillis })
    : () => makePaneAggregate({ ...shared, window })
  return {
    make,
    inputs: [input],
    output: [string, ...asked.map((call) => call.type), timestamp(3), timestamp(3), timestamp(3)],
    groupBy: [[1]]
  }
}

/** The order of rows from several panes or sessions is not defined. */
const unordered = calls.filter((call) => call.name !== "first_value")

function callsOf(window: TimeWindow): ReadonlyArray<AggregateCall> {
  return window.kind === "tumble" ? calls : unordered
}

function expected(
  window: TimeWindow,
  asked: ReadonlyArray<AggregateCall>,
  inputs: ReadonlyArray<Input>
): { readonly rows: ReadonlyArray<Row>; readonly late: number } {
  const { closed, late } = closedWindows(window, inputs)
  const rows = closed.flatMap(({ start, end, rows }) => {
    const standing = settle(rows)
    if (standing.length === 0) return []
    return [insert(rows[0]!.values[1]!, ...naive(asked, input, standing), start, end, end - 1)]
  })
  return { rows, late }
}

/** Rows without those that were taken back. */
function settle(rows: ReadonlyArray<Row>): ReadonlyArray<Row> {
  const standing: Array<Row> = []
  for (const row of rows) {
    if (row.kind === 0) standing.push(row)
    else standing.splice(standing.findIndex((other) => other.values === row.values), 1)
  }
  return standing
}

/** Every third row is taken back at once or in the next batch, if it is not late there. */
function withRetractions(inputs: ReadonlyArray<Input>): ReadonlyArray<Input> {
  return inputs.flatMap((one, at): ReadonlyArray<Input> => {
    if (!("rows" in one)) return [one]
    const taken = one.rows.filter((_, i) => (i + at) % 3 === 0).map((row) => ({ ...row, kind: 3 }))
    return taken.length === 0 ? [one] : [one, { ...one, rows: taken }]
  })
}

for (const window of windows) {
  const name = JSON.stringify(window)
  const subject = subjectOf(window, callsOf(window), false)
  const runs = { seed, numRuns: 80 }

  describe(`window aggregate over ${name}`, () => {
    it("makeWindowAggregate() and its kin give what a loop over the rows of each window gives, in order of window ends", () => {
      fc.assert(
        fc.property(history, (inputs) => {
          const want = expected(window, callsOf(window), inputs)
          const ran = run(subject, inputs)
          assert.deepEqual(ran.out.map(textOf).sort(), want.rows.map(textOf).sort())
          const at = subject.output.length - 2
          const ends = ran.out.map((row) => row.values[at])
          assert.deepEqual(ends, want.rows.map((row) => row.values[at]))
          assert.equal(ran.counts.get("lateRows") ?? 0, want.late)
        }),
        runs
      )
    })

    it("makeWindowAggregate() and its kin go on after a cut at any place and parallelism", () => {
      fc.assert(
        fc.property(history, cuts(14), (inputs, cut) => sameWhenCut(subject, inputs, cut)),
        runs
      )
    })

    it("makeWindowAggregate() and its kin count rows that are taken back out, and give no window without rows", () => {
      const asked = unordered.filter((call) => call.type.kind !== "DOUBLE")
      const retracting = subjectOf(window, asked, true)
      fc.assert(
        fc.property(history, cuts(14), (given, cut) => {
          const inputs = withRetractions(given)
          const want = expected(window, asked, inputs)
          assert.deepEqual(
            run(retracting, inputs).out.map(textOf).sort(),
            want.rows.map(textOf).sort()
          )
          sameWhenCut(retracting, inputs, cut)
        }),
        { seed, numRuns: 40 }
      )
    })

    it("makeWindowAggregate() and its kin give at most 1,024 rows at a time of a window with more keys", () => {
      const rows = Array.from(
        { length: 3000 },
        (_, i) => insert(9, text(`k${i}`), 1n, 1, true, 1n, 1)
      )
      const inputs: Array<Input> = [0, 1000, 2000].map((from) => ({
        input: 0,
        rows: rows.slice(from, from + 1000),
        form: "plain"
      }))
      const { closed } = closedWindows(window, [{
        input: 0,
        rows: rows.slice(0, 1),
        form: "plain"
      }])
      assert.equal(run(subject, inputs).out.length, 3000 * closed.length)
    })

    it("makeWindowAggregate() and its kin keep nothing of windows that have fired", () => {
      fc.assert(
        fc.property(history, (inputs) => {
          assert.equal(groupsHeld(subject, [...inputs, { watermark: 1000 }]), 0)
        }),
        { seed, numRuns: 20 }
      )
    })

    it("makeWindowAggregate() and its kin refuse a row without event time", () => {
      const operator = subject.make()
      operator.open(
        { name: "w", restored: undefined, groupsMax: 8 } as Parameters<typeof operator.open>[0]
      )
      const batch = batchOf(input, [insert(null, null, null, null, null, null, null)], "plain")
      assert.throws(
        () => operator.push(batch, 0),
        /Cannot put a row into a window in "w" as its event time is NULL/
      )
    })
  })
}
