/** Files that are looked up, as the command runs it. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { describe, it } from "node:test"
import { runQuery } from "./run-query.ts"

describe("lookup of files", () => {
  it("Session.run() joins a stream with a file as it is now", async () => {
    const root = mkdtempSync(`${tmpdir()}/millrace-lookup-`)
    mkdirSync(`${root}/side`)
    const values = Array.from({ length: 100 }, (_, i) => `${i},value ${i}\n`)
    writeFileSync(`${root}/side/a.csv`, values.slice(0, 60).join(""))
    writeFileSync(`${root}/side/b.csv`, values.slice(60).join(""))
    const { rows, retractions } = await runQuery(`
      SET 'parallelism.default' = '2';
      CREATE TABLE bid (auction BIGINT, moment AS PROCTIME()) WITH ('connector' = 'datagen', 'number-of-rows' = '1000',
        'fields.auction.kind' = 'sequence', 'fields.auction.start' = '0', 'fields.auction.end' = '999');
      CREATE TABLE side (\`key\` BIGINT, \`value\` STRING) WITH ('connector' = 'filesystem', 'path' = '${root}/side', 'format' = 'csv');
      SELECT auction, s.\`value\` FROM bid JOIN side FOR SYSTEM_TIME AS OF bid.moment AS s ON MOD(auction, 200) = s.\`key\`;
    `)
    rmSync(root, { recursive: true })
    const want = Array.from({ length: 1000 }, (_, i) => i).filter((i) => i % 200 < 100)
      .map((i): readonly [string, number] => [`${i}, "value ${i % 200}"`, 1])
    assert.equal(retractions, 0)
    assert.deepEqual(new Map([...rows].sort()), new Map([...want].sort()))
  })
})
