/**
 * A lease on a directory: one job at a time writes there. It is a file `.millrace-lease` that names its holder, made
 * atomically; it needs no heartbeat, as whether the holder lives can be asked of the system.
 *
 * **Law.** Two live processes never both hold a directory. A lease whose process has ended is taken over; so is one of an
 * earlier attempt of the same run in the same process. A holder on another machine counts as alive.
 */
import * as Effect from "effect/Effect"
import { type AnyFault, Fault, type FaultClass, isFault } from "../fault.ts"
import { type Disk, DiskFault, type Processes, type ProcessId } from "./disk.ts"
import { attempt, readWhole } from "./disk-file.ts"

/** The name of the file. Hidden, so that no reader of the directory takes it for data. */
export const leaseName = ".millrace-lease"

/** Who wants a directory. */
export interface LeaseOwner {
  readonly job: string
  /** Empty when it is not known yet. */
  readonly run: string
  readonly attempt: number
}

/** A held lease. */
export interface Lease {
  readonly directory: string
  /** Gives it up; never fails, and does nothing when the lease has another holder by now. */
  readonly release: Effect.Effect<void>
}

/** Who holds a lease, as it stands in the file. */
export interface LeaseHolder extends LeaseOwner, ProcessId {}

interface LeaseFields {
  readonly directory: string
  readonly wanted: string
  readonly holder: LeaseHolder
  /** Its process runs on this machine. */
  readonly here: boolean
  /** Its process is this one. */
  readonly own: boolean
}

const LeaseFaultBase: FaultClass<
  "LeaseFault",
  LeaseFields
> = Fault<LeaseFields>()(
  "LeaseFault",
  "user",
  "never"
)

/** The directory is another job's. */
export class LeaseFault extends LeaseFaultBase {
  override get message(): string {
    const { pid, job, run, attempt, host } = this.holder
    const place = this.here ? "" : ` on host "${host}"`
    const which = run === "" ? "" : `, run ${run}, attempt ${attempt}`
    const remedy = this.own
      ? "put the statements that write there into one EXECUTE STATEMENT SET, or choose another directory"
      : this.here
      ? `wait until it ends, stop process ${pid}, or choose another directory`
      : `when that process has ended, remove "${this.directory}/${leaseName}", else choose another directory`
    return `Cannot use the directory "${this.directory}" for job "${this.wanted}": job "${job}" ` +
      `(process ${pid}${place}${which}) is writing there; ${remedy}`
  }
}

/** A disk that tells nothing of processes has one user: every holder found is a dead one. */
const alone: Processes = {
  own: { pid: 0, started: undefined, host: "" },
  isAlive: () => false
}

/**
 * Take the lease of `directory`, making the directory when it is missing.
 *
 * **Errors** LeaseFault: a live process holds it. DiskFault: the directory cannot be made or written, with what to do.
 */
export function acquire(
  disk: Disk,
  directory: string,
  owner: LeaseOwner
): Effect.Effect<Lease, AnyFault> {
  return attempt(() => {
    const processes = disk.processes ?? alone
    const path = directory.endsWith("/") ? directory + leaseName : `${directory}/${leaseName}`
    const bytes = encode({ ...processes.own, ...owner })
    disk.makeDirectory(directory)
    const judge = (holder: LeaseHolder): void => refuseIfAlive(processes, holder, owner, directory)
    take(disk, path, bytes, judge, processes.own.pid)
    sweep(disk, directory, processes)
    return { directory, release: Effect.sync(() => release(disk, path, bytes)) }
  })
}

/** Turns of taking: each but the last meets a lease that another process has just taken over or given up. */
const turnsMax = 100

function take(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  judge: (holder: LeaseHolder) => void,
  pid: number
): void {
  for (let turn = 0; turn < turnsMax; turn++) {
    if (disk.createExclusive(path, bytes)) return
    const found = readIfThere(disk, path)
    if (found === undefined) continue
    const holder = decode(found)
    // what cannot be read was torn by a power failure: nobody who lives wrote it
    if (holder !== undefined) judge(holder)
    takeAway(disk, path, found, pid)
  }
  throw new DiskFault({
    action: "create",
    path,
    reason: "Exists",
    detail: `other processes took it ${turnsMax} times in a row; try again`
  })
}

function refuseIfAlive(
  processes: Processes,
  holder: LeaseHolder,
  owner: LeaseOwner,
  directory: string
): void {
  if (!processes.isAlive(holder)) return
  const own = processes.own
  const same = holder.pid === own.pid && holder.started === own.started && holder.host === own.host
  const earlier = holder.job === owner.job && holder.run === owner.run &&
    holder.attempt <= owner.attempt
  if (same && earlier) return
  throw new LeaseFault({
    directory,
    wanted: owner.job,
    holder,
    here: holder.host === own.host,
    own: same
  })
}

/**
 * Move a dead holder's lease away. Two processes may both have judged it: the name is moved first and what was moved is looked
 * at after, so the slower one sees that it took the faster one's new lease, and puts it back.
 */
function takeAway(disk: Disk, path: string, judged: Uint8Array, pid: number): void {
  const aside = `${path}.${pid}`
  try {
    disk.rename(path, aside)
  } catch (error) {
    if (error instanceof DiskFault && error.reason === "NotFound") return
    throw error
  }
  const moved = readIfThere(disk, aside)
  if (moved !== undefined && !isEqual(moved, judged)) disk.createExclusive(path, moved)
  disk.remove(aside)
}

/** Remove what dead processes have moved away and did not come to remove. */
function sweep(disk: Disk, directory: string, processes: Processes): void {
  for (const { path } of disk.list(directory)) {
    const pid = new RegExp(`/${leaseName.replace(".", "\\.")}\\.(\\d+)$`).exec(path)?.[1]
    if (pid === undefined || Number(pid) === processes.own.pid) continue
    const mover = { pid: Number(pid), started: undefined, host: processes.own.host }
    const moved = processes.isAlive(mover) ? undefined : readIfThere(disk, path)
    const holder = moved === undefined ? undefined : decode(moved)
    if (moved !== undefined && (holder === undefined || !processes.isAlive(holder))) {
      disk.remove(path)
    }
  }
}

function release(disk: Disk, path: string, bytes: Uint8Array): void {
  try {
    const found = readIfThere(disk, path)
    if (found !== undefined && isEqual(found, bytes)) disk.remove(path)
  } catch (error) {
    // the process ends or another attempt follows: either frees the lease
    if (!isFault(error)) throw error
  }
}

function readIfThere(disk: Disk, path: string): Uint8Array | undefined {
  try {
    return readWhole(disk, path)
  } catch (error) {
    if (error instanceof DiskFault && error.reason === "NotFound") return undefined
    throw error
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function encode(holder: LeaseHolder): Uint8Array {
  const { pid, started, host, job, run, attempt } = holder
  return new TextEncoder().encode(
    `${JSON.stringify({ pid, started, host, job, run, attempt })}\n`
  )
}

function decode(bytes: Uint8Array): LeaseHolder | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as LeaseHolder
    const good = Number.isSafeInteger(value.pid) && typeof value.host === "string" &&
      typeof value.job === "string" && typeof value.run === "string" &&
      Number.isSafeInteger(value.attempt) &&
      (value.started === undefined || typeof value.started === "string")
    return good ? value : undefined
  } catch {
    return undefined
  }
}
