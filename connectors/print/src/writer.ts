/** Prints rows as Flink does: `identifier:subtask> +I[1, foo]`. One write per batch. */
import * as Effect from "effect/Effect"
import {
  type Batch,
  type LogicalType,
  makeTimeZone,
  type OperatorContext,
  renderRow,
  type SinkWriter,
  type writeStandard
} from "@millrace/core/internal"
import { PrintFault } from "./fault.ts"

/** What is printed how. */
export interface PrintSpec {
  readonly identifier: string
  readonly target: "output" | "error"
  readonly schema: LogicalType.RowType
  readonly timeZone: string
}

const kinds = ["+I", "-U", "+U", "-D"]

/** Make a writer that hands texts to `write`. */
export function printWriter(spec: PrintSpec, write: typeof writeStandard): SinkWriter {
  const zone = makeTimeZone(spec.timeZone)
  let prefix = ""
  return {
    open: (context: OperatorContext) => {
      const subtask = context.parallelism > 1 ? `${context.subtask + 1}` : ""
      const parts = [spec.identifier, subtask].filter((part) => part !== "")
      prefix = parts.length === 0 ? "" : `${parts.join(":")}> `
    },
    ready: () => true,
    write: (batch: Batch) => {
      let text = ""
      for (let row = 0; row < batch.rows; row++) {
        const kind = kinds[batch.kinds?.[row] ?? 0]
        text += `${prefix}${kind}[${renderRow(batch.columns, row, spec.schema, zone).join(", ")}]\n`
      }
      if (!write(spec.target, text)) throw new PrintFault({ target: spec.target })
    },
    prepareCommit: () => Effect.succeed([]),
    snapshot: () => [],
    close: () => {}
  }
}
