/**
 * The answer of a query: its changes folded to the final table, rows as text, sorted, below a line of column names. Times lose the zeros at the
 * end of their fraction, NULL is empty; for decimals see {@link decimalText}.
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import {
  type Batch,
  compilePlan,
  execute,
  isNull,
  loadModule,
  type LogicalType,
  makeTimeZone,
  type Outcome,
  Registry,
  render,
  Session
} from "@millrace/core/internal"
import { builtIn, jobOptions } from "millrace"

const zone = makeTimeZone("UTC")

/** The final table. */
export interface Answer {
  readonly rows: number
  /** Header and rows, each line ended by a line feed. */
  readonly text: string
  /** SHA-256 of the text. */
  readonly sum: string
}

/**
 * Run the query of a script to its end.
 *
 * **Errors** an error when a change takes back a row that is not there.
 */
export async function answerOf(script: string): Promise<Answer> {
  const registry = Registry.make(builtIn)
  const table = new Map<string, number>()
  let header = ""
  for await (const outcome of Session.make({ registry, loadModule }).run(script, "nexmark.sql")) {
    if (outcome.kind !== "job") continue
    const collected = outcome.plan.nodes.find((node) => node.work.kind === "collect")!
    const { schema } = outcome.plan.nodes[collected.inputs[0]!.node]!
    header = collected.schema.map((field) => field.name).join(",")
    const collect = (_: unknown, batch: Batch): void =>
      changesOf(batch, schema, (text, by) => {
        const count = (table.get(text) ?? 0) + by
        if (count === 0) table.delete(text)
        else table.set(text, count)
      })
    await runPlan(outcome, registry, { resume: false, collect })
  }
  return answerText(header, table)
}

/** How a job is run. */
export interface RunOptions {
  readonly resume: boolean
  readonly collect: (node: unknown, batch: Batch) => void
  /** Between checkpoints, instead of what the script says. */
  readonly intervalMillis?: number
}

/** Run the job of an outcome to its end. */
export async function runPlan(
  outcome: Extract<Outcome, { readonly kind: "job" }>,
  registry: ReturnType<typeof Registry.make>,
  { resume, collect, intervalMillis }: RunOptions
): Promise<void> {
  const graph = await compilePlan(outcome.plan, {
    registry,
    nowMillis: Date.now,
    loadModule,
    collect
  })
  const options = jobOptions("nexmark", outcome.settings)
  const checkpoints = { ...options.checkpoints, ...intervalMillis && { intervalMillis } }
  await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
    const execution = yield* execute(graph, {
      ...options,
      checkpoints,
      resume,
      onProgress: () => {},
      onWarning: () => {}
    })
    if (execution.kind === "running") yield* execution.job.result
  })))
}

/**
 * A decimal as Flink's answers have it: they went through JSON, where a fraction loses its zeros and a whole number that ends with zeros is written
 * with an exponent, which was read as a floating-point number: `54480.0`.
 */
export function decimalText(value: string): string {
  const short = value.includes(".") ? value.replace(/\.?0+$/, "") : value
  return /^-?[1-9]\d*0$/.test(short) ? `${short}.0` : short
}

/** Each row of a batch as text, with 1 when it comes and −1 when it goes. */
export function changesOf(
  batch: Batch,
  schema: LogicalType.RowType,
  take: (text: string, by: number) => void
): void {
  for (let row = 0; row < batch.rows; row++) {
    const text = schema.map(({ type }, i) => {
      const column = batch.columns[i]!
      if (isNull(column, row)) return ""
      const value = render(column, row, type, zone)
      if (type.kind === "DECIMAL") return decimalText(value)
      return type.kind.startsWith("TIMESTAMP") ? value.replace(/\.?0+$/, "") : value
    }).join(",")
    const kind = batch.kinds?.[row] ?? 0
    take(text, kind === 0 || kind === 2 ? 1 : -1)
  }
}

/** The folded table as text. */
export function answerText(header: string, table: ReadonlyMap<string, number>): Answer {
  const lines: Array<string> = []
  for (const [text, count] of table) {
    if (count < 0) {
      throw new Error(`A row was taken back ${-count} times more than it came: ${text}`)
    }
    for (let i = 0; i < count; i++) lines.push(text)
  }
  const text = [header, ...lines.sort()].map((line) => `${line}\n`).join("")
  return { rows: lines.length, text, sum: createHash("sha256").update(text).digest("hex") }
}
