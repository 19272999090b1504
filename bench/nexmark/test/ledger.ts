/**
 * A sink for answers that must come exactly once: changes of a table are kept from barrier to commit and folded when they are committed. It can
 * break the job at a barrier, as a crash between two checkpoints does.
 */
import * as Effect from "effect/Effect"
import {
  type Batch,
  type ConnectorFactory,
  Fault,
  type FaultClass,
  type LogicalType,
  type Plain,
  type Sink
} from "@millrace/core/internal"
import { changesOf } from "../answer.ts"

const Base: FaultClass<"LedgerFault", { checkpoint: number }> = Fault<{ checkpoint: number }>()(
  "LedgerFault",
  "external",
  "never"
)

/** The crash that was asked for. */
export class LedgerFault extends Base {
  override get message(): string {
    return `Broke the job at checkpoint ${this.checkpoint}, as was asked`
  }
}

/** What a job has written, over all its attempts. */
export class Ledger {
  readonly table: Map<string, number> = new Map()
  header = ""
  /** Break at the barrier of this checkpoint, once; 0: never. */
  breakAt = 0
  broken = false
  private readonly seen = new Set<string>()

  /** The connector `ledger`. */
  factory(): ConnectorFactory {
    const changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true } as const
    return {
      kind: "connector",
      identifier: "ledger",
      package: "test-ledger",
      description: "Folds what is committed.",
      options: [],
      formatKeys: [],
      sink: {
        traits: () => ({ changelog, metadata: {}, partitioning: false, overwrite: false }),
        make: (_, consumed) => this.sink(consumed)
      }
    }
  }

  private sink(schema: LogicalType.RowType): Sink {
    this.header = schema.map((field) => field.name).join(",")
    return {
      guarantee: "exactly-once",
      writer: () => {
        let pending: Array<Plain> = []
        let subtask = ""
        return {
          open: (context) => {
            subtask = `${context.job.attempt}-${context.subtask}`
          },
          ready: () => true,
          write: (batch: Batch) => changesOf(batch, schema, (text, by) => pending.push([text, by])),
          prepareCommit: (checkpoint, final) => {
            if (checkpoint === this.breakAt && !final && !this.broken) {
              this.broken = true
              return Effect.fail(new LedgerFault({ checkpoint }))
            }
            const rows = pending
            pending = []
            return Effect.succeed([{ id: `${checkpoint}-${subtask}`, rows }])
          },
          snapshot: () => [],
          close: () => {}
        }
      },
      committer: () => ({
        commit: (committables) =>
          Effect.sync(() => committables.forEach((one) => this.commit(one))),
        close: () => {}
      })
    }
  }

  private commit(committable: Plain): void {
    const { id, rows } = committable as { id: string; rows: ReadonlyArray<[string, number]> }
    if (this.seen.has(id)) return
    this.seen.add(id)
    for (const [text, by] of rows) {
      const count = (this.table.get(text) ?? 0) + by
      if (count === 0) this.table.delete(text)
      else this.table.set(text, count)
    }
  }
}
