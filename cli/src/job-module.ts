/** Runs the job that a module exports as its default. */
import { pathToFileURL } from "node:url"
import { resolve } from "node:path"
import type { StreamJob } from "@millrace/core"
import { UsageError } from "./arguments.ts"
import type { Jobs } from "./jobs.ts"
import { readFile } from "./read-file.ts"
import { makeRegistry } from "./registry.ts"

/** Load the module, compile its job with the built-in connectors and formats, and start it. */
export async function runModule(file: string, jobs: Jobs): Promise<void> {
  // A module that is not there would be told by each runtime in its own words.
  readFile(file)
  const module = await import(pathToFileURL(resolve(file)).href) as {
    readonly default?: StreamJob.StreamJob
  }
  const job = module.default
  if (job === undefined || job._tag !== "StreamJob") {
    throw new UsageError(
      `Module "${file}" exports no job: its default export must be made by StreamJob.make`
    )
  }
  const graph = await job.compile(makeRegistry())
  void jobs.start({ ...job.options, graph, query: false })
}
