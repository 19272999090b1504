/** `millrace checkpoint list|verify DIRECTORY`: what checkpoints stand below a directory, and whether each could be restored. */
import { hostDisk, listCheckpoints, writeStandard } from "@millrace/core/internal"
import { type Invocation, UsageError } from "./arguments.ts"
import { TableOutput } from "./table-output.ts"

/** Print one line per checkpoint. `verify` reads every byte and answers 1 when one is broken. */
export function checkpoint(invocation: Invocation): number {
  const [action, directory] = invocation.operands as [string, string]
  if (action !== "list" && action !== "verify") {
    throw new UsageError(`Unknown action '${action}': wanted list or verify`)
  }
  const entries = listCheckpoints(hostDisk, directory, { verify: action === "verify" })
  const output = new TableOutput(
    ["job", "run", "checkpoint", "bytes", "state"],
    "table",
    (text) => writeStandard("output", text)
  )
  for (const entry of entries) {
    output.row([
      entry.job,
      entry.run,
      String(entry.checkpoint),
      String(entry.bytes),
      entry.problem ?? (entry.final === true ? "complete, the job had finished" : "complete")
    ])
  }
  output.end()
  return entries.some((entry) => entry.problem !== undefined) ? 1 : 0
}
