/**
 * A column that a decoder fills by position: the arrays are open, so that generated loops write into them directly.
 *
 * The arrays of one batch are fresh, because the column that {@link DecodedColumn.take} gives shares them. A row is written at
 * an index; a bad record's row is cleared and its index used again. BIGINTs stay narrow until one needs more: that
 * one stands in `wide` and is marked by NaN in `values`. Text is views into the decoder's bytes until a value has to be stored
 * (it was escaped, or came in another array): from then on all texts of this batch are copied to `own`.
 */
import { type Layout, layoutOf, type LogicalType } from "../type/logical-type.ts"
import { Column } from "./column.ts"
import { batchRowsMax } from "./element.ts"

type Typed = Uint8Array | Int32Array | Float64Array

/** Owned by one decoder. `values`, `nulls`, `starts`, `lengths`, `nanos` have `capacity` entries and are replaced by `take` and growth. */
export class DecodedColumn {
  readonly type: LogicalType
  readonly layout: Layout
  /** ROW: one for each field, same rows. ARRAY: the elements. MAP, MULTISET: keys, values. */
  readonly children: ReadonlyArray<DecodedColumn>
  capacity = 0
  values: Typed = new Uint8Array(0)
  nanos: Int32Array = new Int32Array(0)
  starts: Int32Array = new Int32Array(0)
  lengths: Int32Array = new Int32Array(0)
  nulls: Uint8Array = new Uint8Array(0)
  /** Set whenever a null was written; says nothing of rows cleared later. */
  anyNull = false
  wide: BigInt64Array | undefined = undefined
  bigs: Array<bigint> = []
  own: Uint8Array | undefined = undefined
  ownLength = 0
  /** Elements written so far, for columns below an ARRAY or MAP. */
  count = 0

  constructor(type: LogicalType, capacity: number = batchRowsMax) {
    this.type = type
    this.layout = layoutOf(type)
    this.children = childTypes(type).map((child) =>
      new DecodedColumn(child, type.kind === "ROW" ? capacity : 256)
    )
    this.fresh(capacity)
  }

  private fresh(capacity: number): void {
    this.capacity = capacity
    // A column without a NULL was given without them, so that the array is still this one's alone, and all zero.
    if (this.anyNull || this.nulls.length !== capacity) this.nulls = new Uint8Array(capacity)
    switch (this.layout) {
      case "bool":
        this.values = new Uint8Array(capacity)
        break
      case "i32":
        this.values = new Int32Array(capacity)
        break
      case "f64":
      case "i64":
        this.values = new Float64Array(capacity)
        break
      case "ts9":
        this.values = new Float64Array(capacity)
        this.nanos = new Int32Array(capacity)
        break
      case "bytes":
      case "list":
      case "map": {
        // Both on one buffer: making one costs more than clearing it.
        const ranges = new ArrayBuffer(capacity * 8)
        this.starts = new Int32Array(ranges, 0, capacity)
        this.lengths = new Int32Array(ranges, capacity * 4, capacity)
        break
      }
    }
    this.wide = undefined
    this.bigs = []
    this.own = undefined
    this.ownLength = 0
    this.anyNull = false
    this.count = 0
  }

  /** Make room for the row at `index`, here and in the fields of a ROW. */
  ensure(index: number): void {
    if (index < this.capacity) return
    const capacity = Math.max(index + 1, this.capacity * 2)
    this.capacity = capacity
    this.nulls = grown(this.nulls, new Uint8Array(capacity))
    if (this.layout === "bool") this.values = grown(this.values, new Uint8Array(capacity))
    else if (this.layout === "i32") this.values = grown(this.values, new Int32Array(capacity))
    else if (this.values.length > 0) this.values = grown(this.values, new Float64Array(capacity))
    if (this.nanos.length > 0) this.nanos = grown(this.nanos, new Int32Array(capacity))
    if (this.starts.length > 0) {
      this.starts = grown(this.starts, new Int32Array(capacity))
      this.lengths = grown(this.lengths, new Int32Array(capacity))
    }
    if (this.wide !== undefined) this.wide = grown(this.wide, new BigInt64Array(capacity))
    if (this.layout === "row") { for (const child of this.children) child.ensure(index) }
  }

  /** Make row `index` NULL, with all fields of a ROW. */
  setNull(index: number): void {
    this.nulls[index] = 1
    this.anyNull = true
    if (this.layout === "row") { for (const child of this.children) child.setNull(index) }
  }

  /** Store a 64-bit integer (or the unscaled value of a DECIMAL of layout `i64`) of any size. */
  setBigint(index: number, value: bigint): void {
    if (this.layout === "big") {
      while (this.bigs.length < index) this.bigs.push(0n)
      this.bigs[index] = value
    } else if (value >= -4503599627370496n && value <= 4503599627370496n) {
      this.values[index] = Number(value)
    } else {
      this.wide ??= new BigInt64Array(this.capacity)
      this.wide[index] = value
      this.values[index] = NaN
    }
  }

