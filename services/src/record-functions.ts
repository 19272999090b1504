/**
 * Asks Flink for the value of every recorded call and writes what it answers: one line of JSON a call, with its type and its value as
 * CAST to STRING shows it (bytes in base64), or with the kind of its error.
 *
 * Many calls go into one SELECT; a SELECT that fails is halved until the call that fails stands alone. Calls that the fixture holds
 * already are not asked for again, unless `--all` is given, or `--errors` for those that failed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { aggregateCalls, aggregateConditions, aggregateTable } from "./cases/aggregate.ts"
import { collection, json } from "./cases/collection.ts"
import { conversion } from "./cases/conversion.ts"
import { logic } from "./cases/logic.ts"
import { number } from "./cases/number.ts"
import { temporal } from "./cases/temporal.ts"
import { text } from "./cases/text.ts"
import { GatewaySession } from "./flink-gateway.ts"
import { formatGatewayType, type GatewayType } from "./gateway-type.ts"
import { type Case, expand } from "./function-case.ts"
import { start } from "./mod.ts"

/** What Flink said of one call. */
interface Recorded {
  readonly sql: string
  readonly type?: string
  readonly value?: string | null
  /** The class of the innermost exception. */
  readonly error?: string
}

const groups: Readonly<Record<string, ReadonlyArray<Case>>> = {
  logic,
  number,
  text,
  temporal,
  conversion,
  collection,
  json
}

const folder = new URL("../../core/test/function/recorded/", import.meta.url).pathname
const perSelect = 32
const perTemplate = 12

/** The class at the end of the chain of causes. */
function causeOf(error: Error): string {
  const classes = [...error.message.matchAll(/Caused by: (?:[a-z]\w*\.)*([A-Z]\w*)/g)]
  return classes.at(-1)?.[1] ?? "unknown"
}

async function ask(
  session: GatewaySession,
  calls: ReadonlyArray<string>
): Promise<ReadonlyArray<Recorded>> {
  const items = calls.map((call, i) => `${call} AS v${i}, CAST(${call} AS STRING) AS s${i}`)
  try {
    const { columns, rows } = await session.select(`SELECT ${items.join(", ")}`)
    return calls.map((sql, i) => {
      const type = columns[2 * i]!.logicalType as GatewayType
      const binary = type.type === "BINARY" || type.type === "VARBINARY"
      const value = rows[0]![binary ? 2 * i : 2 * i + 1] as string | null
      return { sql, type: formatGatewayType(type), value }
    })
  } catch (error) {
    if (calls.length === 1) return [{ sql: calls[0]!, error: causeOf(error as Error) }]
    const half = calls.length >> 1
    return [
      ...await ask(session, calls.slice(0, half)),
      ...await ask(session, calls.slice(half))
    ]
  }
}

/** The last value of an aggregate over the rows of a stream. */
async function askAggregate(
  session: GatewaySession,
  call: string,
  condition: string
): Promise<Recorded> {
  const sql = `${call} WHERE ${condition}`
  try {
    // The gateway cannot show a MULTISET, so its type is not asked for.
    const shown = call.startsWith("COLLECT") ? "1" : call
    const { columns, rows } = await session.select(
      `SELECT ${shown} AS v, CAST(${call} AS STRING) AS s FROM ${aggregateTable} WHERE ${condition}`
    )
    return {
      sql,
      type: formatGatewayType(columns[0]!.logicalType as GatewayType),
      value: rows.at(-1)![1] as string | null
    }
  } catch (error) {
    return { sql, error: causeOf(error as Error) }
  }
}

async function recordAggregates(session: GatewaySession): Promise<void> {
  const lines: Array<string> = []
  for (const call of aggregateCalls) {
    for (const condition of aggregateConditions) {
      lines.push(`${JSON.stringify(await askAggregate(session, call, condition))}\n`)
    }
    console.log(`aggregate: ${call}`)
  }
  writeFileSync(`${folder}aggregate.jsonl`, lines.join(""))
}

async function record(
  session: GatewaySession,
  name: string,
  all: boolean,
  errors: boolean
): Promise<void> {
  const path = `${folder}${name}.jsonl`
  const known = new Map<string, Recorded>()
  if (!all && existsSync(path)) {
    for (const line of readFileSync(path, "utf8").split("\n").filter((text) => text !== "")) {
      const recorded = JSON.parse(line) as Recorded
      if (recorded.error === undefined || !errors) known.set(recorded.sql, recorded)
    }
  }
  const calls = [...new Set(groups[name]!.flatMap((template) => expand(template, perTemplate)))]
  const missing = calls.filter((call) => !known.has(call))
  for (let i = 0; i < missing.length; i += perSelect) {
    for (const one of await ask(session, missing.slice(i, i + perSelect))) known.set(one.sql, one)
    console.log(`${name}: ${Math.min(missing.length, i + perSelect)} of ${missing.length} asked`)
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, calls.map((call) => `${JSON.stringify(known.get(call))}\n`).join(""))
}

const args = process.argv.slice(2).filter((arg) => arg !== "--")
const all = args.includes("--all")
const errors = args.includes("--errors")
const chosen = args.filter((arg) => !arg.startsWith("--"))
const { addresses } = await start("flink")
const open = (mode: string) =>
  GatewaySession.open(addresses, {
    "execution.runtime-mode": mode,
    "parallelism.default": "1",
    "table.local-time-zone": "Europe/Berlin"
  })
const session = await open("batch")
for (const name of chosen.length === 0 ? [...Object.keys(groups), "aggregate"] : chosen) {
  if (name === "aggregate") {
    const streaming = await open("streaming")
    await recordAggregates(streaming)
    await streaming.close()
    continue
  }
  if (groups[name] === undefined) {
    throw new Error(`Unknown group "${name}", known: ${Object.keys(groups).join(", ")}`)
  }
  await record(session, name, all, errors)
}
await session.close()
