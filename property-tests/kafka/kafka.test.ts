/**
 * Claim: a job between topics keeps every row once and in order, and leaves no transaction open, whatever happens to its process, its
 * broker and its network. Model: the numbers that were fed. Generator: kills at random moments and named places, restarts, network faults,
 * from a seed. A failure means rows lost, doubled or out of order, or readers of committed records that are held up.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { MissingPrerequisite } from "../../services/src/mod.ts"
import { kills, restarts, troubles } from "./blows.ts"
import { root } from "../crash/flights-job.ts"
import { type Blow, soak, type SoakOutcome } from "./soak.ts"

const name = process.env["MILLRACE_TEST_RUNTIME"] ?? "node"
const runtimes: Record<string, ReadonlyArray<string>> = {
  node: [`${root}node_modules/node/bin/node`],
  bun: [`${root}node_modules/.bin/bun`],
  // the program itself: what stands in .bin starts it as a child, which a kill of the parent would leave alive
  deno: [`${root}node_modules/deno/deno`, "run", "-A", "--no-check"]
}

/** Undefined: no broker can be started here, which CI=true makes a failure. */
async function soaked(
  blows: ReadonlyArray<Blow>,
  client: "platformatic" | "kafkajs" = "platformatic"
): Promise<SoakOutcome | string> {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
  console.log(`SEED=${seed}`)
  try {
    const outcome = await soak({ runtime: runtimes[name]!, client, seed, blows })
    console.log(JSON.stringify(outcome))
    assert.deepEqual(outcome.problems, [])
    assert.ok(
      outcome.recoveryMillisMax <= 30_000,
      `recovered after ${outcome.recoveryMillisMax} ms`
    )
    return outcome
  } catch (error) {
    if (!(error instanceof MissingPrerequisite) || process.env["CI"] === "true") throw error
    return error.message
  }
}

describe("Kafka, exactly once", () => {
  it("a job that is killed with SIGKILL again and again copies every row once", async (t) => {
    const count = name === "node" ? 15 : 4
    const outcome = await soaked(kills(count))
    if (typeof outcome === "string") return t.skip(outcome)
    assert.ok(outcome.kills >= count)
    assert.ok(
      outcome.afterCheckpoint >= 0.8 * outcome.kills,
      `${outcome.afterCheckpoint} after a checkpoint`
    )
    // of every five blows one is such a kill
    assert.ok(outcome.betweenPrepareAndCommit >= Math.floor((count + 1) / 5))
  })

  if (name === "node") {
    it("a job on kafkajs that is killed with SIGKILL copies every row once", async (t) => {
      const outcome = await soaked(kills(4), "kafkajs")
      if (typeof outcome === "string") return t.skip(outcome)
      assert.ok(outcome.betweenPrepareAndCommit >= 1)
    })

    it("a job goes on when its broker is stopped, killed, or does not answer for a while", async (t) => {
      const outcome = await soaked(restarts(3, 4000))
      if (typeof outcome === "string") return t.skip(outcome)
    })

    it("a job goes on when its network cuts, stalls, resets, and holds back or loses answers to commits", async (t) => {
      const outcome = await soaked(troubles(1, 1200))
      if (typeof outcome === "string") return t.skip(outcome)
      assert.ok(outcome.commitsHit >= 4, `${outcome.commitsHit} commits were hit`)
      assert.ok(outcome.resets >= 1, `${outcome.resets} responses were cut`)
    })
  }
})
