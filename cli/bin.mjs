#!/usr/bin/env node
/**
 * What `npx millrace` starts. In the repository it makes the clone ready (packages, bundle) and then runs the bundled command
 * with the runtime that `MILLRACE_RUNTIME` names (node, bun or deno; node when it is not set). Plain JavaScript for any Node from 20 on; under
 * one that can load TypeScript jobs the command runs in this very process, so that signals reach it directly.
 */
import { spawn } from "node:child_process"
import { pathToFileURL } from "node:url"
import { build, install, runtimes } from "../scripts/setup.mjs"

const name = process.env.MILLRACE_RUNTIME ?? "node"
const runtime = runtimes[name]
if (runtime === undefined) {
  process.stderr.write(`Cannot run on '${name}': MILLRACE_RUNTIME must be node, bun or deno\n`)
  process.exit(2)
}
install()
const bundle = build()
if (name === "node" && process.features.typescript === "strip") {
  await import(pathToFileURL(bundle).href)
} else {
  const [program, before] = runtime
  const child = spawn(program, [...before, bundle, ...process.argv.slice(2)], { stdio: "inherit" })
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal))
  const codes = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 }
  child.on("error", (error) => {
    process.stderr.write(`Cannot start "${program}": ${error.message}\n`)
    process.exit(1)
  })
  child.on("exit", (code, signal) => process.exit(code ?? codes[signal] ?? 1))
}
