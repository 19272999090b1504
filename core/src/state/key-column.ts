/**
 * One column of a key as float64 codes: within a table two keys are equal exactly when their codes are, so that every
 * table, whatever its types, probes over plain numbers.
 *
 * **Shape** Numbers with |value| ≤ 2^52 that are integers stand for themselves; text stands as its interned id; every other
 * value (wide BIGINT, fractions, NaN, nested) is interned by its canonical bytes and stands as 2^52 + 1 + id; NULL is
 * −2^53; a value that is not known, when only looking, is 2^53.
 */
import { Column, narrowMax } from "../batch/column.ts"
import type { Dictionary } from "../batch/dictionary.ts"
import { layoutOf } from "../type/logical-type.ts"
import type { Layout, LogicalType } from "../type/logical-type.ts"
import { columnOfBoxed } from "./boxed.ts"
import { ByteWriter } from "./byte-io.ts"
import { readCanonical, writeCanonical } from "./canonical.ts"
import { Interner } from "./interner.ts"

const nullCode = -(2 ** 53)
const missingCode = 2 ** 53
const internedFrom = narrowMax + 1

/** Turns columns of one type into codes and codes into columns; owns the interned values. */
export class KeyColumn {
  readonly type: LogicalType
  /** Whether codes may be interned ids; else nothing is held. */
  readonly interns: boolean
  private readonly layout: Layout
  private readonly interner: Interner
  private readonly writer: ByteWriter
  private codes: Float64Array

  constructor(type: LogicalType) {
    this.type = type
    this.layout = layoutOf(type)
    this.interns = this.layout !== "i32" && this.layout !== "bool" && !this.isTime()
    this.interner = new Interner()
    this.writer = new ByteWriter(32)
    this.codes = new Float64Array(1024)
  }

  /** Codes of the first `rows` rows, valid until the next call; `make`: intern what is new. */
  encode(column: Column, rows: number, make: boolean): Float64Array {
    const { layout } = this
    const asIs = column.nulls === undefined && column.values instanceof Float64Array
    if (asIs && (layout === "i64" || this.isTime())) return column.values as Float64Array
    if (this.codes.length < rows) this.codes = new Float64Array(rows * 2)
    const codes = this.codes
    if (layout === "bytes") this.encodeBytes(column, rows, codes, make)
    else if (layout === "i32" || layout === "bool") {
      copyInts(column.values as Int32Array | Uint8Array, rows, codes)
    } else if (layout === "i64" || layout === "f64") {
      this.encodeNumbers(column, rows, codes, make)
    } else {
      for (let i = 0; i < rows; i++) codes[i] = this.internAt(column, i, make)
    }
    if (column.nulls !== undefined) markNulls(column.nulls, rows, codes)
    return codes
  }

  private isTime(): boolean {
    return this.layout === "f64" && this.type.kind !== "DOUBLE" && this.type.kind !== "FLOAT"
  }

  private encodeNumbers(column: Column, rows: number, codes: Float64Array, make: boolean): void {
    const values = column.values as ArrayLike<number | bigint>
    for (let i = 0; i < rows; i++) {
      const value = Number(values[i]!)
      const plain = value <= narrowMax && value >= -narrowMax && Math.floor(value) === value
      codes[i] = plain ? value : this.internAt(column, i, make)
    }
  }

  private internAt(column: Column, row: number, make: boolean): number {
    const writer = this.writer
    writer.length = 0
    writeCanonical(writer, this.type, column, row)
    const id = make
      ? this.interner.intern(writer.bytes, 0, writer.length)
      : this.interner.find(writer.bytes, 0, writer.length)
    return id < 0 ? missingCode : internedFrom + id
  }

  private encodeBytes(column: Column, rows: number, codes: Float64Array, make: boolean): void {
    const dictionary = column.dictionary
    const nulls = column.nulls
    if (dictionary === undefined) {
      for (let i = 0; i < rows; i++) {
        if (nulls !== undefined && nulls[i] === 1) continue
        codes[i] = this.idOf(column.bytes, column.starts[i]!, column.lengths[i]!, make)
      }
      return
    }
    const translation = this.interner.translation(dictionary)
    const values = column.values as Int32Array
    for (let i = 0; i < rows; i++) {
      const id = translation[values[i]!]!
      codes[i] = id !== 0 ? id - 1 : this.translate(dictionary, translation, values[i]!, make)
    }
  }

  private translate(
    dictionary: Dictionary,
    translation: Int32Array,
    code: number,
    make: boolean
  ): number {
    const id = this.idOf(
      dictionary.bytes,
      dictionary.starts[code]!,
      dictionary.lengths[code]!,
      make
    )
    if (id !== missingCode) translation[code] = id + 1
    return id
  }

  private idOf(bytes: Uint8Array, start: number, length: number, make: boolean): number {
    if (make) return this.interner.intern(bytes, start, length)
    const id = this.interner.find(bytes, start, length)
    return id < 0 ? missingCode : id
  }

