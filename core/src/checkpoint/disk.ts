/**
 * The file system as a service: what checkpoints, file sinks and leases may ask of it. The real one is
 * `runtime/host/disk.ts`; the simulated one tears writes and loses what was not synced.
 *
 * **Law (durability).** Bytes are durable after `sync` of the file; a name (create, rename, remove) is durable after
 * `syncDirectory` of its parent. Nothing else is promised.
 */
import type * as Effect from "effect/Effect"
import { Fault, type FaultClass, type Retry } from "../fault.ts"

/** Why the operating system refused. */
export type DiskReason =
  | "NotFound"
  | "NoSpace"
  | "NoPermission"
  | "Exists"
  | "NotADirectory"
  | "IsADirectory"
  | "Other"

const DiskFaultBase: FaultClass<
  "DiskFault",
  { action: string; path: string; reason: DiskReason; detail: string }
> = Fault<{ action: string; path: string; reason: DiskReason; detail: string }>()(
  "DiskFault",
  "external",
  "backoff"
)

/** A file operation failed. `detail` is the system's own word (`ENOSPC: no space left on device`). */
export class DiskFault extends DiskFaultBase {
  override get message(): string {
    return `Cannot ${this.action} "${this.path}": ${this.detail}`
  }

  /** What the system refuses for a reason that stays is not tried again. */
  override get retry(): Retry {
    return this.reason === "Other" ? "backoff" : "never"
  }
}

/** An open file. `read` and `write` are synchronous: a local disk answers faster than a fiber is scheduled. They throw {@link DiskFault}. */
export interface OpenFile {
  readonly path: string
  /** Bytes now in the file. */
  size(): number
  /** Fill `into` from byte `at`; answers the bytes read, fewer only at the end of the file. */
  read(into: Uint8Array, at: number): number
  /** Append all of `bytes`. */
  write(bytes: Uint8Array): void
  truncate(lengthBytes: number): void
  /** Make the content durable. May take many milliseconds, so it does not block the thread. */
  readonly sync: Effect.Effect<void, DiskFault>
  close(): void
}

/** One entry of a directory or the answer to `stat`. */
export interface FileStat {
  readonly path: string
  readonly directory: boolean
  readonly sizeBytes: number
  readonly modifiedMillis: number
}

/** A process, in a form that is not given again when a pid is. */
export interface ProcessId {
  readonly pid: number
  /** When it started, as the system tells it (an opaque text); undefined where it does not. */
  readonly started: string | undefined
  readonly host: string
}

/** Who shares the disk: what leases are judged by. */
export interface Processes {
  readonly own: ProcessId
  /** False only when it is certain that the process has ended. */
  isAlive(id: ProcessId): boolean
}

/** The service. Paths are as given by the user (relative to the working directory) or joined from them by `/`. */
export interface Disk {
  open(path: string, mode: "read" | "append" | "create"): OpenFile
  /** Entries of a directory by name, sorted by name. */
  list(path: string): ReadonlyArray<FileStat>
  /** Undefined when there is nothing at `path`. */
  stat(path: string): FileStat | undefined
  /** Creates missing parents; never used below `/proc`. */
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  /** Removes a file or a whole tree; no error when there is none. */
  remove(path: string): void
  /** Create `path` with `bytes` only if nothing is there; false when there is. Atomic between processes. */
  createExclusive(path: string, bytes: Uint8Array): boolean
  /** Make the names in a directory durable. */
  syncDirectory(path: string): Effect.Effect<void, DiskFault>
  /** The processes that may use this disk. Absent: nobody but this one job does, and a lease found was left by a dead one. */
  readonly processes?: Processes
}
