/**
 * `npm run nexmark -- --query q5 --events N [--seed S] [--mode batch] [--parallelism P] [--output FILE]`: makes the events, runs the query
 * over them, prints how many rows its answer has and the answer's SHA-256.
 */
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { answerOf } from "./answer.ts"
import { eventsOf } from "./events.ts"
import { queries, scriptOf } from "./queries.ts"

const { values } = parseArgs({
  options: {
    query: { type: "string", default: "" },
    events: { type: "string", default: "500000" },
    seed: { type: "string", default: "42" },
    mode: { type: "string", default: "streaming" },
    parallelism: { type: "string", default: "1" },
    output: { type: "string" }
  }
})
const { query, mode } = values
if (!queries.includes(query) || (mode !== "streaming" && mode !== "batch")) {
  console.error(`--query is one of ${queries.join(", ")}; --mode streaming or batch`)
  process.exit(2)
}
const script = scriptOf(query, {
  events: eventsOf(Number(values.events), Number(values.seed)),
  mode,
  parallelism: Number(values.parallelism),
  target: "collect"
})
const answer = await answerOf(script)
if (values.output !== undefined) writeFileSync(values.output, answer.text)
console.log(`${query}: ${answer.rows} rows, sha256 ${answer.sum}`)
