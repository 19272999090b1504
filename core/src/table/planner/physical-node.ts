/** What makers of nodes share: where they stand, and the parts that every node has. */
import type { Expression } from "../expression.ts"
import type { PlanExchange, PlanWork } from "../plan.ts"
import { notNullName } from "../function/not-null.ts"
import { combine, type Draft, expressionLineage, insertsOnly, type Lineage } from "./draft.ts"
import { input } from "./expression-tree.ts"
import { changesOf } from "./physical-changes.ts"
import { isKind, type Relation, type WorkOf } from "./relation.ts"

/** Rows that are counted in before changes are told, and how long the first may wait. */
export interface MiniBatch {
  readonly rows: number
  readonly latencyMillis: number
}

/** The job whose nodes are made. */
export interface Site {
  /** The node of a relation, made once. */
  draft(relation: Relation): Draft
  /** Refuse updated rows where the operator takes inserts only. */
  checkInserts(relation: Relation, drafts: ReadonlyArray<Draft>): void
  /** An input whose rows of one key go to one subtask. */
  keyed(below: Draft, keys: ReadonlyArray<number>): Draft["inputs"][number]
  keyedParallelism(keys: ReadonlyArray<number>): number
  /** Operators give their rows once, at the end of the input. */
  readonly isBatch: boolean
  /** How aggregations bundle rows: `table.exec.mini-batch`. */
  readonly bundle: MiniBatch | undefined
}

/** Rows stay where they are. */
export const forward: PlanExchange = { kind: "forward" }

/** Rows are dealt by the hash of their keys; without keys all go to one place. */
export function dealt(keys: ReadonlyArray<number>): PlanExchange {
  return keys.length === 0 ? { kind: "single" } : { kind: "hash", keys }
}

/** A node with what every one has; the makers add what is special. */
export function makeNode(
  relation: Relation,
  name: string,
  work: PlanWork,
  inputs: Draft["inputs"],
  parallelism: number,
  lineage: Lineage,
  identity: string
): Draft {
  const changes = changesOf(relation.work, inputs.map(({ draft }) => draft.changes))
  const { columns } = relation
  return {
    name,
    work,
    inputs,
    columns,
    parallelism,
    changes,
    distribution: undefined,
    upsertKey: inputs[0]?.draft.upsertKey,
    lineage,
    identity
  }
}

/** Filters and projections: neighbours are one node. */
export function draftCalc(site: Site, relation: Relation): Draft {
  const filtered = isKind(relation, "project") && isKind(relation.inputs[0]!, "filter")
    ? relation.inputs[0]!
    : relation
  const condition = isKind(filtered, "filter") ? filtered.work.condition : undefined
  const source = condition === undefined ? relation.inputs[0]! : filtered.inputs[0]!
  const projection = isKind(relation, "project")
    ? relation.work.expressions
    : source.columns.map((column, index) => input(index, column.type))
  const below = site.draft(source)
  const test = condition && expressionLineage(condition, below.lineage.columns)
  const lineage: Lineage = {
    rows: test === undefined ? below.lineage.rows : combine("filter", below.lineage.rows, test),
    columns: projection.map((expression) => expressionLineage(expression, below.lineage.columns))
  }
  const inputs = [{ draft: below, exchange: forward }]
  const made = makeNode(
    relation,
    "Calc",
    { kind: "calc", condition, projection },
    inputs,
    below.parallelism,
    lineage,
    combine("calc", lineage)
  )
  return {
    ...made,
    distribution: moved(below.distribution, projection, false),
    upsertKey: moved(below.upsertKey, projection, true)
  }
}

/** The copies of each row that grouping sets are made of. */
export function draftExpand(site: Site, relation: Relation<WorkOf<"expand">>): Draft {
  const { projections } = relation.work
  const below = site.draft(relation.inputs[0]!)
  const columns = relation.columns.map((_, at) =>
    combine(
      projections.map((projection) => expressionLineage(projection[at]!, below.lineage.columns))
    )
  )
  const lineage: Lineage = { rows: combine("expand", below.lineage.rows, columns), columns }
  const inputs = [{ draft: below, exchange: forward }]
  const { rows } = lineage
  const made = makeNode(
    relation,
    "Expand",
    relation.work,
    inputs,
    below.parallelism,
    lineage,
    combine("expand", rows)
  )
  return { ...made, upsertKey: undefined }
}

