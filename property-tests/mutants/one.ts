/**
 * Runs the histories of the checkpoint property against one mutant: `node one.ts NAME RUNS SEED…`. Prints one line of JSON
 * per seed: how many histories it lived, or null when it survived them all. Needs Node's module hooks.
 */
import fc from "fast-check"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { mutants } from "./list.ts"
import { patch } from "./mutant.ts"

const [name, runs, ...seeds] = process.argv.slice(2)
const mutant = mutants.find((one) => one.name === name)
if (mutant === undefined) throw new Error(`There is no mutant "${name}"`)
const root = fileURLToPath(new URL("../../core/src/", import.meta.url))
const patched = new Set<string>()

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.startsWith("file:")) return loaded
    const path = fileURLToPath(url)
    const file = path.startsWith(root) ? path.slice(root.length).replaceAll("\\", "/") : undefined
    if (file === undefined || !mutant.edits.some((edit) => edit.file === file)) return loaded
    patched.add(file)
    const source = typeof loaded.source === "string"
      ? loaded.source
      : new TextDecoder().decode(loaded.source as Uint8Array)
    return { ...loaded, source: patch(mutant, file, source) }
  }
})

const { history, wide } = await import("../checkpoints/generator.ts")
const { live } = await import("../checkpoints/history.ts")
for (const { file } of mutant.edits) {
  if (!patched.has(file)) throw new Error(`Mutant "${name}" edits "${file}", which is not loaded`)
}
for (const seed of seeds) {
  const property = fc.property(history, wide, (one, schedule) => {
    live(one, schedule.make())
  })
  const result = fc.check(property, {
    numRuns: Number(runs),
    seed: Number(seed),
    endOnFailure: true
  })
  const reason = result.failed ? String((result.errorInstance as Error | null)?.message) : ""
  console.log(
    JSON.stringify({
      seed,
      killed: result.failed ? result.numRuns : null,
      reason: reason.slice(0, 160)
    })
  )
}
