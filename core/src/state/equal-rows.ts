/** Whether one row of two lists of columns holds the same values: what tells a real update from an empty one. */
import type { Column } from "../batch/column.ts"
import { compareBytes } from "../batch/utf8.ts"

/** Row `row` of `a` and of `b` are equal in every column, NULL being equal to NULL. Nested columns count as different. */
export function equalRows(
  a: ReadonlyArray<Column>,
  b: ReadonlyArray<Column>,
  row: number
): boolean {
  for (let k = 0; k < a.length; k++) if (!equalAt(a[k]!, b[k]!, row)) return false
  return true
}

function equalAt(a: Column, b: Column, row: number): boolean {
  const aNull = a.nulls !== undefined && a.nulls[row] === 1
  const bNull = b.nulls !== undefined && b.nulls[row] === 1
  if (aNull || bNull) return aNull && bNull
  switch (a.layout) {
    case "bytes": {
      const x = a.dictionary ?? a
      const y = b.dictionary ?? b
      const i = a.dictionary === undefined ? row : (a.values as Int32Array)[row]!
      const j = b.dictionary === undefined ? row : (b.values as Int32Array)[row]!
      return x.lengths[i] === y.lengths[j] &&
        compareBytes(x.bytes, x.starts[i]!, x.lengths[i]!, y.bytes, y.starts[j]!, y.lengths[j]!) ===
          0
    }
    case "ts9":
      return a.values[row] === b.values[row] && a.nanos[row] === b.nanos[row]
    case "list":
    case "map":
    case "row":
      return false
    case "i64":
      return a.narrow === b.narrow
        ? a.values[row] === b.values[row]
        : BigInt(a.values[row] as number | bigint) === BigInt(b.values[row] as number | bigint)
    default:
      return Object.is(a.values[row], b.values[row])
  }
}
