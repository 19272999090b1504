/** A temporary folder on the real disk, and what of it the process holds open. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Run with a fresh folder, which is removed at the end. */
export async function inFolder<A>(use: (folder: string) => Promise<A>): Promise<A> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "millrace-conformance-")))
  try {
    return await use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** A fresh folder within another. */
export function subfolder(folder: string): string {
  return fs.mkdtempSync(path.join(folder, "case-"))
}

/** What the process has open, where the system tells: files by their path, the rest by kind and number. */
export function openDescriptors(): ReadonlyArray<string> | undefined {
  let names: ReadonlyArray<string>
  try {
    names = fs.readdirSync("/proc/self/fd")
  } catch {
    return undefined
  }
  return names.flatMap((name) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${name}`)]
    } catch {
      // it was the one that read the list
      return []
    }
  })
}

/** Files below `folder` that the process has open. */
export function openBelow(folder: string): ReadonlyArray<string> {
  return (openDescriptors() ?? []).filter((target) => target.startsWith(`${folder}/`))
}
