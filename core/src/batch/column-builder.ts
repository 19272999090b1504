/**
 * Growing columns: small pieces of other columns are appended and one dense column comes out. What smart batching and
 * every operator that merges batches is made of.
 *
 * The forms of the pieces need not agree: an `i64` builder turns wide when a wide piece comes, a `bytes` builder keeps
 * codes while all pieces share one dictionary and turns plain otherwise. What is given out shares nothing with the pieces
 * but dictionaries and objects.
 */
import { assert } from "../fault.ts"
import type { Layout } from "../type/logical-type.ts"
import { Column } from "./column.ts"
import type { Dictionary } from "./dictionary.ts"

const initialRows = 256

type Numbers = Uint8Array | Int32Array | Float64Array | BigInt64Array

/**
 * A column in the making.
 *
 * **Shape** `rows` appended so far. **Cost** amortised O(1) per row and byte, O(elements) for nested layouts; `finish` copies only when the
 * buffers are less than half full, else it hands them over.
 */
export class ColumnBuilder {
  readonly layout: Layout
  rows = 0
  /** Whether a `bytes` builder holds codes of {@link dictionary}. */
  private coded = false
  private dictionary: Dictionary | undefined = undefined
  private values: Numbers | undefined = undefined
  private objects: Array<unknown> = []
  private nulls: Uint8Array | undefined = undefined
  private nanos: Int32Array | undefined = undefined
  private starts: Int32Array | undefined = undefined
  private lengths: Int32Array | undefined = undefined
  private bytes: Uint8Array | undefined = undefined
  private bytesUsed = 0
  private children: Array<ColumnBuilder> = []

  constructor(layout: Layout) {
    this.layout = layout
  }

  /** Bytes of text and binary values held so far. */
  get bytesHeld(): number {
    return this.bytesUsed
  }

  /** Append rows `from` (inclusive) to `to` (exclusive) of `column`. */
  appendRange(column: Column, from: number, to: number): void {
    assert(column.layout === this.layout, "a builder takes columns of its own layout")
    const at = this.rows
    const count = to - from
    this.ensureChildren(column)
    if (count === 0) return
    this.reserveNulls(column, at, count)
    if (column.nulls !== undefined) this.nulls!.set(column.nulls.subarray(from, to), at)
    switch (this.layout) {
      case "big":
      case "object":
        for (let i = from; i < to; i++) this.objects.push(column.values[i])
        break
      case "row":
        for (let k = 0; k < this.children.length; k++) {
          this.children[k]!.appendRange(column.children[k]!, from, to)
        }
        break
      case "list":
      case "map":
        this.reserveRanges(at + count)
        for (let i = from; i < to; i++) this.appendElements(column, i, at + i - from)
        break
      case "bytes":
        this.appendBytesRange(column, from, to)
        break
      default:
        this.appendNumbers(column, from, to)
    }
    this.rows = at + count
  }

  /** Append the rows that `rows[from … to)` names, in that order. */
  appendRows(column: Column, rows: Int32Array, from: number, to: number): void {
    assert(column.layout === this.layout, "a builder takes columns of its own layout")
    const at = this.rows
    const count = to - from
    this.ensureChildren(column)
    if (count === 0) return
    this.reserveNulls(column, at, count)
    if (column.nulls !== undefined) copyU8(column.nulls, rows, from, to, this.nulls!, at)
    switch (this.layout) {
      case "big":
      case "object":
        for (let i = from; i < to; i++) this.objects.push(column.values[rows[i]!])
        break
      case "row":
        for (let k = 0; k < this.children.length; k++) {
          this.children[k]!.appendRows(column.children[k]!, rows, from, to)
        }
        break
      case "list":
      case "map":
        this.reserveRanges(at + count)
        for (let i = from; i < to; i++) this.appendElements(column, rows[i]!, at + i - from)
        break
      case "bytes":
        this.appendBytesRows(column, rows, from, to)
        break
      default:
        this.gatherNumbers(column, rows, from, to)
    }
    this.rows = at + count
  }