  /** Store a copy of `length` bytes; the texts before it, so far views into `base`, are copied too. */
  setBytes(
    index: number,
    base: Uint8Array,
    bytes: Uint8Array,
    start: number,
    length: number
  ): void {
    if (this.own === undefined) this.leaveViews(index, base)
    this.reserve(length)
    const own = this.own!
    const at = this.ownLength
    if (length <= 32) { for (let i = 0; i < length; i++) own[at + i] = bytes[start + i]! }
    else own.set(bytes.subarray(start, start + length), at)
    this.starts[index] = at
    this.lengths[index] = length
    this.ownLength = at + length
  }

  private reserve(more: number): void {
    const wanted = this.ownLength + more
    if (wanted <= this.own!.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.own!.length * 2))
    bigger.set(this.own!.subarray(0, this.ownLength))
    this.own = bigger
  }

  private leaveViews(rows: number, base: Uint8Array): void {
    const { starts, lengths, nulls } = this
    let total = 0
    for (let i = 0; i < rows; i++) if (nulls[i] === 0) total += lengths[i]!
    const own = new Uint8Array(Math.max(256, total * 2))
    let at = 0
    for (let i = 0; i < rows; i++) {
      const length = nulls[i] === 0 ? lengths[i]! : 0
      const start = starts[i]!
      if (length > 0) own.set(base.subarray(start, start + length), at)
      starts[i] = at
      lengths[i] = length
      at += length
    }
    this.own = own
    this.ownLength = at
  }

  /**
   * Rows `from` (inclusive) to `to` (exclusive) as a column. Text that was not stored is views into `base`. The caller gives
   * each row once and calls {@link renew} before it writes again.
   */
  column(from: number, to: number, base: Uint8Array): Column {
    const rows = to - from
    const nulls = this.anyNull && this.nulls.indexOf(1, from) >= 0
      ? part(this.nulls, from, to)
      : undefined
    const { layout } = this
    if (layout === "row") {
      const children = this.children.map((child) => child.column(from, to, base))
      return new Column({ layout, rows, nulls, children })
    }
    if (layout === "list" || layout === "map") {
      const children = this.children.map((child) => child.column(0, child.count, base))
      const starts = part(this.starts, from, to), lengths = part(this.lengths, from, to)
      if (nulls !== undefined) clearNulls(starts, lengths, nulls)
      return new Column({ layout, rows, nulls, starts, lengths, children })
    }
    if (layout === "bytes") {
      const starts = part(this.starts, from, to), lengths = part(this.lengths, from, to)
      if (nulls !== undefined) clearNulls(starts, lengths, nulls)
      return new Column({ layout, rows, nulls, starts, lengths, bytes: this.own ?? base })
    }
    if (layout === "big") {
      const values = new Array<bigint>(rows)
      for (let i = 0; i < rows; i++) values[i] = this.bigs[from + i] ?? 0n
      return new Column({ layout, rows, nulls, values })
    }
    if (layout === "object") {
      return new Column({ layout, rows, nulls, values: new Array(rows).fill(null) })
    }
    if (this.wide !== undefined) {
      const values = this.widened(from, to)
      return new Column({ layout, rows, nulls, values })
    }
    const values = part(this.values, from, to)
    if (layout === "ts9") {
      return new Column({ layout, rows, nulls, values, nanos: part(this.nanos, from, to) })
    }
    return new Column({ layout, rows, nulls, values })
  }

  private widened(from: number, to: number): BigInt64Array {
    const out = new BigInt64Array(to - from)
    for (let i = from; i < to; i++) {
      if (this.nulls[i] === 1) continue
      const value = this.values[i]!
      out[i - from] = value !== value ? this.wide![i]! : BigInt(value)
    }
    return out
  }

  /** Start the next batch: new arrays, nothing written. */
  renew(): void {
    this.fresh(this.layout === "list" ? this.capacity : Math.min(this.capacity, 4 * batchRowsMax))
    for (const child of this.children) child.renew()
  }
}

/** Types of the children of a column, in order. */
function childTypes(type: LogicalType): ReadonlyArray<LogicalType> {
  switch (type.kind) {
    case "ROW":
      return type.fields.map((field) => field.type)
    case "ARRAY":
      return [type.element]
    case "MAP":
      return [type.key, type.value]
    case "MULTISET":
      return [type.element, { kind: "INT", nullable: false }]
    default:
      return []
  }
}

function grown<T extends Typed | BigInt64Array>(from: T, to: T): T {
  to.set(from as never)
  return to
}

/** The part as a view, or as a copy when the array is more than twice as long. */
function part<T extends Typed>(array: T, from: number, to: number): T {
  return (array.length > 2 * (to - from) ? array.slice(from, to) : array.subarray(from, to)) as T
}

function clearNulls(starts: Int32Array, lengths: Int32Array, nulls: Uint8Array): void {
  for (let i = 0; i < nulls.length; i++) {
    if (nulls[i] === 1) {
      starts[i] = 0
      lengths[i] = 0
    }
  }
}
