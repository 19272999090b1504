/** Fields of an envelope as metadata columns. What cannot be read as the type of the column is NULL. */
import {
  Column,
  encodeUtf8,
  makeInstant,
  parseI64Bytes,
  parseTimestampBytes
} from "@millrace/core/internal"
import type { Conversion } from "./dialect.ts"

/** The metadata column for all envelopes. */
export function convertMetadata(column: Column, conversion: Conversion): Column {
  switch (conversion.kind) {
    case "same":
      return column
    case "epoch":
      return epoch(column, conversion.unitMillis)
    case "timestamp":
      return timestamps(column, conversion.separator)
    case "entry": {
      const entries = entriesOf(column, encodeUtf8(conversion.key))
      return conversion.millis ? millis(entries) : entries
    }
  }
}

function epoch(column: Column, unitMillis: number): Column {
  const values = new Float64Array(column.rows)
  for (let i = 0; i < column.rows; i++) {
    values[i] = Number(column.values[i] as number | bigint) * unitMillis
  }
  return new Column({ layout: "f64", rows: column.rows, nulls: column.nulls, values })
}

function timestamps(column: Column, separator: number): Column {
  const { rows, bytes, starts, lengths } = column
  const values = new Float64Array(rows)
  const nanos = new Int32Array(rows)
  const nulls = new Uint8Array(rows)
  const instant = makeInstant()
  for (let i = 0; i < rows; i++) {
    const read = column.nulls?.[i] !== 1 &&
      parseTimestampBytes(bytes, starts[i]!, lengths[i]!, separator, instant)
    nulls[i] = read ? 0 : 1
    values[i] = read ? instant.millis : 0
    nanos[i] = read ? instant.nanos : 0
  }
  return new Column({ layout: "ts9", rows, nulls: anyOf(nulls), values, nanos })
}

/** The values of `key` in maps of texts. */
function entriesOf(column: Column, key: Uint8Array): Column {
  const { rows } = column
  const keys = column.children[0]!, texts = column.children[1]!
  const starts = new Int32Array(rows)
  const lengths = new Int32Array(rows)
  const nulls = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const entry = column.nulls?.[i] === 1 ? -1 : entryAt(column, keys, i, key)
    if (entry < 0 || texts.nulls?.[entry] === 1) nulls[i] = 1
    else {
      starts[i] = texts.starts[entry]!
      lengths[i] = texts.lengths[entry]!
    }
  }
  return new Column({
    layout: "bytes",
    rows,
    nulls: anyOf(nulls),
    bytes: texts.bytes,
    starts,
    lengths
  })
}

function entryAt(map: Column, keys: Column, row: number, key: Uint8Array): number {
  const start = map.starts[row]!
  for (let entry = start, end = start + map.lengths[row]!; entry < end; entry++) {
    if (keys.lengths[entry] !== key.length) continue
    const at = keys.starts[entry]!
    let same = true
    for (let i = 0; i < key.length && same; i++) same = keys.bytes[at + i] === key[i]
    if (same) return entry
  }
  return -1
}

function millis(texts: Column): Column {
  const { rows, bytes, starts, lengths } = texts
  const values = new Float64Array(rows)
  const nulls = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const value = texts.nulls?.[i] === 1 ? NaN : parseI64Bytes(bytes, starts[i]!, lengths[i]!)
    nulls[i] = value === value ? 0 : 1
    values[i] = value === value ? value : 0
  }
  return new Column({ layout: "f64", rows, nulls: anyOf(nulls), values })
}

function anyOf(nulls: Uint8Array): Uint8Array | undefined {
  return nulls.includes(1) ? nulls : undefined
}
