/**
 * How far the SQL parser reaches: runs corpora of statements with Flink's verdict and prints the share of accepted and refused statements on
 * which the parser agrees, and of canonical texts that are equal.
 *
 * `node property-tests/sql/reach.ts FILE.jsonl … [--show accepted|refused|canonical|place]`
 */
import { readFileSync } from "node:fs"
import { checkCorpus, type CorpusLine } from "../../core/test/sql/check-corpus.ts"

const args = process.argv.slice(2)
const showAt = args.indexOf("--show")
const show = showAt < 0 ? undefined : args[showAt + 1]
const files = args.filter((_, index) => showAt < 0 || (index !== showAt && index !== showAt + 1))

for (const file of files) {
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line.length > 0)
  const result = checkCorpus(lines.map((line): CorpusLine => JSON.parse(line)))
  const percent = (part: number, whole: number) =>
    `${part} of ${whole} (${(whole === 0 ? 100 : (100 * part) / whole).toFixed(2)} %)`
  console.log(file)
  console.log(`  accepted as Flink does: ${percent(result.accepted, result.acceptable)}`)
  console.log(`  refused as Flink does:  ${percent(result.refused, result.refusable)}`)
  console.log(`  canonical text equal:   ${percent(result.canonical, result.accepted)}`)
  console.log(`  refused on its line:    ${percent(result.sameLine, result.refused)}`)
  console.log(`  out of scope:           ${result.outOfScope}`)
  for (const miss of result.misses) {
    if (miss.kind === show) console.log(`${miss.id} ${miss.detail}\n${miss.sql}\n`)
  }
}
