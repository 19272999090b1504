/**
 * `npm run mutants -- [--seeds N] [--histories N] [--only TEXT]`: every mutant against the checkpoint property. A line for each; the last says
 * how many were killed on every seed. Exits 1 when one survived.
 */
import process from "node:process"
import { parseArgs } from "node:util"
import { record } from "../scoreboard.ts"
import { hunt } from "./hunt.ts"
import { mutants } from "./list.ts"

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    seeds: { type: "string", default: "10" },
    histories: { type: "string", default: "500" },
    only: { type: "string", default: "" },
    record: { type: "boolean", default: false }
  }
})
const runs = Number(values.histories)
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
const chosen = mutants.filter(({ name }) => name.includes(values.only))
let killed = 0
for (const { name, rule } of chosen) {
  const { lived, reason } = await hunt(name, runs, seeds)
  const caught = lived.filter((count) => count !== null).toSorted((a, b) => a - b)
  const all = caught.length === seeds.length
  if (all) killed++
  const median = caught[Math.floor(caught.length / 2)] ?? "-"
  console.log(
    `${all ? "killed  " : "SURVIVED"} ${
      rule.padEnd(3)
    } ${name}: ${caught.length} of ${seeds.length} seeds, median ${median}, worst ${
      caught.at(-1) ?? "-"
    } histories; ${reason.split("\n")[0]}`
  )
}
if (values.record) {
  const failures = chosen.length - killed
  record("R2", { number: killed, failures, goal: 30, seed: seeds.length })
}
console.log(`killed ${killed} of ${chosen.length}`)
process.exitCode = killed === chosen.length && killed > 0 ? 0 : 1
