/**
 * Checks a SQL script as {@link check} checks a program: its tables are read from generated rows and written into the
 * simulated world, whatever connectors they name; its one job, an INSERT or a statement set, runs as it is planned.
 */
import type fc from "fast-check"
import type { Batch } from "../batch/element.ts"
import { Batch as RowBatch, RowKind } from "../batch/element.ts"
import { Fault, type FaultClass } from "../fault.ts"
import type { Graph } from "../graph/graph.ts"
import type * as Ast from "../sql/ast.ts"
import { parse } from "../sql/parser.ts"
import { unparse } from "../sql/unparse.ts"
import { columnOfBoxed } from "../state/boxed.ts"
import { compilePlan } from "../table/compile.ts"
import type { ConnectorFactory, ScanAbilities, TableContext } from "../table/factory.ts"
import type { Changelog, Plan } from "../table/plan.ts"
import * as Registry from "../table/registry.ts"
import * as Session from "../table/session.ts"
import type { RowType } from "../type/logical-type.ts"
import type { HistoryOptions } from "./check-history.ts"
import { type CheckReport, explore } from "./check-run.ts"
import { rowOf, type SqlRow, valueOf } from "./check-sql-value.ts"
import { textOf } from "./check-text.ts"
import { listSource, Outside } from "./check-world.ts"
import type { World } from "./simulation.ts"

/** How a script is checked. */
export interface CheckSqlOptions extends Omit<HistoryOptions, "inputs"> {
  /** Generators of the rows of each table that is read, by its name in the script; a row is an object by column, what it lacks is NULL. */
  readonly inputs: Readonly<Record<string, fc.Arbitrary<ReadonlyArray<SqlRow>>>>
  /** The rows that are left in the tables that are written, in any order. */
  readonly oracle?: (
    inputs: Readonly<Record<string, ReadonlyArray<SqlRow>>>
  ) => Iterable<SqlRow>
}

const CheckScriptFaultBase: FaultClass<"CheckScriptFault", { problem: string }> = Fault<
  { problem: string }
>()("CheckScriptFault", "user", "never")

/** A script that cannot be checked. */
export class CheckScriptFault extends CheckScriptFaultBase {
  override get message(): string {
    return this.problem
  }
}

/** What the process that runs now reads and writes. */
interface Now {
  splits: HistoryInputs
  world: World
  outside: Outside
}

type HistoryInputs = Readonly<Record<string, ReadonlyArray<ReadonlyArray<unknown>>>>

/**
 * Check a script. TIMESTAMP, DATE, TIME and DECIMAL values are texts as in SQL, BIGINT values bigints (or numbers in inputs).
 *
 * **Errors** rejects with `CheckFailed` for the smallest history found, with the faults of the script itself, and for tables without rows.
 */
export async function checkSql(script: string, options: CheckSqlOptions): Promise<CheckReport> {
  const now: Partial<Now> = {}
  const graphs = new Map<number, Graph>()
  const registry = Registry.make([simulated(now as Now)])
  for (let parallelism = 1; parallelism <= (options.parallelismMax ?? 3); parallelism++) {
    const plan = await planOf(script, registry, parallelism, Object.keys(options.inputs))
    const nowMillis = (): number => Math.floor(now.world!.nowMillis + now.world!.wallOffsetMillis)
    graphs.set(parallelism, await compilePlan(plan, { registry, nowMillis }))
  }
  const { oracle } = options
  return explore({
    oracle: oracle as
      | ((values: Readonly<Record<string, ReadonlyArray<unknown>>>) => Iterable<unknown>)
      | undefined,
    settle: fold,
    build: (splits, parallelism, world, outside) => {
      Object.assign(now, { splits, world, outside })
      return graphs.get(parallelism)!
    }
  }, options)
}

