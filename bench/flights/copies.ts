/** Date-shifted copies of the flights: K files that follow each other in time, so that the job sees K half-years. */
import { spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { root, runtimes } from "../src/measure.ts"
import { writeFileSync } from "node:fs"

/** Make them, by Millrace itself, in `folder`; answers the folder. */
export function copies(folder: string, times: number): string {
  mkdirSync(folder, { recursive: true })
  for (let i = 0; i < times; i++) {
    const days = 182 * i
    const target = `${folder}/${String(i).padStart(3, "0")}`
    const script = `${folder}/../copy.sql`
    writeFileSync(
      script,
      "CREATE TABLE flights (`date` TIMESTAMP(6), delay BIGINT, distance BIGINT, origin STRING, destination STRING) WITH " +
        `('connector' = 'filesystem', 'path' = '${root}node_modules/vega-datasets/data/flights-3m.parquet', 'format' = 'parquet');\n` +
        "CREATE TABLE copy (`date` TIMESTAMP(6), delay BIGINT, distance BIGINT, origin STRING, destination STRING) WITH " +
        `('connector' = 'filesystem', 'path' = '${target}', 'format' = 'parquet', 'parquet.write.int64.timestamp' = 'true');\n` +
        `INSERT INTO copy SELECT \`date\` + INTERVAL '${days}' DAY(4), delay, distance, origin, destination FROM flights;\n`
    )
    const [program, ...args] = runtimes["node"]!
    const made = spawnSync(program!, [
      ...args,
      `${root}dist/millrace.mjs`,
      "run",
      script,
      "--quiet"
    ], { encoding: "utf8" })
    if (made.status !== 0) throw new Error(`Cannot copy the flights: ${made.stderr}`)
  }
  return folder
}
