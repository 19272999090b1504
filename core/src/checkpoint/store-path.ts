/** Where things stand in a checkpoint directory: `<directory>/<job>/<run>/chk-<number>/`. */
import { crc32 } from "./crc32.ts"

/** The longest directory name made of a job id; file systems allow 255 bytes. */
const nameMax = 180

/**
 * The directory of a job. Letters, digits, `_`, `-` and inner dots of the id stay, other bytes become `%XX`; so no id leaves the
 * directory, is hidden, or meets another one. Long ids are cut and get a checksum.
 */
export function jobDirectory(directory: string, job: string): string {
  let name = ""
  for (const byte of new TextEncoder().encode(job)) {
    const letter = String.fromCharCode(byte)
    name += /[A-Za-z0-9_-]/.test(letter) || letter === "." && name !== ""
      ? letter
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }
  if (name === "") name = "%"
  if (name.length > nameMax) {
    const sum = crc32(new TextEncoder().encode(job)).toString(16).padStart(8, "0")
    name = `${name.slice(0, nameMax)}%%${sum}`
  }
  return directory === "" ? name : `${directory.replace(/\/+$/, "")}/${name}`
}

/** The directory of a run. */
export function runDirectory(directory: string, job: string, run: string): string {
  return `${jobDirectory(directory, job)}/${run}`
}

/** The name of a complete checkpoint's directory. */
export function checkpointName(checkpoint: number): string {
  return `chk-${checkpoint}`
}

/** The number of a checkpoint's directory name, or undefined. */
export function checkpointNumber(name: string): number | undefined {
  const match = /^chk-(\d{1,15})$/.exec(name)
  return match === null ? undefined : Number(match[1])
}

/** The last part of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1)
}

/** The parent of a path; `.` for a bare name; `/` and `.` are their own. */
export function parentOf(path: string): string {
  const slash = path.replace(/\/+$/, "").lastIndexOf("/")
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash)
}
