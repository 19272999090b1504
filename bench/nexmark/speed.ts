/**
 * `node bench/nexmark/speed.ts [--queries q0,q5] [--small N] [--large N] [--repetitions R] [--runtimes node,bun,deno]`: each query from the JSON
 * file to blackhole; thousand events per CPU second of the whole process by the slope between two sizes, beside what Flink 2.3 does on a machine
 * like this one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { parseArgs } from "node:util"
import { machine, measure, median, root, runtimes } from "../src/measure.ts"
import { eventsOf } from "./events.ts"
import { queries, scriptOf } from "./queries.ts"

/** Thousand events per CPU second of Flink 2.3.0 on two quiet cores, warm. */
const flink: Readonly<Record<string, number>> = {
  q0: 173,
  q1: 149,
  q2: 135,
  q3: 147,
  q4: 83,
  q5: 105,
  q7: 78,
  q8: 130,
  q9: 64,
  q11: 101,
  q15: 82,
  q16: 24,
  q17: 115,
  q18: 109,
  q19: 88,
  q20: 83
}

const { values } = parseArgs({
  options: {
    queries: { type: "string", default: Object.keys(flink).join(",") },
    small: { type: "string", default: "1000000" },
    large: { type: "string", default: "3000000" },
    repetitions: { type: "string", default: "1" },
    runtimes: { type: "string", default: "node" }
  }
})

const folder = mkdtempSync(`${tmpdir()}/millrace-nexmark-`)
const sizes = [Number(values.small), Number(values.large)] as const

function script(query: string, size: number): string {
  const path = `${folder}/${query}-${size}.sql`
  const options = { mode: "streaming", parallelism: 1, target: "blackhole" } as const
  writeFileSync(path, scriptOf(query, { events: eventsOf(size, 42), ...options }))
  return path
}

console.log(machine())
const ratios: Array<number> = []
for (const name of values.runtimes.split(",")) {
  for (const query of values.queries.split(",").filter((one) => queries.includes(one))) {
    const scripts = sizes.map((size) => script(query, size))
    const seconds: [Array<number>, Array<number>] = [[], []]
    let peak = 0
    for (let repetition = 0; repetition < Number(values.repetitions); repetition++) {
      for (const k of [0, 1] as const) {
        const command = [...runtimes[name]!, `${root}dist/millrace.mjs`, "run", scripts[k]!]
        const cost = await measure([...command, "--quiet"])
        seconds[k].push(cost.cpuSeconds)
        peak = Math.max(peak, cost.rssMegabytes)
      }
    }
    const [small, large] = [median(seconds[0]), median(seconds[1])]
    const thousands = (sizes[1] - sizes[0]) / (large - small) / 1000
    const peer = flink[query]
    if (peer !== undefined) ratios.push(thousands / peer)
    console.log(
      `${name} ${query}: ${thousands.toFixed(0)} thousand events per CPU second` +
        (peer === undefined ? "" : `, Flink ${peer}: ${(thousands / peer).toFixed(1)} times`) +
        ` (${small.toFixed(2)} s, ${large.toFixed(2)} s, peak ${peak.toFixed(0)} MB)`
    )
  }
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
console.log(
  `geometric mean of the ratios ${mean.toFixed(1)}, least ${Math.min(...ratios).toFixed(1)}`
)
rmSync(folder, { recursive: true })
