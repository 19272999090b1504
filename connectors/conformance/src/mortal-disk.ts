/**
 * The real disk as a process sees it that may end at any call: once dead, nothing it does reaches the disk, and the files it had open are
 * closed, as the system does for a process that was killed. It can also refuse one call, as a full disk does.
 *
 * **Invariant** what a dead disk is asked throws {@link Death}, which is no fault: code under test must not take it for one.
 */
import * as Effect from "effect/Effect"
import {
  type Disk,
  DiskFault,
  type FileStat,
  hostDisk,
  type OpenFile,
  type Processes
} from "@millrace/core/internal"
import { Choices, seedOf } from "./choices.ts"

/** The simulated end of the process in the middle of a call. */
export class Death extends Error {
  constructor() {
    super("The process was killed")
  }
}

/** What happens at a call of the disk. */
export interface Doom {
  /** Number of the call, from 1. */
  readonly call: number
  readonly how: "die" | "refuse"
}

/** See the head of this file. Each disk is another process: what an earlier one held counts as left by a dead one. */
export class MortalDisk implements Disk {
  /** Calls so far. */
  calls = 0
  readonly processes: Processes
  private readonly doom: Doom | undefined
  private readonly durable: boolean
  private readonly files: Set<OpenFile> = new Set()
  private dead = false

  /** `durable`: whether files are really synced, which takes milliseconds and matters only when the machine dies. */
  constructor(pid: number, durable: boolean, doom?: Doom) {
    const own = { pid, started: "conformance", host: "conformance" }
    this.processes = { own, isAlive: (id) => id.pid === pid }
    this.durable = durable
    this.doom = doom
  }

  /** The process ends here. */
  kill(): void {
    this.dead = true
    for (const file of this.files) file.close()
    this.files.clear()
  }

  /** Files that are open now. */
  get openPaths(): ReadonlyArray<string> {
    return [...this.files].map((file) => file.path)
  }

  open(path: string, mode: "read" | "append" | "create"): OpenFile {
    this.count("open", path)
    const file = hostDisk.open(path, mode)
    this.files.add(file)
    return this.watched(file)
  }

  list(path: string): ReadonlyArray<FileStat> {
    this.count("list", path)
    return hostDisk.list(path)
  }

  stat(path: string): FileStat | undefined {
    this.count("stat", path)
    return hostDisk.stat(path)
  }

  makeDirectory(path: string): void {
    this.count("make the directory", path)
    hostDisk.makeDirectory(path)
  }

  rename(from: string, to: string): void {
    this.count("rename", from)
    hostDisk.rename(from, to)
  }

  remove(path: string): void {
    this.count("remove", path)
    hostDisk.remove(path)
  }

  createExclusive(path: string, bytes: Uint8Array): boolean {
    this.count("create", path)
    return hostDisk.createExclusive(path, bytes)
  }

  syncDirectory(path: string): Effect.Effect<void, DiskFault> {
    return this.synced("make durable", path, hostDisk.syncDirectory(path))
  }

  private watched(file: OpenFile): OpenFile {
    const { path } = file
    const call = <A>(action: string, run: () => A): A => {
      this.count(action, path)
      return run()
    }
    return {
      path,
      size: () => call("stat", () => file.size()),
      read: (into, at) => call("read", () => file.read(into, at)),
      write: (bytes) => call("write", () => file.write(bytes)),
      truncate: (lengthBytes) => call("truncate", () => file.truncate(lengthBytes)),
      sync: this.synced("make durable", path, file.sync),
      close: () => {
        this.files.delete(file)
        file.close()
      }
    }
  }

  private synced(
    action: string,
    path: string,
    effect: Effect.Effect<void, DiskFault>
  ): Effect.Effect<void, DiskFault> {
    return Effect.suspend(() => {
      try {
        this.count(action, path)
      } catch (error) {
        return error instanceof DiskFault ? Effect.fail(error) : Effect.die(error)
      }
      return this.durable ? effect : Effect.yieldNow
    })
  }

  private count(action: string, path: string): void {
    if (this.dead) throw new Death()
    this.calls++
    if (this.doom?.call !== this.calls) return
    if (this.doom.how === "refuse") {
      const detail = "ENOSPC: no space left on device"
      throw new DiskFault({ action, path, reason: "NoSpace", detail })
    }
    this.kill()
    throw new Death()
  }
}

/** So many calls at most are tried, evenly over all: a run of the suite takes seconds. The seed says with which it begins. */
const doomsMax = 8

/** Run with a refusal and with a death at each of `calls` calls, or at {@link doomsMax} of them. */
export async function everyCall(
  calls: number,
  run: (doom: Doom) => Promise<unknown>
): Promise<void> {
  const step = Math.max(1, calls / doomsMax)
  for (const how of ["refuse", "die"] as const) {
    for (let at = 1 + new Choices(seedOf()).pick(Math.floor(step)); at <= calls; at += step) {
      const doom = { call: Math.floor(at), how }
      try {
        await run(doom)
      } catch (error) {
        const what = `Call ${doom.call} of ${calls} of the disk, ${how}`
        throw new Error(`${what}: ${(error as Error).message}`, { cause: error })
      }
    }
  }
}
