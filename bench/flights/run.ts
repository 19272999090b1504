/**
 * `node bench/flights/run.ts [--repetitions N] [--peers flink] [--times K]`: the main job end to end on the three runtimes, and on
 * Apache Flink in the same run, each after a discarded run; CPU seconds of the whole process (Flink: of its TaskManager). Checks that all gave the
 * same rows. `--times K` runs over K date-shifted copies of the input, for memory.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { parseArgs } from "node:util"
import { FlinkFlights } from "./flink.ts"
import { copies } from "./copies.ts"
import { type Cost, machine, measure, median, root, runtimes } from "../src/measure.ts"
import { jsonAnswer } from "../../property-tests/crash/answer.ts"

const { values } = parseArgs({
  options: {
    repetitions: { type: "string", default: "5" },
    peers: { type: "string", default: "" },
    times: { type: "string", default: "1" }
  }
})
const folder = `${tmpdir()}/millrace-bench-flights`
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const times = Number(values.times)
const input = times === 1
  ? `${root}node_modules/vega-datasets/data/flights-3m.parquet`
  : copies(`${folder}/input`, times)
const script = readFileSync(`${root}examples/flights/delays.sql`, "utf8")
  .replaceAll("'node_modules/", `'${root}node_modules/`)
  .replaceAll(`${root}node_modules/vega-datasets/data/flights-3m.parquet`, input)
  .replaceAll("examples/flights/", `${folder}/`)
writeFileSync(`${folder}/delays.sql`, script)

const engines = new Map<string, () => Promise<Cost>>()
for (const [name, runtime] of Object.entries(runtimes)) {
  engines.set(
    name,
    () =>
      measure([...runtime, `${root}dist/millrace.mjs`, "run", `${folder}/delays.sql`, "--quiet"])
  )
}
if (values.peers.split(",").includes("flink")) {
  const flink = await FlinkFlights.open(script, folder)
  engines.set("flink", () => flink.run())
}
const costs = new Map<string, Array<Cost>>()
const answers = new Map<string, string>()
for (let repetition = 0; repetition <= Number(values.repetitions); repetition++) {
  for (const [name, run] of engines) {
    for (const part of ["out", "checkpoints"]) {
      rmSync(`${folder}/${part}`, { recursive: true, force: true })
    }
    const cost = await run()
    const answer = JSON.stringify(jsonAnswer(`${folder}/out/worst`))
    answers.set(name, answer)
    if (repetition > 0) costs.set(name, [...costs.get(name) ?? [], cost])
  }
}
if (new Set(answers.values()).size !== 1) {
  throw new Error(`The engines disagree: ${JSON.stringify([...answers])}`)
}
console.log(`${3_000_000 * times} flights; ${machine()}; ${[...answers.values()][0]}`)
for (const [name, list] of costs) {
  const cpu = list.map((cost) => cost.cpuSeconds)
  console.log(
    `${name}: CPU ${median(cpu).toFixed(2)} s (${Math.min(...cpu).toFixed(2)} to ${
      Math.max(...cpu).toFixed(2)
    }), ` +
      `wall ${median(list.map((cost) => cost.wallSeconds)).toFixed(2)} s, peak ${
        Math.max(...list.map((cost) => cost.rssMegabytes)).toFixed(0)
      } MB`
  )
}
rmSync(folder, { recursive: true })
process.exit(0)
