/**
 * One column of stored rows: values by row id in typed arrays that grow; text as copies, or as interned ids where the first batch had a
 * dictionary, so that text repeats; integers narrow until a wide one comes, nested values boxed.
 */
import { Column, narrowMax } from "../batch/column.ts"
import { compareBytes } from "../batch/utf8.ts"
import { layoutOf } from "../type/logical-type.ts"
import type { Layout, LogicalType } from "../type/logical-type.ts"
import { type Boxed, boxedAt, columnOfBoxed, compareBoxed } from "./boxed.ts"
import { Interner } from "./interner.ts"
import { columnOfIds } from "./key-column.ts"
import { TextArena } from "./text-arena.ts"

type Numbers = Uint8Array | Int32Array | Float64Array | BigInt64Array

/** Values of one type by row id. */
export class StoreColumn {
  readonly type: LogicalType
  private readonly layout: Layout
  private numbers: Numbers
  private nanos: Int32Array
  private nulls: Uint8Array
  private anyNull = false
  /** Text: one of the two, from the first batch on. */
  private interner: Interner | undefined = undefined
  private arena: TextArena | undefined = undefined
  private readonly boxed: Array<Boxed> | undefined

  constructor(type: LogicalType, capacity: number) {
    this.type = type
    this.layout = layoutOf(type)
    this.nulls = new Uint8Array(capacity)
    this.numbers = numbersOf(this.layout, capacity)
    this.nanos = new Int32Array(this.layout === "ts9" ? capacity : 0)
    const isBoxed = this.numbers.length === 0
    this.boxed = isBoxed ? [] : undefined
  }

  grow(capacity: number): void {
    const nulls = new Uint8Array(capacity)
    nulls.set(this.nulls)
    this.nulls = nulls
    this.arena?.grow(capacity)
    if (this.boxed !== undefined || this.arena !== undefined) return
    const wide = this.numbers instanceof BigInt64Array
    const numbers = wide ? new BigInt64Array(capacity) : numbersOf(this.layout, capacity)
    ;(numbers as Float64Array).set(this.numbers as Float64Array)
    this.numbers = numbers
    if (this.layout !== "ts9") return
    const nanos = new Int32Array(capacity)
    nanos.set(this.nanos)
    this.nanos = nanos
  }

  /** Row `rows[j]` of `column` becomes row id `ids[j]`. */
  set(column: Column, rows: Int32Array, ids: Int32Array, count: number): void {
    if (column.nulls !== undefined || this.anyNull) {
      this.anyNull = true
      for (let j = 0; j < count; j++) {
        this.nulls[ids[j]!] = column.nulls === undefined ? 0 : column.nulls[rows[j]!]!
      }
    }
    if (this.boxed !== undefined) {
      for (let j = 0; j < count; j++) this.boxed[ids[j]!] = boxedAt(this.type, column, rows[j]!)
    } else if (this.layout === "bytes") this.setText(column, rows, ids, count)
    else this.setNumbers(column, rows, ids, count)
  }

  private setNumbers(column: Column, rows: Int32Array, ids: Int32Array, count: number): void {
    const values = column.values as Float64Array | BigInt64Array
    if (values instanceof BigInt64Array) {
      if (!(this.numbers instanceof BigInt64Array)) {
        this.numbers = BigInt64Array.from(this.numbers as Float64Array, (value) => BigInt(value))
      }
      for (let j = 0; j < count; j++) this.numbers[ids[j]!] = values[rows[j]!]!
    } else if (this.numbers instanceof BigInt64Array) {
      for (let j = 0; j < count; j++) this.numbers[ids[j]!] = BigInt(values[rows[j]!]!)
    } else {
      const numbers = this.numbers
      for (let j = 0; j < count; j++) numbers[ids[j]!] = values[rows[j]!]!
    }
    if (this.layout === "ts9") {
      for (let j = 0; j < count; j++) this.nanos[ids[j]!] = column.nanos[rows[j]!]!
    }
  }

