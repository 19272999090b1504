/**
 * Claim: assigning windows gives each row once for every window that it is in, with that window's bounds; sessions are those a loop over all
 * rows finds, their rows leave when the watermark closes them, and a cut changes nothing. Model: lists of rows by window. A failure: rows in
 * windows that are not theirs.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { makeSessionAssign } from "../../src/operator/session-assign.ts"
import { makeWindowAssign } from "../../src/operator/window-assign.ts"
import type { AlignedWindow } from "../../src/state/time-window.ts"
import { timestamp } from "../../src/type/logical-type.ts"
import { seed } from "../state/kit.ts"
import { cuts, groupsHeld, type Input, run, sameWhenCut, type Subject, textOf } from "./kit.ts"
import { closedWindows, history, input } from "./window-kit.ts"

const output = [...input, timestamp(3), timestamp(3), timestamp(3)]

const aligned: ReadonlyArray<AlignedWindow> = [
  { kind: "tumble", sizeMillis: 10, offsetMillis: 3 },
  { kind: "hop", sizeMillis: 12, slideMillis: 4, offsetMillis: 1 },
  { kind: "hop", sizeMillis: 4, slideMillis: 7, offsetMillis: 2 },
  { kind: "cumulate", sizeMillis: 15, stepMillis: 5, offsetMillis: 2 }
]

function expected(
  window: Parameters<typeof closedWindows>[0],
  inputs: ReadonlyArray<Input>,
  partitioned: boolean
): ReadonlyArray<string> {
  const { closed } = partitioned
    ? closedWindows(window, inputs)
    : closedWindows(window, inputs, () => "")
  return closed.flatMap(({ start, end, rows }) =>
    rows.map((row) => textOf({ ...row, values: [...row.values, start, end, end - 1] }))
  ).sort()
}

describe("window assign", () => {
  for (const window of aligned) {
    it(`makeWindowAssign() gives each row in each of its windows over ${JSON.stringify(window)}`, () => {
      const subject: Subject = {
        make: () => makeWindowAssign({ window, timeColumn: 0 }),
        inputs: [input],
        output,
        groupBy: [[1]]
      }
      fc.assert(
        fc.property(history, (inputs) => {
          const rows = inputs.filter((one) => "rows" in one)
          assert.deepEqual(
            run(subject, inputs).out.map(textOf).sort(),
            expected(window, rows, false)
          )
        }),
        { seed, numRuns: 60 }
      )
    })
  }

  for (const partition of [[1], []]) {
    const subject: Subject = {
      make: () =>
        makeSessionAssign({
          types: input,
          gapMillis: 5,
          timeColumn: 0,
          partition,
          groupBy: partition
        }),
      inputs: [input],
      output,
      groupBy: [partition]
    }
    const window = { kind: "session", gapMillis: 5 } as const
    const name = partition.length === 0 ? "all rows" : "a key"

    it(`makeSessionAssign() gives each row with its session of ${name}, when that is closed`, () => {
      fc.assert(
        fc.property(history, (inputs) => {
          const ran = run(subject, inputs)
          const partitioned = partition.length > 0
          assert.deepEqual(ran.out.map(textOf).sort(), expected(window, inputs, partitioned))
          const { late } = partitioned
            ? closedWindows(window, inputs)
            : closedWindows(window, inputs, () => "")
          assert.equal(ran.counts.get("lateRows") ?? 0, late)
        }),
        { seed, numRuns: 100 }
      )
    })

    it(`makeSessionAssign() of ${name} goes on after a cut and keeps nothing of closed sessions`, () => {
      fc.assert(
        fc.property(history, cuts(14), (inputs, cut) => {
          const once = partition.length === 0 ? { ...cut, before: 1, after: 1 } : cut
          sameWhenCut(subject, inputs, once)
          assert.equal(groupsHeld(subject, [...inputs, { watermark: 1000 }]), 0)
        }),
        { seed, numRuns: 60 }
      )
    })
  }
})
