/**
 * The suites themselves: a small format that keeps the laws passes every check, and each way of breaking one law fails a check. So a suite that would
 * pass anything cannot stay unnoticed.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { bulkDamageChecks, type Check, contextOf, messageChecks } from "../src/mod.ts"
import { type Mutant, release, toyFactory, toyRow } from "./toy.ts"

const texts = fc.string({ unit: "grapheme", maxLength: 60 }).filter((text) =>
  Buffer.byteLength(text) < 255
)

function messagesOf(mutant: Mutant | undefined): ReadonlyArray<Check> {
  return messageChecks(toyFactory(mutant), {
    name: "toy",
    physical: toyRow,
    given: {},
    values: (type) => type.kind === "VARCHAR" ? texts : undefined,
    strict: true
  })
}

function filesOf(mutant: Mutant | undefined): ReadonlyArray<Check> {
  const factory = toyFactory(mutant)
  const rows = fc.sample(fc.tuple(fc.integer(), texts), { numRuns: 90, seed: 1 })
  return bulkDamageChecks(factory, [contextOf(factory, toyRow, {})], rows, true)
}

/** The names of the checks that fail. */
function failures(checks: ReadonlyArray<Check>): ReadonlyArray<string> {
  const failed = checks.filter(({ run }) => {
    try {
      run()
      return false
    } catch {
      return true
    }
  })
  release()
  return failed.map(({ name }) => name)
}

const messageMutants: ReadonlyArray<readonly [Mutant, string]> = [
  ["throws", "a bug's error of a damaged message"],
  ["silent", "a damaged message that vanishes"],
  ["both", "a damaged message that is told and gives a row"],
  ["stops-early", "one damaged message that ends all"],
  ["trailing", "bytes behind the record that nobody sees"],
  ["stale-null", "a NULL left behind by a damaged message"],
  ["projection-ignored", "a projection that is ignored"],
  ["wrong-text", "long text that is cut off"],
  ["large-batch", "a batch of too many rows"],
  ["keeps-all", "memory that every message adds to"],
  ["full-stop", "an error that is no sentence of the kind wanted"]
]

const fileMutants: ReadonlyArray<readonly [Mutant, string]> = [
  ["file-error", "a bug's error of a damaged file"],
  ["file-lost", "rows made up where a file was cut off"],
  ["file-grows", "memory that every file adds to"]
]

describe("format suites", () => {
  it("messageChecks() and bulkDamageChecks() pass for a format that keeps the laws", () => {
    assert.deepEqual([...failures(messagesOf(undefined)), ...failures(filesOf(undefined))], [])
  })
  for (const [mutant, what] of messageMutants) {
    it(`messageChecks() fail for ${what}`, () => {
      assert.notDeepEqual(failures(messagesOf(mutant)), [])
    })
  }
  for (const [mutant, what] of fileMutants) {
    it(`bulkDamageChecks() fail for ${what}`, () => {
      assert.notDeepEqual(failures(filesOf(mutant)), [])
    })
  }
})
