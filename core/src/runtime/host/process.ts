/**
 * Which process this is, and whether another one still lives: what a lease is judged by. A pid alone is not enough, as pids
 * are given again; where the system tells a process's start time it is compared too.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import process from "node:process"
import type { Processes, ProcessId } from "../../checkpoint/disk.ts"

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Boot id and start in clock ticks since boot, on Linux; undefined elsewhere or when there is no such process. */
function startOf(pid: number): string | undefined {
  const line = readText(`/proc/${pid}/stat`)
  if (line === undefined) return undefined
  // the name in parentheses may hold anything, also spaces and parentheses
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ")
  // a zombie holds nothing any more
  if (fields[0] === "Z" || fields[0] === "X") return undefined
  const boot = readText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""
  return `${boot}:${fields[19]}`
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { readonly code?: string }).code === "EPERM"
  }
}

function isAlive(id: ProcessId): boolean {
  if (id.host !== own.host) return true
  if (own.started === undefined || id.started === undefined) return exists(id.pid)
  return startOf(id.pid) === id.started
}

const own: ProcessId = { pid: process.pid, started: startOf(process.pid), host: os.hostname() }

/** The processes of this machine. One of another machine counts as alive: it cannot be judged from here. */
export const hostProcesses: Processes = { own, isAlive }
