/** `millrace factories [FILE]`: the connectors and formats of the project's packages as a module, for what bundles it. */
import { writeFileSync } from "node:fs"
import process from "node:process"
import { discover, factoriesModule, writeStandard } from "@millrace/core/internal"
import { type Invocation, UsageError } from "./arguments.ts"

/** Print the module, or write it into a file. */
export function factories(invocation: Invocation): number {
  const { factories: found, project } = discover(process.cwd())
  if (project === undefined) {
    throw new UsageError("There is no package.json here or above: run this inside of a project")
  }
  const text = factoriesModule(found)
  const [file] = invocation.operands
  if (file === undefined) writeStandard("output", text)
  else {
    writeFileSync(file, text)
    const list = found.map((one) => one.identifier).join(", ")
    writeStandard("output", `Wrote "${file}" with ${found.length} factories: ${list}\n`)
  }
  return 0
}