/** Where rows get the moment at which they come. */
export function draftProcessingTime(
  site: Site,
  relation: Relation<WorkOf<"processing-time">>
): Draft {
  const { work } = relation
  const below = site.draft(relation.inputs[0]!)
  site.checkInserts(relation, [below])
  const { columns } = below.lineage
  const rows = combine("processing-time", below.lineage.rows, columns[work.column])
  const made = makeNode(
    relation,
    `ProcessingTime(${below.columns[work.column]!.name})`,
    work,
    [{ draft: below, exchange: forward }],
    below.parallelism,
    { rows, columns },
    rows
  )
  return { ...made, distribution: below.distribution }
}

/** Rows of a table as it is now: rows stay where they are. */
export function draftLookup(site: Site, relation: Relation<WorkOf<"lookup">>): Draft {
  const { work } = relation
  const below = site.draft(relation.inputs[0]!)
  const { columns } = below.lineage
  const looked = work.columns.map((column) => combine("lookup", work.table, column))
  const test = work.condition && expressionLineage(work.condition, [...columns, ...looked])
  const keys = work.leftKeys.map((key, i) => [columns[key], work.columns[work.rightKeys[i]!]])
  const rows = combine("lookup", below.lineage.rows, work.table, work.type, keys, test)
  const appended = work.columns.map((column) => combine(rows, column))
  const made = makeNode(
    relation,
    `LookupJoin(${work.table.split(".").at(-1)!})`,
    { ...work, kind: "lookup-join" },
    [{ draft: below, exchange: forward }],
    below.parallelism,
    { rows, columns: [...columns, ...appended] },
    combine(rows, columns)
  )
  return { ...made, distribution: below.distribution, upsertKey: undefined }
}

/** Elements of a collection: rows stay where they are. */
export function draftUnnest(site: Site, relation: Relation<WorkOf<"unnest">>): Draft {
  const { work } = relation
  const below = site.draft(relation.inputs[0]!)
  const { columns } = below.lineage
  const rows = combine("unnest", below.lineage.rows, columns[work.column], work.outer)
  const appended = relation.columns.slice(columns.length).map((_, at) => combine(rows, at))
  const made = makeNode(
    relation,
    `Unnest(${below.columns[work.column]!.name})`,
    work,
    [{ draft: below, exchange: forward }],
    below.parallelism,
    { rows, columns: [...columns, ...appended] },
    combine(rows, columns, work.ordinality)
  )
  return { ...made, distribution: below.distribution, upsertKey: undefined }
}

/** What is left of a changelog at the end of a bounded input. */
export function draftSettle(site: Site, below: Draft): Draft {
  const columns = below.columns.map((_, at) => at)
  return {
    ...below,
    name: "Settle",
    work: { kind: "settle" },
    inputs: [site.keyed(below, columns)],
    parallelism: site.keyedParallelism(columns),
    changes: insertsOnly,
    distribution: columns,
    identity: combine("settle", below.lineage)
  }
}

/** ORDER BY: all rows in one place. */
export function draftSort(site: Site, relation: Relation<WorkOf<"sort">>, rowsMax: number): Draft {
  const { order } = relation.work
  const below = site.draft(relation.inputs[0]!)
  const { columns } = below.lineage
  const keys = order.map((key) => [columns[key.column], key.descending, key.nullsFirst])
  const mode = site.isBatch ? "final" : "event-time"
  const made = makeNode(
    relation,
    `Sort(${order.map((key) => below.columns[key.column]!.name).join(", ")})`,
    { kind: "sort", mode, order, rowsMax },
    [site.keyed(below, [])],
    1,
    below.lineage,
    combine("sort", below.lineage, keys)
  )
  return { ...made, distribution: undefined }
}

/** Where columns stand behind a projection; undefined when one of them is gone. */
function moved(
  columns: ReadonlyArray<number> | undefined,
  projection: ReadonlyArray<Expression>,
  widened: boolean
): ReadonlyArray<number> | undefined {
  const at = columns?.map((column) =>
    projection.findIndex((expression) => keptColumn(expression, widened) === column)
  )
  return at === undefined || at.includes(-1) ? undefined : at
}

const widening: Readonly<Record<string, ReadonlyArray<string>>> = {
  SMALLINT: ["TINYINT"],
  INT: ["TINYINT", "SMALLINT"],
  BIGINT: ["TINYINT", "SMALLINT", "INT"],
  VARCHAR: ["CHAR", "VARCHAR"]
}

/** The column that an expression gives on, equal values as equal and others as others. With `widened` its type may grow. */
function keptColumn(expression: Expression, widened: boolean): number | undefined {
  if (expression.op === "input") return expression.index
  if (expression.op === "call" && expression.name === notNullName) {
    return keptColumn(expression.args[0]!, widened)
  }
  const grows = widened && expression.op === "cast" &&
    widening[expression.type.kind]?.includes(expression.of.type.kind)
  return grows ? keptColumn(expression.of, widened) : undefined
}
