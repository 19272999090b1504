/**
 * All mutants against the checkpoint property: `node property-tests/mutants/run.ts [seeds] [histories]`. A line for each;
 * the last says how many were killed on every seed. Exits 1 when one survived.
 */
import { hunt } from "./hunt.ts"
import { mutants } from "./list.ts"

const seedCount = Number(process.argv[2] ?? 3)
const runs = Number(process.argv[3] ?? 500)
const seeds = Array.from({ length: seedCount }, (_, i) => i + 1)
let killed = 0
for (const { name, rule } of mutants) {
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
console.log(`killed ${killed} of ${mutants.length}`)
process.exitCode = killed === mutants.length ? 0 : 1
