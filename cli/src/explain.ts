/** `millrace explain FILE.sql`: the plan of every job in a script, without running any. */
import { explainPlan, hostDisk, loadModule, Session, writeStandard } from "@millrace/core/internal"
import type { Invocation } from "./arguments.ts"
import { readFile } from "./read-file.ts"
import { makeRegistry } from "./registry.ts"

/** Print the plans. Rejects with the fault of the statement that cannot be planned. */
export async function explain(invocation: Invocation): Promise<number> {
  const [file] = invocation.operands as [string]
  const session = Session.make({ registry: makeRegistry(), disk: hostDisk, loadModule })
  for await (const outcome of session.run(readFile(file), file)) {
    if (outcome.kind !== "job") continue
    const text = invocation.flags.has("json")
      ? JSON.stringify(outcome.plan, null, 2)
      : explainPlan(outcome.plan, { changelog: false, json: false })
    writeStandard("output", `${text}\n`)
  }
  return 0
}
