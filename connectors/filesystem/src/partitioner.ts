/**
 * Deals the rows of a batch to partition directories. Columns that repeat (codes, runs of one value) cost one text per distinct
 * value; a batch of one partition is not copied.
 */
import { Batch, type Column, gather, LogicalType } from "@millrace/core/internal"
import { escapeName, textOfValue } from "./partition.ts"

/** A partition key: a column of the batch, or the same text for all rows. */
export type PartitionKey =
  | { readonly name: string; readonly column: number; readonly type: LogicalType.LogicalType }
  | { readonly name: string; readonly text: string }

/** Texts remembered per key; beyond it they are made anew. */
const textsMax = 4096

/** See the head of this file. One per writer. */
export class Partitioner {
  private readonly keys: ReadonlyArray<PartitionKey>
  /** Columns of the batch that go into files, in order. */
  private readonly kept: ReadonlyArray<number>
  private readonly defaultName: string
  private readonly texts: ReadonlyArray<Map<unknown, string>>
  private codesOf: Array<unknown>

  constructor(keys: ReadonlyArray<PartitionKey>, kept: ReadonlyArray<number>, defaultName: string) {
    this.keys = keys
    this.kept = kept
    this.defaultName = defaultName
    this.texts = keys.map(() => new Map())
    this.codesOf = keys.map(() => undefined)
  }

  /** The parts of a batch by directory (relative, empty without partitions), with only the columns that are written. */
  split(batch: Batch): ReadonlyArray<{ readonly path: string; readonly batch: Batch }> {
    const columns = this.kept.map((index) => batch.columns[index]!)
    if (this.keys.length === 0) {
      return [{ path: "", batch: new Batch(batch.rows, columns, batch.kinds) }]
    }
    const rows = new Map<string, Array<number>>()
    for (let row = 0; row < batch.rows; row++) {
      const path = this.pathOf(batch, row)
      const list = rows.get(path)
      if (list === undefined) rows.set(path, [row])
      else list.push(row)
    }
    if (rows.size === 1) {
      const path = rows.keys().next().value!
      return [{ path, batch: new Batch(batch.rows, columns, batch.kinds) }]
    }
    return [...rows].map(([path, list]) => ({ path, batch: gatherRows(batch, columns, list) }))
  }

  private pathOf(batch: Batch, row: number): string {
    let path = ""
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i]!
      const value = "text" in key
        ? this.valueText(key.text)
        : this.textAt(i, key.type, batch.columns[key.column]!, row)
      path += `${i === 0 ? "" : "/"}${escapeName(key.name)}=${value}`
    }
    return path
  }

  /** By what stands in the column; codes are only good for one dictionary. */
  private textAt(key: number, type: LogicalType.LogicalType, column: Column, row: number): string {
    if (column.nulls?.[row] === 1) return this.valueText(undefined)
    const texts = this.texts[key]!
    const plain = column.layout === "bytes" && column.dictionary === undefined
    if (plain || column.layout === "ts9") return this.valueText(textOfValue(type, column, row))
    if (this.codesOf[key] !== column.dictionary || texts.size > textsMax) {
      texts.clear()
      this.codesOf[key] = column.dictionary
    }
    const value = column.values[row]
    let text = texts.get(value)
    if (text === undefined) {
      text = this.valueText(textOfValue(type, column, row))
      texts.set(value, text)
    }
    return text
  }

  private valueText(text: string | undefined): string {
    return text === undefined || text === "" ? escapeName(this.defaultName) : escapeName(text)
  }
}

function gatherRows(
  batch: Batch,
  columns: ReadonlyArray<Column>,
  list: ReadonlyArray<number>
): Batch {
  const rows = Int32Array.from(list)
  const kinds = batch.kinds === undefined
    ? undefined
    : Uint8Array.from(list, (row) => batch.kinds![row]!)
  return new Batch(list.length, columns.map((column) => gather(column, rows, list.length)), kinds)
}
