/**
 * `node bench/startup/run.ts [--repetitions N]`: millis from the spawn of the bundled command to the first byte of the first row that it
 * prints, per runtime: median, least and most. A discarded run comes first, so that compile caches are warm.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { parseArgs } from "node:util"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const runtimes: Readonly<Record<string, ReadonlyArray<string>>> = {
  node: [`${root}node_modules/node/bin/node`],
  bun: [`${root}node_modules/.bin/bun`],
  deno: [`${root}node_modules/.bin/deno`, "run", "-A", "--no-check"]
}
const { values } = parseArgs({ options: { repetitions: { type: "string", default: "11" } } })
const folder = mkdtempSync(`${tmpdir()}/millrace-startup-`)
const script = `${folder}/first.sql`
writeFileSync(
  script,
  "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3');\n" +
    "CREATE TABLE shown (n BIGINT) WITH ('connector' = 'print');\nINSERT INTO shown SELECT n * 2 FROM numbers;\n"
)

function once(runtime: ReadonlyArray<string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    let first: number | undefined
    const args = [...runtime.slice(1), `${root}dist/millrace.mjs`, "run", script, "--quiet"]
    const child = spawn(runtime[0]!, args, { stdio: ["ignore", "pipe", "inherit"] })
    child.stdout.once("data", () => first = performance.now() - began)
    child.on(
      "close",
      (code) =>
        code === 0 && first !== undefined ? resolve(first) : reject(new Error(`ended with ${code}`))
    )
  })
}

for (const [name, runtime] of Object.entries(runtimes)) {
  await once(runtime)
  const millis: Array<number> = []
  for (let i = 0; i < Number(values.repetitions); i++) millis.push(await once(runtime))
  millis.sort((a, b) => a - b)
  const text = (value: number) => value.toFixed(0)
  console.log(
    `${name}: median ${text(millis[millis.length >> 1]!)} ms, least ${text(millis[0]!)}, most ${
      text(millis.at(-1)!)
    }`
  )
}
rmSync(folder, { recursive: true })
