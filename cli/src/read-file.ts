/** Reads the file that the command line names: what is wrong with it is wrong usage, not a failure of a job. */
import { readFileSync } from "node:fs"
import process from "node:process"
import { UsageError } from "./arguments.ts"

/** The text of `file`. Throws {@link UsageError}, with the working directory when there is no such file. */
export function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const detail = code === "ENOENT"
      ? `there is no such file (working directory "${process.cwd()}")`
      : code === "EISDIR"
      ? "it is a directory"
      : message
    throw new UsageError(`Cannot read "${file}": ${detail}`)
  }
}