  /** Everything appended as one column; the builder is empty again. */
  finish(): Column {
    const { rows } = this
    const nulls = this.nulls === undefined ? undefined : cut(this.nulls, rows)
    const column = new Column({
      layout: this.layout,
      rows,
      nulls,
      ...this.finishParts(rows)
    })
    this.nulls = undefined
    this.rows = 0
    this.bytesUsed = 0
    this.coded = false
    this.dictionary = undefined
    return column
  }

  private finishParts(rows: number): Partial<ColumnShape> {
    switch (this.layout) {
      case "big":
      case "object": {
        const values = this.objects
        this.objects = []
        return { values }
      }
      case "row":
        return { children: this.children.map((child) => child.finish()) }
      case "list":
      case "map":
        return {
          ...this.finishRanges(rows),
          children: this.children.map((child) => child.finish())
        }
      case "bytes":
        return this.finishBytes(rows)
      case "ts9": {
        const held = this.nanos ?? noInts
        const nanos = cut(held, rows)
        if (nanos.buffer === held.buffer) this.nanos = undefined
        return { values: this.finishNumbers(rows), nanos }
      }
      default:
        return { values: this.finishNumbers(rows) }
    }
  }

  private finishNumbers(rows: number): Numbers {
    const held = this.values ?? noNumbers(this.layout)
    const values = cut(held, rows)
    // A wide i64 builder starts narrow again: most batches are.
    if (values.buffer === held.buffer || held instanceof BigInt64Array) {
      this.values = undefined
    }
    return values
  }

  private finishRanges(rows: number): { starts: Int32Array; lengths: Int32Array } {
    const starts = cut(this.starts ?? noInts, rows)
    const lengths = cut(this.lengths ?? noInts, rows)
    if (starts.buffer === this.starts?.buffer) this.starts = undefined
    if (lengths.buffer === this.lengths?.buffer) this.lengths = undefined
    return { starts, lengths }
  }

  private finishBytes(rows: number): Partial<ColumnShape> {
    if (this.coded) return { values: this.finishNumbers(rows), dictionary: this.dictionary }
    const bytes = cut(this.bytes ?? empty, this.bytesUsed)
    if (this.bytes !== undefined && bytes.buffer === this.bytes.buffer) this.bytes = undefined
    return { ...this.finishRanges(rows), bytes }
  }

  private reserveNulls(column: Column, at: number, count: number): void {
    if (this.nulls === undefined && column.nulls === undefined) return
    this.nulls = growU8(this.nulls ?? new Uint8Array(initialRows), at + count)
    // A buffer that was used before may hold marks of rows long gone.
    if (column.nulls === undefined) this.nulls.fill(0, at, at + count)
  }

  private ensureChildren(column: Column): void {
    if (this.children.length === column.children.length) return
    assert(this.children.length === 0, "pieces of one column have one shape")
    this.children = column.children.map((child) => {
      const builder = new ColumnBuilder(child.layout)
      builder.ensureChildren(child)
      return builder
    })
  }

  private reserveRanges(rows: number): void {
    this.starts = growI32(this.starts ?? new Int32Array(initialRows), rows)
    this.lengths = growI32(this.lengths ?? new Int32Array(initialRows), rows)
  }

  private appendElements(column: Column, row: number, at: number): void {
    this.starts![at] = this.children[0]!.rows
    if (column.nulls !== undefined && column.nulls[row] === 1) {
      this.lengths![at] = 0
      return
    }
    const start = column.starts[row]!
    const length = column.lengths[row]!
    this.lengths![at] = length
    for (let k = 0; k < this.children.length; k++) {
      this.children[k]!.appendRange(column.children[k]!, start, start + length)
    }
  }

  /** Make room for `rows` numbers in the form of `like`; a narrow builder that meets a wide piece turns wide. */
  private reserveNumbers(like: Numbers, rows: number): void {
    const { values } = this
    if (values === undefined) {
      this.values = makeNumbers(like, Math.max(initialRows, rows))
    } else if (like instanceof BigInt64Array && values instanceof Float64Array) {
      this.values = widen(values, this.rows, Math.max(values.length, rows))
    }
    if (this.values!.length < rows) this.values = growNumbers(this.values!, rows)
  }

