/** Runs the bundled command under the runtime of the test, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"

const bundle = fileURLToPath(new URL("../../dist/millrace.mjs", import.meta.url))
const before = "Deno" in globalThis ? ["run", "-A", "--no-check"] : []

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

/** A folder with scripts and data; the command runs in it. */
export class Workplace {
  readonly folder: string = mkdtempSync(`${tmpdir()}/millrace-test-`)

  /** Write a file. */
  file(name: string, content: string | Uint8Array): void {
    writeFileSync(`${this.folder}/${name}`, content)
  }

  /** Start the command. */
  start(
    ...args: ReadonlyArray<string>
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const child = spawn(process.execPath, [...before, bundle, ...args], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let err = ""
    child.stdout!.on("data", (data) => out += data)
    child.stderr!.on("data", (data) => err += data)
    const ended = new Promise<Ended>((resolve) =>
      child.on("close", (code, signal) => resolve({ code, signal, out, err }))
    )
    return { child, ended }
  }

  /** Run a script given as text. */
  async sql(text: string, ...args: ReadonlyArray<string>): Promise<Ended> {
    this.file("job.sql", text)
    return await this.start("run", "job.sql", ...args).ended
  }

  /** Remove the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
