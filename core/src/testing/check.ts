/**
 * Proves a job of a user: it runs in the simulated world, unmodified, in many histories. In each the engine's choices are
 * made badly, the process dies at some place and goes on from its newest checkpoint at another parallelism, and what
 * comes out must be what the oracle, or a run in which nothing happens, gives. A counterexample is shrunk.
 */
import type fc from "fast-check"
import { assert } from "../fault.ts"
import { DataStream } from "../stream/data-stream.ts"
import { Flow } from "../stream/flow.ts"
import { valueBatch, valuesOf } from "../stream/value-batch.ts"
import type { HistoryOptions } from "./check-history.ts"
import { type CheckReport, explore } from "./check-run.ts"
import { listSource } from "./check-world.ts"

export { CheckFailed, type CheckReport } from "./check-run.ts"
export { checkSql, type CheckSqlOptions } from "./check-sql.ts"
export type { SqlRow, SqlValue } from "./check-sql-value.ts"

/** Values of each input, by name. */
export type Inputs = Readonly<Record<string, unknown>>

/** A job as a function of its inputs: what is written in production too, behind sources of its own. */
export type CheckedJob<I extends Inputs, B> = (
  inputs: { readonly [Name in keyof I]: DataStream<I[Name]> }
) => DataStream<B>

/** How a job is checked. */
export interface CheckOptions<I extends Inputs, B> extends Omit<HistoryOptions, "inputs"> {
  /** Generators of each input's values, in the order in which they come. */
  readonly inputs: { readonly [Name in keyof I]: fc.Arbitrary<ReadonlyArray<I[Name]>> }
  /** What must come out, in any order. Without it: what comes out of a run at parallelism 1 in which nothing happens. */
  readonly oracle?: (inputs: { readonly [Name in keyof I]: ReadonlyArray<I[Name]> }) => Iterable<B>
}

const groupsMax = 8

/**
 * Check a job.
 *
 * **Errors** throws `CheckFailed` with the smallest history that was found. **Cost** two or three milliseconds a history, in virtual time.
 */
export function check<I extends Inputs, B>(
  job: CheckedJob<I, B>,
  options: CheckOptions<I, B>
): CheckReport {
  const untyped = job as unknown as CheckedJob<Inputs, unknown>
  return explore({
    oracle: options.oracle as unknown as ((values: Inputs) => Iterable<unknown>) | undefined,
    settle: (rows) => rows,
    build: (splits, parallelism, world, outside) => {
      const flow = new Flow(parallelism)
      const make = (rows: ReadonlyArray<unknown>) => valueBatch(rows, undefined)
      const streams = Object.fromEntries(
        Object.keys(splits).map((name) => {
          const node = flow.add({
            kind: `input ${name}`,
            inputs: [],
            work: {
              kind: "source",
              source: listSource(() => world, () => splits[name]!, make),
              compute: undefined,
              watermark: undefined,
              badRecords: undefined
            },
            options: { parallelism: 1 }
          })
          return [name, new DataStream<unknown>(flow, node)]
        })
      )
      const result = untyped(streams)
      assert(result.flow === flow, "the job gives a stream made from its inputs")
      result.sinkTo(outside.sink(() => world, "result", valuesOf))
      return flow.graph(groupsMax)
    }
  }, options as unknown as HistoryOptions)
}
