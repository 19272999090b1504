/** The main job in a folder of its own, with frequent checkpoints: how to start it, kill it and read its answer. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { LogicalType } from "@millrace/core/internal"
import { type Answer, jsonAnswer, parquetAnswer } from "./answer.ts"

/** The repository, with a slash at the end. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url))

/** How a run ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

const hourly: LogicalType.RowType = [
  { name: "window_start", type: LogicalType.timestamp(3) },
  { name: "origin", type: LogicalType.string },
  { name: "city", type: LogicalType.string },
  { name: "flights", type: LogicalType.simple("BIGINT") },
  { name: "avg_delay", type: LogicalType.simple("DOUBLE") },
  { name: "max_delay", type: LogicalType.simple("BIGINT") },
  { name: "late_share", type: LogicalType.simple("DOUBLE") }
]

/** The job in `folder`; `runtime` is the program and its arguments before the script. */
export class FlightsJob {
  readonly folder: string
  readonly script: string
  private readonly runtime: ReadonlyArray<string>

  constructor(folder: string, runtime: ReadonlyArray<string>, intervalMillis: number) {
    this.folder = folder
    this.runtime = runtime
    this.script = `${folder}/delays.sql`
    mkdirSync(folder, { recursive: true })
    const text = readFileSync(`${root}examples/flights/delays.sql`, "utf8")
      .replaceAll("examples/flights/", `${folder}/`).replace("'1s'", `'${intervalMillis} ms'`)
    writeFileSync(this.script, text)
  }

  /** Remove output and checkpoints. */
  clear(): void {
    for (const name of ["out", "checkpoints"]) {
      rmSync(`${this.folder}/${name}`, { recursive: true, force: true })
    }
  }

  /** Start the bundled command; `site` starts the victim instead, which kills itself there. */
  start(
    resume: boolean,
    site?: string
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const script = site === undefined
      ? [`${root}dist/millrace.mjs`, "run"]
      : [`${root}property-tests/crash/victim.ts`, site]
    const args = [...this.runtime.slice(1), ...script, this.script, ...resume ? ["--resume"] : []]
    const child = spawn(this.runtime[0]!, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] })
    let stderr = ""
    child.stderr!.on("data", (data) => stderr += data)
    const ended = new Promise<Ended>((resolve) =>
      child.on("close", (code, signal) => resolve({ code, signal, stderr }))
    )
    return { child, ended }
  }

  /** Numbers of complete checkpoints on disk. */
  checkpoints(): ReadonlyArray<number> {
    const job = `${this.folder}/checkpoints/delays`
    if (!existsSync(job)) return []
    return readdirSync(job).filter((name) => /^\d/.test(name)).flatMap((run) =>
      readdirSync(`${job}/${run}`).filter((name) => name.startsWith("chk-")).map((name) =>
        Number(name.slice(4))
      )
    )
  }

  /** What the job has made. */
  answer(): { readonly hourly: Answer; readonly worst: Answer } {
    return {
      hourly: parquetAnswer(`${this.folder}/out/hourly`, hourly),
      worst: jsonAnswer(`${this.folder}/out/worst`)
    }
  }

  /** Files that a finished job must not leave: drafts of parts, leases. */
  leftovers(): ReadonlyArray<string> {
    return ["hourly", "worst"].flatMap((name) =>
      readdirSync(`${this.folder}/out/${name}`).filter((file) => file.startsWith("."))
    )
  }
}