/** The plan of the script's one job, all tables of which are simulated. */
async function planOf(
  script: string,
  registry: ReturnType<typeof Registry.make>,
  parallelism: number,
  inputs: ReadonlyArray<string>
): Promise<Plan> {
  const text = parse(script).map((statement) => `${unparse(redirected(statement))};`).join("\n")
  const settings = { "parallelism.default": String(parallelism), "pipeline.max-parallelism": "8" }
  const plans: Array<Plan> = []
  for await (const outcome of Session.make({ registry, settings }).run(text, "script")) {
    if (outcome.kind !== "job") continue
    if (outcome.query) {
      throw new CheckScriptFault({ problem: "A SELECT has no table to check: write INSERT INTO" })
    }
    plans.push(outcome.plan)
  }
  const [plan] = plans
  if (plan === undefined || plans.length > 1) {
    throw new CheckScriptFault({
      problem:
        `The script has ${plans.length} jobs, wanted one: put several INSERTs into EXECUTE STATEMENT SET`
    })
  }
  for (const { work } of plan.nodes) {
    if (work.kind !== "scan" || inputs.includes(shortName(work.table))) continue
    const problem = `Table '${
      shortName(work.table)
    }' is read: give \`inputs\` a generator of its rows`
    throw new CheckScriptFault({ problem })
  }
  return plan
}

/** CREATE TABLE with the simulated connector in place of its own. */
function redirected(statement: Ast.Statement): Ast.Statement {
  if (statement.kind !== "createTable" || statement.like !== undefined) return statement
  const { span } = statement
  const text = (value: string): Ast.StringLiteral => ({
    kind: "string",
    value,
    parts: [value],
    charset: undefined,
    unicode: false,
    span
  })
  return { ...statement, options: [{ key: text("connector"), value: text("simulated"), span }] }
}

function shortName(name: string): string {
  return name.split("#")[0]!.split(".").at(-1)!
}

const inserts: Changelog = { insert: true, updateBefore: false, updateAfter: false, delete: false }
const changes: Changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true }

function simulated(now: Now): ConnectorFactory {
  return {
    kind: "connector",
    identifier: "simulated",
    package: "@millrace/core",
    description: "Generated rows and the simulated world.",
    options: [],
    formatKeys: [],
    source: {
      traits: () => ({
        boundedness: "bounded",
        changelog: inserts,
        metadata: {},
        nestedProjection: false
      }),
      make: (context, abilities) => {
        const name = shortName(context.table.name)
        return listSource(
          () => now.world,
          () => now.splits[name]!,
          (rows) => batchOf(rows as ReadonlyArray<SqlRow>, context, abilities)
        )
      }
    },
    sink: {
      traits: () => ({ changelog: changes, metadata: {}, partitioning: true, overwrite: false }),
      make: (context, consumed) => {
        const sink = (world: World) =>
          now.outside.sink(() => world, context.table.name, (batch) => changesOf(batch, consumed))
        return {
          guarantee: "exactly-once",
          writer: () => sink(now.world).writer(),
          committer: (operator) => sink(now.world).committer!(operator)
        }
      }
    }
  }
}

function batchOf(
  rows: ReadonlyArray<SqlRow>,
  { table }: TableContext,
  { projection }: ScanAbilities
): Batch {
  const columns = projection.map(([at]) => {
    const { name, type } = table.physical[at!]!
    return columnOfBoxed(type, rows.map((row) => rowOf(type, row[name], name)))
  })
  return new RowBatch(rows.length, columns)
}

/** A row with how often it comes: −1 takes one back. */
interface Change {
  readonly sign: 1 | -1
  readonly row: SqlRow
}

function changesOf(batch: Batch, schema: RowType): ReadonlyArray<Change> {
  return Array.from({ length: batch.rows }, (_, at): Change => {
    const kind = batch.kinds?.[at] ?? RowKind.insert
    const takesBack = kind === RowKind.updateBefore || kind === RowKind.delete
    const fields = schema.map(({ name, type }, i) => [name, valueOf(type, batch.columns[i]!, at)])
    return { sign: takesBack ? -1 : 1, row: Object.fromEntries(fields) as SqlRow }
  })
}

/** The rows that changes leave. */
function fold(rows: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
  const counts = new Map<string, { row: unknown; count: number }>()
  for (const { row, sign } of rows as ReadonlyArray<Change>) {
    const text = textOf(row)
    const entry = counts.get(text) ?? { row, count: 0 }
    counts.set(text, entry)
    entry.count += sign
  }
  return [...counts.values()].flatMap(({ row, count }) => {
    if (count < 0) throw new Error(`A row is taken back that never came: ${textOf(row)}`)
    return Array.from({ length: count }, () => row)
  })
}
