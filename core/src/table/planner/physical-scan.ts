/** Scans of the physical plan: what is read, and what the source's task computes of it at once. */
import type { ConnectorFactory, SourceTraits } from "../factory.ts"
import type { Expression } from "../expression.ts"
import type { PlanTable } from "../plan.ts"
import { combine, type Draft, expressionLineage, type Lineage } from "./draft.ts"
import type { Relation, WorkOf } from "./relation.ts"
import { isKind } from "./relation.ts"

/** A table as a source, resolved. */
export interface SourceTable {
  readonly table: PlanTable
  readonly factory: ConnectorFactory
  readonly traits: SourceTraits
  /** Whether its rows are made a changelog by their key: see {@link isNormalized}. */
  readonly normalized: boolean
}

/** Whether rows of a source do not say what was there before, or may say a change twice (`duplicates`). */
export function isNormalized({ changelog }: SourceTraits, duplicates: boolean): boolean {
  const { updateBefore, updateAfter } = changelog
  return updateAfter && !updateBefore || duplicates && (updateAfter || changelog.delete)
}

/** The columns of a scan's output that are the table's primary key; undefined: it has none, or not all of it is there. */
export function keyOfScan(
  { scan, compute }: ScanParts,
  table: PlanTable
): ReadonlyArray<number> | undefined {
  const paths = scan.work.projection ?? scan.columns.map((_, index) => [index])
  return scanKey(table, paths, compute)
}

/** The node that keeps the last row of each key of a scan. */
export function draftNormalize(below: Draft, from: Draft["inputs"][number]): Draft {
  const keys = below.upsertKey!
  const { lineage, changes, columns } = below
  return {
    ...below,
    name: `ChangelogNormalize(${keys.map((key) => columns[key]!.name).join(", ")})`,
    work: { kind: "changelog-normalize", keys },
    inputs: [from],
    changes: { updates: true, deletes: changes.deletes },
    distribution: keys,
    identity: combine("changelog-normalize", lineage)
  }
}

/** The scan that a relation is, with what the source's task does: projection, computed columns, watermark. */
export interface ScanParts {
  readonly scan: Relation<WorkOf<"scan">>
  readonly compute: ReadonlyArray<Expression> | undefined
  readonly watermark: WorkOf<"watermark"> | undefined
}

/** Recognise a scan, alone or below computed columns and a watermark. */
export function scanParts(relation: Relation): ScanParts | undefined {
  if (isKind(relation, "scan")) return { scan: relation, compute: undefined, watermark: undefined }
  if (!isKind(relation, "watermark")) return undefined
  const below = relation.inputs[0]!
  if (isKind(below, "scan")) return { scan: below, compute: undefined, watermark: relation.work }
  const scan = below.inputs[0]
  if (!isKind(below, "project") || scan === undefined || !isKind(scan, "scan")) return undefined
  return { scan, compute: below.work.expressions, watermark: relation.work }
}

/** The node of a scan. */
export function draftScan(
  relation: Relation,
  parts: ScanParts,
  source: SourceTable,
  filters: ReadonlyArray<Expression>,
  parallelism: number,
  isBatch: boolean
): Draft {
  const { scan, compute } = parts
  // At the end of a bounded input all times have come; until then no row is late.
  const watermark = isBatch ? undefined : parts.watermark
  const { table, traits } = source
  const width = table.physical.length
  const paths = scan.work.projection ?? scan.columns.map((_, index) => [index])
  const read = paths.map((path) => combine(table.name, ...pathNames(table, path)))
  const columns = compute === undefined
    ? read
    : compute.map((expression) => expressionLineage(expression, read))
  const marked = watermark && expressionLineage(watermark.expression, columns)
  const lineage: Lineage = {
    rows: combine("scan", table.name, watermark && columns[watermark.column], marked),
    columns
  }
  return {
    name: `Source: ${table.name.split(".").at(-1)!}`,
    work: {
      kind: "scan",
      table: table.name,
      projection: paths.filter((path) => path[0]! < width),
      metadata: paths.filter((path) => path[0]! >= width).map((path) =>
        table.metadata[path[0]! - width]!.key
      ),
      compute,
      watermark: watermark && {
        column: watermark.column,
        expression: watermark.expression,
        idleTimeoutMillis: watermark.idleTimeoutMillis
      },
      filters,
      limit: undefined
    },
    inputs: [],
    columns: relation.columns,
    parallelism,
    changes: { updates: traits.changelog.updateAfter, deletes: traits.changelog.delete },
    distribution: undefined,
    upsertKey: scanKey(table, paths, compute),
    lineage,
    identity: combine("scan", table.name)
  }
}

function pathNames(table: PlanTable, path: ReadonlyArray<number>): ReadonlyArray<string> {
  const [first, ...rest] = path
  const width = table.physical.length
  if (first! >= width) return ["metadata", table.metadata[first! - width]!.key]
  const field = table.physical[first!]!
  const names = [field.name]
  let { type } = field
  for (const index of rest) {
    if (type.kind !== "ROW") break
    names.push(type.fields[index]!.name)
    type = type.fields[index]!.type
  }
  return names
}

function scanKey(
  table: PlanTable,
  paths: ReadonlyArray<ReadonlyArray<number>>,
  compute: ReadonlyArray<Expression> | undefined
): ReadonlyArray<number> | undefined {
  if (table.primaryKey.length === 0) return undefined
  const key = table.primaryKey.map((name) => {
    const column = table.physical.findIndex((field) => field.name === name)
    const read = paths.findIndex((path) => path.length === 1 && path[0] === column)
    return compute === undefined
      ? read
      : compute.findIndex((expression) => expression.op === "input" && expression.index === read)
  })
  return key.includes(-1) ? undefined : key
}

const simpleCalls: ReadonlySet<string> = new Set([
  "and",
  "or",
  "equals",
  "notEquals",
  "lessThan",
  "lessThanOrEqual",
  "greaterThan",
  "greaterThanOrEqual",
  "isNull",
  "isNotNull",
  "between",
  "in"
])

/** Whether a source could make use of a conjunct: comparisons of columns with constants. */
export function isSimple(expression: Expression): boolean {
  if (expression.op === "call") {
    return simpleCalls.has(expression.name) && expression.args.every(isSimple)
  }
  return expression.op === "input" || expression.op === "literal"
}
