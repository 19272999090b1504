/**
 * A server as a child process on loopback that outlives its starter: started once, found again by a state file, ended by
 * the pid written there, and only if that pid is still the process that was started.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { folder } from "./folder.ts"

/** One process to start. */
export interface Launch {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard output and error go here. */
  readonly log: string
}

/** What is known of a running server. */
export interface Running {
  readonly name: string
  readonly processes: ReadonlyArray<{ readonly pid: number; readonly started: string }>
  /** What a user sets to reach it: `KAFKA_BROKERS` → `127.0.0.1:9092`. */
  readonly addresses: Readonly<Record<string, string>>
}

/** Start a process that goes on without us. */
export function launch(what: Launch): ChildProcess {
  const log = openSync(what.log, "w")
  const child = spawn(what.program, what.args, {
    cwd: what.cwd,
    env: { ...process.env, ...what.env },
    detached: true,
    stdio: ["ignore", log, log]
  })
  child.unref()
  return child
}

/** When a process began, in clock ticks since boot: with the pid it names a process for good. */
export function startedAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
  } catch {
    return undefined
  }
}

/** Remember a started server. */
export function remember(
  name: string,
  pids: ReadonlyArray<number>,
  addresses: Readonly<Record<string, string>>
): Running {
  const processes = pids.map((pid) => ({ pid, started: startedAt(pid) ?? "" }))
  const running = { name, processes, addresses }
  mkdirSync(folder(name), { recursive: true })
  writeFileSync(`${folder(name)}/running.json`, JSON.stringify(running))
  return running
}

/** The server if all its processes still run. */
export function recall(name: string): Running | undefined {
  const path = `${folder(name)}/running.json`
  if (!existsSync(path)) return undefined
  const running = JSON.parse(readFileSync(path, "utf8")) as Running
  return running.processes.every((one) => startedAt(one.pid) === one.started) ? running : undefined
}

/** End a server: a signal to stop, and after `graceMillis` a hard one. */
export async function end(name: string, graceMillis = 10000): Promise<boolean> {
  const path = `${folder(name)}/running.json`
  if (!existsSync(path)) return false
  const running = JSON.parse(readFileSync(path, "utf8")) as Running
  const alive = running.processes.filter((one) => startedAt(one.pid) === one.started)
  for (const one of alive) process.kill(one.pid, "SIGTERM")
  const deadline = performance.now() + graceMillis
  while (alive.some((one) => startedAt(one.pid) === one.started) && performance.now() < deadline) {
    await sleep(100)
  }
  for (const one of alive) if (startedAt(one.pid) === one.started) process.kill(one.pid, "SIGKILL")
  rmSync(path)
  return alive.length > 0
}

/** Wait until `ready` gives true; fails with the log's tail when `child` ends first or the time is over. */
export async function until(
  ready: () => Promise<boolean>,
  child: ChildProcess,
  log: string,
  timeoutMillis: number
): Promise<void> {
  const deadline = performance.now() + timeoutMillis
  while (!(await ready().catch(() => false))) {
    const gone = child.exitCode !== null || child.signalCode !== null
    if (gone || performance.now() > deadline) {
      const tail = existsSync(log) ? readFileSync(log, "utf8").slice(-3000) : ""
      throw new Error(
        `Server did not become ready${
          gone ? `, it ended with ${child.exitCode}` : ""
        }. Log ${log}:\n${tail}`
      )
    }
    await sleep(100)
  }
}

/** `wanted` if nobody listens there, else a free port. */
export async function port(wanted: number): Promise<number> {
  const tried = await listenOn(wanted)
  return tried ?? (await listenOn(0))!
}

function listenOn(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : undefined)
      )
    })
  })
}
