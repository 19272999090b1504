/**
 * From bound sinks to the plan of one job: connectors are asked what they can do, rules applied, unused columns pruned, operators placed,
 * changes followed down to the sinks.
 */
import { type Connector, resolveConnector } from "../connector.ts"
import type { Registry, SinkTraits, SourceTraits } from "../factory.ts"
import { parseOption } from "../options.ts"
import type { Plan, PlanTable } from "../plan.ts"
import { format } from "../../type/logical-type.ts"
import { assemble } from "./assemble.ts"
import { checkLookup } from "./check-lookup.ts"
import type { Draft } from "./draft.ts"
import { inputsFirst, optimize } from "./optimize.ts"
import { originOf, Physical } from "./physical.ts"
import { isUpdating } from "./physical-changes.ts"
import type { MiniBatch } from "./physical-node.ts"
import type { Choice } from "./physical-sink.ts"
import { isNormalized, keyOfScan, scanParts } from "./physical-scan.ts"
import { type PlacedSpan, planFault, type SourceText } from "./plan-fault.ts"
import { prune } from "./prune.ts"
import type { RelationPool } from "./relation-pool.ts"
import { isKind, type Relation } from "./relation.ts"
import { dropWatermarks } from "./requirement.ts"
import { rules } from "./rules/all.ts"
import { projectMerge } from "./rules/merge.ts"

/** A sink of the job with the place of its statement. */
export interface PlannedRoot {
  readonly relation: Relation
  readonly source: SourceText
  readonly span: PlacedSpan
}

/** What a job's plan depends on beside its sinks. */
export interface JobInput {
  readonly pool: RelationPool
  readonly tables: ReadonlyMap<string, PlanTable>
  readonly registry: Registry
  readonly timeZone: string
  readonly parallelism: number
  readonly groupsMax: number
  readonly isBatch: boolean
  /** `table.exec.mini-batch`, if enabled. */
  readonly bundle: MiniBatch | undefined
  /** `table.exec.sink.upsert-materialize`. */
  readonly materialize: Choice
  /** `table.exec.sink.keyed-shuffle`. */
  readonly shuffle: Choice
  /** `millrace.sort.rows-max`. */
  readonly sortRowsMax: number
  /** `table.exec.source.cdc-events-duplicate`. */
  readonly duplicates?: boolean
  /** Stored in the plan. */
  readonly settings: Readonly<Record<string, string>>
}

interface Resolved {
  readonly sources: ReadonlyMap<string, Connector & { readonly traits: SourceTraits }>
  readonly sinks: ReadonlyMap<string, Connector & { readonly traits: SinkTraits }>
  readonly lookups: ReadonlyMap<string, Connector>
}

/**
 * Plan one job.
 *
 * **Errors** `OptionFault` for the options of its tables, `PlanFault` for what the tables or operators cannot do.
 */
export async function planJob(roots: ReadonlyArray<PlannedRoot>, given: JobInput): Promise<Plan> {
  const relations = roots.map((root) => root.relation)
  const resolved = await resolveTables(relations, given)
  for (const root of roots) checkTables(root, resolved, given)
  const isPartitioned = (table: string): boolean =>
    given.tables.get(table)!.partitionKeys.length > 0
  const timed = dropWatermarks(given.pool, relations, isPartitioned)
  const optimized = optimize(given.pool, timed, rules)
  const pruned = prune(optimized, {
    pool: given.pool,
    isPartitioned,
    readsFields: (table) => resolved.sources.get(table)!.traits.nestedProjection,
    keysOf: (relation) => keysOfScan(relation, resolved, given)
  })
  const merged = optimize(given.pool, pruned, [projectMerge])
  const drafts = draftAll(merged, roots, resolved, given)
  drafts.forEach((draft, at) => checkSink(draft, roots[at]!, resolved))
  const nodes = assemble(
    drafts,
    (table) => resolved.sinks.get(table)!.traits.changelog.updateBefore
  )
  return {
    version: 1,
    tables: Object.fromEntries(
      [...given.tables].filter(([name]) => isUsed(name, relations, given)).map((
        [name, table]
      ) => [name, withSecrets(table, resolved)])
    ),
    nodes,
    groupsMax: given.groupsMax,
    settings: given.settings
  }
}

