/** The source on real files: what is listed, what is read, what is said when it cannot be. */
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { after, describe, it } from "node:test"
import type { BadRecord, Expression, FormatFactory } from "@millrace/core/internal"
import { makeBunzip } from "../src/bzip2-stream.ts"
import { formatFilters, scanColumns } from "../src/constants.ts"
import { factory } from "../src/mod.ts"
import { bulkLineFormat, lineFormat } from "./line-format.ts"
import { all, readAll, splitsOf, table, tableContext } from "./support.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-source-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

function put(name: string, content: string | Uint8Array): void {
  fs.mkdirSync(path.dirname(`${root}/${name}`), { recursive: true })
  fs.writeFileSync(`${root}/${name}`, content)
}

type Bad = Array<BadRecord & { readonly source: string }>

/** The rows of a table at `given`, one text per row. */
async function rows(
  given: string,
  options: Readonly<Record<string, string>> = {},
  bad: Bad = [],
  format: FormatFactory = lineFormat
): Promise<ReadonlyArray<string>> {
  const plan = table({ path: given, ...options })
  const source = factory.source!.make(tableContext(plan, format, bad), all(plan))
  return (await readAll(source, splitsOf(source))).flatMap((read) =>
    read.rows.map((row) => row.join("|"))
  )
}

/** A file of `corpus/make.py`. */
function corpus(name: string): Uint8Array {
  return new Uint8Array(fs.readFileSync(new URL(`corpus/${name}.line.bz2`, import.meta.url)))
}

