/**
 * Names of runs: a number that rises with every fresh start of a job, then letters that tell two runs of one number apart when
 * a checkpoint directory was removed in between. Safe in file names; the number decides which run is newest.
 */
import type { Disk } from "./disk.ts"
import { checkpointNumber, jobDirectory, lastName, runDirectory } from "./store-path.ts"

/** The number of a run's name, or undefined when it is no run's name. */
export function numberOf(name: string): number | undefined {
  const match = /^(\d{1,15})(?:-[a-z0-9]+)?$/.exec(name)
  return match === null ? undefined : Number(match[1])
}

/** Runs of a job, oldest first. */
export function list(disk: Disk, directory: string, job: string): ReadonlyArray<string> {
  const path = jobDirectory(directory, job)
  if (disk.stat(path)?.directory !== true) return []
  return disk.list(path)
    .filter((entry) => entry.directory)
    .map((entry) => entry.path.slice(path.length + 1))
    .filter((name) => numberOf(name) !== undefined)
    .sort((a, b) => numberOf(a)! - numberOf(b)!)
}

/**
 * Begin a new run: makes its directory, which from now on is the newest run, so that a resume never falls back to what
 * an older run had. The newest run is taken again when it never completed a checkpoint: nothing of it is visible or restorable, and
 * under its name sinks find what it left behind. The caller holds the lease of the job's directory. `nowMillis` goes
 * into the letters.
 *
 * **Errors** throws a DiskFault when the directory cannot be made.
 */
export function next(disk: Disk, directory: string, job: string, nowMillis = 0): string {
  const last = list(disk, directory, job).at(-1)
  if (last !== undefined && isEmpty(disk, runDirectory(directory, job, last))) return last
  const run = make(last === undefined ? 1 : numberOf(last)! + 1, nowMillis)
  disk.makeDirectory(runDirectory(directory, job, run))
  return run
}

function isEmpty(disk: Disk, path: string): boolean {
  return !disk.list(path).some((entry) => checkpointNumber(lastName(entry.path)) !== undefined)
}

/** A run's name; also for a job without checkpoints, as number 1. */
export function make(number: number, nowMillis: number): string {
  const letters = Math.max(0, Math.floor(nowMillis)).toString(36)
  return nowMillis > 0 ? `${number}-${letters}` : String(number)
}
