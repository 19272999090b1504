/**
 * Moves between columns that decoding needs: spreading the values of a page over its rows that are not NULL, joining
 * what two pages gave. Columns are core's; a *compact* column holds only the values that are present.
 */
import { Column, type Dictionary, type Values } from "@millrace/core/internal"

/** `compact` spread over `nulls.length` rows, NULL where the byte is 1. The values must be as many as the zeros. */
export function spread(compact: Column, nulls: Uint8Array): Column {
  const rows = nulls.length
  const coded = compact.dictionary !== undefined
  return new Column({
    layout: compact.layout,
    rows,
    nulls,
    values: compact.layout === "bytes" && !coded ? noInts : spreadValues(compact.values, nulls),
    ...(compact.layout === "ts9" ? { nanos: spreadInts(compact.nanos, nulls) } : {}),
    bytes: compact.bytes,
    starts: compact.starts.length === 0 ? noInts : spreadInts(compact.starts, nulls),
    lengths: compact.lengths.length === 0 ? noInts : spreadInts(compact.lengths, nulls),
    dictionary: compact.dictionary
  })
}

const noInts = new Int32Array(0)

function spreadValues(values: Values, nulls: Uint8Array): Values {
  if (values instanceof Int32Array) return spreadInts(values, nulls)
  if (values instanceof Float64Array) return spreadDoubles(values, nulls)
  if (values instanceof Uint8Array) {
    const out = new Uint8Array(nulls.length)
    for (let i = 0, j = 0; i < nulls.length; i++) if (nulls[i] === 0) out[i] = values[j++]!
    return out
  }
  if (values instanceof BigInt64Array) {
    const out = new BigInt64Array(nulls.length)
    for (let i = 0, j = 0; i < nulls.length; i++) if (nulls[i] === 0) out[i] = values[j++]!
    return out
  }
  const out = new Array<unknown>(nulls.length).fill(0n)
  for (let i = 0, j = 0; i < nulls.length; i++) if (nulls[i] === 0) out[i] = values[j++]
  return out
}

function spreadInts(values: Int32Array, nulls: Uint8Array): Int32Array {
  const out = new Int32Array(nulls.length)
  for (let i = 0, j = 0; i < nulls.length; i++) if (nulls[i] === 0) out[i] = values[j++]!
  return out
}

function spreadDoubles(values: Float64Array, nulls: Uint8Array): Float64Array {
  const out = new Float64Array(nulls.length)
  for (let i = 0, j = 0; i < nulls.length; i++) if (nulls[i] === 0) out[i] = values[j++]!
  return out
}

/** The rows of all `parts`, in order, in fresh arrays. Parts of one dictionary stay coded. Only for flat layouts. */
export function join(parts: ReadonlyArray<Column>): Column {
  const first = parts[0]!
  if (parts.length === 1) return first
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const nulls = joinNulls(parts, rows)
  if (first.layout === "bytes") {
    return parts.every((part) =>
        part.dictionary !== undefined && part.dictionary === first.dictionary
      )
      ? new Column({
        layout: "bytes",
        rows,
        nulls,
        values: joinInts(parts, rows, codesOf),
        dictionary: first.dictionary
      })
      : joinBytes(parts, rows, nulls)
  }
  const layout = first.layout
  const values = joinValues(parts, rows)
  return layout === "ts9"
    ? new Column({ layout, rows, nulls, values, nanos: joinInts(parts, rows, nanosOf) })
    : new Column({ layout, rows, nulls, values })
}

function codesOf(column: Column): Int32Array {
  return column.values as Int32Array
}

function nanosOf(column: Column): Int32Array {
  return column.nanos
}

function joinNulls(parts: ReadonlyArray<Column>, rows: number): Uint8Array | undefined {
  if (parts.every((part) => part.nulls === undefined)) return undefined
  const out = new Uint8Array(rows)
  let at = 0
  for (const part of parts) {
    if (part.nulls !== undefined) out.set(part.nulls, at)
    at += part.rows
  }
  return out
}

function joinInts(
  parts: ReadonlyArray<Column>,
  rows: number,
  of: (column: Column) => Int32Array
): Int32Array {
  const out = new Int32Array(rows)
  let at = 0
  for (const part of parts) {
    out.set(of(part), at)
    at += part.rows
  }
  return out
}

function joinValues(parts: ReadonlyArray<Column>, rows: number): Values {
  const first = parts[0]!.values
  if (Array.isArray(first)) return parts.flatMap((part) => part.values as ReadonlyArray<unknown>)
  if (parts.some((part) => part.values instanceof BigInt64Array)) return joinWide(parts, rows)
  const out = first instanceof Float64Array
    ? new Float64Array(rows)
    : first instanceof Int32Array
    ? new Int32Array(rows)
    : new Uint8Array(rows)
  let at = 0
  for (const part of parts) {
    out.set(part.values as Float64Array, at)
    at += part.rows
  }
  return out
}

function joinWide(parts: ReadonlyArray<Column>, rows: number): BigInt64Array {
  const out = new BigInt64Array(rows)
  let at = 0
  for (const part of parts) {
    if (part.values instanceof BigInt64Array) out.set(part.values, at)
    else {
      const narrow = part.values as Float64Array
      for (let i = 0; i < part.rows; i++) out[at + i] = BigInt(narrow[i]!)
    }
    at += part.rows
  }
  return out
}

function joinBytes(
  parts: ReadonlyArray<Column>,
  rows: number,
  nulls: Uint8Array | undefined
): Column {
  let size = 0
  for (const part of parts) size += textBytes(part)
  const bytes = new Uint8Array(size)
  const starts = new Int32Array(rows)
  const lengths = new Int32Array(rows)
  let row = 0
  let at = 0
  for (const part of parts) {
    for (let i = 0; i < part.rows; i++, row++) {
      starts[row] = at
      if (part.nulls !== undefined && part.nulls[i] === 1) continue
      const [from, start, length] = locate(part, i)
      for (let k = 0; k < length; k++) bytes[at + k] = from[start + k]!
      lengths[row] = length
      at += length
    }
  }
  return new Column({ layout: "bytes", rows, nulls, bytes, starts, lengths })
}

function locate(column: Column, row: number): readonly [Uint8Array, number, number] {
  const dictionary: Dictionary | undefined = column.dictionary
  if (dictionary === undefined) return [column.bytes, column.starts[row]!, column.lengths[row]!]
  const code = (column.values as Int32Array)[row]!
  return [dictionary.bytes, dictionary.starts[code]!, dictionary.lengths[code]!]
}

function textBytes(column: Column): number {
  let size = 0
  for (let i = 0; i < column.rows; i++) {
    if (column.nulls === undefined || column.nulls[i] === 0) size += locate(column, i)[2]
  }
  return size
}

/** `column` without a NULL mask that marks nothing. */
export function trimmed(column: Column): Column {
  if (column.nulls === undefined || column.nulls.includes(1)) return column
  return new Column({
    layout: column.layout,
    rows: column.rows,
    values: column.values,
    nanos: column.nanos,
    bytes: column.bytes,
    starts: column.starts,
    lengths: column.lengths,
    dictionary: column.dictionary,
    children: column.children
  })
}