  private setText(column: Column, rows: Int32Array, ids: Int32Array, count: number): void {
    if (this.interner === undefined && this.arena === undefined) {
      if (column.dictionary !== undefined) this.interner = new Interner()
      else this.makeArena()
    }
    if (this.interner !== undefined) this.intern(this.interner, column, rows, ids, count)
    else copyText(this.arena!, column, rows, ids, count)
  }

  private makeArena(): TextArena {
    this.numbers = new Int32Array(0)
    return this.arena = new TextArena(this.nulls.length)
  }

  private intern(
    interner: Interner,
    column: Column,
    rows: Int32Array,
    ids: Int32Array,
    count: number
  ): void {
    const numbers = this.numbers as Int32Array
    for (let j = 0; j < count; j++) {
      const row = rows[j]!
      const isNull = column.nulls !== undefined && column.nulls[row] === 1
      const id = isNull ? -1 : internRow(interner, column, row)
      if (id >= 0) interner.hold(id)
      numbers[ids[j]!] = id
    }
  }

  /** Rows are about to be given back. */
  clear(ids: Int32Array, count: number): void {
    for (let j = 0; j < count; j++) {
      if (this.boxed !== undefined) this.boxed[ids[j]!] = null
      this.arena?.drop(ids[j]!)
      if (this.interner === undefined) continue
      const id = (this.numbers as Int32Array)[ids[j]!]!
      if (id >= 0) this.interner.drop(id)
    }
    this.interner?.sweep()
    this.arena?.sweep()
  }

  /** The rows of `ids` as a fresh column; id −1 gives NULL. */
  gather(ids: Int32Array, count: number): Column {
    if (this.boxed !== undefined) {
      const { boxed } = this
      return columnOfBoxed(
        this.type,
        Array.from({ length: count }, (_, j) => ids[j]! < 0 ? null : boxed[ids[j]!])
      )
    }
    const nulls = this.gatherNulls(ids, count)
    if (this.interner !== undefined) return this.gatherBytes(this.interner, ids, count, nulls)
    if (this.layout === "bytes") {
      return gatherText(this.arena ?? this.makeArena(), ids, count, nulls)
    }
    const { layout } = this
    const values = gatherNumbers(this.numbers, ids, count)
    if (layout !== "ts9") return new Column({ layout, rows: count, nulls, values })
    const nanos = gatherNumbers(this.nanos, ids, count) as Int32Array
    return new Column({ layout, rows: count, nulls, values, nanos })
  }

  private gatherNulls(ids: Int32Array, count: number): Uint8Array | undefined {
    let nulls: Uint8Array | undefined
    for (let j = 0; j < count; j++) {
      const id = ids[j]!
      if (id >= 0 && (!this.anyNull || this.nulls[id] === 0)) continue
      nulls ??= new Uint8Array(count)
      nulls[j] = 1
    }
    return nulls
  }

  private gatherBytes(
    interner: Interner,
    ids: Int32Array,
    count: number,
    nulls: Uint8Array | undefined
  ): Column {
    const numbers = this.numbers as Int32Array
    const codes = new Int32Array(count)
    let greatest = 0
    for (let j = 0; j < count; j++) {
      const id = ids[j]! < 0 ? -1 : numbers[ids[j]!]!
      codes[j] = id < 0 ? 0 : id
      if (id > greatest) greatest = id
    }
    return columnOfIds(interner, codes, count, greatest, nulls)
  }

  private isNull(id: number): boolean {
    return this.anyNull && this.nulls[id] === 1
  }

