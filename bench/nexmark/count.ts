/**
 * `node bench/nexmark/count.ts [--small N] [--large N] [--repetitions R]`: `SELECT auction, COUNT(*) FROM bid GROUP BY auction` from the JSON file to
 * blackhole; events per CPU second of the whole process by the slope between two sizes, and as a whole, per runtime.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { generate } from "./generate.ts"
import { machine, measure, median, root, runtimes } from "../src/measure.ts"

const { values } = parseArgs({
  options: {
    small: { type: "string", default: "4000000" },
    large: { type: "string", default: "12000000" },
    repetitions: { type: "string", default: "3" }
  }
})

/** The events of a size, made once and kept in the cache. */
function events(count: number): string {
  const folder = `${root}.cache/nexmark/${count}`
  if (!existsSync(folder)) {
    mkdirSync(`${root}.cache/nexmark`, { recursive: true })
    generate(count, `${folder}.part`, { onlyOrdered: true })
    renameSync(`${folder}.part`, folder)
  }
  return folder
}

/** The script over a folder of events; answers its path. */
function script(folder: string): string {
  const text = "CREATE TABLE events (event_type INT, " +
    "person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>, " +
    "auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>, " +
    "bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>) " +
    `WITH ('connector' = 'filesystem', 'path' = '${folder}/p1', 'format' = 'json');\n` +
    "CREATE VIEW bid AS SELECT bid.auction AS auction, bid.bidder AS bidder, bid.price AS price FROM events WHERE event_type = 2;\n" +
    "CREATE TABLE counts (auction BIGINT, bids BIGINT) WITH ('connector' = 'blackhole');\n" +
    "INSERT INTO counts SELECT auction, COUNT(*) FROM bid GROUP BY auction;\n"
  writeFileSync(`${folder}/count.sql`, text)
  return `${folder}/count.sql`
}

const sizes = [Number(values.small), Number(values.large)] as const
const scripts = sizes.map((size) => script(events(size)))
console.log(machine())
for (const [name, runtime] of Object.entries(runtimes)) {
  const seconds: [Array<number>, Array<number>] = [[], []]
  let peak = 0
  for (let repetition = 0; repetition <= Number(values.repetitions); repetition++) {
    for (const k of [0, 1] as const) {
      const cost = await measure([
        ...runtime,
        `${root}dist/millrace.mjs`,
        "run",
        scripts[k]!,
        "--quiet"
      ])
      peak = Math.max(peak, cost.rssMegabytes)
      if (repetition > 0) seconds[k].push(cost.cpuSeconds)
    }
  }
  const [small, large] = [median(seconds[0]), median(seconds[1])]
  const slope = (sizes[1] - sizes[0]) / (large - small) / 1e6
  console.log(
    `${name}: ${slope.toFixed(2)} M events per CPU second by slope (${small.toFixed(2)} s for ${
      sizes[0] / 1e6
    } M, ` +
      `${large.toFixed(2)} s for ${sizes[1] / 1e6} M: ${
        (sizes[1] / large / 1e6).toFixed(2)
      } as a whole), peak ${peak.toFixed(0)} MB`
  )
}
