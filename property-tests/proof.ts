/**
 * `npm run proof -- [--histories N] [--seed S] [--only K]`: N random histories of the checkpoint property (`checkpoints/`), each lived
 * whether or not others failed. A failure prints the line that replays it alone. Last line: `N histories, F failures, trace HEX`; the trace
 * is of every choice, step and committed row, and the same on Node, Bun and Deno. Exits 1 on a failure.
 */
import fc from "fast-check"
import process from "node:process"
import { parseArgs } from "node:util"
import { history, wide } from "./checkpoints/generator.ts"
import { live } from "./checkpoints/history.ts"
import { record } from "./scoreboard.ts"

/** So many histories are drawn at once; each block has a seed of its own, so that one history is found again without the others. */
const blockSize = 100

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    histories: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    record: { type: "boolean", default: false }
  }
})

function whole(name: "histories" | "seed" | "only", text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`Cannot run the proof with --${name} "${text}": give a whole number`)
  process.exit(2)
}

const count = whole("histories", values.histories)
const seed = whole("seed", values.seed)
const only = values.only === undefined ? undefined : whole("only", values.only)
let failures = 0
let lived = 0
let trace = 0x811c9dc5
const last = only === undefined ? count : only + 1
for (
  let first = only === undefined ? 0 : only - only % blockSize;
  first < last;
  first += blockSize
) {
  const drawn = fc.sample(fc.tuple(history, wide), {
    seed: (Math.imul(seed, 0x9e3779b1) + first / blockSize) | 0,
    numRuns: blockSize
  })
  for (let i = 0; i < blockSize && first + i < last; i++) {
    if (only !== undefined && first + i !== only) continue
    const [one, schedule] = drawn[i]!
    lived++
    try {
      trace = Math.imul(trace ^ live(one, schedule.make()).trace, 0x01000193) >>> 0
    } catch (error) {
      failures++
      trace = Math.imul(trace ^ 0xdead, 0x01000193) >>> 0
      console.log(`history ${first + i}: ${error instanceof Error ? error.message : String(error)}`)
      console.log(`  replay: npm run proof -- --seed ${seed} --only ${first + i}`)
      if (only !== undefined) console.log(fc.stringify(one))
    }
  }
}
if (values.record) record("R1", { number: lived, failures, goal: 20_000, seed })
console.log(
  `${lived} histories, ${failures} failures, trace ${trace.toString(16).padStart(8, "0")}`
)
process.exitCode = failures === 0 ? 0 : 1
