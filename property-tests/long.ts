/**
 * `npm run proof:long -- [--histories N] [--kills N] [--seed S]`: the long form of the proof. Histories on Node, a tenth of them on all three
 * runtimes with one trace, every mutant on ten seeds, kills of real processes. What is printed also goes to `logs/<date>.txt`,
 * the numbers to `SCOREBOARD.json`. Exits 1 when anything failed.
 */
import { spawn } from "node:child_process"
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { record } from "./scoreboard.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    histories: { type: "string", default: "20000" },
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: "1" }
  }
})
const now = new Date().toISOString()
mkdirSync(`${root}property-tests/logs`, { recursive: true })
const log = `${root}property-tests/logs/${now.slice(0, 10)}.txt`
writeFileSync(log, `Long form of the proof, begun ${now}\n`)
let failed = false

function tell(text: string): void {
  process.stdout.write(text)
  appendFileSync(log, text)
}

/** Run a program of this folder; answers its last line. */
async function step(runtime: ReadonlyArray<string>, ...args: Array<string>): Promise<string> {
  const [program, ...before] = runtime
  tell(`\n$ ${program} property-tests/${args.join(" ")}\n`)
  const child = spawn(`${root}node_modules/.bin/${program}`, [...before, ...args], {
    cwd: `${root}property-tests`,
    stdio: ["ignore", "pipe", "pipe"]
  })
  let printed = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text
      tell(text)
    })
  }
  const began = performance.now()
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  tell(`(${((performance.now() - began) / 1000).toFixed(0)} s)\n`)
  if (code !== 0) failed = true
  return printed.trimEnd().split("\n").at(-1) ?? ""
}

const { histories, kills, seed } = values
await step(["node"], "proof.ts", "--histories", histories, "--seed", seed, "--record")
const tenth = String(Math.ceil(Number(histories) / 10))
const traces = new Set<string>()
for (const runtime of [["node"], ["bun"], ["deno", "run", "-A", "--no-check"]]) {
  traces.add(await step(runtime, "proof.ts", "--histories", tenth, "--seed", `${Number(seed) + 1}`))
}
if (traces.size !== 1) {
  failed = true
  tell("The runtimes do not agree\n")
}
await step(["node"], "mutants/run.ts", "--record")
if (Number(kills) > 0) {
  await step(["node"], "crash/run.ts", "--kills", kills, "--seed", seed)
  if (!failed) record("R4", { number: Number(kills), failures: 0, goal: 500, seed: Number(seed) })
}
tell(failed ? "\nFailed\n" : "\nAll passed\n")
process.exit(failed ? 1 : 0)
