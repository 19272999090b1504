/**
 * Claim: a job that is killed between its last checkpoint and the end of its commits is not finished: a resume commits what was
 * prepared and ends, and only then has a further resume nothing to do. Model: the rows of an undisturbed run. A failure means
 * that rows were lost for good, as nothing would ever look at them again, or written twice.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"

const rows = 2000
const victim = fileURLToPath(new URL("./victim.ts", import.meta.url))
const command = fileURLToPath(new URL("../../cli/src/bin.ts", import.meta.url))
const before = "Deno" in globalThis ? ["run", "-A", "--no-check"] : []

/** Only the last checkpoint is taken, so the first visit of a site is the final checkpoint's. */
const script = `
SET 'pipeline.name' = 'settle';
SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'numbers.csv', 'format' = 'csv');
CREATE TABLE doubled (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'json');
INSERT INTO doubled SELECT n * 2 FROM numbers;
`

function run(folder: string, ...args: ReadonlyArray<string>): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [...before, ...args], { cwd: folder, encoding: "utf8" })
}

/** Names, sizes and times of all files below, to see that none was touched. Directories are left out: a lease comes and goes. */
function stamps(folder: string): ReadonlyArray<string> {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort().flatMap((name) => {
    const stat = statSync(`${folder}/${name}`)
    return stat.isFile() ? [`${name} ${stat.size} ${stat.mtimeMs}`] : []
  })
}

function numbersIn(folder: string): ReadonlyArray<number> {
  return readdirSync(folder).flatMap((name) => {
    assert.match(name, /^part-/, "only finished parts are left")
    return readFileSync(`${folder}/${name}`, "utf8").trimEnd().split("\n")
      .map((line) => (JSON.parse(line) as { n: number }).n)
  }).sort((a, b) => a - b)
}

const wanted = Array.from({ length: rows }, (_, i) => i * 2)

describe("millrace run --resume", () => {
  for (const site of ["stored:1", "completed:1", "committing:1", "committed:1"]) {
    it(`commits what a job that was killed at ${site} of its last checkpoint had prepared`, () => {
      const folder = mkdtempSync(`${tmpdir()}/millrace-settle-`)
      try {
        writeFileSync(`${folder}/numbers.csv`, wanted.map((n) => `${n / 2}\n`).join(""))
        writeFileSync(`${folder}/job.sql`, script)
        const killed = run(folder, victim, site, "job.sql")
        assert.equal(killed.signal, "SIGKILL", String(killed.stderr))
        if (site !== "committed:1") {
          const visible = readdirSync(`${folder}/out`).filter((name) => !name.startsWith("."))
          assert.deepEqual(visible, [], "nothing was committed before the kill")
        }

        const resumed = run(folder, command, "run", "job.sql", "--resume")
        assert.equal(resumed.status, 0, String(resumed.stderr))
        assert.deepEqual(numbersIn(`${folder}/out`), wanted)

        const written = stamps(folder)
        const again = run(folder, command, "run", "job.sql", "--resume")
        assert.equal(again.status, 0, String(again.stderr))
        assert.match(String(again.stderr), /finished/)
        assert.deepEqual(stamps(folder), written, "nothing was written")
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
})
