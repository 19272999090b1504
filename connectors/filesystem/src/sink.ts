/**
 * The sink of a table of files. Before anything opens it makes the directory and takes its lease, so that two jobs never write to one
 * place and a path that cannot be written is told at once.
 */
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  attempt,
  type FormatContext,
  type FoundFormat,
  Lease,
  type LogicalType,
  type PlanTable,
  type Sink,
  type SinkJobContext
} from "@millrace/core/internal"
import { FileCommitter, removeHidden, removeLater } from "./committer.ts"
import { FilesystemFault } from "./fault.ts"
import { isPattern } from "./glob.ts"
import { checkedPath } from "./listing.ts"
import { Partitioner, type PartitionKey } from "./partitioner.ts"
import { FileWriter } from "./writer.ts"

/** What a sink is made for. */
export interface SinkOptions {
  readonly table: PlanTable
  readonly path: string
  readonly format: FoundFormat
  readonly timeZone: string
  /** The columns of the batches, in order. */
  readonly consumed: LogicalType.RowType
  readonly staticPartition: Readonly<Record<string, string>>
  readonly defaultName: string
  readonly rollBytes: number
}

/** Make the sink. Touches nothing outside. */
export function makeSink(options: SinkOptions): Sink {
  const { table, format, consumed, timeZone } = options
  const directory = (): string => checkedPath({ table: table.name, path: options.path }, "write")
  const kept = consumed.flatMap((field, i) => table.partitionKeys.includes(field.name) ? [] : [i])
  const context: FormatContext = {
    options: format.options,
    physical: kept.map((index) => consumed[index]!),
    projection: [],
    timeZone,
    table: table.name
  }
  return {
    guarantee: "exactly-once",
    writer: () =>
      new FileWriter({
        directory: directory(),
        factory: format.factory,
        format: context,
        extension: format.factory.extension?.(format.options) ?? "",
        rollBytes: options.rollBytes,
        partitioner: () => new Partitioner(partitionKeys(options), kept, options.defaultName)
      }),
    committer: ({ disk, job }) =>
      new FileCommitter({ table: table.name, directory: directory(), disk, job }),
    prepare: (job) => prepare(options, directory, job),
    rewind: ({ disk, job }, checkpoint) =>
      Effect.suspend(() => removeLater(disk, directory(), job.run, checkpoint))
  }
}

function partitionKeys(options: SinkOptions): ReadonlyArray<PartitionKey> {
  return options.table.partitionKeys.map((name): PartitionKey => {
    const fixed = options.staticPartition[name]
    if (fixed !== undefined) return { name, text: fixed }
    const column = options.consumed.findIndex((field) => field.name === name)
    return column < 0 ? { name, text: "" } : { name, column, type: options.consumed[column]!.type }
  })
}

function prepare(
  options: SinkOptions,
  directory: () => string,
  { disk, job }: SinkJobContext
): Effect.Effect<Effect.Effect<void>, AnyFault> {
  const owner = { job: job.id, run: job.run, attempt: job.attempt }
  return Effect.gen(function* () {
    const path = yield* attempt(() => {
      const found = directory()
      if (isPattern(found) && disk.stat(found) === undefined) {
        throw new FilesystemFault({
          table: options.table.name,
          action: "write the path",
          path: options.path,
          detail: "a pattern can be read, not written; give a directory"
        })
      }
      if (disk.stat(found)?.directory === false) {
        throw new FilesystemFault({
          table: options.table.name,
          action: "write the path",
          path: options.path,
          detail: "it is a file; a table is written as a directory of files, so give a directory"
        })
      }
      return found
    })
    const lease = yield* Lease.acquire(disk, path, owner)
    // of an attempt with this or a higher number that died before its first checkpoint: no checkpoint names them
    const clean = attempt(() =>
      removeHidden(disk, path, job.run, (number) => number >= job.attempt)
    )
    yield* Effect.onError(clean, () => lease.release)
    return lease.release
  })
}
