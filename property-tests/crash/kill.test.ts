/**
 * Claim: a job that is killed with SIGKILL at any moment and resumed leaves the same rows as an undisturbed run, each
 * once, and nothing else. Model: the main job itself, its output as a multiset. Generator: random moments and named places, from a seed. A
 * failure means that rows were lost, repeated or half-written.
 */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { describe, it } from "node:test"
import { root } from "./flights-job.ts"
import { soak } from "./soak.ts"

const name = process.env["MILLRACE_TEST_RUNTIME"] ?? "node"
const runtimes: Record<string, ReadonlyArray<string>> = {
  node: [`${root}node_modules/node/bin/node`],
  bun: [`${root}node_modules/.bin/bun`],
  deno: [`${root}node_modules/.bin/deno`, "run", "-A", "--no-check"]
}

describe("kill -9", () => {
  it("a killed and resumed job gives the rows of an undisturbed one", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1000000)
    const folder = mkdtempSync(`${tmpdir()}/millrace-crash-`)
    try {
      const kills = name === "node" ? 12 : 6
      const result = await soak({ folder, runtime: runtimes[name]!, kills, seed })
      console.log(`SEED=${seed} ${JSON.stringify(result)}`)
      assert.deepEqual(result.problems, [])
      assert.equal(result.equal, kills)
      assert.ok(
        result.afterCheckpoint >= kills / 2,
        `only ${result.afterCheckpoint} of ${kills} kills came after a checkpoint`
      )
      assert.ok(result.betweenPrepareAndCommit >= 1)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
