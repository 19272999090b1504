/** `node property-tests/crash/run.ts [--kills N] [--seed S]`: the long form of the kill -9 soak; prints the counts and asserts them. */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { parseArgs } from "node:util"
import { soak } from "./soak.ts"

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string" } }
})
const kills = Number(values.kills)
const seed = Number(values.seed ?? Date.now() % 1000000)
const folder = mkdtempSync(`${tmpdir()}/millrace-crash-`)
const result = await soak({
  folder,
  runtime: [process.execPath],
  kills,
  seed,
  report: (line) => console.log(line)
})
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ seed, ...result }, null, 2))
assert.equal(result.equal, kills)
assert.ok(
  result.afterCheckpoint >= kills * 0.8,
  "four of five kills fall after a completed checkpoint"
)
assert.ok(
  result.betweenPrepareAndCommit >= kills / 10,
  "one of ten kills falls between prepare and commit"
)