  private appendNumbers(column: Column, from: number, to: number): void {
    const source = column.values as Numbers
    const at = this.rows
    this.reserveNumbers(source, at + to - from)
    const target = this.values!
    if (target instanceof BigInt64Array && source instanceof Float64Array) {
      for (let i = from; i < to; i++) target[at + i - from] = wide(column, source, i)
    } else if (target instanceof BigInt64Array) {
      target.set((source as BigInt64Array).subarray(from, to), at)
    } else {
      target.set((source as Float64Array).subarray(from, to), at)
    }
    if (this.layout === "ts9") {
      this.nanos = growI32(this.nanos ?? new Int32Array(initialRows), at + to - from)
      this.nanos.set(column.nanos.subarray(from, to), at)
    }
  }

  private gatherNumbers(column: Column, rows: Int32Array, from: number, to: number): void {
    const source = column.values as Numbers
    const at = this.rows
    this.reserveNumbers(source, at + to - from)
    const target = this.values!
    if (target instanceof Float64Array) copyF64(source as Float64Array, rows, from, to, target, at)
    else if (target instanceof Int32Array) copyI32(source as Int32Array, rows, from, to, target, at)
    else if (target instanceof Uint8Array) copyU8(source as Uint8Array, rows, from, to, target, at)
    else if (source instanceof BigInt64Array) {
      for (let i = from; i < to; i++) target[at + i - from] = source[rows[i]!]!
    } else {
      const narrow = source as Float64Array
      for (let i = from; i < to; i++) target[at + i - from] = wide(column, narrow, rows[i]!)
    }
    if (this.layout === "ts9") {
      this.nanos = growI32(this.nanos ?? new Int32Array(initialRows), at + to - from)
      copyI32(column.nanos, rows, from, to, this.nanos, at)
    }
  }

  /** Whether the next piece may be appended as codes; turns the builder plain when not. */
  private keepsCodes(column: Column): boolean {
    const { dictionary } = column
    if (this.rows === 0 && dictionary !== undefined) {
      this.coded = true
      this.dictionary = dictionary
      if (this.values !== undefined && !(this.values instanceof Int32Array)) this.values = undefined
      return true
    }
    if (this.coded && this.dictionary === dictionary) return true
    if (this.coded) this.turnPlain()
    return false
  }

  private turnPlain(): void {
    const dictionary = this.dictionary!
    const codes = this.values as Int32Array
    this.coded = false
    this.dictionary = undefined
    this.reserveRanges(this.rows)
    for (let i = 0; i < this.rows; i++) {
      const code = this.nulls !== undefined && this.nulls[i] === 1 ? -1 : codes[i]!
      if (code < 0) this.putBytes(empty, 0, 0, i)
      else this.putBytes(dictionary.bytes, dictionary.starts[code]!, dictionary.lengths[code]!, i)
    }
  }

  private appendBytesRange(column: Column, from: number, to: number): void {
    if (this.keepsCodes(column)) {
      this.appendNumbers(column, from, to)
      return
    }
    this.reserveRanges(this.rows + to - from)
    for (let i = from; i < to; i++) this.putView(column, i, this.rows + i - from)
  }

  private appendBytesRows(column: Column, rows: Int32Array, from: number, to: number): void {
    if (this.keepsCodes(column)) {
      this.gatherNumbers(column, rows, from, to)
      return
    }
    this.reserveRanges(this.rows + to - from)
    for (let i = from; i < to; i++) this.putView(column, rows[i]!, this.rows + i - from)
  }

  private putView(column: Column, row: number, at: number): void {
    if (column.nulls !== undefined && column.nulls[row] === 1) this.putBytes(empty, 0, 0, at)
    else if (column.dictionary === undefined) {
      this.putBytes(column.bytes, column.starts[row]!, column.lengths[row]!, at)
    } else {
      const code = (column.values as Int32Array)[row]!
      const { dictionary } = column
      this.putBytes(dictionary.bytes, dictionary.starts[code]!, dictionary.lengths[code]!, at)
    }
  }

