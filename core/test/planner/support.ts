/** Connectors and formats that only say what they can, and shorthands to plan a script with them. */
import * as Registry from "../../src/table/registry.ts"
import * as Session from "../../src/table/session.ts"
import { hostDisk } from "../../src/runtime/host/disk.ts"
import type { Outcome } from "../../src/table/session-outcome.ts"
import type { ConnectorFactory } from "../../src/table/factory.ts"
import type { FormatFactory } from "../../src/table/format.ts"
import type { Changelog, Plan, PlanNode, PlanWork } from "../../src/table/plan.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"

const inserts: Changelog = { insert: true, updateBefore: false, updateAfter: false, delete: false }
const retracts: Changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true }
const upserts: Changelog = { insert: true, updateBefore: false, updateAfter: true, delete: true }

interface Fake {
  readonly identifier: string
  readonly reads?: Changelog
  readonly writes?: Changelog
  readonly unbounded?: boolean
  readonly wholeColumns?: boolean
}

function unused(): never {
  throw new Error("A plan makes no source and no sink")
}

function connector(fake: Fake): ConnectorFactory {
  const metadata = { offset: simple("BIGINT", false), timestamp: timestamp(3, false), key: string }
  return {
    kind: "connector",
    identifier: fake.identifier,
    package: `test-${fake.identifier}`,
    description: "Says what it can and does nothing.",
    options: [
      { key: "path", kind: "string", description: "A path." },
      { key: "password", kind: "string", description: "A secret.", secret: true },
      { key: "pin", kind: "string", description: "A secret with an ordinary name.", secret: true },
      { key: "url", kind: "string", description: "An address." },
      { key: "sink.parallelism", kind: "int", description: "Subtasks of the sink." }
    ],
    formatKeys: [{ key: "format", required: false }],
    source: {
      traits: () => ({
        boundedness: fake.unbounded === true ? "unbounded" : "bounded",
        changelog: fake.reads ?? inserts,
        metadata,
        nestedProjection: fake.wholeColumns !== true
      }),
      make: unused
    },
    sink: {
      traits: () => ({
        changelog: fake.writes ?? inserts,
        metadata: { key: string },
        partitioning: true,
        overwrite: true
      }),
      make: unused
    }
  }
}

function format(identifier: string): FormatFactory {
  return { kind: "format", identifier, package: `test-${identifier}`, description: "", options: [] }
}

const factories: ReadonlyArray<ConnectorFactory | FormatFactory> = [
  connector({ identifier: "filesystem" }),
  connector({ identifier: "retract", writes: retracts }),
  connector({ identifier: "upsert", reads: upserts, writes: upserts }),
  connector({ identifier: "changes", reads: retracts }),
  connector({ identifier: "endless", unbounded: true }),
  connector({ identifier: "guarded" }),
  connector({ identifier: "columns", wholeColumns: true }),
  ...["parquet", "csv", "json"].map(format)
]

/** A session over the fakes. */
export function session(
  settings: Readonly<Record<string, string>> = {},
  environment?: (name: string) => string | undefined
): Session.Session {
  const registry = Registry.make(factories, environment)
  return Session.make({ registry, settings, disk: hostDisk })
}

/** All outcomes of a script. */
export async function outcomes(
  script: string,
  settings: Readonly<Record<string, string>> = {}
): Promise<ReadonlyArray<Outcome>> {
  const found: Array<Outcome> = []
  for await (const outcome of session(settings).run(script, "test.sql")) found.push(outcome)
  return found
}

/** The plan of the last job of a script. */
export async function planOf(
  script: string,
  settings: Readonly<Record<string, string>> = {}
): Promise<Plan> {
  const jobs = (await outcomes(script, settings)).filter((outcome) => outcome.kind === "job")
  const job = jobs.at(-1)
  if (job === undefined) throw new Error("The script has no job")
  return job.plan
}

/** Rows of the last table that a script shows. */
export async function tableOf(
  script: string
): Promise<ReadonlyArray<ReadonlyArray<string | null>>> {
  const table = (await outcomes(script)).filter((outcome) => outcome.kind === "table").at(-1)
  if (table === undefined) throw new Error("The script shows no table")
  return table.rows
}

/** The error of a script: message, line and column. */
export async function faultOf(
  script: string,
  settings: Readonly<Record<string, string>> = {}
): Promise<{ readonly tag: string; readonly message: string; readonly at: string }> {
  try {
    await outcomes(script, settings)
  } catch (error) {
    const fault = error as { _tag?: string; message: string; line?: number; column?: number }
    if (fault._tag === undefined) throw error
    return { tag: fault._tag, message: fault.message, at: `${fault.line}:${fault.column}` }
  }
  throw new Error("The script was expected to fail")
}

/** A node with work of one kind. */
export type NodeOf<K extends PlanWork["kind"]> = PlanNode & {
  readonly work: Extract<PlanWork, { readonly kind: K }>
}

/** The nodes of one kind. */
export function nodesOf<K extends PlanWork["kind"]>(plan: Plan, kind: K): ReadonlyArray<NodeOf<K>> {
  return plan.nodes.filter((node): node is NodeOf<K> => node.work.kind === kind)
}

/** Kinds of all nodes in order. */
export function kindsOf(plan: Plan): ReadonlyArray<string> {
  return plan.nodes.map((node) => node.work.kind)
}

/** Tables that most tests use. */
export const tables: string = `
CREATE TABLE orders (
  id BIGINT, item STRING, price DECIMAL(10, 2), quantity INT,
  ts TIMESTAMP(3), plain TIMESTAMP(6), info ROW<city STRING, spot ROW<x DOUBLE, y DOUBLE>>,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '/orders', 'format' = 'json');
CREATE TABLE items (item STRING, name STRING, weight DOUBLE)
WITH ('connector' = 'filesystem', 'path' = '/items', 'format' = 'csv');
CREATE TABLE output (id BIGINT, total BIGINT)
WITH ('connector' = 'filesystem', 'path' = '/output', 'format' = 'json');
CREATE TABLE latest (id BIGINT, total BIGINT, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'upsert', 'path' = '/latest');
CREATE TABLE changes (id BIGINT, total BIGINT)
WITH ('connector' = 'retract', 'path' = '/changes');
`
