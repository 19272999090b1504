/**
 * Claim: from every position that a reader has reported, reading goes on with the same rows in the same batches, and no row is lost or
 * doubled, whatever the chunk size, the compression, the header and records that are bad, long, empty or many in one; ranges of a file
 * give its records once. Model: the lines of the file. A failure would mean lost or doubled rows after a restore, or rows that are late
 * in one attempt and not in the next.
 */
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { after, describe, it } from "node:test"
import fc from "fast-check"
import { type BadRecord, hostDisk, LogicalType, type Source } from "@millrace/core/internal"
import { scanColumns } from "../src/constants.ts"
import { FileEnumerator } from "../src/enumerator.ts"
import { compilePart } from "../src/glob.ts"
import {
  constantColumn,
  escapeName,
  partitionOf,
  textOfValue,
  unescapeName
} from "../src/partition.ts"
import { FileReader } from "../src/reader.ts"
import { bulkLineFormat } from "./line-format.ts"
import { all, readAll, splitsOf, table, tableContext } from "./support.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
console.log(`source.property SEED=${seed}`)

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-source-property-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

interface Given {
  readonly lines: ReadonlyArray<string>
  readonly ending: boolean
  readonly compression: "" | ".gz" | ".deflate"
  readonly header: boolean
  readonly chunk: number
  readonly recordMax: number
}

const line = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z]{0,12}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^!z{0,9}$/) },
  { weight: 1, arbitrary: fc.nat(300).map((n) => "l".repeat(n)) },
  { weight: 1, arbitrary: fc.constantFrom("*0:", "*3:x", "*1024:y", "*1025:z", "*3000:w") }
)

const given: fc.Arbitrary<Given> = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 60 }),
  ending: fc.boolean(),
  compression: fc.constantFrom("", "", ".gz", ".deflate"),
  header: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 90 }),
  recordMax: fc.constantFrom(100, 100000)
})

function make(file: string, options: Given, bad: Array<BadRecord>): Source {
  const plan = table({ path: file, "line.header": String(options.header) })
  const context = tableContext(plan)
  const format = context.formats.get("format")!
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: (enumerated) =>
      new FileEnumerator(
        { table: "t", path: file, pattern: undefined, format, rangeBytes: options.chunk },
        enumerated
      ),
    reader: () =>
      new FileReader({
        table: "t",
        timeZone: "UTC",
        format,
        columns: scanColumns(plan, all(plan)),
        filters: [],
        defaultName: "",
        onBad: (record) => void bad.push(record),
        sizes: { chunk: options.chunk, recordMax: options.recordMax }
      })
  }
}

function write(options: Given): { readonly file: string; readonly content: string } {
  const all = options.header ? ["name", ...options.lines] : options.lines
  const content = all.join("\n") + (options.ending ? "\n" : "")
  const file = `${root}/f${options.compression}`
  const bytes = new TextEncoder().encode(content)
  fs.writeFileSync(
    file,
    options.compression === ""
      ? bytes
      : options.compression === ".gz"
      ? zlib.gzipSync(bytes)
      : zlib.deflateSync(bytes)
  )
  return { file, content }
}

/** What the lines stand for. A line beyond the limit may be refused; one within it never is. */
function expected(lines: ReadonlyArray<string>): Array<string> {
  return lines.flatMap((text) => {
    if (text.startsWith("!")) return []
    const many = /^\*(\d+):(.*)$/.exec(text)
    return many === null ? [text] : new Array<string>(Number(many[1])).fill(many[2]!)
  })
}

describe("filesystem source, properties", () => {
  it("FileReader.snapshot() is a position from which the rest comes in the same batches", async () => {
    let resumed = 0
    let refused = 0
    await fc.assert(
      fc.asyncProperty(given, fc.nat(), async (options, choice) => {
        const { file, content } = write(options)
        const bad: Array<BadRecord> = []
        const source = make(file, options, bad)
        const splits = splitsOf(source)
        const reads = await readAll(source, splits)
        const long = bad.filter((record) => record.error.includes("longer"))
        refused += long.length
        assert.ok(
          long.every((record) => {
            const end = content.indexOf("\n", record.offset)
            return (end < 0 ? content.length : end) - record.offset >
              options.recordMax - options.chunk
          }),
          "only what is too long is refused"
        )
        for (const record of bad) {
          if (!long.includes(record)) assert.equal(content[record.offset], "!")
        }
        const kept = options.lines.at(-1) === "" && !options.ending
          ? options.lines.slice(0, -1)
          : options.lines
        if (long.length === 0) {
          assert.deepEqual(reads.flatMap((read) => read.rows.map((row) => row[0])), expected(kept))
        }
        // every position of small files, some of large ones
        const step = Math.max(1, Math.floor(reads.length / 10))
        for (let i = choice % step; i < reads.length; i += step) {
          resumed++
          const rest = await readAll(source, reads[i]!.after)
          assert.deepEqual(rest, reads.slice(i + 1))
        }
      }),
      { numRuns: 400, seed }
    )
    assert.ok(resumed > 600 && refused > 10, `${resumed} resumed, ${refused} refused`)
  })

  it("FileEnumerator cuts files into ranges that give every record once, in order", async () => {
    let ranges = 0
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.integer({ min: 2, max: 6 }),
        fc.boolean(),
        async (options, parallelism, bulk) => {
          const plain: Given = {
            ...options,
            compression: "",
            header: false,
            recordMax: 100000,
            ending: true
          }
          const lines = options.lines.filter((text) => /^[a-z]+$/.test(text))
          if (lines.length === 0) return
          const { file } = write({ ...plain, lines })
          const source = bulk ? factoryOf(file, parallelism) : make(file, plain, [])
          const splits = splitsOf(source, parallelism)
          ranges += splits.length
          assert.equal(new Set(splits.map((split) => split.id)).size, splits.length)
          const rows: Array<string | null> = []
          for (const split of splits) {
            for (const read of await readAll(source, [split])) {
              rows.push(
                ...read.rows.map((row) => row[0]!)
              )
            }
          }
          assert.deepEqual(rows, lines)
        }
      ),
      { numRuns: 100, seed }
    )
    assert.ok(ranges > 200, `${ranges} ranges`)
  })
})

