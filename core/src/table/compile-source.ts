/** From plan nodes that give rows of their own — scans and VALUES — to source nodes of the graph. */
import { concat } from "../batch/column-builder.ts"
import { gather, slice } from "../batch/column.ts"
import { Batch, batchRowsMax, RowKind } from "../batch/element.ts"
import { Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import type { SourceWork } from "../graph/graph.ts"
import type { Source, SourceReader, Split } from "../source/source.ts"
import type { Field, LogicalType, RowType } from "../type/logical-type.ts"
import { withNullable } from "../type/logical-type.ts"
import { BadRecords } from "./bad-records.ts"
import type { BadRecordPolicy } from "./bad-records.ts"
import { compileCalc, compileNumber } from "./code/calc.ts"
import type { CodeSettings } from "./code/calc.ts"
import { badRecords, deadLetterTable } from "./common-options.ts"
import { resolveConnector } from "./connector.ts"
import type { Expression } from "./expression.ts"
import type { Registry } from "./factory.ts"
import type { Changelog, Plan, PlanNode, PlanTable, PlanWork } from "./plan.ts"

const Base: FaultClass<"DeadLetterTableFault", { table: string; letters: string }> = Fault<
  { table: string; letters: string }
>()("DeadLetterTableFault", "user", "never")

/** The dead-letter table of a table is not there. */
export class DeadLetterTableFault extends Base {
  override get message(): string {
    return `Cannot send bad records of table "${this.table}" to "${this.letters}" as there is no such table: create it with the columns raw BYTES, error STRING, source STRING, position STRING, at TIMESTAMP_LTZ(3)`
  }
}

/** A compiled scan: its work, and the dead-letter table that its port 1 feeds. */
export interface CompiledScan {
  readonly work: SourceWork
  readonly letters: PlanTable | undefined
}

type Scan = Extract<PlanWork, { kind: "scan" }>

/** Makes the source of a scan. */
export async function compileScan(
  plan: Plan,
  node: PlanNode,
  scan: Scan,
  registry: Registry,
  settings: CodeSettings
): Promise<CompiledScan> {
  const table = plan.tables[scan.table]!
  const input = { registry, timeZone: settings.timeZone, parallelism: node.parallelism }
  const later: { current?: BadRecords } = {}
  const { factory, context, common } = await resolveConnector(table, "source", {
    ...input,
    onBad: (record, source) => later.current!.onBad(record, source)
  })
  const policy = common.get(badRecords) as BadRecordPolicy
  const letters = policy === "dead-letter"
    ? findTable(plan, table, common.get(deadLetterTable) as string)
    : undefined
  const bad = new BadRecords(table.name, policy, letters?.physical ?? [], settings.nowMillis)
  const { projection, metadata, filters, limit } = scan
  const source = factory.source!.make(context, { projection, metadata, filters, limit })
  later.current = bad
  const work: SourceWork = {
    kind: "source",
    source: clearing(source, bad),
    compute: computed(node, table, scan, factory.source!.traits(context).changelog, settings),
    watermark: scan.watermark === undefined ? undefined : {
      ofBatch: compileNumber(node.schema, scan.watermark.expression, settings),
      idleTimeoutMillis: scan.watermark.idleTimeoutMillis
    },
    badRecords: policy === "fail" ? undefined : bad.take
  }
  return { work, letters }
}

/** What is made of each batch that the source gives; rows as they were before an update go when nobody asks for them. */
function computed(
  node: PlanNode,
  table: PlanTable,
  scan: Scan,
  changelog: Changelog,
  settings: CodeSettings
): SourceWork["compute"] {
  const compute = scan.compute === undefined
    ? undefined
    : computing(scannedType(table, scan), scan.compute, settings)
  if (!changelog.updateBefore || node.changelog.updateBefore) return compute
  return (batch) => {
    const rest = withoutBefore(batch)
    return rest === undefined || compute === undefined ? rest : compute(rest)
  }
}

function withoutBefore(batch: Batch): Batch | undefined {
  const { kinds } = batch
  if (kinds === undefined || !kinds.includes(RowKind.updateBefore)) return batch
  const rows = new Int32Array(batch.rows)
  let count = 0
  for (let i = 0; i < batch.rows; i++) if (kinds[i] !== RowKind.updateBefore) rows[count++] = i
  if (count === 0) return undefined
  return new Batch(
    count,
    batch.columns.map((column) => gather(column, rows, count)),
    Uint8Array.from(rows.subarray(0, count), (row) => kinds[row]!)
  )
}

function computing(
  input: RowType,
  projection: ReadonlyArray<Expression>,
  settings: CodeSettings
): (batch: Batch) => Batch | undefined {
  const calc = compileCalc(input, undefined, projection, settings)
  return (batch) => calc.run(batch)
}

/** A source whose readers start with an empty queue of bad records: what a failed attempt queued is read again. */
function clearing(source: Source, queue: BadRecords): Source {
  return {
    boundedness: source.boundedness,
    guarantee: source.guarantee,
    assignment: source.assignment,
    enumerator: (context) => source.enumerator(context),
    reader: () => {
      queue.clear()
      return source.reader()
    }
  }
}

/** `letters` as the user wrote it: a full name, or one in the database of `table`. */
function findTable(plan: Plan, table: PlanTable, letters: string): PlanTable {
  const parts = table.name.split(".")
  for (let keep = 0; keep <= parts.length - 1; keep++) {
    const found = plan.tables[[...parts.slice(0, keep), letters].join(".")]
    if (found !== undefined) return found
  }
  throw new DeadLetterTableFault({ table: table.name, letters })
}

/** The columns that a scan's source gives: projected paths, then metadata. */
function scannedType(table: PlanTable, scan: Scan): RowType {
  const columns = scan.projection.map((path) => fieldAt(table.physical, path))
  const metadata = scan.metadata.map((key): Field => {
    const declared = table.metadata.find((one) => one.key === key)!
    return { name: declared.column, type: declared.type }
  })
  return [...columns, ...metadata]
}

function fieldAt(columns: RowType, path: ReadonlyArray<number>): Field {
  const field = columns[path[0]!]!
  if (path.length === 1) return field
  const row = field.type as LogicalType & { kind: "ROW" }
  const inner = fieldAt(row.fields, path.slice(1))
  return row.nullable ? { name: inner.name, type: withNullable(inner.type, true) } : inner
}

/** The source of VALUES: one split that holds all rows. */
export function compileValues(
  rows: ReadonlyArray<ReadonlyArray<Expression>>,
  settings: CodeSettings
): SourceWork {
  const ones = rows.map((row) => compileCalc([], undefined, row, settings).run(new Batch(1, [])))
  const first = ones[0]
  const columns = first === undefined
    ? []
    : first.columns.map((_, k) => concat(ones.map((one) => one!.columns[k]!)))
  const batches: Array<Batch> = []
  for (let from = 0; from < rows.length; from += batchRowsMax) {
    const to = Math.min(rows.length, from + batchRowsMax)
    batches.push(new Batch(to - from, columns.map((column) => slice(column, from, to))))
  }
  return {
    kind: "source",
    source: sourceOf(batches),
    compute: undefined,
    watermark: undefined,
    badRecords: undefined
  }
}

const valuesSplit = "values"

function sourceOf(batches: ReadonlyArray<Batch>): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: ({ restored }) => {
      let given = restored === true
      return {
        next: () => {
          if (given) return "done"
          given = true
          return { id: valuesSplit, next: 0 }
        },
        snapshot: () => given,
        close: () => {}
      }
    },
    reader: () => readerOf(batches)
  }
}

function readerOf(batches: ReadonlyArray<Batch>): SourceReader {
  let split: Split | undefined
  let next = 0
  return {
    open: () => {},
    add: (added) => {
      split = added
      next = added["next"] as number
    },
    poll: () => {
      if (split === undefined) return { kind: "empty" }
      if (next < batches.length) return { kind: "batch", split: split.id, batch: batches[next++]! }
      split = undefined
      return { kind: "finished", split: valuesSplit }
    },
    snapshot: () => split === undefined ? [] : [{ ...split, next }],
    close: () => {}
  }
}
