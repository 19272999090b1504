/** The checkpoint property is worth something: broken engines fail it. The rest of the list is `npm run mutants`' work. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { hunt } from "./hunt.ts"
import { mutants } from "./list.ts"
import { patch } from "./mutant.ts"

const isNode = !("Bun" in globalThis) && !("Deno" in globalThis)
const skip = isNode ? false : "mutants are made by Node's module hooks"

const chosen = [
  "no alignment",
  "snapshot at the first barrier",
  "barrier before the builders are flushed",
  "complete before it is stored",
  "positions of the checkpoint before",
  "commit on the barrier",
  "a restore does not commit",
  "drops batches when a lane is full"
]

describe("the checkpoint property", () => {
  for (const name of chosen) {
    it(`kills the mutant "${name}" within 500 histories`, { skip }, async () => {
      const { lived } = await hunt(name, 500, [1])
      assert.notEqual(lived[0], null)
    })
  }
})

describe("patch()", () => {
  const mutant = mutants[0]!

  it("refuses a text that is not there", () => {
    assert.throws(() => patch(mutant, mutant.edits[0]!.file, "nothing of it"), /stands 0 times/)
  })

  it("refuses a text that stands twice", () => {
    const { before, file } = mutant.edits[0]!
    assert.throws(() => patch(mutant, file, `${before}\n${before}`), /stands 2 times/)
  })
})
