/**
 * Key groups: the unit in which keyed state and keyed rows move between subtasks.
 *
 * **Law** The hash of one value is murmur3_32 (seed 0) of its canonical bytes (`state/canonical.ts`); the hash of a key
 * of several columns is murmur3_32 over their hashes, four little-endian bytes each. The key group is that hash,
 * unsigned, modulo the number of groups. Test vectors: `core/test/state-vectors.json`. The law binds checkpoints: it
 * never changes within a format version.
 */
import type { Column } from "../batch/column.ts"
import type { Dictionary } from "../batch/dictionary.ts"
import type { Batch } from "../batch/element.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { ByteWriter } from "./byte-io.ts"
import { writeCanonical } from "./canonical.ts"
import { finish, mixWord, murmurBytes, murmurPair, murmurWord } from "./murmur.ts"

/** The key group of a hash. */
export function keyGroup(hash: number, groupsMax: number): number {
  return (hash >>> 0) % groupsMax
}

/** Writes the hash of each row's key into `into`. */
export type HashRows = (batch: Batch, into: Int32Array) => void

/**
 * A hasher of the key that stands in `columns` of a batch, whose types are `types` in the same order; no columns: every
 * hash is 0. Cost: one loop per column; coded columns hash each dictionary entry once.
 */
export function compileHash(
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<number>
): HashRows {
  const hashers = types.map((type) => new ColumnHasher(type))
  let scratch = new Int32Array(1024)
  return (batch, into) => {
    const rows = batch.rows
    if (columns.length === 1) return hashers[0]!.run(batch.columns[columns[0]!]!, rows, into)
    into.fill(0, 0, rows)
    if (columns.length === 0) return
    if (scratch.length < rows) scratch = new Int32Array(rows)
    for (let k = 0; k < columns.length; k++) {
      hashers[k]!.run(batch.columns[columns[k]!]!, rows, scratch)
      mixAll(scratch, rows, into)
    }
    finishAll(rows, 4 * columns.length, into)
  }
}

/** The hashes of `rows` keys that stand in columns: as {@link compileHash} without a batch. */
export function hashColumns(
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<Column>,
  rows: number
): Int32Array {
  const into = new Int32Array(rows)
  if (columns.length === 1) {
    new ColumnHasher(types[0]!).run(columns[0]!, rows, into)
  } else if (columns.length > 1) {
    const scratch = new Int32Array(rows)
    columns.forEach((column, k) => {
      new ColumnHasher(types[k]!).run(column, rows, scratch)
      mixAll(scratch, rows, into)
    })
    finishAll(rows, 4 * columns.length, into)
  }
  return into
}

/** Hashes columns of one type; remembers the hashes of the last dictionary it met. */
class ColumnHasher {
  private readonly type: LogicalType
  private readonly writer = new ByteWriter()
  private readonly double = new Float64Array(1)
  private readonly words = new DataView(this.double.buffer)
  private dictionary: Dictionary | undefined
  private codes = new Int32Array(0)

  constructor(type: LogicalType) {
    this.type = type
  }

  run(column: Column, rows: number, into: Int32Array): void {
    const values = column.values
    switch (column.layout) {
      case "i32":
        hashWords(values as Int32Array, rows, into)
        break
      case "i64":
        if (column.narrow) hashNarrow(values as Float64Array, rows, into)
        else hashWide(values as BigInt64Array, rows, into)
        break
      case "f64":
        hashDoubles(values as Float64Array, rows, into, this.words)
        break
      case "bytes":
        if (column.dictionary === undefined) {
          hashPlain(column.bytes, column.starts, column.lengths, rows, into)
        } else hashCoded(values as Int32Array, this.translate(column.dictionary), rows, into)
        break
      default:
        this.general(column, rows, into)
    }
    if (column.nulls !== undefined) zeroNulls(column.nulls, rows, into)
  }

  private translate(dictionary: Dictionary): Int32Array {
    if (this.dictionary !== dictionary) {
      this.codes = new Int32Array(dictionary.size)
      hashPlain(
        dictionary.bytes,
        dictionary.starts,
        dictionary.lengths,
        dictionary.size,
        this.codes
      )
      this.dictionary = dictionary
    }
    return this.codes
  }

  private general(column: Column, rows: number, into: Int32Array): void {
    const writer = this.writer
    for (let i = 0; i < rows; i++) {
      writer.length = 0
      writeCanonical(writer, this.type, column, i)
      into[i] = murmurBytes(writer.bytes, 0, writer.length)
    }
  }
}

function mixAll(hashes: Int32Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) into[i] = mixWord(into[i]!, hashes[i]!)
}

function finishAll(rows: number, length: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) into[i] = finish(into[i]!, length)
}

function zeroNulls(nulls: Uint8Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) if (nulls[i] === 1) into[i] = 0
}

function hashWords(values: Int32Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) into[i] = murmurWord(values[i]!)
}

function hashNarrow(values: Float64Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    into[i] = murmurPair(value | 0, Math.floor(value * 2.3283064365386963e-10) | 0)
  }
}

function hashWide(values: BigInt64Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    into[i] = murmurPair(
      Number(BigInt.asIntN(32, value)),
      Number(BigInt.asIntN(32, value >> 32n))
    )
  }
}

function hashDoubles(values: Float64Array, rows: number, into: Int32Array, words: DataView): void {
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    if (value === value) {
      words.setFloat64(0, value + 0, true)
      into[i] = murmurPair(words.getInt32(0, true), words.getInt32(4, true))
    } else into[i] = murmurPair(0, 0x7ff80000)
  }
}

function hashPlain(
  bytes: Uint8Array,
  starts: Int32Array,
  lengths: Int32Array,
  rows: number,
  into: Int32Array
): void {
  for (let i = 0; i < rows; i++) into[i] = murmurBytes(bytes, starts[i]!, lengths[i]!)
}

function hashCoded(codes: Int32Array, hashes: Int32Array, rows: number, into: Int32Array): void {
  for (let i = 0; i < rows; i++) into[i] = hashes[codes[i]!]!
}
