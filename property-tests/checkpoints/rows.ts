/** Model rows as batches of the engine, and back: two columns of numbers, one of text as bytes, one of BIGINT. */
import { Batch, Column, decodeUtf8, encodeUtf8 } from "./engine.ts"
import { keyOf, type Row } from "./model.ts"

/** Rows as a batch. */
export function toBatch(rows: ReadonlyArray<Row>): Batch {
  const count = rows.length
  const texts = rows.map((row) => encodeUtf8(row.path))
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0))
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  let used = 0
  for (const [i, text] of texts.entries()) {
    bytes.set(text, used)
    starts[i] = used
    lengths[i] = text.length
    used += text.length
  }
  return new Batch(count, [
    new Column({ layout: "i32", rows: count, values: Int32Array.from(rows, (row) => row.id) }),
    new Column({ layout: "bytes", rows: count, bytes, starts, lengths }),
    new Column({
      layout: "f64",
      rows: count,
      values: Float64Array.from(rows, (row) => row.timeMillis)
    }),
    // Every other batch is wide, so that builders meet both forms.
    new Column({
      layout: "i64",
      rows: count,
      values: rows[0]!.id % 2 === 0
        ? Float64Array.from(rows, (row) => row.weight)
        : BigInt64Array.from(rows, (row) => BigInt(row.weight))
    })
  ])
}

/** The rows of a batch. */
export function fromBatch(batch: Batch): Array<Row> {
  const [ids, paths, times, weights] = batch.columns as [Column, Column, Column, Column]
  return Array.from({ length: batch.rows }, (_, i) => ({
    id: Number(ids.values[i]),
    path: decodeUtf8(paths.bytes, paths.starts[i]!, paths.lengths[i]!),
    timeMillis: Number(times.values[i]),
    weight: Number(weights.values[i])
  }))
}

/** The hash of a key, for exchanges and for key groups of state. */
export function hashKey(key: number): number {
  return Math.imul(key + 3, 0x9e3779b1)
}

/** The key hash of each row. */
export function hashRows(batch: Batch, into: Int32Array): void {
  for (const [i, row] of fromBatch(batch).entries()) into[i] = hashKey(keyOf(row))
}
