/** Runs the statements of a SQL script: results are printed, jobs are started and, for a query, waited for. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import {
  type Batch,
  compilePlan,
  hostDisk,
  hostRandom,
  isNull,
  loadModule,
  makeTimeZone,
  type Outcome,
  type PlanNode,
  render,
  Session,
  SessionOptions,
  writeStandard
} from "@millrace/core/internal"
import type { Jobs } from "./jobs.ts"
import { jobOptions } from "./job-options.ts"
import { makeRegistry } from "./registry.ts"
import { TableOutput } from "./table-output.ts"

/** A job as a session gives it. */
type JobOutcome = Extract<Outcome, { readonly kind: "job" }>

/** Run `text`. Rejects with the fault of the statement that failed; jobs started before it are ended by the caller. */
export async function runScript(text: string, file: string, jobs: Jobs): Promise<void> {
  const registry = makeRegistry()
  const session = Session.make({ registry, disk: hostDisk, loadModule })
  for await (const outcome of session.run(text, file)) {
    if (outcome.kind === "job") {
      const { ended } = await startJob(outcome, registry, jobs)
      const sync = outcome.query || outcome.settings.need(SessionOptions.dmlSync)
      if (sync && Exit.isFailure(await ended)) return
    } else if (outcome.kind === "done") {
      for (const warning of outcome.warnings) note(outcome, warning)
    } else printTable(outcome, jobs)
    if (jobs.stopping) return
  }
}

function note(outcome: Outcome, warning: string): void {
  const { file, line, column } = outcome.place
  writeStandard("error", `Note (${file}, line ${line}, column ${column}): ${warning}\n`)
}

function printTable(outcome: Extract<Outcome, { readonly kind: "table" }>, jobs: Jobs): void {
  if (outcome.plain) {
    for (const row of outcome.rows) writeStandard("output", `${row[0]}\n`)
    return
  }
  const output = new TableOutput(
    outcome.columns,
    jobs.options.output,
    (text) => writeStandard("output", text)
  )
  for (const row of outcome.rows) output.row(row)
  output.end()
}

/** Compile and start; `ended` is the job's end. */
async function startJob(
  outcome: JobOutcome,
  registry: ReturnType<typeof makeRegistry>,
  jobs: Jobs
): Promise<{ readonly ended: Promise<Exit.Exit<void, unknown>> }> {
  const rows = outcome.query ? queryOutput(outcome, jobs) : undefined
  const graph = await compilePlan(outcome.plan, {
    registry,
    nowMillis: () => Date.now(),
    random: hostRandom,
    loadModule,
    ...(rows === undefined ? {} : { collect: (_node: PlanNode, batch: Batch) => rows.batch(batch) })
  })
  const options = jobOptions(outcome.name, outcome.settings)
  const unread = rows === undefined ? {} : { unread: rows.unread }
  let finished = false
  const onFinished = (): void => {
    finished = true
  }
  const request = { ...options, ...unread, graph, query: outcome.query, onFinished }
  const ended = jobs.start(request).then((exit) => {
    if (rows?.unread.aborted === true) return Exit.void
    // An empty table would say that the query has no rows.
    if (finished) return exit
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) rows?.end()
    return exit
  })
  return { ended }
}

const kinds = ["+I", "-U", "+U", "-D"]

/** So long a table may be held back to find its widths: a query may go on for ever. */
const heldMillis = 2000

/** Types whose values JSON has as numbers and booleans. */
const literal: ReadonlySet<string> = new Set([
  "BOOLEAN",
  "TINYINT",
  "SMALLINT",
  "INT",
  "BIGINT",
  "FLOAT",
  "DOUBLE",
  "DECIMAL"
])

/** Where the rows of a query go. */
interface QueryOutput {
  readonly batch: (batch: Batch) => void
  readonly end: () => void
  /** Aborted when the reader of standard output has gone away (`| head`). */
  readonly unread: AbortSignal
}

/**
 * Prints the rows of a query, a batch by one write; one that updates its rows shows the kind of each change as a first
 * column.
 */
function queryOutput(outcome: JobOutcome, jobs: Jobs): QueryOutput {
  const collect = outcome.plan.nodes.find((node) => node.work.kind === "collect")!
  const { changelog, schema } = outcome.plan.nodes[collect.inputs[0]!.node]!
  const updates = changelog.updateAfter || changelog.updateBefore || changelog.delete
  const zone = makeTimeZone(outcome.settings.need(SessionOptions.localTimeZone))
  const columns = [...updates ? ["op"] : [], ...collect.schema.map((field) => field.name)]
  const literals = [...updates ? [false] : [], ...schema.map(({ type }) => literal.has(type.kind))]
  const gone = new AbortController()
  let text = ""
  const send = (): void => {
    if (text !== "" && !writeStandard("output", text)) gone.abort()
    text = ""
  }
  const output = new TableOutput(
    columns,
    jobs.options.output,
    (more) => {
      text += more
    },
    literals
  )
  send()
  let begun: number | undefined = undefined
  return {
    batch: (batch) => {
      begun ??= performance.now()
      for (let row = 0; row < batch.rows; row++) {
        const values = schema.map((field, i) =>
          isNull(batch.columns[i]!, row) ? null : render(batch.columns[i]!, row, field.type, zone)
        )
        output.row(updates ? [kinds[batch.kinds?.[row] ?? 0]!, ...values] : values)
      }
      if (performance.now() - begun > heldMillis) output.flush()
      send()
    },
    end: () => {
      output.end()
      send()
    },
    unread: gone.signal
  }
}
