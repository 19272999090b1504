/** Keeps `SCOREBOARD.json`: the last number of each row of the plan of proof, written by the runs themselves. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"

/** What a run has reached. */
export interface Score {
  /** Of histories, kills, mutants killed: what the row counts. */
  readonly number: number
  readonly failures: number
  readonly goal: number
  readonly seed: number
}

/** A row of the file. */
export interface ScoreRow extends Score {
  readonly row: string
  readonly commit: string
  readonly date: string
  readonly machine: string
}

const path = fileURLToPath(new URL("SCOREBOARD.json", import.meta.url))

/** Write the score of `row`; others stay. */
export function record(row: string, score: Score): void {
  const rows = existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8")) as ReadonlyArray<ScoreRow>
    : []
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()
  const own: ScoreRow = {
    row,
    ...score,
    commit,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? process.arch}, ${runtime()}`
  }
  const next = [...rows.filter((one) => one.row !== row), own]
    .sort((a, b) => a.row.localeCompare(b.row, "en", { numeric: true }))
  writeFileSync(path, JSON.stringify(next, undefined, 2) + "\n")
}

function runtime(): string {
  const { bun, deno, node } = process.versions
  return bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node ${node}`
}
