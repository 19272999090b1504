/** Empties a directory for a fresh start, unless a running job writes below it. */
import { readdirSync, rmSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import { hostDisk, Lease } from "@millrace/core/internal"

/** Remove all that is in `directory`; nothing when there is none. Rejects with a LeaseFault while a job holds it or a folder in it. */
export async function emptyDirectory(directory: string, job: string): Promise<void> {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return
  const leased = [directory, ...subdirectories(directory)].filter((path) =>
    statSync(`${path}/${Lease.leaseName}`, { throwIfNoEntry: false }) !== undefined
  )
  const owner = { job, run: "empty", attempt: 0 }
  for (const path of leased) await Effect.runPromise(Lease.acquire(hostDisk, path, owner))
  for (const name of readdirSync(directory)) {
    rmSync(`${directory}/${name}`, { recursive: true, force: true })
  }
}

/** Leases stand on output directories and on the folders of jobs: two levels down at most. */
function subdirectories(directory: string): ReadonlyArray<string> {
  return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(
    (entry) => `${directory}/${entry.name}`
  )
}