  private putBytes(source: Uint8Array, start: number, length: number, at: number): void {
    const used = this.bytesUsed
    const held = this.bytes ?? new Uint8Array(Math.max(initialRows * 16, length))
    const bytes = this.bytes = growU8(held, used + length)
    if (length <= 32) { for (let i = 0; i < length; i++) bytes[used + i] = source[start + i]! }
    else bytes.set(source.subarray(start, start + length), used)
    this.starts![at] = used
    this.lengths![at] = length
    this.bytesUsed = used + length
  }
}

interface ColumnShape {
  values: Numbers | Array<unknown>
  nanos: Int32Array
  bytes: Uint8Array
  starts: Int32Array
  lengths: Int32Array
  dictionary: Dictionary | undefined
  children: Array<Column>
}

const empty = new Uint8Array(0)
const noInts = new Int32Array(0)

function noNumbers(layout: Layout): Numbers {
  if (layout === "bool") return new Uint8Array(0)
  if (layout === "i32" || layout === "bytes") return new Int32Array(0)
  return new Float64Array(0)
}

/** All `columns`, one after the other, as one. They have one layout and shape; one alone is given back as it is. */
export function concat(columns: ReadonlyArray<Column>): Column {
  assert(columns.length > 0, "there is a column to concatenate")
  if (columns.length === 1) return columns[0]!
  const builder = new ColumnBuilder(columns[0]!.layout)
  for (const column of columns) builder.appendRange(column, 0, column.rows)
  return builder.finish()
}

/** A NULL row may hold anything in range, also what no bigint can be made of. */
function wide(column: Column, source: Float64Array, row: number): bigint {
  return column.nulls !== undefined && column.nulls[row] === 1 ? 0n : BigInt(source[row]!)
}

function widen(values: Float64Array, rows: number, capacity: number): BigInt64Array {
  const out = new BigInt64Array(capacity)
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    out[i] = Number.isInteger(value) ? BigInt(value) : 0n
  }
  return out
}

/** The first `rows` values: the buffer itself when it is at least half used, a copy when not. */
function cut<A extends Numbers>(values: A, rows: number): A {
  return (rows * 2 >= values.length ? values.subarray(0, rows) : values.slice(0, rows)) as A
}

function makeNumbers(like: Numbers, capacity: number): Numbers {
  if (like instanceof Float64Array) return new Float64Array(capacity)
  if (like instanceof Int32Array) return new Int32Array(capacity)
  if (like instanceof Uint8Array) return new Uint8Array(capacity)
  return new BigInt64Array(capacity)
}

function growNumbers(values: Numbers, rows: number): Numbers {
  const out = makeNumbers(values, Math.max(rows, values.length * 2))
  ;(out as Float64Array).set(values as Float64Array)
  return out
}

function growU8(values: Uint8Array, rows: number): Uint8Array {
  if (values.length >= rows) return values
  const out = new Uint8Array(Math.max(rows, values.length * 2))
  out.set(values)
  return out
}

function growI32(values: Int32Array, rows: number): Int32Array {
  if (values.length >= rows) return values
  const out = new Int32Array(Math.max(rows, values.length * 2))
  out.set(values)
  return out
}

function copyU8(
  source: Uint8Array,
  rows: Int32Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number
): void {
  for (let i = from; i < to; i++) target[at + i - from] = source[rows[i]!]!
}

function copyI32(
  source: Int32Array,
  rows: Int32Array,
  from: number,
  to: number,
  target: Int32Array,
  at: number
): void {
  for (let i = from; i < to; i++) target[at + i - from] = source[rows[i]!]!
}

function copyF64(
  source: Float64Array,
  rows: Int32Array,
  from: number,
  to: number,
  target: Float64Array,
  at: number
): void {
  for (let i = from; i < to; i++) target[at + i - from] = source[rows[i]!]!
}
