/**
 * Kills the main job with SIGKILL, resumes it and compares its answer with that of an undisturbed run, again and again. Most kills
 * come at a random moment; every fifth at a named place between prepare and commit, or, of these every fourth, right after the commit.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { FlightsJob } from "./flights-job.ts"

/** What a soak did. */
export interface SoakResult {
  readonly kills: number
  readonly equal: number
  /** Kills after a completed checkpoint and before the end. */
  readonly afterCheckpoint: number
  /** Kills between prepare and commit, at a named place. */
  readonly betweenPrepareAndCommit: number
  /** Runs that had ended before the kill came. */
  readonly tooLate: number
  /** What was wrong, with the seed to repeat it. */
  readonly problems: ReadonlyArray<string>
}

/** A small generator of random numbers in [0, 1), from a seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Places after a prepare and before the end of its commit. */
const sites = ["prepared", "acknowledged", "stored", "completed", "committing"]

/** Run it. `runtime`: the program and its arguments before a script. */
export async function soak(options: {
  readonly folder: string
  readonly runtime: ReadonlyArray<string>
  readonly kills: number
  readonly seed: number
  readonly report?: (line: string) => void
}): Promise<SoakResult> {
  const next = random(options.seed)
  const job = new FlightsJob(options.folder, options.runtime, 50)
  job.clear()
  const began = performance.now()
  const undisturbed = await job.start(false).ended
  if (undisturbed.code !== 0) throw new Error(`The undisturbed run failed:\n${undisturbed.stderr}`)
  const wallMillis = performance.now() - began
  const wanted = JSON.stringify(job.answer())
  const count = { kills: 0, equal: 0, afterCheckpoint: 0, betweenPrepareAndCommit: 0, tooLate: 0 }
  const problems: Array<string> = []
  while (count.kills < options.kills) {
    job.clear()
    const site = siteOf(count.kills, next)
    const moment = (0.15 + 0.8 * next()) * wallMillis
    const { child, ended } = job.start(false, site)
    if (site === undefined) {
      await Promise.race([ended, sleep(moment)])
      child.kill("SIGKILL")
    }
    const death = await ended
    if (death.signal !== "SIGKILL") {
      if (death.code !== 0) {
        problems.push(`seed ${options.seed}: the job failed before it was killed: ${death.stderr}`)
      }
      count.tooLate++
      if (count.tooLate > options.kills) throw new Error("Most runs end before they are killed")
      continue
    }
    count.kills++
    const found = job.checkpoints()
    if (site !== undefined && !site.startsWith("committed")) count.betweenPrepareAndCommit++
    if (found.length > 0) count.afterCheckpoint++
    const resumed = await job.start(true).ended
    const where = `seed ${options.seed}, kill ${count.kills} (${
      site ?? `${Math.round(moment)} ms`
    }, checkpoint ${found.join(",") || "none"})`
    const problem = resumed.code === 0
      ? compare(job, wanted)
      : `resume ended with ${resumed.code}: ${resumed.stderr}`
    if (problem === undefined) count.equal++
    else problems.push(`${where}: ${problem}`)
    options.report?.(`${where}: ${problem ?? "equal"}`)
  }
  return { ...count, problems }
}

/** The named place of kill `index`, with the number of times that it is passed before; undefined: a random moment. */
function siteOf(index: number, next: () => number): string | undefined {
  if (index % 5 !== 4) return undefined
  const site = index % 20 === 19 ? "committed" : sites[Math.floor(next() * sites.length)]
  return `${site}:${1 + Math.floor(next() * 12)}`
}

function compare(job: FlightsJob, wanted: string): string | undefined {
  const left = job.leftovers()
  if (left.length > 0) return `left behind: ${left.join(", ")}`
  const got = JSON.stringify(job.answer())
  return got === wanted ? undefined : `answer ${got} differs from ${wanted}`
}