  /** Order of row `row` of `column` against stored row `id`; NULLs as `nullsFirst` says and equal to each other. */
  compare(column: Column, row: number, id: number, nullsFirst: boolean): number {
    const mine = this.boxed !== undefined ? this.boxed[id] === null : this.isNull(id)
    const other = column.nulls !== undefined && column.nulls[row] === 1
    if (mine || other) {
      if (mine && other) return 0
      return other === nullsFirst ? -1 : 1
    }
    if (this.boxed !== undefined) {
      return compareBoxed(boxedAt(this.type, column, row), this.boxed[id])
    }
    if (this.layout === "bytes") return this.compareText(column, row, id)
    const x = (column.values as Float64Array)[row]!
    const y = (this.numbers as Float64Array)[id]!
    if (x < y) return -1
    if (x > y) return 1
    if (this.layout === "ts9") return column.nanos[row]! - this.nanos[id]!
    return Number(x !== x) - Number(y !== y)
  }

  private compareText(column: Column, row: number, id: number): number {
    const { interner, arena } = this
    const own = interner === undefined ? id : (this.numbers as Int32Array)[id]!
    const stored = interner ?? arena!
    const dictionary = column.dictionary
    const at = dictionary === undefined ? row : (column.values as Int32Array)[row]!
    const from = dictionary ?? column
    return compareBytes(
      from.bytes,
      from.starts[at]!,
      from.lengths[at]!,
      stored.bytes,
      stored.starts[own]!,
      stored.lengths[own]!
    )
  }
}

function copyText(
  arena: TextArena,
  column: Column,
  rows: Int32Array,
  ids: Int32Array,
  count: number
): void {
  const { dictionary, nulls } = column
  const { bytes, starts, lengths } = dictionary ?? column
  for (let j = 0; j < count; j++) {
    const row = rows[j]!
    if (nulls !== undefined && nulls[row] === 1) continue
    const at = dictionary === undefined ? row : (column.values as Int32Array)[row]!
    arena.set(ids[j]!, bytes, starts[at]!, lengths[at]!)
  }
}

/** Views of the arena's own bytes. */
function gatherText(
  arena: TextArena,
  ids: Int32Array,
  count: number,
  nulls: Uint8Array | undefined
): Column {
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  for (let j = 0; j < count; j++) {
    const id = ids[j]!
    if (id < 0) continue
    starts[j] = arena.starts[id]!
    lengths[j] = arena.lengths[id]!
  }
  return new Column({ layout: "bytes", rows: count, nulls, bytes: arena.bytes, starts, lengths })
}

function numbersOf(layout: Layout, capacity: number): Numbers {
  switch (layout) {
    case "bool":
      return new Uint8Array(capacity)
    case "i32":
    case "bytes":
      return new Int32Array(capacity)
    case "i64":
    case "f64":
    case "ts9":
      return new Float64Array(capacity)
    default:
      return new Uint8Array(0)
  }
}

/** The id of one text of a column; codes are translated once per dictionary. */
function internRow(interner: Interner, column: Column, row: number): number {
  const dictionary = column.dictionary
  if (dictionary === undefined) {
    return interner.intern(column.bytes, column.starts[row]!, column.lengths[row]!)
  }
  const translation = interner.translation(dictionary)
  const code = (column.values as Int32Array)[row]!
  const known = translation[code]!
  if (known !== 0) return known - 1
  const id = interner.intern(dictionary.bytes, dictionary.starts[code]!, dictionary.lengths[code]!)
  translation[code] = id + 1
  return id
}

/** A BigInt64Array that holds narrow values only comes back as doubles: readers prefer them. */
function gatherNumbers(numbers: Numbers, ids: Int32Array, count: number): Numbers {
  if (numbers instanceof BigInt64Array) {
    const into = new BigInt64Array(count)
    const limit = BigInt(narrowMax)
    let narrow = true
    for (let j = 0; j < count; j++) {
      const value = ids[j]! < 0 ? 0n : numbers[ids[j]!]!
      into[j] = value
      if (value > limit || value < -limit) narrow = false
    }
    return narrow ? Float64Array.from(into, Number) : into
  }
  const into = numbers instanceof Float64Array
    ? new Float64Array(count)
    : numbers instanceof Int32Array
    ? new Int32Array(count)
    : new Uint8Array(count)
  for (let j = 0; j < count; j++) into[j] = ids[j]! < 0 ? 0 : numbers[ids[j]!]!
  return into
}
