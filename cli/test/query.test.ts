/** Scripts that cannot be read, and queries that go on for ever. */
import assert from "node:assert/strict"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { after, before, describe, it } from "node:test"
import { Workplace } from "./command.ts"

describe("millrace run", () => {
  let place: Workplace
  before(() => place = new Workplace())
  after(() => place.remove())

  it("says which file it cannot read, and ends with 2", async () => {
    mkdirSync(`${place.folder}/folder`)
    const missing =
      /^Cannot read "none\.(sql|ts)": there is no such file \(working directory ".+"\)\n$/
    const cases = [
      ["run", "none.sql", missing],
      ["run", "none.ts", missing],
      ["explain", "none.sql", missing],
      ["run", "folder", /^Cannot read "folder": it is a directory\n$/]
    ] as const
    for (const [command, file, wanted] of cases) {
      const { code, err } = await place.start(command, file).ended
      assert.equal(code, 2)
      assert.match(err, wanted)
    }
  })

  it("prints what a query has given so far when it is stopped", async () => {
    place.file(
      "endless.sql",
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20',\n" +
        "  'fields.n.min' = '7', 'fields.n.max' = '7');\nSELECT n FROM t;\n"
    )
    const { child, ended } = place.start("run", "endless.sql")
    setTimeout(() => child.kill("SIGINT"), 1500)
    const { code, signal, out } = await ended
    // Deno's child_process tells an exit code of 128 + n as the signal n.
    assert.equal("Deno" in globalThis && signal === "SIGINT" ? 130 : code, 130)
    assert.match(out, /^\+---\+\n\| n \|\n\+---\+\n(\| 7 \|\n)+\+---\+\n\d+ rows?\n$/)
  })

  it("ends an endless query whose reader has gone, and finishes the script's other jobs", async () => {
    const sequence = "'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = "
    place.file(
      "unread.sql",
      "CREATE TABLE endless (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000');\n" +
        `CREATE TABLE few (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', ${sequence}'39');\n` +
        "CREATE TABLE kept (n INT) WITH ('connector' = 'filesystem', 'path' = 'kept', 'format' = 'csv');\n" +
        "INSERT INTO kept SELECT n FROM few;\nSELECT n FROM endless;\nSELECT n FROM few;\n"
    )
    const { child, ended } = place.start("run", "unread.sql", "--quiet", "--output", "csv")
    child.stdout!.once("data", () => child.stdout!.destroy())
    const { code, err } = await ended
    assert.deepEqual([code, err], [0, ""])
    const kept = readdirSync(`${place.folder}/kept`).filter((name) => name.startsWith("part-"))
    const rows = kept.flatMap((name) =>
      readFileSync(`${place.folder}/kept/${name}`, "utf8").trim().split("\n")
    )
    assert.deepEqual(rows.map(Number).sort((a, b) => a - b), [...Array(40).keys()])
  })

  it("ends a job whose only sink prints to a reader that has gone, with a note", async () => {
    place.file(
      "printed.sql",
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000');\n" +
        "CREATE TABLE p (n INT) WITH ('connector' = 'print');\nINSERT INTO p SELECT n FROM t;\n"
    )
    const { child, ended } = place.start("run", "printed.sql", "--quiet")
    child.stdout!.once("data", () => child.stdout!.destroy())
    const { code, err } = await ended
    assert.equal(code, 0, err)
    assert.match(
      err,
      /^Note: job ".+" ends: Cannot print rows: nobody reads standard output any more.*\n$/
    )
  })

  it("prints no table for a query that had finished in an earlier process", async () => {
    place.file(
      "done.sql",
      "SET 'execution.checkpointing.dir' = 'done';\nSET 'execution.checkpointing.interval' = '1 s';\n" +
        "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence',\n" +
        "  'fields.n.start' = '1', 'fields.n.end' = '3');\nSELECT n FROM t;\n"
    )
    const first = await place.start("run", "done.sql").ended
    assert.match(first.out, /3 rows/)
    const again = await place.start("run", "done.sql", "--resume").ended
    assert.equal(again.code, 0, again.err)
    assert.equal(again.out, "")
    assert.match(again.err, /had finished with checkpoint \d+: nothing to do/)
  })
})
