/** What the tests of this package share: tables, contexts, and the loop of an engine without an engine. */
import {
  type AnyFault,
  type BadRecord,
  type Batch,
  type Disk,
  type FormatFactory,
  hostDisk,
  isNull,
  LogicalType,
  type OperatorContext,
  type Plain,
  type PlanTable,
  readOptions,
  type ScanAbilities,
  type Source,
  type Split,
  type TableContext,
  textOf
} from "@millrace/core/internal"
import * as Effect from "effect/Effect"
import { factory } from "../src/mod.ts"
import { lineFormat } from "./line-format.ts"

/** A table of texts. */
export function table(
  options: Readonly<Record<string, string>>,
  columns: ReadonlyArray<string> = ["a"],
  partitionKeys: ReadonlyArray<string> = []
): PlanTable {
  return {
    name: "default_catalog.default_database.t",
    options,
    physical: columns.map((name) => ({ name, type: LogicalType.string })),
    metadata: [],
    partitionKeys,
    primaryKey: [],
    place: undefined
  }
}

/** The context that a factory is given; fails on any option problem. */
export function tableContext(
  plan: PlanTable,
  format: FormatFactory = lineFormat,
  bad: Array<BadRecord & { readonly source: string }> = []
): TableContext {
  const problems: Array<never> = []
  const given = plan.options
  const options = readOptions(factory.options, { given, prefix: "" }, new Set(), problems)
  const formatOptions = readOptions(format.options, { given, prefix: "line." }, new Set(), problems)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return {
    table: plan,
    options,
    formats: new Map([["format", { factory: format, options: formatOptions }]]),
    timeZone: "UTC",
    parallelism: 1,
    onBad: (record, source) => void bad.push({ ...record, source })
  }
}

/** Everything of a table. */
export function all(plan: PlanTable, metadata: ReadonlyArray<string> = []): ScanAbilities {
  return {
    projection: plan.physical.map((_, i) => [i]),
    metadata,
    filters: [],
    limit: undefined
  }
}

/** A context for operators, sources and sinks. */
export function context(input: {
  readonly disk?: Disk
  readonly run?: string
  readonly attempt?: number
  readonly subtask?: number
  readonly notify?: () => void
  readonly fail?: (fault: AnyFault) => void
}): OperatorContext {
  return {
    name: "test",
    job: { id: "job", run: input.run ?? "1", attempt: input.attempt ?? 1 },
    subtask: input.subtask ?? 0,
    parallelism: 1,
    groupsMax: 128,
    groupFrom: 0,
    groupTo: 128,
    restored: undefined,
    notify: input.notify ?? (() => {}),
    fail: input.fail ?? ((fault) => {
      throw fault
    }),
    fork: (effect, done) => void Effect.runPromise(effect).then(done),
    disk: input.disk ?? hostDisk,
    count: () => {},
    nowMillis: () => 0
  }
}

/** The splits of a source, in the order in which they are handed out. */
export function splitsOf(source: Source, parallelism = 1, disk: Disk = hostDisk): Array<Split> {
  const enumerator = source.enumerator({
    ...context({ disk }),
    parallelism,
    restored: undefined as Plain,
    discovered: () => {}
  })
  const splits: Array<Split> = []
  for (;;) {
    const split = enumerator.next(0)
    if (typeof split === "string") return splits
    splits.push(split)
  }
}

/** All rows of a batch as texts; NULL is null. */
export function rowsOf(batch: Batch): Array<ReadonlyArray<string | null>> {
  return Array.from({ length: batch.rows }, (_, row) =>
    batch.columns.map((column) => {
      if (isNull(column, row)) return null
      return column.layout === "bytes" ? textOf(column, row) : String(column.values[row])
    }))
}

/** One batch, and where the reader stood after it. */
export interface Read {
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
  readonly after: ReadonlyArray<Split>
}

/** Poll to the end; waits where the reader waits. */
export async function readAll(
  source: Source,
  splits: ReadonlyArray<Split>,
  disk: Disk = hostDisk
): Promise<Array<Read>> {
  const reader = source.reader()
  let wake = (): void => {}
  let failure: AnyFault | undefined
  const given = context({
    disk,
    notify: () => wake(),
    fail: (fault) => {
      failure = fault
      wake()
    }
  })
  reader.open(given)
  for (const split of splits) reader.add(split)
  const reads: Array<Read> = []
  try {
    let finished = 0
    while (finished < splits.length) {
      let notified = false
      wake = () => {
        notified = true
      }
      const polled = reader.poll()
      if (polled.kind === "batch") {
        reads.push({ rows: rowsOf(polled.batch), after: reader.snapshot() })
      } else if (polled.kind === "finished") finished++
      else if (!notified) await new Promise<void>((resolve) => (wake = resolve))
      if (failure !== undefined) throw failure
    }
    return reads
  } finally {
    reader.close()
  }
}
