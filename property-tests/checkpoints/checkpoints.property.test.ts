/**
 * **Claim (K4)** crash anywhere, any number of times, go on from the newest complete checkpoint, at any parallelism: what
 * is committed in the end is what a failure-free run commits. With it go K5 (complete means all), K6 (alignment), K7
 * (every job ends), K8 (nothing goes back), K9 (rescaling) and K10 (aborts), which `Durable`, the engine's assertions and
 * the simulation's limits check on the way. K3 is checked on the newest checkpoint at every crash (`prefix.ts`). In half of the
 * histories checkpoints are kept by the real store on a simulated disk, where a crash may take the power too.
 *
 * **Model** `model.ts`: the dataflow as functions over bags. **Generator** `generator.ts`. **A failure** is a bug of the
 * engine, or of the model; `SEED=… ` replays it, and the narrow schedule shrinks it.
 */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { narrow, wide } from "./generator.ts"
import { type Survey, survey } from "./survey.ts"

const seed = Number(process.env["SEED"] ?? 20261122)
const count = Number(process.env["HISTORIES"] ?? 500)

/** Histories in which nothing happens would prove nothing. */
function assertNotVacuous({ shares }: Survey): void {
  assert.ok(shares.checkpointed >= 0.5, `two checkpoints in ${shares.checkpointed}`)
  assert.ok(
    shares.crashedInCheckpoint >= 0.3,
    `crash in a checkpoint in ${shares.crashedInCheckpoint}`
  )
  assert.ok(shares.crashedInRestore >= 0.1, `crash in a restore in ${shares.crashedInRestore}`)
  assert.ok(shares.crashedInWrite >= 0.05, `crash in a write in ${shares.crashedInWrite}`)
  assert.ok(shares.onDisk >= 0.3, `the real store in ${shares.onDisk}`)
  assert.ok(shares.adopted > 0, `complete although its writer died in ${shares.adopted}`)
  assert.ok(shares.prefixed >= 0.2, `run dry in ${shares.prefixed}`)
  assert.ok(shares.rescaled >= 0.1, `rescaled in ${shares.rescaled}`)
  assert.ok(shares.restarted >= 0.1, `restarted in ${shares.restarted}`)
  assert.ok(shares.aborted >= 0.2, `aborted in ${shares.aborted}`)
  assert.ok(shares.stopped >= 0.05, `stopped in ${shares.stopped}`)
  assert.ok(shares.recommitted >= 0.1, `committed again in ${shares.recommitted}`)
  assert.ok(shares.fellBack >= 0.02, `an older checkpoint in ${shares.fellBack}`)
  assert.ok(shares.rewound >= 0.01, `taken back in ${shares.rewound}`)
  assert.ok(shares.ordered >= 0.3, `order compared in ${shares.ordered}`)
  assert.ok(shares.withOutput >= 0.8, `output in ${shares.withOutput}`)
}

function nodePath(): string | undefined {
  const isNode = !("Bun" in globalThis) && !("Deno" in globalThis)
  if (isNode) return process.execPath
  const local = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url))
  return existsSync(local) ? local : undefined
}

describe("a job with checkpoints", () => {
  it(`commits what the model gives, whatever the schedule and wherever it crashes (SEED=${seed})`, () => {
    const found = survey(wide, seed, count)
    assertNotVacuous(found)
    assert.equal(found.histories, count)
  })

  it(`commits what the model gives near the canonical schedule (SEED=${seed})`, () => {
    const found = survey(narrow, seed, Math.ceil(count / 5))
    assert.ok(found.shares.withOutput >= 0.8)
  })

  const node = nodePath()
  it("takes the same steps on every runtime", {
    skip: node === undefined ? "there is no Node to compare with" : false
  }, () => {
    const script = fileURLToPath(new URL("./trace.ts", import.meta.url))
    const there = execFileSync(node!, [script, `${seed}`, "40"], { encoding: "utf8" }).trim()
    assert.equal(survey(wide, seed, 40).trace, there)
  })
})
