/**
 * The corpus, written again by ours and read back: long columns of all kinds of runs. `MILLRACE_ORC_OUT=folder` keeps the files, for another
 * implementation to judge (`corpus/judge.py`).
 */
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import process from "node:process"
import { describe, it } from "node:test"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  writeRows
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"
import { readExpected } from "./corpus-kit.ts"

const folder = process.env["MILLRACE_ORC_OUT"]

describe("the corpus written again", () => {
  for (const name of ["flat-zstd", "nested", "zone", "empty"]) {
    for (const codec of ["NONE", "ZLIB", "SNAPPY", "ZSTD"]) {
      it(`factory.bulkWriter() writes the values of ${name}.orc with ${codec}`, () => {
        const { physical, rows } = readExpected(name)
        const given = {
          "orc.compress": codec,
          "orc.stripe.size": name === "nested" ? "2kb" : "30kb"
        }
        const context = contextOf(factory, physical, given)
        const bytes = writeRows(factory, context, rows, 300, "plain")
        if (folder !== undefined) writeFileSync(`${folder}/${name}.${codec}.orc`, bytes)
        const found = rowsOf(readBatches(factory, context, memoryFile(name, bytes)))
        physical.forEach((field, i) =>
          assert.deepEqual(found.map((row) => row[i]), rows.map((row) => row[i]), field.name)
        )
      })
    }
  }
})
