/**
 * Has Flink read the changes in `formats/json/corpus/*.in.json` and write what it made of them, in the same format: what the formats of
 * changes are compared with. `node services/src/record-changelogs.ts`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { GatewaySession } from "./flink-gateway.ts"
import { start } from "./mod.ts"

const folder = new URL("../../formats/json/corpus/", import.meta.url).pathname
const columns = readFileSync(`${folder}columns.sql`, "utf8")
const out = mkdtempSync(`${tmpdir()}/changelogs-`)

/** Part files in the order in which they were written. */
function written(directory: string): string {
  const order = (name: string): number => Number(/-(\d+)$/.exec(name)![1])
  return readdirSync(directory).filter((name) => name.startsWith("part-"))
    .sort((a, b) => order(a) - order(b))
    .map((name) => readFileSync(`${directory}/${name}`, "utf8")).join("")
}

const { addresses } = await start("flink")
const session = await GatewaySession.open(addresses, {
  "parallelism.default": "1",
  "execution.checkpointing.interval": "200ms",
  "restart-strategy.type": "none"
})
try {
  const inputs = readdirSync(folder).filter((name) => name.endsWith(".in.json"))
  for (const [i, input] of inputs.entries()) {
    const format = input.slice(0, -".in.json".length)
    const table = (name: string, path: string): string =>
      `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = '${format}')`
    await session.run(table(`in${i}`, folder + input))
    await session.run(table(`out${i}`, `${out}/${format}`))
    const job = await session.run(`INSERT INTO out${i} SELECT * FROM in${i}`)
    const { state } = await session.wait(job!)
    if (state !== "FINISHED") throw new Error(`Flink's job for ${format} ended as ${state}`)
    writeFileSync(`${folder}${format}.flink.json`, written(`${out}/${format}`))
  }
} finally {
  await session.close()
  rmSync(out, { recursive: true })
}
