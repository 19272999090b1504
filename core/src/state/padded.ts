/** Rows of a column with NULL rows among them: one side of an outer join. */
import { Column, gather } from "../batch/column.ts"

/** As `gather`, but a row number of −1 gives NULL. The column has at least one row. */
export function gatherPadded(column: Column, rows: Int32Array, count: number): Column {
  let padded = 0
  for (let i = 0; i < count; i++) if (rows[i]! < 0) padded++
  if (padded === 0) return gather(column, rows, count)
  const clamped = new Int32Array(count)
  const nulls = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    clamped[i] = row < 0 ? 0 : row
    nulls[i] = row < 0 || (column.nulls !== undefined && column.nulls[row] === 1) ? 1 : 0
  }
  const gathered = gather(column, clamped, count)
  return new Column({
    layout: gathered.layout,
    rows: count,
    nulls,
    values: gathered.values,
    nanos: gathered.nanos,
    bytes: gathered.bytes,
    starts: gathered.starts,
    lengths: gathered.lengths,
    dictionary: gathered.dictionary,
    children: gathered.children
  })
}
