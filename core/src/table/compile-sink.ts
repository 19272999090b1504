/** From plan nodes that take rows out — tables and the caller of a SELECT — to sinks of the graph. */
import * as Effect from "effect/Effect"
import type { Batch } from "../batch/element.ts"
import type { Sink } from "../sink/sink.ts"
import type { Field, RowType } from "../type/logical-type.ts"
import { resolveConnector } from "./connector.ts"
import type { Registry } from "./factory.ts"
import type { PlanTable } from "./plan.ts"

/** What a sink is made for. */
export interface SinkRequest {
  readonly table: PlanTable
  /** Names of the written columns, in order. */
  readonly columns: ReadonlyArray<string>
  readonly overwrite: boolean
  readonly staticPartition: Readonly<Record<string, string>>
  readonly registry: Registry
  readonly timeZone: string
  readonly parallelism: number
}

/** Makes the sink of a table. */
export async function compileSink(request: SinkRequest): Promise<Sink> {
  const { table, registry, timeZone, parallelism, overwrite, staticPartition } = request
  const input = { registry, timeZone, parallelism }
  const { factory, context } = await resolveConnector(table, "sink", input)
  const consumed = request.columns.map((name) => columnOf(table, name))
  return factory.sink!.make(context, consumed, { overwrite, staticPartition })
}

function columnOf(table: PlanTable, name: string): Field {
  const physical = table.physical.find((field) => field.name === name)
  if (physical !== undefined) return physical
  const metadata = table.metadata.find((one) => one.column === name)!
  return { name, type: metadata.type }
}

/** The sink of a dead-letter table: all its columns, appended to what is there. */
export function compileLetterSink(
  table: PlanTable,
  registry: Registry,
  timeZone: string
): Promise<Sink> {
  const columns: RowType = table.physical
  return compileSink({
    table,
    columns: columns.map((field) => field.name),
    overwrite: false,
    staticPartition: {},
    registry,
    timeZone,
    parallelism: 1
  })
}

/** A sink that hands batches to a function as they come. A restart hands rows out again. */
export function sinkOf(take: (batch: Batch) => void): Sink {
  return {
    guarantee: "at-least-once",
    writer: () => ({
      open: () => {},
      ready: () => true,
      write: take,
      prepareCommit: () => Effect.succeed([]),
      snapshot: () => [],
      close: () => {}
    })
  }
}
