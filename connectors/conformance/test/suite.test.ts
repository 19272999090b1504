/**
 * The suites themselves: a small connector that keeps the laws passes every check, and each way of breaking one law fails a check. So a
 * suite that would pass anything cannot stay unnoticed.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type Check, sinkChecks, sourceChecks } from "../src/mod.ts"
import { memoryFactory, type Mutant, rowOf, schema, sourceRows } from "./memory.ts"

/** The names of the checks that fail. */
async function failures(checks: ReadonlyArray<Check>): Promise<ReadonlyArray<string>> {
  const failed: Array<string> = []
  for (const { name, run } of checks) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

function sourceOf(mutant: Mutant | undefined): ReadonlyArray<Check> {
  const { factory } = memoryFactory(mutant)
  const options = { size: "60", "access.password": "hidden" }
  const table = () => Promise.resolve({ options, physical: schema })
  return sourceChecks({ name: "memory", factory, table, rows: sourceRows(60), histories: 12 })
}

function sinkOf(mutant: Mutant | undefined): ReadonlyArray<Check> {
  const { factory, visible, hidden } = memoryFactory(mutant)
  return sinkChecks({
    name: "memory",
    factory,
    table: (folder) => Promise.resolve({ options: { size: "1", name: folder }, physical: schema }),
    row: rowOf,
    readBack: (folder) => Promise.resolve(visible(folder)),
    remains: hidden,
    histories: 12
  })
}

const sourceMutants: ReadonlyArray<readonly [Mutant, string]> = [
  ["offset-low", "a position one batch early"],
  ["offset-high", "a position one batch late"],
  ["cut-moves", "batches cut where the reader began"],
  ["split-twice", "an enumerator that still has what it gave"],
  ["split-lost", "a snapshot without a split in hand"],
  ["one-split", "a reader that holds only the last split added"],
  ["aliased", "a snapshot that changes afterwards"],
  ["bounded-wrong", "traits of another boundedness"],
  ["option-ignored", "an option that nobody asks for"],
  ["projection-ignored", "a projection that is ignored"]
]

const sinkMutants: ReadonlyArray<readonly [Mutant, string]> = [
  ["commit-twice", "a commit that is not idempotent"],
  ["commit-early", "rows visible at the barrier"],
  ["commit-lost", "a commit that forgets the last committable"],
  ["orphan-kept", "hidden output that no checkpoint names and nobody removes"],
  ["rows-dropped", "a barrier that hands over all but the last row"],
  ["rewind-less", "a fall-back that leaves what the next checkpoint had made visible"],
  ["rewind-more", "a fall-back that takes back what its own checkpoint had made visible"]
]

describe("connector suites", () => {
  it("sourceChecks() pass for a source that keeps the laws", async () => {
    assert.deepEqual(await failures(sourceOf(undefined)), [])
  })
  it("sinkChecks() pass for a sink that keeps the laws", async () => {
    assert.deepEqual(await failures(sinkOf(undefined)), [])
  })
  for (const [mutant, what] of sourceMutants) {
    it(`sourceChecks() fail for ${what}`, async () => {
      assert.notDeepEqual(await failures(sourceOf(mutant)), [])
    })
  }
  for (const [mutant, what] of sinkMutants) {
    it(`sinkChecks() fail for ${what}`, async () => {
      assert.notDeepEqual(await failures(sinkOf(mutant)), [])
    })
  }
})
