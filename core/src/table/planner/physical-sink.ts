/**
 * Sinks as nodes: how rows are dealt over their subtasks, and whether changes by the query's key must become changes by the table's before
 * they are written.
 */
import type { PlanExchange, PlanWork } from "../plan.ts"
import { combine, type Draft } from "./draft.ts"
import { isUpdating } from "./physical-changes.ts"
import { dealt, forward, makeNode, type Site } from "./physical-node.ts"
import type { Relation, WorkOf } from "./relation.ts"

/** Flink's three ways: never, where it is needed, always. */
export type Choice = "none" | "auto" | "force"

/** What a sink asks of the rows that reach it. */
export interface SinkDemand {
  /** Names of the primary key of its table. */
  readonly primaryKey: ReadonlyArray<string>
  /** It finds rows by the primary key, so it is not told rows as they were. */
  readonly upserts: boolean
  /** `sink.parallelism`. */
  readonly parallelism: number | undefined
  /** `table.exec.sink.upsert-materialize`. */
  readonly materialize: Choice
  /** `table.exec.sink.keyed-shuffle`. */
  readonly shuffle: Choice
}

/** The node of a sink. */
export function draftSink(
  site: Site,
  relation: Relation<WorkOf<"sink">>,
  demandOf: (table: string) => SinkDemand
): Draft {
  const { table, columns, overwrite, staticPartition } = relation.work
  const demand = demandOf(table)
  const key = keyOf(demand, columns)
  const given = site.draft(relation.inputs[0]!)
  const below = key !== undefined && needsMaterializing(given, key, demand)
    ? draftMaterialize(site, given, key)
    : given
  const parallelism = demand.parallelism ?? below.parallelism
  const exchange = exchangeTo(below, parallelism, key, demand.shuffle)
  const work: PlanWork = { kind: "sink", table, columns, overwrite, staticPartition }
  return makeNode(
    relation,
    `Sink: ${table.split(".").at(-1)!}`,
    work,
    [{ draft: below, exchange }],
    exchange.kind === "single" ? 1 : parallelism,
    below.lineage,
    combine("sink", table, below.lineage)
  )
}

function keyOf(
  { primaryKey }: SinkDemand,
  columns: ReadonlyArray<string>
): ReadonlyArray<number> | undefined {
  const key = primaryKey.map((name) => columns.indexOf(name))
  return key.length === 0 || key.includes(-1) ? undefined : key
}

function needsMaterializing(
  below: Draft,
  key: ReadonlyArray<number>,
  { upserts, materialize }: SinkDemand
): boolean {
  if (!upserts || materialize === "none") return false
  if (materialize === "force") return true
  return isUpdating(below.changes) && !sameColumns(below.upsertKey, key)
}

function sameColumns(a: ReadonlyArray<number> | undefined, b: ReadonlyArray<number>): boolean {
  return a !== undefined && a.length === b.length && a.every((column) => b.includes(column))
}

function draftMaterialize(site: Site, below: Draft, key: ReadonlyArray<number>): Draft {
  return {
    ...below,
    name: `UpsertMaterialize(${key.map((column) => below.columns[column]!.name).join(", ")})`,
    work: { kind: "upsert-materialize", keys: key },
    inputs: [site.keyed(below, key)],
    parallelism: site.keyedParallelism(key),
    changes: { updates: true, deletes: isUpdating(below.changes) },
    distribution: key,
    upsertKey: key,
    identity: combine("upsert-materialize", below.lineage, key)
  }
}

/** Changes of one key go to one subtask, so that they are written in order. */
function exchangeTo(
  below: Draft,
  parallelism: number,
  key: ReadonlyArray<number> | undefined,
  shuffle: Choice
): PlanExchange {
  const isKeyed = key !== undefined && sameColumns(below.distribution, key)
  if (key !== undefined && shuffle === "force" && parallelism > 1 && !isKeyed) return dealt(key)
  if (parallelism === below.parallelism) return forward
  if (!isUpdating(below.changes)) return { kind: "rebalance" }
  if (key !== undefined && shuffle !== "none") return dealt(key)
  return below.upsertKey === undefined ? { kind: "single" } : dealt(below.upsertKey)
}
