/** The suite of sinks on `print` with its output caught, and its texts on the real standard output and error of a process. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { describe, it } from "node:test"
import { LogicalType } from "@millrace/core/internal"
import { type Row, sinkSuite } from "../../conformance/src/mod.ts"
import { printTo } from "../src/mod.ts"

const physical: LogicalType.RowType = [
  { name: "id", type: LogicalType.simple("BIGINT") },
  { name: "name", type: LogicalType.string }
]

/** What each table has printed: a table is told by its identifier. */
const printed: Array<string> = []

function parse(line: string): Row {
  const found = /^\S+> \+I\[(\d+), (.*)\]$/.exec(line)
  assert.ok(found !== null, `"${line}" is a whole row`)
  return [BigInt(found[1]!), found[2] === "NULL" ? null : found[2]!]
}

sinkSuite({
  name: "lines",
  factory: printTo((target, text) => {
    assert.equal(target, "error")
    printed.push(text)
    return true
  }),
  table: (folder) =>
    Promise.resolve({
      options: { "print-identifier": folder, "standard-error": "true" },
      physical
    }),
  row: (n) => [BigInt(n), n % 3 === 0 ? null : `name ${n}`],
  readBack: (folder) => {
    const own = (line: string): boolean =>
      line.startsWith(`${folder}>`) || line.startsWith(`${folder}:`)
    return Promise.resolve(printed.join("").split("\n").filter(own).map(parse))
  }
})

/** Prints two rows, the second a deletion, as subtask 2 of 2. */
const script = `
import { factory } from "${new URL("../src/mod.ts", import.meta.url).href}"
import { Batch } from "@millrace/core/internal"
import { batchOf } from "${new URL("../../conformance/src/rows.ts", import.meta.url).href}"
import { sinkOf } from "${new URL("../../conformance/src/table.ts", import.meta.url).href}"
const physical = ${JSON.stringify(physical)}
const table = { options: JSON.parse(process.env.PRINT_OPTIONS), physical }
const writer = (await sinkOf({ factory }, table, 2)).writer()
writer.open({ parallelism: 2, subtask: 1 }, [])
const { columns } = batchOf(physical, [[1n, "one"], [2n, null]])
writer.write(new Batch(2, columns, Uint8Array.of(0, 3)))
`

function print(options: Readonly<Record<string, string>>): { out: string; error: string } {
  const flags = "Deno" in globalThis
    ? ["eval", "--ext=ts"]
    : "Bun" in globalThis
    ? ["--eval"]
    : ["--input-type=module-typescript", "--eval"]
  const found = spawnSync(process.execPath, [...flags, script], {
    cwd: new URL("../../..", import.meta.url).pathname,
    encoding: "utf8",
    env: { ...process.env, PRINT_OPTIONS: JSON.stringify(options), NO_COLOR: "1" }
  })
  assert.equal(found.status, 0, found.stderr)
  return { out: found.stdout, error: found.stderr }
}

describe("print", () => {
  it("factory prints kinds and values to standard output, with the subtask", () => {
    assert.equal(print({}).out, "2> +I[1, one]\n2> -D[2, NULL]\n")
  })

  it("factory prints behind the identifier to standard error when asked", () => {
    const { out, error } = print({ "print-identifier": "x", "standard-error": "true" })
    assert.equal(out, "")
    assert.ok(error.endsWith("x:2> +I[1, one]\nx:2> -D[2, NULL]\n"))
  })
})
