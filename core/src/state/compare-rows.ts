/** Order of two rows of one list of columns: what sorting and frames rest on. NULLs equal each other, NaN is the greatest number. */
import type { Column } from "../batch/column.ts"
import { compareBytes } from "../batch/utf8.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { boxedAt, compareBoxed } from "./boxed.ts"

/** One key of an order. */
export interface RowOrder {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** Rows `i` and `j` by `order`: negative when `i` comes first, 0 when they are peers. `types` are of the columns. */
export function compareRows(
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<Column>,
  order: ReadonlyArray<RowOrder>,
  i: number,
  j: number
): number {
  for (let k = 0; k < order.length; k++) {
    const { column, descending, nullsFirst } = order[k]!
    const values = columns[column]!
    const { nulls } = values
    const a = nulls !== undefined && nulls[i] === 1
    const b = nulls !== undefined && nulls[j] === 1
    if (a || b) {
      if (a && b) continue
      return a === nullsFirst ? -1 : 1
    }
    const found = compareValues(types[column]!, values, i, j)
    if (found !== 0) return descending ? -found : found
  }
  return 0
}

function compareValues(type: LogicalType, column: Column, i: number, j: number): number {
  switch (column.layout) {
    case "bytes":
      return compareText(column, i, j)
    case "list":
    case "map":
    case "row":
    case "object":
      return compareBoxed(boxedAt(type, column, i), boxedAt(type, column, j))
    default: {
      const x = column.values[i] as number
      const y = column.values[j] as number
      if (x < y) return -1
      if (x > y) return 1
      if (column.layout === "ts9") return column.nanos[i]! - column.nanos[j]!
      return Number(x !== x) - Number(y !== y)
    }
  }
}

function compareText(column: Column, i: number, j: number): number {
  const from = column.dictionary ?? column
  const codes = column.dictionary === undefined ? undefined : column.values as Int32Array
  const a = codes === undefined ? i : codes[i]!
  const b = codes === undefined ? j : codes[j]!
  if (codes !== undefined && a === b) return 0
  return compareBytes(
    from.bytes,
    from.starts[a]!,
    from.lengths[a]!,
    from.bytes,
    from.starts[b]!,
    from.lengths[b]!
  )
}

/** The numbers of rows 0 … `count` − 1 in order; peers stay as they came. Cost: O(n log n) comparisons. */
export function sortedRows(
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<Column>,
  order: ReadonlyArray<RowOrder>,
  count: number
): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  if (order.length === 0) return rows
  return rows.sort((i, j) => compareRows(types, columns, order, i, j) || i - j)
}
