/** Stored rows in snapshots: by key group, column by column. */
import { assert } from "../fault.ts"
import type { Column } from "../batch/column.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { ByteReader, ByteWriter } from "./byte-io.ts"
import { readColumn, writeColumn } from "./column-codec.ts"
import { groupRows } from "./group-rows.ts"
import { hashColumns } from "./key-group.ts"
import type { RowStore } from "./row-store.ts"

const formatVersion = 1

/** Stored rows as bytes, by the key group of some of their columns; `extra`: a number per row id that goes with them. */
export function snapshotRows(
  store: RowStore,
  types: ReadonlyArray<LogicalType>,
  ids: Int32Array,
  groupColumns: ReadonlyArray<number>,
  groupsMax: number,
  extra?: Int32Array
): Map<number, Uint8Array> {
  const hashes = hashColumns(
    groupColumns.map((k) => types[k]!),
    groupColumns.map((k) => store.columns[k]!.gather(ids, ids.length)),
    ids.length
  )
  const blobs = new Map<number, Uint8Array>()
  for (const { group, rows } of groupRows(hashes, ids.length, groupsMax)) {
    const writer = new ByteWriter(64 + rows.length * 32)
    writer.u8(formatVersion)
    writer.u32(rows.length)
    const own = rows.map((row) => ids[row]!)
    store.gather(own, own.length).forEach((column, k) => writeColumn(writer, types[k]!, column))
    if (extra !== undefined) writer.run(own.map((id) => extra[id]!))
    blobs.set(group, writer.take())
  }
  return blobs
}

/** The rows that {@link snapshotRows} wrote, as columns, with their extra numbers when `withExtra`. */
export function restoreRows(
  bytes: Uint8Array,
  types: ReadonlyArray<LogicalType>,
  withExtra = false
): {
  readonly rows: number
  readonly columns: ReadonlyArray<Column>
  readonly extra: Int32Array
} {
  const reader = new ByteReader(bytes)
  const version = reader.u8()
  assert(version === formatVersion, `stored rows have format ${formatVersion}, not ${version}`)
  const rows = reader.u32()
  const columns = types.map((type) => readColumn(reader, type, rows))
  return { rows, columns, extra: withExtra ? reader.run(new Int32Array(rows)) : new Int32Array(0) }
}