/** Tables that are read or written, and the dead-letter tables of those that are read. */
function isUsed(name: string, roots: ReadonlyArray<Relation>, given: JobInput): boolean {
  const direct = new Set(
    inputsFirst(roots).flatMap(({ work }) =>
      work.kind === "scan" || work.kind === "sink" || work.kind === "lookup" ? [work.table] : []
    )
  )
  return direct.has(name) ||
    [...direct].some((table) =>
      given.tables.get(table)!.options["millrace.dead-letter.table"] === name
    )
}

/** The table with what its connector declares secret, so that nobody who prints the plan has to ask for it again. */
function withSecrets(table: PlanTable, resolved: Resolved): PlanTable {
  const connector = resolved.sources.get(table.name) ?? resolved.sinks.get(table.name) ??
    resolved.lookups.get(table.name)
  return connector === undefined || connector.secrets.length === 0
    ? table
    : { ...table, secrets: connector.secrets }
}

async function resolveTables(roots: ReadonlyArray<Relation>, given: JobInput): Promise<Resolved> {
  const sources = new Map<string, Connector & { readonly traits: SourceTraits }>()
  const sinks = new Map<string, Connector & { readonly traits: SinkTraits }>()
  const lookups = new Map<string, Connector>()
  const { registry, timeZone, parallelism } = given
  for (const relation of inputsFirst(roots)) {
    if (isKind(relation, "lookup") && !lookups.has(relation.work.table)) {
      const { table } = relation.work
      const asked = { registry, timeZone, parallelism }
      lookups.set(table, await resolveConnector(given.tables.get(table)!, "source", asked))
    }
    if (isKind(relation, "scan") && !sources.has(relation.work.table)) {
      const { table } = relation.work
      const connector = await resolveConnector(given.tables.get(table)!, "source", {
        registry,
        timeZone,
        parallelism
      })
      sources.set(table, {
        ...connector,
        traits: connector.factory.source!.traits(connector.context)
      })
    }
    if (isKind(relation, "sink") && !sinks.has(relation.work.table)) {
      const { table } = relation.work
      const connector = await resolveConnector(given.tables.get(table)!, "sink", {
        registry,
        timeZone,
        parallelism
      })
      sinks.set(table, { ...connector, traits: connector.factory.sink!.traits(connector.context) })
    }
  }
  return { sources, sinks, lookups }
}

/** What a statement asks of its tables and they cannot give. */
function checkTables(root: PlannedRoot, resolved: Resolved, given: JobInput): void {
  const fail = (problem: string, hint?: string): Error =>
    planFault(root.source, root.span, problem, hint)
  for (const relation of inputsFirst([root.relation])) {
    if (isKind(relation, "scan")) {
      const { traits } = resolved.sources.get(relation.work.table)!
      const table = given.tables.get(relation.work.table)!
      checkMetadata(table, traits.metadata, false, fail)
      checkNormalized(table, traits, given, fail)
      if (given.isBatch && traits.boundedness === "unbounded") {
        throw fail(
          `Table ${table.name} never ends and cannot be read in batch mode`,
          "SET 'execution.runtime-mode' = 'streaming'"
        )
      }
    }
    if (isKind(relation, "lookup")) {
      checkLookup(relation.work, resolved.lookups.get(relation.work.table)!, fail)
    }
    if (!isKind(relation, "sink")) continue
    const { traits } = resolved.sinks.get(relation.work.table)!
    const table = given.tables.get(relation.work.table)!
    checkMetadata(table, traits.metadata, true, fail)
    if (table.partitionKeys.length > 0 && !traits.partitioning) {
      throw fail(
        `Table ${table.name} is PARTITIONED BY, which its connector '${
          table.options["connector"]
        }' cannot write`
      )
    }
    if (relation.work.overwrite && (!traits.overwrite || !given.isBatch)) {
      throw fail(
        `INSERT OVERWRITE into ${table.name} is not supported${
          given.isBatch ? " by its connector" : " in streaming mode"
        }`,
        "Use INSERT INTO"
      )
    }
  }
}

function keysOfScan(
  relation: Relation,
  resolved: Resolved,
  given: JobInput
): ReadonlyArray<number> {
  const parts = scanParts(relation)
  if (parts === undefined) return []
  const { table } = parts.scan.work
  const { traits } = resolved.sources.get(table)!
  if (!isNormalized(traits, given.duplicates === true)) return []
  return keyOfScan(parts, given.tables.get(table)!) ?? []
}

