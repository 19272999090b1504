/** `millrace run FILE`: executes a script's statements in order, runs its jobs, and waits for all of them. */
import process from "node:process"
import type { Invocation } from "./arguments.ts"
import { emptyDirectory } from "./empty-directory.ts"
import { Jobs } from "./jobs.ts"
import { readFile } from "./read-file.ts"
import { runScript } from "./script.ts"
import { runModule } from "./job-module.ts"

/** Run it; answers the exit code. */
export async function run(invocation: Invocation): Promise<number> {
  const [file] = invocation.operands as [string]
  for (const directory of invocation.flags.get("empty") ?? []) await emptyDirectory(directory, file)
  const jobs = new Jobs({
    quiet: invocation.flags.has("quiet"),
    resume: invocation.flags.has("resume"),
    output: (invocation.flags.get("output")?.[0] ?? "table") as "table" | "json" | "csv",
    terminal: process.stderr.isTTY === true
  })
  const stop = (signal: NodeJS.Signals) => jobs.stop(signal === "SIGINT" ? 130 : 143)
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
  try {
    if (/\.[cm]?[jt]s$/.test(file)) await runModule(file, jobs)
    else await runScript(readFile(file), file, jobs)
    return await jobs.ended()
  } finally {
    process.off("SIGINT", stop)
    process.off("SIGTERM", stop)
  }
}
