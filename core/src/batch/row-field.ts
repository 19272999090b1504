/** Fields of ROW columns as columns of their own, for decoders whose projection goes into rows. */
import { Column } from "./column.ts"

/** The field at `path` inside a ROW column, NULL also where a ROW around it is. Cost: a byte per row and level, else shared. */
export function fieldOf(column: Column, path: ReadonlyArray<number>): Column {
  let found = column
  for (const index of path) {
    const child = found.children[index]!
    found = found.nulls === undefined ? child : withNulls(child, found.nulls)
  }
  return found
}

function withNulls(column: Column, nulls: Uint8Array): Column {
  const both = nulls.slice()
  if (column.nulls !== undefined) {
    for (let i = 0; i < both.length; i++) both[i]! |= column.nulls[i]!
  }
  const { layout, rows, values, nanos, bytes, starts, lengths, dictionary, children } = column
  return new Column({
    layout,
    rows,
    values,
    nanos,
    bytes,
    starts,
    lengths,
    dictionary,
    children,
    nulls: both
  })
}
