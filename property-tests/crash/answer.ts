/**
 * What a finished job left in its output, independent of the order and of how rows are spread over files: the number of rows
 * and a sum of row hashes per table. Also what must not be seen: files that are neither a part nor hidden.
 */
import { createHash } from "node:crypto"
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs"
import { LogicalType, type RandomFile, readOptions, renderRow } from "@millrace/core/internal"
import { factory as parquet } from "@millrace/format-parquet"

/** Rows and their hash. */
export interface Answer {
  readonly rows: number
  readonly hash: string
}

class Sum {
  private rows = 0
  private sum = 0n

  add(row: string): void {
    this.rows++
    this.sum =
      (this.sum + BigInt(`0x${createHash("md5").update(row).digest("hex").slice(0, 16)}`)) &
      (2n ** 64n - 1n)
  }

  answer(): Answer {
    return { rows: this.rows, hash: this.sum.toString(16).padStart(16, "0") }
  }
}

/** Visible files of an output folder. Throws when one is not a finished part. */
export function visible(folder: string): ReadonlyArray<string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith("."))
  const strange = names.find((name) => !name.startsWith("part-"))
  if (strange !== undefined) throw new Error(`Strange file "${folder}/${strange}" is visible`)
  return names.map((name) => `${folder}/${name}`)
}

/** The answer in files of JSON lines. */
export function jsonAnswer(folder: string): Answer {
  const sum = new Sum()
  for (const file of visible(folder)) {
    const text = readFileSync(file, "utf8")
    if (!text.endsWith("\n")) throw new Error(`File "${file}" ends within a row`)
    for (const line of text.slice(0, -1).split("\n")) sum.add(line)
  }
  return sum.answer()
}

/** The answer in Parquet files with the given columns. */
export function parquetAnswer(folder: string, physical: LogicalType.RowType): Answer {
  const sum = new Sum()
  const options = readOptions(parquet.options, { given: {}, prefix: "parquet." }, new Set(), [])
  const context = {
    options,
    physical,
    projection: physical.map((_, i) => [i]),
    timeZone: "UTC",
    table: folder
  }
  for (const path of visible(folder)) {
    const descriptor = openSync(path, "r")
    const file: RandomFile = {
      path,
      sizeBytes: fstatSync(descriptor).size,
      read: (at, length) => {
        const bytes = new Uint8Array(length)
        readSync(descriptor, bytes, 0, length, at)
        return bytes
      }
    }
    const reader = parquet.bulkReader!(context, file, 0, Infinity, [])
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
      for (let row = 0; row < batch.rows; row++) {
        sum.add(renderRow(batch.columns, row, physical, undefined).join("|"))
      }
    }
    reader.close()
    closeSync(descriptor)
  }
  return sum.answer()
}
