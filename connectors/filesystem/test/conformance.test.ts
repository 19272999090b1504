/** The suites of connectors on `filesystem`: every format of ours, one file, a directory, partitions; sinks read back without the connector where the format is text. */
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import {
  readTable,
  type Row,
  type SinkSpec,
  sinkSuite,
  type SourceSpec,
  sourceSuite,
  type TableSpec
} from "../../conformance/src/mod.ts"
import { factory as csv } from "../../../formats/csv/src/mod.ts"
import { factory as json } from "../../../formats/json/src/mod.ts"
import { factory as parquet } from "../../../formats/parquet/src/mod.ts"
import { factory as raw } from "../../../formats/raw/src/mod.ts"
import { contextOf, encodeRows, writeRows } from "../../../formats/conformance/src/mod.ts"
import { LogicalType } from "@millrace/core/internal"
import { factory } from "../src/mod.ts"

const { simple, string, timestamp } = LogicalType
const formats = [csv, json, parquet, raw]

const columns: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT") },
  { name: "name", type: string },
  { name: "ratio", type: simple("DOUBLE") },
  { name: "at", type: timestamp(3) }
]
const parted: LogicalType.RowType = [...columns, { name: "p", type: string }]
const lines: LogicalType.RowType = [{ name: "line", type: string }]

/** Row `n`: NULLs, umlauts, fractions. */
function row(n: number): Row {
  return [
    BigInt(n),
    n % 7 === 3 ? null : `näme ${n}`,
    n % 5 === 2 ? null : n / 4,
    [1_700_000_000_000 + n * 1001, 0]
  ]
}

function rowsFrom(from: number, to: number, of: (n: number) => Row = row): ReadonlyArray<Row> {
  return Array.from({ length: to - from }, (_, i) => of(from + i))
}

/** So that CSV tells NULL from an empty text. */
const given: Readonly<Record<string, string>> = { "csv.null-literal": "\\N" }
const text = (n: number): Row => [`line ${n}`]

function optionsOf(format: string): Readonly<Record<string, string>> {
  return format === "csv" ? { format, ...given } : { format }
}

/** A file of a format, written by the format's own encoder. */
function write(file: string, format: string, rows: ReadonlyArray<Row>): void {
  const found = formats.find((one) => one.identifier === format)!
  const context = contextOf(found, format === "raw" ? lines : columns, optionsOf(format))
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const bytes = found.bulkWriter === undefined
    ? Buffer.concat(chunks(rows).map((some) => encodeRows(found, context, some)))
    : writeRows(found, context, rows, 1024, "plain")
  fs.writeFileSync(file, file.endsWith(".gz") ? zlib.gzipSync(bytes) : bytes)
}

function chunks(rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Row>> {
  return rows.length <= 1024 ? [rows] : [rows.slice(0, 1024), ...chunks(rows.slice(1024))]
}

/** Files with the rows that stand in them; a partition's column is not in its files. */
type Files = Readonly<Record<string, ReadonlyArray<Row>>>

function source(name: string, format: string, target: string, files: Files): SourceSpec {
  const isParted = name.includes("partition")
  const rows = Object.entries(files).flatMap(([file, some]) => {
    const part = /p=([^/]+)/.exec(file)?.[1]
    return isParted ? some.map((one) => [...one, part === "none" ? null : part!]) : some
  })
  const table = (folder: string): Promise<TableSpec> => {
    for (const [file, some] of Object.entries(files)) write(`${folder}/${file}`, format, some)
    return Promise.resolve({
      options: {
        ...optionsOf(format),
        path: `${folder}/${target}`,
        ...(isParted ? { "partition.default-name": "none" } : {})
      },
      physical: isParted ? parted : format === "raw" ? lines : columns,
      partitionKeys: isParted ? ["p"] : []
    })
  }
  return { name: `${format}, ${name}`, factory, formats, table, rows, histories: 15 }
}

for (const format of ["csv", "json", "raw", "parquet"]) {
  const of = format === "raw" ? text : row
  const some = (from: number, to: number): ReadonlyArray<Row> => rowsFrom(from, to, of)
  sourceSuite(source("one file", format, "a.data", { "a.data": some(0, 2300) }))
  sourceSuite(source("a directory", format, "in", {
    "in/a.data": some(0, 1100),
    "in/b/b.data": some(1100, 1101),
    "in/b/c.data": some(1101, 2200),
    "in/d.data": some(2200, 2300),
    "in/e.data": some(2300, 3400),
    "in/f.data": some(3400, 3500),
    "in/_hidden/x.data": []
  }))
}
sourceSuite(source("packed files of a pattern", "json", "in/*.gz", {
  "in/a.gz": rowsFrom(0, 1500),
  "in/b.gz": rowsFrom(1500, 3000)
}))
for (const format of ["csv", "parquet"]) {
  sourceSuite(source("partitions", format, "in", {
    "in/p=x/a.data": rowsFrom(0, 1200),
    "in/p=y/a.data": rowsFrom(1200, 1300),
    "in/p=none/a.data": rowsFrom(1300, 2500)
  }))
}

/** All files below a directory, hidden ones too. */
function filesBelow(folder: string): ReadonlyArray<string> {
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []
  )
}

