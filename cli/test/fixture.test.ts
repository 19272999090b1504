/**
 * A checkpoint of each format version stands in `fixtures/`, as a SIGKILL left it. This version goes on from it and gives the rows of an
 * undisturbed run, or refuses it by name and touches nothing.
 */
import assert from "node:assert/strict"
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { Workplace } from "./command.ts"
import { lines, totals } from "./fixtures/answer.ts"

const fixtureOf = (version: number): string =>
  fileURLToPath(new URL(`fixtures/checkpoint-${version}`, import.meta.url))
const fixture = fixtureOf(3)
const answer = JSON.parse(readFileSync(`${fixture}/answer.json`, "utf8")) as {
  readonly windows: ReadonlyArray<string>
  readonly best: ReadonlyArray<string>
  readonly totals: ReadonlyArray<string>
}

/** Paths and contents of all files below a folder, but for leases. */
function tree(folder: string): ReadonlyArray<readonly [string, string]> {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== ".millrace-lease")
    .map((entry) => `${entry.parentPath}/${entry.name}`).sort()
    .map((path) => [path.slice(folder.length), readFileSync(path, "latin1")] as const)
}

/** Change the bytes of every manifest. */
function changeManifests(folder: string, change: (manifest: string) => string): void {
  for (const [path] of tree(folder).filter(([path]) => path.endsWith("/manifest"))) {
    writeFileSync(folder + path, change(readFileSync(folder + path, "latin1")), "latin1")
  }
}

describe("the checkpoint of format version 3", () => {
  let place: Workplace
  let folder: string
  beforeEach(() => {
    place = new Workplace()
    folder = place.folder
    cpSync(fixture, folder, { recursive: true })
  })
  afterEach(() => place.remove())

  const resume = () => place.start("run", "job.sql", "--resume", "--quiet").ended

  it("run --resume goes on from it and gives the rows of an undisturbed run", async () => {
    const before = lines(`${folder}/out/windows`)
    assert.ok(before.length > 0 && before.length < answer.windows.length)
    const ended = await resume()
    assert.equal(ended.code, 0, ended.err)
    assert.deepEqual(lines(`${folder}/out/windows`), answer.windows)
    assert.deepEqual(lines(`${folder}/out/best`), answer.best)
    assert.deepEqual(totals(ended.out), answer.totals)
    const again = await resume()
    assert.equal(again.code, 0, again.err)
    assert.equal(again.out, "")
    assert.match(again.err, /Job "fixture" had finished with checkpoint \d+: nothing to do/)
  })

  it("run --resume refuses a version that it does not know by its number, and touches nothing", async () => {
    changeManifests(
      folder,
      (text) => text.replace(/^millrace-checkpoint 3 /, "millrace-checkpoint 4 ")
    )
    const untouched = tree(folder)
    const ended = await resume()
    assert.equal(ended.code, 1, ended.err)
    assert.match(ended.err, /has format version 4, and this Millrace reads version 3/)
    assert.match(ended.err, /chk-3/)
    assert.deepEqual(tree(folder), untouched)
  })

  it("run --resume takes the one before when the newest is broken, says so, and gives each row once", async () => {
    const [run] = readdirSync(`${folder}/checkpoints/fixture`)
    const manifest = `${folder}/checkpoints/fixture/${run}/chk-3/manifest`
    writeFileSync(manifest, readFileSync(manifest).subarray(0, 1000))
    const later = tree(`${folder}/out`).filter(([path]) => path.includes("-c3-"))
    assert.ok(
      later.length > 0,
      "the broken one's run had made more visible than its older one knows"
    )
    const ended = await resume()
    assert.equal(ended.code, 0, ended.err)
    assert.match(ended.err, /chk-3": its manifest is truncated: read \d+ of \d+ bytes/)
    assert.match(
      ended.err,
      /"Sink: totals" cannot take back what it wrote after checkpoint 2: those rows may come twice/
    )
    assert.deepEqual(lines(`${folder}/out/windows`), answer.windows)
    assert.deepEqual(lines(`${folder}/out/best`), answer.best)
    assert.deepEqual(totals(ended.out), answer.totals)
  })
})

for (const version of [1, 2]) {
  describe(`the checkpoint of format version ${version}`, () => {
    it("run --resume refuses it by its number and touches nothing", async () => {
      const place = new Workplace()
      cpSync(fixtureOf(version), place.folder, { recursive: true })
      const untouched = tree(place.folder)
      const ended = await place.start("run", "job.sql", "--resume", "--quiet").ended
      assert.equal(ended.code, 1, ended.err)
      assert.match(
        ended.err,
        new RegExp(`has format version ${version}, and this Millrace reads version 3`)
      )
      assert.deepEqual(tree(place.folder), untouched)
      place.remove()
    })
  })
}
