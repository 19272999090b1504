/** Scripts that cannot be read, and queries that go on for ever. */
import assert from "node:assert/strict"
import { mkdirSync } from "node:fs"
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
      "CREATE TABLE t (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1',\n" +
        "  'fields.n.min' = '7', 'fields.n.max' = '7');\nSELECT n FROM t;\n"
    )
    const { child, ended } = place.start("run", "endless.sql")
    setTimeout(() => child.kill("SIGINT"), 1500)
    const { code, signal, out } = await ended
    // Deno's child_process tells an exit code of 128 + n as the signal n.
    assert.equal("Deno" in globalThis && signal === "SIGINT" ? 130 : code, 130)
    assert.match(out, /^\+---\+\n\| n \|\n\+---\+\n(\| 7 \|\n)+\+---\+\n\d rows?\n$/)
  })
})