function factoryOf(file: string, parallelism: number): Source {
  const plan = table({ path: file })
  const context = tableContext(plan, bulkLineFormat)
  const size = hostDisk.stat(file)!.sizeBytes
  const format = context.formats.get("format")!
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: (enumerated) =>
      new FileEnumerator(
        {
          table: "t",
          path: file,
          pattern: undefined,
          format,
          rangeBytes: Math.ceil(size / parallelism)
        },
        enumerated
      ),
    reader: () =>
      new FileReader({
        table: "t",
        timeZone: "UTC",
        format,
        columns: scanColumns(plan, all(plan)),
        filters: [],
        defaultName: "",
        onBad: () => {}
      })
  }
}

describe("partitions and patterns, properties", () => {
  it("escapeName() keeps every text within one directory, and unescapeName() gives it back", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: "binary-ascii", minLength: 1 }),
        (key, value) => {
          const name = `${escapeName(key)}=${escapeName(value)}`
          assert.ok(!name.includes("/") && !name.includes("\0"))
          assert.equal(unescapeName(escapeName(value)), value)
          if (key !== "") assert.equal(partitionOf(`x/${name}/f`).get(key), value)
        }
      ),
      { seed }
    )
    assert.equal(escapeName("2024-01-02 03:04:05"), "2024-01-02 03%3A04%3A05")
    assert.equal(escapeName(".."), "%2E%2E")
  })

  it("constantColumn() gives back what textOfValue() wrote, for every type", () => {
    const cases: ReadonlyArray<readonly [LogicalType.LogicalType, ReadonlyArray<string>]> = [
      [LogicalType.string, ["", "a", "ü/"]],
      [LogicalType.simple("BOOLEAN"), ["true", "false"]],
      [LogicalType.simple("TINYINT"), ["-128", "127"]],
      [LogicalType.simple("INT"), ["-2147483648", "0"]],
      [LogicalType.simple("BIGINT"), ["9223372036854775807", "-4503599627370497", "12"]],
      [LogicalType.simple("DOUBLE"), ["1.5", "1.0E10"]],
      [LogicalType.simple("DATE"), ["1969-12-31", "2024-02-29"]],
      [LogicalType.timestamp(3), ["2024-01-02 03:04:05.678"]],
      [LogicalType.timestamp(9), ["2024-01-02 03:04:05.000000001"]],
      [{ kind: "DECIMAL", nullable: true, precision: 5, scale: 2 }, ["-123.45"]],
      [{ kind: "DECIMAL", nullable: true, precision: 30, scale: 2 }, [
        "1234567890123456789012345678.90"
      ]]
    ]
    for (const [type, values] of cases) {
      for (const text of values) {
        const column = constantColumn(type, text, 3)
        assert.equal(column.rows, 3)
        assert.equal(textOfValue(type, column, 2), text)
      }
      assert.equal(textOfValue(type, constantColumn(type, undefined, 3), 1), undefined)
    }
    assert.throws(() => constantColumn(LogicalType.simple("TINYINT"), "128", 1), /TINYINT/)
    assert.throws(() => constantColumn(LogicalType.simple("DATE"), "yesterday", 1), /DATE/)
  })

  it("compilePart() matches literally what is no wildcard", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const literal = text.replace(/[*?[\]{}\\,]/g, "\\$&")
        if (!text.includes("/")) {
          assert.equal(compilePart(literal)(text), !/^[._]/.test(text) || /^[._]/.test(literal))
        }
      }),
      { seed }
    )
    assert.equal(compilePart("*")(".hidden"), false)
    assert.equal(compilePart("*.{csv,json}")("a.json"), true)
  })
})
