/** One line on standard error that tells how a job goes: rewritten in place on a terminal, once in a while elsewhere. */
import type { JobProgress } from "@millrace/core/internal"

/** How often a line is written where it cannot be rewritten. */
const plainMillis = 5000

/** The line of one job. */
export class ProgressLine {
  private readonly name: string
  private readonly terminal: boolean
  private readonly write: (text: string) => void
  private readonly now: () => number
  private readonly started: number
  private last = -Infinity
  private drawn = false

  constructor(
    options: {
      readonly name: string
      readonly terminal: boolean
      readonly write: (text: string) => void
      readonly now: () => number
    }
  ) {
    this.name = options.name
    this.terminal = options.terminal
    this.write = options.write
    this.now = options.now
    this.started = options.now()
  }

  /** Show the state of the job. */
  show(progress: JobProgress): void {
    const now = this.now()
    if (this.terminal) {
      this.write(`\r\x1b[2K${this.text(progress)}`)
      this.drawn = true
    } else if (now - this.last >= plainMillis && now - this.started >= plainMillis) {
      this.last = now
      this.write(`${this.text(progress)}\n`)
    }
  }

  /** Leave the line: what comes next stands on its own. */
  clear(): void {
    if (this.drawn) this.write("\r\x1b[2K")
    this.drawn = false
  }

  /** The last word about a job. */
  done(progress: JobProgress): void {
    this.clear()
    this.write(`${this.text(progress)}\n`)
  }

  private text(progress: JobProgress): string {
    const seconds = Math.max(0.001, (this.now() - this.started) / 1000)
    const parts = [
      `${this.name}: ${count(progress.rowsIn)} rows in, ${count(progress.rowsOut)} out`,
      ...(progress.badRecords > 0 ? [`${count(progress.badRecords)} bad records`] : []),
      ...(Number.isFinite(progress.eventTimeMillis)
        ? [`event time ${instant(progress.eventTimeMillis)}`]
        : []),
      `${progress.checkpointsCompleted} checkpoint${
        progress.checkpointsCompleted === 1 ? "" : "s"
      }`,
      ...(progress.restarts > 0
        ? [`${progress.restarts} restart${progress.restarts === 1 ? "" : "s"}`]
        : []),
      `${count(Math.round(progress.rowsIn / seconds))} rows/s`,
      `${seconds.toFixed(1)} s`
    ]
    return parts.join(" · ")
  }
}

function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",")
}

function instant(millis: number): string {
  return new Date(millis).toISOString().slice(0, 16).replace("T", " ")
}
