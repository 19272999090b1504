/**
 * The real disk, on `node:fs`, alike in all three runtimes. Reads and writes are synchronous (a local disk answers faster
 * than a fiber is scheduled); only fsync, which may take many milliseconds, runs beside the thread.
 */
import * as fs from "node:fs"
import * as nodePath from "node:path"
import * as Effect from "effect/Effect"
import { type Disk, DiskFault, type FileStat, type OpenFile } from "../../checkpoint/disk.ts"
import { diskFault, errorCode } from "./disk-error.ts"
import { hostProcesses } from "./process.ts"

class HostFile implements OpenFile {
  readonly path: string
  private readonly descriptor: number
  private open = true

  constructor(path: string, mode: "read" | "append" | "create") {
    this.path = path
    // every write appends, also after a truncation: a position kept elsewhere would leave a hole
    this.descriptor = attempt("open", path, () => fs.openSync(path, mode === "read" ? "r" : "a+"))
    if (mode === "create" && this.size() > 0) this.truncate(0)
  }

  size(): number {
    return attempt("stat", this.path, () => fs.fstatSync(this.descriptor).size)
  }

  read(into: Uint8Array, at: number): number {
    try {
      let done = 0
      while (done < into.length) {
        const count = fs.readSync(this.descriptor, into, done, into.length - done, at + done)
        if (count === 0) break
        done += count
      }
      return done
    } catch (error) {
      throw diskFault("read", this.path, error)
    }
  }

  write(bytes: Uint8Array): void {
    try {
      let done = 0
      while (done < bytes.length) {
        done += fs.writeSync(this.descriptor, bytes, done, bytes.length - done, null)
      }
    } catch (error) {
      throw diskFault("write", this.path, error)
    }
  }

  truncate(lengthBytes: number): void {
    attempt("truncate", this.path, () => fs.ftruncateSync(this.descriptor, lengthBytes))
  }

  get sync(): Effect.Effect<void, DiskFault> {
    return syncDescriptor(this.path, this.descriptor)
  }

  close(): void {
    if (!this.open) return
    this.open = false
    attempt("close", this.path, () => fs.closeSync(this.descriptor))
  }
}

function attempt<A>(action: string, path: string, call: () => A): A {
  try {
    return call()
  } catch (error) {
    throw diskFault(action, path, error)
  }
}

/** Some file systems and devices know no fsync (EINVAL, ENOTSUP): there is nothing to wait for then. */
function syncDescriptor(path: string, descriptor: number): Effect.Effect<void, DiskFault> {
  return Effect.callback<void, DiskFault>((resume) => {
    fs.fsync(descriptor, (error) => {
      const code = errorCode(error)
      resume(
        error === null || error === undefined || code === "EINVAL" || code === "ENOTSUP"
          ? Effect.void
          : Effect.fail(diskFault("make durable", path, error))
      )
    })
  })
}

function list(path: string): ReadonlyArray<FileStat> {
  const names = attempt("list", path, () => fs.readdirSync(path))
  names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const found: Array<FileStat> = []
  for (const name of names) {
    const entry = stat(path.endsWith("/") ? path + name : `${path}/${name}`)
    if (entry !== undefined) found.push(entry)
  }
  return found
}

function stat(path: string): FileStat | undefined {
  try {
    const found = fs.statSync(path)
    return {
      path,
      directory: found.isDirectory(),
      sizeBytes: found.size,
      modifiedMillis: Math.floor(found.mtimeMs)
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw diskFault("stat", path, error)
  }
}

/**
 * Walks up by hand to the first parent that is there, then makes the missing ones one by one: a recursive mkdir below
 * /proc never returns on Node 24, and says nothing of which part of a path is a file.
 */
function makeDirectory(path: string): void {
  const missing: Array<string> = []
  let at = nodePath.resolve(path)
  for (;;) {
    const found = stat(at)
    if (found?.directory === true) break
    if (found !== undefined) throw notADirectory(path, at)
    missing.push(at)
    at = nodePath.dirname(at)
  }
  if (missing.length === 0) return
  const real = attempt("make the directory", path, () => fs.realpathSync(at))
  if (/^\/(proc|sys)(\/|$)/.test(real)) {
    throw new DiskFault({
      action: "make the directory",
      path,
      reason: "NoPermission",
      detail: `"${real}" belongs to the system; choose another path`
    })
  }
  for (const directory of missing.reverse()) {
    try {
      fs.mkdirSync(directory)
    } catch (error) {
      if (errorCode(error) !== "EEXIST" || stat(directory)?.directory !== true) {
        throw diskFault("make the directory", path, error)
      }
    }
  }
}

function notADirectory(path: string, at: string): DiskFault {
  return new DiskFault({
    action: "make the directory",
    path,
    reason: "NotADirectory",
    detail: `"${at}" is a file, not a directory; choose another path`
  })
}

/** A name that no other call of this machine uses, beside `path`. */
let exclusiveCount = 0

function createExclusive(path: string, bytes: Uint8Array): boolean {
  const draft = writeDraft(path, bytes)
  try {
    fs.linkSync(draft, path)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === "EEXIST") return false
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EOPNOTSUPP") {
      throw diskFault("create", path, error)
    }
  } finally {
    fs.rmSync(draft, { force: true })
  }
  return createWithoutLink(path, bytes)
}

/** Process ids come again, in containers at once: a draft that a killed process left is another's and stays. */
function writeDraft(path: string, bytes: Uint8Array): string {
  const slash = path.lastIndexOf("/") + 1
  const stem = `${path.slice(0, slash)}.${path.slice(slash)}.${hostProcesses.own.pid}`
  for (;;) {
    const draft = `${stem}.${++exclusiveCount}`
    try {
      fs.writeFileSync(draft, bytes, { flag: "wx" })
      return draft
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw diskFault("write", draft, error)
    }
  }
}

/** For file systems without hard links: the name appears at once, the content a moment later. */
function createWithoutLink(path: string, bytes: Uint8Array): boolean {
  try {
    fs.writeFileSync(path, bytes, { flag: "wx" })
    return true
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false
    throw diskFault("create", path, error)
  }
}

function syncDirectory(path: string): Effect.Effect<void, DiskFault> {
  return Effect.suspend(() => {
    let descriptor: number
    try {
      descriptor = fs.openSync(path === "" ? "." : path, "r")
    } catch (error) {
      // Windows cannot open a directory, and needs no sync of one
      return errorCode(error) === "EISDIR" || errorCode(error) === "EPERM"
        ? Effect.void
        : Effect.fail(diskFault("make durable", path, error))
    }
    return Effect.ensuring(
      syncDescriptor(path, descriptor),
      Effect.sync(() => fs.closeSync(descriptor))
    )
  })
}

/** The disk of this machine. */
export const hostDisk: Disk = {
  open: (path, mode) => new HostFile(path, mode),
  list,
  stat,
  makeDirectory,
  rename: (from, to) => attempt("rename", from, () => fs.renameSync(from, to)),
  remove: (path) =>
    attempt("remove", path, () => fs.rmSync(path, { recursive: true, force: true })),
  createExclusive,
  syncDirectory,
  processes: hostProcesses
}
