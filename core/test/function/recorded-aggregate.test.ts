/**
 * Claim: every recorded aggregate has the type and the last value that Flink 2.3 gave it, over the rows of a small table and parts of it.
 * Model: `recorded/aggregate.jsonl`, written by `npm run record-functions -- aggregate`. Exceptions stand in
 * `differences.ts`.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { aggregateConditions, aggregateTable } from "../../../services/src/cases/aggregate.ts"
import { format } from "../../src/type/logical-type.ts"
import { Memory } from "../operator/memory-connector.ts"
import { aggregateDifferences } from "./differences.ts"

interface Recorded {
  readonly sql: string
  readonly type?: string
  readonly value?: string | null
  readonly error?: string
}

const recorded = readFileSync(new URL("recorded/aggregate.jsonl", import.meta.url), "utf8")
  .split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded)

/** The last values of calls, and their types. */
async function evaluate(
  calls: ReadonlyArray<string>,
  condition: string
): Promise<ReadonlyArray<{ readonly type: string; readonly value: string | null }>> {
  const memory = new Memory()
  const items = calls.flatMap((call, i) => [`${call} AS v${i}`, `CAST(${call} AS STRING) AS s${i}`])
  const script = `SELECT ${items.join(", ")} FROM ${aggregateTable} WHERE ${condition}`
  const [plan] = await memory.plans(script, 1)
  await memory.run(script)
  const { schema } = plan!.nodes.find((node) => node.work.kind === "collect")!
  const last = memory.collected.findLast((row) => row.kind === 0 || row.kind === 2)!
  return calls.map((_, i) => {
    const bytes = last.values[2 * i + 1] as Uint8Array | null
    return {
      type: format(schema[2 * i]!.type),
      value: bytes === null ? null : new TextDecoder().decode(bytes)
    }
  })
}

/** The parts of a list; Flink does not keep the order of VALUES. */
function partsOf(text: string): ReadonlyArray<string> {
  return text.split(/[^\p{L}\p{N}.=]+/u).sort()
}

/** Lists and maps have no order; doubles may differ in their last digits. */
function agree(a: string | null, b: string | null): boolean {
  if (a === b) return true
  if (a === null || b === null) return false
  const [x, y] = [partsOf(a), partsOf(b)]
  return x.length === y.length &&
    x.every((part, i) =>
      part === y[i] || Math.abs(Number(part) - Number(y[i])) <= 1e-14 * Math.abs(Number(y[i]))
    )
}

/** The type without the length that Flink gives to JSON, and whether it may be NULL; that of a MULTISET was not recorded. */
function plainType(type: string, sql: string): string {
  return sql.startsWith("COLLECT")
    ? ""
    : type.replace(/ NOT NULL$/, "").replace("VARCHAR(2000)", "STRING")
}

describe("recorded aggregates", () => {
  for (const condition of aggregateConditions) {
    it(`recorded aggregates WHERE ${condition} have Flink's types and values`, async () => {
      const suffix = ` WHERE ${condition}`
      const own = recorded.filter(({ sql, error }) => sql.endsWith(suffix) && error === undefined)
      const calls = own.map(({ sql }) => sql.slice(0, -suffix.length))
      const values = await evaluate(calls, condition)
      const problems = own.flatMap((wanted, i) => {
        const { type, value } = values[i]!
        const same = plainType(type, wanted.sql) === plainType(wanted.type!, wanted.sql)
        const fits = same && agree(value, wanted.value!)
        const known = aggregateDifferences.some(({ form }) => form.test(wanted.sql))
        if (fits || known) return []
        return [`${wanted.sql} is ${type} ${value}, but must be ${wanted.type} ${wanted.value}`]
      })
      assert.deepEqual(problems, [])
    })
  }
})
