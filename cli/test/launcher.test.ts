/** What `npx millrace` starts: the bundled command on the runtime that MILLRACE_RUNTIME names, with its arguments, output and exit code. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import process from "node:process"
import { after, describe, it } from "node:test"
import { fileURLToPath } from "node:url"

const launcher = fileURLToPath(new URL("../bin.mjs", import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/millrace-launcher-`)
const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node"

function launch(name: string, ...args: ReadonlyArray<string>) {
  return spawnSync(launcher, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, MILLRACE_RUNTIME: name },
    timeout: 60000
  })
}

describe("bin.mjs", () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  it("runs the command in the working directory, TypeScript jobs too", () => {
    writeFileSync(`${folder}/job.sql`, "SELECT 1 AS n;")
    const sql = launch(runtime, "run", "job.sql", "--output", "json")
    assert.deepEqual([sql.status, sql.stdout], [0, '{"n":1}\n'], sql.stderr)
    writeFileSync(`${folder}/job.ts`, "const job: number = 1\nexport default job\n")
    const ts = launch(runtime, "run", "job.ts")
    assert.equal(ts.status, 2)
    assert.match(ts.stderr, /Module "job.ts" exports no job/)
  })

  it("hands on the exit code of the command", () => {
    assert.equal(launch(runtime, "rnu").status, 2)
    writeFileSync(`${folder}/wrong.sql`, "SELECT a;")
    assert.equal(launch(runtime, "run", "wrong.sql").status, 1)
  })

  it("refuses a runtime that there is not", () => {
    const { status, stderr } = launch("dino", "run", "job.sql")
    assert.equal(status, 2)
    assert.match(stderr, /Cannot run on 'dino': MILLRACE_RUNTIME must be node, bun or deno/)
  })
})
