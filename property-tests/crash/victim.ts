/**
 * `victim.ts SITE:N FILE.sql [--resume]`: runs a script's job as the command does, but kills its own process with SIGKILL when
 * the engine reaches the named place for the Nth time: between prepare and commit, where random kills seldom fall.
 */
import { readFileSync } from "node:fs"
import process from "node:process"
import * as Effect from "effect/Effect"
import { compilePlan, DecisionsService, execute, Registry, Session } from "@millrace/core/internal"
import { builtIn, jobOptions } from "millrace"

const [where, file, resume] = process.argv.slice(2) as [string, string, string | undefined]
const [site, times] = where.split(":")
let left = Number(times)
const registry = Registry.make(builtIn)
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
      resume: resume === "--resume",
      onProgress: () => {},
      onWarning: () => {}
    })
    const execution = yield* Effect.provideService(run, DecisionsService, decisions)
    if (execution.kind === "running") yield* execution.job.result
  }))
  await Effect.runPromise(program)
}
