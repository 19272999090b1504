/** Runs a tool to its end; what it printed is in the error when it fails. */
import { spawnSync } from "node:child_process"

/** A tool that a server needs is not on this machine: tests skip with this message, with `CI=true` they fail. */
export class MissingPrerequisite extends Error {}

/** Run `program` and give its standard output. */
export function shell(program: string, args: ReadonlyArray<string>, cwd: string): string {
  const result = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 26 })
  if (result.error !== undefined && (result.error as NodeJS.ErrnoException).code === "ENOENT") {
    throw new MissingPrerequisite(`"${program}" is not installed`)
  }
  if (result.status !== 0) {
    const printed = `${result.stdout ?? ""}${result.stderr ?? ""}`.slice(-4000)
    throw new Error(
      `"${program} ${args.join(" ")}" ended with ${result.status ?? result.signal}:\n${printed}`
    )
  }
  return result.stdout
}

/** Fails with {@link MissingPrerequisite} unless all programs answer to `--version` or `-version`. */
export function needs(...programs: ReadonlyArray<string>): void {
  for (const program of programs) {
    const result = spawnSync(program, [program === "java" ? "-version" : "--version"], {
      stdio: "ignore"
    })
    if (result.error !== undefined) throw new MissingPrerequisite(`"${program}" is not installed`)
  }
}