  /** A slot keeps this code. */
  hold(code: number): void {
    const id = this.internedId(code)
    if (id >= 0) this.interner.hold(id)
  }

  /** A slot gives this code up. */
  drop(code: number): void {
    const id = this.internedId(code)
    if (id >= 0) this.interner.drop(id)
  }

  /** Frees values that no slot keeps, when they are many. */
  sweep(): void {
    this.interner.sweep()
  }

  private internedId(code: number): number {
    return this.layout === "bytes" ? code : code > narrowMax ? code - internedFrom : -1
  }

  /** The column that the codes of the first `count` of `slots` stand for, in fresh arrays. */
  decode(codes: Float64Array, slots: Int32Array, count: number): Column {
    const nulls = nullsOf(codes, slots, count)
    const { layout } = this
    if (layout === "bytes") return this.decodeBytes(codes, slots, count, nulls)
    if (layout === "i64" || layout === "f64") {
      const values = new Float64Array(count)
      if (!gatherCodes(codes, slots, count, values)) return this.decodeBoxed(codes, slots, count)
      if (nulls !== undefined) zeroNulls(nulls, count, values)
      return new Column({ layout, rows: count, nulls, values })
    }
    if (layout !== "bool" && layout !== "i32") return this.decodeBoxed(codes, slots, count)
    const values = layout === "bool" ? new Uint8Array(count) : new Int32Array(count)
    for (let i = 0; i < count; i++) values[i] = codes[slots[i]!]!
    if (nulls !== undefined) zeroNulls(nulls, count, values)
    return new Column({ layout, rows: count, nulls, values })
  }

  private decodeBoxed(codes: Float64Array, slots: Int32Array, count: number): Column {
    const interner = this.interner
    return columnOfBoxed(
      this.type,
      Array.from({ length: count }, (_, i) => {
        const code = codes[slots[i]!]!
        if (code === nullCode) return null
        if (code <= narrowMax) return this.layout === "i64" ? BigInt(code) : code
        const id = code - internedFrom
        const start = interner.starts[id]!
        const bytes = interner.bytes.slice(start, start + interner.lengths[id]!)
        return readCanonical(this.type, bytes)
      })
    )
  }

  private decodeBytes(
    codes: Float64Array,
    slots: Int32Array,
    count: number,
    nulls: Uint8Array | undefined
  ): Column {
    const values = new Int32Array(count)
    let idMax = 0
    for (let i = 0; i < count; i++) {
      const code = codes[slots[i]!]!
      values[i] = code < 0 ? 0 : code
      if (code > idMax) idMax = code
    }
    return columnOfIds(this.interner, values, count, idMax, nulls)
  }
}

/** A text column of interned ids: coded where a dictionary pays, else plain. Takes `ids` over. */
export function columnOfIds(
  interner: Interner,
  ids: Int32Array,
  count: number,
  idMax: number,
  nulls: Uint8Array | undefined
): Column {
  const common = { layout: "bytes", rows: count, nulls } as const
  const dictionary = interner.idsMax === 0 ? undefined : interner.dictionary(idMax, count)
  if (dictionary !== undefined) return new Column({ ...common, values: ids, dictionary })
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  let total = 0
  for (let i = 0; i < count; i++) {
    starts[i] = total
    lengths[i] = nulls !== undefined && nulls[i] === 1 ? 0 : interner.lengths[ids[i]!]!
    total += lengths[i]!
  }
  const bytes = new Uint8Array(total)
  for (let i = 0; i < count; i++) {
    const from = interner.starts[ids[i]!]!
    for (let b = 0; b < lengths[i]!; b++) bytes[starts[i]! + b] = interner.bytes[from + b]!
  }
  return new Column({ ...common, bytes, starts, lengths })
}

function copyInts(values: Int32Array | Uint8Array, rows: number, codes: Float64Array): void {
  for (let i = 0; i < rows; i++) codes[i] = values[i]!
}

function markNulls(nulls: Uint8Array, rows: number, codes: Float64Array): void {
  for (let i = 0; i < rows; i++) if (nulls[i] === 1) codes[i] = nullCode
}

/** False: one of the codes does not stand for itself. */
function gatherCodes(
  codes: Float64Array,
  slots: Int32Array,
  count: number,
  into: Float64Array
): boolean {
  let greatest = 0
  for (let i = 0; i < count; i++) {
    const code = codes[slots[i]!]!
    into[i] = code
    if (code > greatest) greatest = code
  }
  return greatest <= narrowMax
}

function zeroNulls(
  nulls: Uint8Array,
  count: number,
  values: Float64Array | Int32Array | Uint8Array
): void {
  for (let i = 0; i < count; i++) if (nulls[i] === 1) values[i] = 0
}

function nullsOf(codes: Float64Array, slots: Int32Array, count: number): Uint8Array | undefined {
  let nulls: Uint8Array | undefined
  for (let i = 0; i < count; i++) {
    if (codes[slots[i]!] !== nullCode) continue
    nulls ??= new Uint8Array(count)
    nulls[i] = 1
  }
  return nulls
}
