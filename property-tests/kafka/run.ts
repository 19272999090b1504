/**
 * `npm run kafka-soak -- [--kills N] [--restarts N] [--rounds N] [--client platformatic|kafkajs] [--seed S]`: the long form of the soaks
 * against a real broker; prints what was done and asserts what was found.
 */
import assert from "node:assert/strict"
import process from "node:process"
import { parseArgs } from "node:util"
import { kills, restarts, troubles } from "./blows.ts"
import { type Blow, soak } from "./soak.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    restarts: { type: "string", default: "30" },
    rounds: { type: "string", default: "20" },
    client: { type: "string", default: "platformatic" },
    seed: { type: "string" }
  }
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const client = values.client === "kafkajs" ? "kafkajs" : "platformatic"
const parts: ReadonlyArray<readonly [string, ReadonlyArray<Blow>]> = [
  ["kills", kills(Number(values.kills))],
  ["restarts", restarts(Number(values.restarts), 20_000)],
  ["network", troubles(Number(values.rounds), 1500)]
]
for (const [name, blows] of parts) {
  if (blows.length === 0) continue
  const report = (line: string): void => console.log(line)
  const outcome = await soak({ runtime: [process.execPath], client, seed, blows, report })
  console.log(JSON.stringify({ name, seed, client, ...outcome }, null, 2))
  assert.deepEqual(outcome.problems, [])
  assert.ok(outcome.recoveryMillisMax <= 30_000, "a checkpoint within 30 s after each blow")
}
process.exit(0)
