/** Runs a command as a whole process and takes its CPU seconds, wall seconds and peak memory from the system's own accounting. Linux only. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"

/** The repository, with a slash at the end. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url))

/** What one run cost. `cpuSeconds` is user and system time of the process and all it waited for. */
export interface Cost {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  readonly rssMegabytes: number
}

/** A program and its arguments before a script, by name. */
export const runtimes: Readonly<Record<string, ReadonlyArray<string>>> = {
  node: [`${root}node_modules/node/bin/node`],
  bun: [`${root}node_modules/.bin/bun`],
  // as `npm start` and `npx millrace` run it
  deno: [
    `${root}node_modules/.bin/deno`,
    "run",
    "-A",
    "--no-check",
    "--v8-flags=--max-semi-space-size=4"
  ]
}

const ticksPerSecond = 100

/** CPU seconds of all children that have ended and were waited for. */
function childrenSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}

/** CPU seconds of a process that goes on. */
export function processSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Peak memory of a process, or 0 when it is gone. */
export function peakMegabytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) /
      1024
  } catch {
    return 0
  }
}

/** Run a command to its end; it must end well. One at a time, as children's seconds are counted together. */
export function measure(command: ReadonlyArray<string>, cwd: string = root): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const seconds = childrenSeconds()
    const began = performance.now()
    const child = spawn(command[0]!, command.slice(1), { cwd, stdio: ["ignore", "ignore", "pipe"] })
    let peak = 0
    let printed = ""
    child.stderr.on("data", (data) => printed += data)
    const timer = setInterval(() => peak = Math.max(peak, peakMegabytes(child.pid!)), 20)
    child.on("close", (code) => {
      clearInterval(timer)
      if (code !== 0) {
        return reject(new Error(`"${command.join(" ")}" ended with ${code}:\n${printed}`))
      }
      resolve({
        cpuSeconds: childrenSeconds() - seconds,
        wallSeconds: (performance.now() - began) / 1000,
        rssMegabytes: peak
      })
    })
  })
}

/** The middle one. */
export function median(values: ReadonlyArray<number>): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** Which machine a figure was taken on. */
export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}, load ${
    loadavg().map((load) => load.toFixed(1)).join(" ")
  }`
}