const isVisible = (file: string): boolean => !/\/[._]/.test(file.slice(file.indexOf("/out/")))

/** The visible lines of text files, parsed by hand: whole lines only. */
function readLines(folder: string, parse: (line: string) => Row): ReadonlyArray<Row> {
  return filesBelow(`${folder}/out`).filter(isVisible).flatMap((file) => {
    const content = fs.readFileSync(file, "utf8")
    assert.ok(content.endsWith("\n"), `${file} ends with a whole line`)
    const part = /\/p=([^/]+)\//.exec(file)?.[1]
    return content.slice(0, -1).split("\n").map((line) =>
      part === undefined ? parse(line) : [...parse(line), part]
    )
  })
}

const parsers: Readonly<Record<string, (line: string) => Row>> = {
  raw: (line) => [line],
  csv: (line) => {
    const [id, name, ratio, at] = line.split(",")
    const bare = name!.replaceAll('"', "")
    return valuesOf(
      BigInt(id!),
      bare === "\\N" ? null : bare,
      ratio === "\\N" ? null : Number(ratio),
      at!
    )
  },
  json: (line) => {
    const { id, name, ratio, at } = JSON.parse(line) as Record<string, string | number | null>
    return valuesOf(BigInt(id!), name as string | null, ratio as number | null, at as string)
  }
}

function valuesOf(id: bigint, name: string | null, ratio: number | null, at: string): Row {
  const millis = Date.parse(`${at.replaceAll('"', "").replace(" ", "T")}Z`)
  return [id, name, ratio, [millis, 0]]
}

function sink(
  name: string,
  format: string,
  options: Readonly<Record<string, string>> = {}
): SinkSpec {
  const isParted = name.includes("partition")
  const subject = { factory, formats }
  const base = format === "raw" ? text : row
  return {
    ...subject,
    name: `${format}, ${name}`,
    table: (folder) =>
      Promise.resolve({
        options: { ...optionsOf(format), ...options, path: `${folder}/out` },
        physical: isParted ? parted : format === "raw" ? lines : columns,
        partitionKeys: isParted ? ["p"] : []
      }),
    row: (n) => isParted ? [...base(n), `p${n % 3}`] : base(n),
    readBack: async (folder, table) => {
      const parse = parsers[format]
      if (parse !== undefined) return readLines(folder, parse)
      return filesBelow(`${folder}/out`).some(isVisible) ? await readTable(subject, table) : []
    },
    // a process that dies while it takes a dead one's lease away leaves that lease under a name with its pid, which nobody reads
    remains: (folder) =>
      filesBelow(folder).filter((file) => !isVisible(file) && !/lease\.\d+$/.test(file)),
    histories: 6
  }
}

for (const format of ["csv", "json", "raw", "parquet"]) sinkSuite(sink("a directory", format))
for (const format of ["csv", "parquet"]) sinkSuite(sink("partitions", format))
sinkSuite(sink("small files", "json", { "sink.rolling-policy.file-size": "100 b" }))