describe("filesystem source", () => {
  it("FileEnumerator lists directories recursively, in the order of paths, without hidden and empty files", async () => {
    put("list/b.line", "b\n")
    put("list/a/z.line", "z\n")
    put("list/a/y.line", "y\ny2")
    put("list/.hidden", "no\n")
    put("list/_temporary/x", "no\n")
    put("list/c.line", "")
    assert.deepEqual(await rows(`${root}/list`), ["y", "y2", "z", "b"])
    assert.deepEqual(await rows(`file://${root}/list/`), ["y", "y2", "z", "b"])
    assert.deepEqual(await rows(`${root}/list/.hidden`), ["no"])
  })

  it("listFiles() understands patterns", async () => {
    put("glob/2024/a.csv", "1\n")
    put("glob/2024/b.txt", "2\n")
    put("glob/2025/a.csv", "3\n")
    put("glob/2025/deep/c.csv", "4\n")
    put("glob/.2026/a.csv", "5\n")
    put("glob/x[1].csv", "6\n")
    assert.deepEqual(await rows(`${root}/glob/*/a.csv`), ["1", "3"])
    assert.deepEqual(await rows(`${root}/glob/**/*.csv`), ["1", "3", "4", "6"])
    assert.deepEqual(await rows(`${root}/glob/202[!4]/{a,b}.*`), ["3"])
    assert.deepEqual(await rows(`${root}/glob/202?`), ["1", "2", "3", "4"])
    assert.deepEqual(await rows(`${root}/glob/x[1].csv`), ["6"])
    await assert.rejects(
      rows(`${root}/glob/*.parquet`),
      /no file matches this pattern; check the option 'path'$/
    )
    await assert.rejects(rows(`${root}/glob/{a`), /the pattern "\{a" is wrong: "\{" has no "\}"/)
  })

  it("listFiles() keeps the files whose absolute path matches source.path.regex-pattern", async () => {
    const pattern = { "source.path.regex-pattern": ".*/202[45]/a\\.csv" }
    assert.deepEqual(await rows(`${root}/glob`, pattern), ["1", "3"])
    const plan = table({ path: "x", "source.path.regex-pattern": "(" })
    assert.match(factory.check!(tableContext(plan), "source").join(), /is no regular expression/)
  })

  it("listFiles() names the path, the table and the working directory when nothing is there", async () => {
    await assert.rejects(rows("no/such/place.csv"), (error: Error) => {
      assert.equal(
        error.message,
        'Cannot read the path "no/such/place.csv" of table default_catalog.default_database.t: ' +
          `there is nothing at "no/such/place.csv" (working directory "${process.cwd()}"); check the option 'path'`
      )
      return true
    })
    await assert.rejects(rows("s3://bucket/x"), /the scheme "s3" is not supported/)
    await assert.rejects(rows("a\0b"), /NUL character/)
  })

  it("FileReader reads gzip, zstd and deflate by the file's ending, in several members", async () => {
    const text = Array.from({ length: 5000 }, (_, i) => `row ${i} ${"x".repeat(i % 90)}`)
    const bytes = new TextEncoder().encode(text.join("\n"))
    put(
      "z/a.line.gz",
      new Uint8Array(Buffer.concat([zlib.gzipSync(bytes), zlib.gzipSync("\nlast")]))
    )
    assert.deepEqual(await rows(`${root}/z/a.line.gz`), [...text, "last"])
    put("z/b.deflate", new Uint8Array(zlib.deflateSync(bytes)))
    assert.deepEqual(await rows(`${root}/z/b.deflate`), text)
    if (typeof zlib.zstdCompressSync === "function") {
      put("z/c.zst", new Uint8Array(zlib.zstdCompressSync(bytes)))
      assert.deepEqual(await rows(`${root}/z/c.zst`), text)
    }
    put("z/cut.gz", new Uint8Array(zlib.gzipSync(bytes).subarray(0, 3000)))
    await assert.rejects(rows(`${root}/z/cut.gz`), /z\/cut.gz" .*: its gzip content is damaged: /)
    put("z/x.xz", "x")
    await assert.rejects(rows(`${root}/z/x.xz`), /its compression is not supported; use .gz, .zst/)
  })

  it("FileReader reads bzip2, in several streams, and says when it is damaged", async () => {
    const text = Array.from({ length: 5000 }, (_, i) => `row ${i} ${"x".repeat(i % 90)}`)
    const packed = corpus("rows")
    put("bz/a.bz2", packed)
    assert.deepEqual(await rows(`${root}/bz/a.bz2`), [...text, "last"])
    put("bz/empty.bz2", corpus("empty"))
    assert.deepEqual(await rows(`${root}/bz/empty.bz2`), [])
    const damaged = /its bzip2 content is damaged: /
    for (const length of [2, 5, 1000, packed.length - 30, packed.length - 3]) {
      put("bz/cut.bz2", packed.slice(0, length))
      await assert.rejects(rows(`${root}/bz/cut.bz2`), damaged, `${length} bytes`)
    }
    for (const at of [0, 4, 12, 30, 2000, packed.length - 40]) {
      const changed = packed.slice()
      changed[at]! ^= 4
      put("bz/changed.bz2", changed)
      await assert.rejects(rows(`${root}/bz/changed.bz2`), damaged, `byte ${at}`)
    }
  })

  it("FileReader holds little of a file that inflates a thousandfold", async () => {
    const line = "x".repeat(99999) + "\n"
    put("bomb/a.gz", new Uint8Array(zlib.gzipSync(line.repeat(600))))
    const plan = table({ path: `${root}/bomb` })
    const source = factory.source!.make(tableContext(plan), { ...all(plan), projection: [] })
    const before = process.memoryUsage().arrayBuffers
    const reads = await readAll(source, splitsOf(source))
    assert.equal(reads.reduce((sum, read) => sum + read.rows.length, 0), 600)
    const last = reads.at(-2)!.after
    assert.equal((await readAll(source, last)).length, 1)
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20)
  })

  it("makeBunzip() gives no more than was asked for of 100 bytes that hold 60 million", async () => {
    const stream = makeBunzip()
    stream.end(corpus("bomb"))
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(stream.readableLength <= 2 ** 20, `${stream.readableLength} bytes are held`)
    let bytes = 0
    for await (const part of stream) bytes += part.length
    assert.equal(bytes, 60_000_000)
  })

  it("FileReader adds partition values and metadata, with NULL for the default name", async () => {
    put("part/d=2024-01-02/k=a%2Fb/f.line", "1\n2\n")
    put("part/d=2024-01-03/k=__DEFAULT_PARTITION__/f.line", "3\n")
    const plan = {
      ...table({ path: `${root}/part` }, ["k", "v", "d"], ["d", "k"]),
      physical: [
        { name: "k", type: { kind: "VARCHAR", nullable: true, length: 2147483647 } },
        { name: "v", type: { kind: "VARCHAR", nullable: true, length: 2147483647 } },
        { name: "d", type: { kind: "DATE", nullable: true } }
      ]
    } as const
    const source = factory.source!.make(
      tableContext(plan),
      {
        ...all(plan, ["file.name", "file.size", "file.modification-time"]),
        projection: [[2], [1], [0]]
      }
    )
    const found = (await readAll(source, splitsOf(source))).flatMap((read) => read.rows)
    const millis = (name: string): string =>
      String(Math.floor(fs.statSync(`${root}/part/${name}`).mtimeMs))
    const first = millis("d=2024-01-02/k=a%2Fb/f.line")
    assert.deepEqual(found, [
      ["19724", "1", "a/b", "f.line", "4", first],
      ["19724", "2", "a/b", "f.line", "4", first],
      ["19725", "3", null, "f.line", "2", millis("d=2024-01-03/k=__DEFAULT_PARTITION__/f.line")]
    ])
    put("part/d=x/k=b/f.line", "4\n")
    await assert.rejects(
      readAll(source, splitsOf(source)),
      /its partition "d=x" has no value of type DATE/
    )
    put("part/f.line", "5\n")
    await assert.rejects(
      readAll(source, splitsOf(source).slice(-1)),
      /in no partition directory "d=…"/
    )
  })

  it("FileReader reports bad records with their place in the file", async () => {
    put("bad/f.line", "one\n!two\nthree\n")
    const bad: Bad = []
    assert.deepEqual(await rows(`${root}/bad/f.line`, {}, bad), ["one", "three"])
    assert.deepEqual(bad.map((one) => [one.offset, one.source, one.error]), [
      [4, `${root}/bad/f.line`, "It begins with !"]
    ])
  })

  it("FileReader refuses a file that became shorter or is gone", async () => {
    put("short/f.line", "one\ntwo\n")
    const plan = table({ path: `${root}/short` })
    const source = factory.source!.make(tableContext(plan), all(plan))
    const splits = splitsOf(source)
    fs.truncateSync(`${root}/short/f.line`, 3)
    await assert.rejects(
      readAll(source, splits),
      /it had 8 bytes when it was listed, and has 3 now/
    )
    fs.rmSync(`${root}/short/f.line`)
    await assert.rejects(
      readAll(source, splits),
      /it was listed when the job started, and is gone now/
    )
  })

  it("FileReader reads bulk formats by row numbers, and in ranges for several readers", async () => {
    put("bulk/f.line", Array.from({ length: 50 }, (_, i) => `${i}\n`).join(""))
    const plan = table({ path: `${root}/bulk` })
    const source = factory.source!.make(tableContext(plan, bulkLineFormat), all(plan))
    const reads = await readAll(source, splitsOf(source))
    assert.equal(reads.flatMap((read) => read.rows).length, 50)
    for (const [i, read] of reads.entries()) {
      const rest = await readAll(source, read.after)
      assert.deepEqual(rest, reads.slice(i + 1))
    }
  })

  it("formatFilters() gives the format what it can judge, counted its way", () => {
    const type = { kind: "INT", nullable: true } as const
    const input = (index: number): Expression => ({ op: "input", index, type })
    const literal: Expression = { op: "literal", value: "1", type }
    const call = (...args: ReadonlyArray<Expression>): Expression => ({
      op: "call",
      name: "equals",
      args,
      type
    })
    const plan = table({ path: "x" }, ["p", "a", "b"], ["p"])
    const columns = scanColumns(plan, { ...all(plan, ["file.size"]), projection: [[2], [0], [1]] })
    const filters = [
      call(input(0), literal),
      call(input(1), literal),
      call(input(2), input(0)),
      call(input(3), literal)
    ]
    assert.deepEqual(formatFilters(columns, filters), [
      call(input(0), literal),
      call(input(1), input(0))
    ])
  })

  it("check() refuses a partition key that no path can hold", () => {
    const plan = {
      ...table({ path: "x" }, ["a"], ["a"]),
      physical: [{ name: "a", type: { kind: "VARBINARY", nullable: true, length: 9 } }]
    } as const
    assert.deepEqual(factory.check!(tableContext(plan), "source"), [
      "Column 'a' of type VARBINARY cannot be a partition key"
    ])
  })
})
