/**
 * `victim.ts FILE.sql [SITE:N]`: runs a script's job, from its newest checkpoint if there is one, and prints a line for each completed
 * checkpoint and each restart. At the Nth passing of a place it kills its own process with SIGKILL; SIGTERM stops the job with a last
 * checkpoint.
 */
import { readFileSync } from "node:fs"
import process from "node:process"
import * as Effect from "effect/Effect"
import {
  compilePlan,
  DecisionsService,
  execute,
  type JobProgress,
  Registry,
  Session
} from "@millrace/core/internal"
import { builtIn, jobOptions } from "millrace"

const [file, where] = process.argv.slice(2) as [string, string | undefined]
const [site, times] = (where ?? "").split(":")
let left = Number(times)
let checkpoints = 0
let restarts = 0
const registry = Registry.make(builtIn)

function tell(progress: JobProgress): void {
  for (; checkpoints < progress.checkpointsCompleted; checkpoints++) console.log("checkpoint")
  for (; restarts < progress.restarts; restarts++) {
    console.log(`restart ${progress.lastFailure?.message ?? ""}`)
  }
}

for await (const outcome of Session.make({ registry }).run(readFileSync(file, "utf8"), file)) {
  if (outcome.kind !== "job") continue
  const graph = await compilePlan(outcome.plan, { registry, nowMillis: () => Date.now() })
  const program = Effect.scoped(Effect.gen(function* () {
    const canonical = yield* DecisionsService
    const decisions = {
      ...canonical,
      reach: (reached: string) => {
        if (reached === site && --left === 0) process.kill(process.pid, "SIGKILL")
      }
    }
    const run = execute(graph, {
      ...jobOptions(outcome.name, outcome.settings),
      resume: true,
      onProgress: tell,
      onWarning: () => {}
    })
    const execution = yield* Effect.provideService(run, DecisionsService, decisions)
    if (execution.kind !== "running") return
    const { job } = execution
    process.on("SIGTERM", () => Effect.runFork(job.stop))
    yield* job.result
  }))
  await Effect.runPromise(program)
}
console.log("ended")
process.exit(0)
