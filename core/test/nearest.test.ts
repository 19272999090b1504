import { describe, it } from "node:test"
import * as assert from "node:assert/strict"
import * as fc from "fast-check"
import { distance, nearest } from "../src/table/nearest.ts"

describe("nearest", () => {
  it("nearest() finds a name with one letter missing, added, changed or swapped", () => {
    const names = ["connector", "format", "path"]
    assert.equal(nearest("conector", names), "connector")
    assert.equal(nearest("formatt", names), "format")
    assert.equal(nearest("fornat", names), "format")
    assert.equal(nearest("paht", names), "path")
  })

  it("nearest() ignores case and takes the nearest of several", () => {
    assert.equal(nearest("SELCT", ["select", "sect"]), "select")
    assert.equal(nearest("Path", ["paths", "path"]), "path")
  })

  it("nearest() says nothing when no candidate is near", () => {
    assert.equal(nearest("zzzzzz", ["connector"]), undefined)
    assert.equal(nearest("", ["a"]), undefined)
  })

  // Claim: distance() equals the textbook recursion. Model: memo-free recursion on short words. A failure is a wrong suggestion.
  it("distance() equals the plain recursive definition on short words", () => {
    const slow = (a: string, b: string): number => {
      if (a.length === 0 || b.length === 0) return a.length + b.length
      const last = a.at(-1) === b.at(-1) ? 0 : 1
      let best = Math.min(
        slow(a.slice(0, -1), b) + 1,
        slow(a, b.slice(0, -1)) + 1,
        slow(a.slice(0, -1), b.slice(0, -1)) + last
      )
      if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) {
        best = Math.min(best, slow(a.slice(0, -2), b.slice(0, -2)) + 1)
      }
      return best
    }
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 })
    fc.assert(fc.property(word, word, (a, b) => distance(a, b, 100) === slow(a, b)), {
      numRuns: 300
    })
  })
})