/** Rows that are told apart by their key need one. */
function checkNormalized(
  table: PlanTable,
  traits: SourceTraits,
  given: JobInput,
  fail: (problem: string, hint?: string) => Error
): void {
  if (!isNormalized(traits, given.duplicates === true) || table.primaryKey.length > 0) return
  const { updateBefore, updateAfter } = traits.changelog
  throw fail(
    updateAfter && !updateBefore
      ? `Table ${table.name} gives updated rows without the rows before them, so it needs a primary key`
      : `Option 'table.exec.source.cdc-events-duplicate' is true, so table ${table.name}, whose rows change, needs a primary key`,
    "Declare PRIMARY KEY (…) NOT ENFORCED"
  )
}

function checkMetadata(
  table: PlanTable,
  known: SourceTraits["metadata"],
  written: boolean,
  fail: (problem: string, hint?: string) => Error
): void {
  for (const column of table.metadata) {
    if (written && column.virtual) continue
    if (Object.hasOwn(known, column.key)) {
      if (
        JSON.stringify({ ...known[column.key]!, nullable: true }) ===
          JSON.stringify({ ...column.type, nullable: true })
      ) continue
      throw fail(
        `Metadata column '${column.column}' of table ${table.name} is ${
          format(column.type)
        }, but '${column.key}' is ${format(known[column.key]!)}`,
        `Declare it as ${format(known[column.key]!)}`
      )
    }
    const keys = Object.keys(known)
    throw fail(
      `Table ${table.name} has no ${written ? "writable" : "readable"} metadata '${column.key}'`,
      keys.length === 0 ? "Its connector has none" : `Metadata: ${keys.join(", ")}`
    )
  }
}

function draftAll(
  relations: ReadonlyArray<Relation>,
  roots: ReadonlyArray<PlannedRoot>,
  resolved: Resolved,
  given: JobInput
): ReadonlyArray<Draft> {
  let current = roots[0]!
  const physical = new Physical({
    isBatch: given.isBatch,
    bundle: given.bundle,
    sortRowsMax: given.sortRowsMax,
    parallelism: given.parallelism,
    source: (table) => {
      const source = resolved.sources.get(table)!
      const normalized = isNormalized(source.traits, given.duplicates === true)
      return { ...source, table: given.tables.get(table)!, normalized }
    },
    ownParallelism: (table) =>
      ownParallelism(resolved.sources.get(table)!, given.tables.get(table)!, "scan.parallelism"),
    sink: (table) => {
      const sink = resolved.sinks.get(table)!
      const planned = given.tables.get(table)!
      return {
        primaryKey: planned.primaryKey,
        upserts: !sink.traits.changelog.updateBefore,
        parallelism: ownParallelism(sink, planned, "sink.parallelism"),
        materialize: given.materialize,
        shuffle: given.shuffle
      }
    },
    refuse: (problem, hint) => planFault(current.source, current.span, problem, hint)
  }, relations)
  return relations.map((relation, at) => {
    current = roots[at]!
    return physical.draft(relation)
  })
}

/** Subtasks that a table asks for, if its connector has such an option. */
function ownParallelism(connector: Connector, table: PlanTable, key: string): number | undefined {
  const option = connector.factory.options.find((candidate) => candidate.key === key)
  const text = table.options[key]
  return option === undefined || text === undefined ? undefined : Number(parseOption(option, text))
}

/** A sink takes the changes that reach it, or the statement is refused. */
function checkSink(draft: Draft, root: PlannedRoot, resolved: Resolved): void {
  if (!isUpdating(draft.changes)) return
  const fail = (problem: string, hint?: string): Error =>
    planFault(root.source, root.span, problem, hint)
  if (draft.work.kind !== "sink") return
  const { table } = draft.work
  const { changelog } = resolved.sinks.get(table)!.traits
  const missing = [
    ...draft.changes.updates && !changelog.updateAfter ? ["update"] : [],
    ...draft.changes.deletes && !changelog.delete ? ["delete"] : []
  ]
  if (missing.length > 0) {
    throw fail(
      `Table ${table} does not take ${missing.join(" and ")} changes, which ${
        originOf(draft)
      } produces`,
      "Group by a window, or write to a table that takes changes"
    )
  }
}
