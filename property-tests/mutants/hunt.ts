/** Hunts mutants: each in a process of its own, so that a broken engine cannot take the hunter down. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What became of one mutant: histories lived per seed, null where it survived, undefined where it never came back. */
export interface Trail {
  readonly name: string
  readonly lived: ReadonlyArray<number | null>
  readonly reason: string
}

const timeoutMillis = 120_000

/** Run mutant `name` against `runs` histories of each seed. A process that hangs counts as killed at the last history. */
export function hunt(name: string, runs: number, seeds: ReadonlyArray<number>): Promise<Trail> {
  const script = fileURLToPath(new URL("./one.ts", import.meta.url))
  const child = spawn(process.execPath, [script, name, `${runs}`, ...seeds.map(String)], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  let errors = ""
  child.stdout.on("data", (chunk) => output += chunk)
  child.stderr.on("data", (chunk) => errors += chunk)
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMillis)
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      if (code !== 0 && signal === null) {
        reject(new Error(`Mutant "${name}" could not be hunted: ${errors.slice(0, 2000)}`))
        return
      }
      const lines = output.split("\n").filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { killed: number | null; reason: string })
      const lived = seeds.map((_, i) => i < lines.length ? lines[i]!.killed : runs)
      const reason = lines.find((line) => line.killed !== null)?.reason ??
        `no answer in ${timeoutMillis} ms`
      resolve({ name, lived, reason })
    })
  })
}
