/** One column out of two of the same type: each row from one or the other. What decoders of changes make rows before and after of. */
import { Column, concat, gather, type Values } from "@millrace/core/internal"

/** Row i of the result is row `rows[i]` of `first`, or of `second` where `seconds[i]` is 1. Cost: one pass; text is not copied when both are views of the same bytes. */
export function pick(
  first: Column,
  second: Column,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Column {
  const from = seconds.indexOf(1)
  if (from < 0 || from >= count) return inOrder(first, rows, count)
  const to = seconds.indexOf(0)
  if (to < 0 || to >= count) return inOrder(second, rows, count)
  const nulls = pickNulls(first.nulls, second.nulls, seconds, rows, count)
  const { layout } = first
  if (layout === "row") {
    const children = first.children.map((child, k) =>
      pick(child, second.children[k]!, seconds, rows, count)
    )
    return new Column({ layout, rows: count, nulls, children })
  }
  if (
    layout === "bytes" && first.bytes === second.bytes && first.dictionary === second.dictionary
  ) {
    const starts = pickInts(first.starts, second.starts, seconds, rows, count)
    const lengths = pickInts(first.lengths, second.lengths, seconds, rows, count)
    return new Column({ layout, rows: count, nulls, starts, lengths, bytes: first.bytes })
  }
  const values = pickValues(first.values, second.values, seconds, rows, count)
  if (values === undefined) return pickCopied(first, second, seconds, rows, count)
  if (layout !== "ts9") return new Column({ layout, rows: count, nulls, values })
  const nanos = pickInts(first.nanos, second.nanos, seconds, rows, count)
  return new Column({ layout, rows: count, nulls, values, nanos })
}

function inOrder(column: Column, rows: Int32Array, count: number): Column {
  if (count === column.rows && isIdentity(rows, count)) return column
  return gather(column, rows, count)
}

function isIdentity(rows: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (rows[i] !== i) return false
  return true
}

/** Wide beside narrow, lists, maps, texts of different bytes: both are copied behind one another first. */
function pickCopied(
  first: Column,
  second: Column,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Column {
  const moved = new Int32Array(count)
  for (let i = 0; i < count; i++) moved[i] = rows[i]! + seconds[i]! * first.rows
  return gather(concat([first, second]), moved, count)
}

function pickNulls(
  first: Uint8Array | undefined,
  second: Uint8Array | undefined,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Uint8Array | undefined {
  if (first === undefined && second === undefined) return undefined
  const out = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const nulls = seconds[i] === 1 ? second : first
    if (nulls !== undefined) out[i] = nulls[rows[i]!]!
  }
  return out
}

function pickInts(
  first: Int32Array,
  second: Int32Array,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) out[i] = (seconds[i] === 1 ? second : first)[rows[i]!]!
  return out
}

function pickF64(
  first: Float64Array,
  second: Float64Array,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Float64Array {
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) out[i] = (seconds[i] === 1 ? second : first)[rows[i]!]!
  return out
}

/** Undefined: not typed arrays of one kind. */
function pickValues(
  first: Values,
  second: Values,
  seconds: Uint8Array,
  rows: Int32Array,
  count: number
): Values | undefined {
  if (first.length === 0 || second.length === 0) return undefined
  if (first instanceof Float64Array && second instanceof Float64Array) {
    return pickF64(first, second, seconds, rows, count)
  }
  if (first instanceof Int32Array && second instanceof Int32Array) {
    return pickInts(first, second, seconds, rows, count)
  }
  if (first instanceof Uint8Array && second instanceof Uint8Array) {
    const out = new Uint8Array(count)
    for (let i = 0; i < count; i++) out[i] = (seconds[i] === 1 ? second : first)[rows[i]!]!
    return out
  }
  return undefined
}
