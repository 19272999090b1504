/**
 * `npm start [-- --resume]`: sets the clone up and runs the main job, `examples/flights/delays.sql`, with the runtime that
 * `MILLRACE_RUNTIME` names (node, bun or deno; node when it is not set). Without `--resume` it begins anew: its output and checkpoints
 * are removed first.
 */
import { spawn } from "node:child_process"
import { build, install, root, runtimes } from "./setup.mjs"

const name = process.env.MILLRACE_RUNTIME ?? "node"
const runtime = runtimes[name]
if (runtime === undefined) {
  process.stderr.write(`Cannot run on '${name}': MILLRACE_RUNTIME must be node, bun or deno\n`)
  process.exit(2)
}
const args = process.argv.slice(2)
const unknown = args.find((arg) => arg !== "--resume")
if (unknown !== undefined) {
  process.stderr.write(`Unknown argument '${unknown}': npm start takes only -- --resume\n`)
  process.exit(2)
}
install()
const bundle = build()
const job = "examples/flights/delays.sql"
if (args.length === 0) {
  // The command empties them, as it knows whether a running job holds them.
  args.push("--empty", "examples/flights/out", "--empty", "examples/flights/checkpoints")
}
const run = (script, ...rest) =>
  spawn(runtime[0], [...runtime[1], script, ...rest], { cwd: root, stdio: "inherit" })
let child = run(bundle, "run", job, ...args)
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal))
const ended = (next) => (code, signal) => {
  if (code === 0) next()
  else process.exit(code ?? (signal === "SIGINT" ? 130 : 143))
}
child.on(
  "exit",
  ended(() => {
    child = run("examples/flights/summary.ts")
    child.on("exit", ended(() => process.exit(0)))
  })
)
