/**
 * The keyed table in memory: open addressing with linear probing over slot ids; keys stand as float64 codes
 * (`state/key-column.ts`), one array per key column, and the probe loop has a variant for one, two and more columns.
 *
 * **Invariant** `index` holds slot + 1 at most a quarter full; `hashes[slot]` is where probing for the slot starts; a released
 * slot's entry is closed by shifting its followers back, so there are no tombstones.
 */
import type { Column } from "../batch/column.ts"
import { assert } from "../fault.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { ByteReader, ByteWriter } from "./byte-io.ts"
import { readColumn, writeColumn } from "./column-codec.ts"
import { groupRows } from "./group-rows.ts"
import { KeyColumn } from "./key-column.ts"
import { hashColumns } from "./key-group.ts"
import type { KeyedTable, KeyedTableShape } from "./keyed-table.ts"
import { SlotColumns } from "./slot-columns.ts"
import type { SlotArray } from "./slot-columns.ts"

const formatVersion = 1
const capacityMin = 64

/** What a table is made with. */
export interface OpenTableOptions extends KeyedTableShape {
  /** The key columns that key groups are computed from, those of the exchange; absent: all. */
  readonly groupBy?: ReadonlyArray<number>
}

/** A table in memory. Cost per row: one encoding step per key column and one probe; allocates only when it grows. */
export class OpenTable implements KeyedTable {
  size: number
  slotsMax: number
  private readonly shape: OpenTableOptions
  private readonly columns: ReadonlyArray<KeyColumn>
  private readonly keys: Array<Float64Array>
  private readonly state: SlotColumns
  private index: Int32Array
  private hashes: Int32Array
  private used: Uint8Array
  private readonly free: Array<number>
  private readonly encoded: Array<Float64Array>

  constructor(options: OpenTableOptions) {
    this.shape = options
    this.size = 0
    this.slotsMax = 0
    this.columns = options.keys.map((type) => new KeyColumn(type))
    this.keys = options.keys.map(() => new Float64Array(capacityMin))
    this.state = new SlotColumns(options.state, capacityMin)
    this.index = new Int32Array(capacityMin * 4)
    this.hashes = new Int32Array(capacityMin)
    this.used = new Uint8Array(capacityMin)
    this.free = []
    this.encoded = options.keys.map((_, k) => this.keys[k]!)
  }

  private encode(keys: ReadonlyArray<Column>, rows: number, make: boolean): void {
    const columns = this.columns
    for (let k = 0; k < columns.length; k++) {
      this.encoded[k] = columns[k]!.encode(keys[k]!, rows, make)
    }
  }

  locate(
    keys: ReadonlyArray<Column>,
    rows: number,
    slots: Int32Array,
    fresh: Int32Array
  ): number {
    this.encode(keys, rows, true)
    const encoded = this.encoded
    if (encoded.length === 1) return this.locateOne(encoded[0]!, rows, slots, fresh)
    if (encoded.length === 2) return this.locateTwo(encoded[0]!, encoded[1]!, rows, slots, fresh)
    return this.locateMany(rows, slots, fresh)
  }

  private locateOne(a: Float64Array, rows: number, slots: Int32Array, fresh: Int32Array): number {
    let index = this.index
    let mask = index.length - 1
    let keys = this.keys[0]!
    let made = 0
    for (let i = 0; i < rows; i++) {
      const key = a[i]!
      const hash = spread(mixNumber(0, key))
      let at = hash & mask
      let slot = index[at]! - 1
      while (slot >= 0 && keys[slot] !== key) {
        at = (at + 1) & mask
        slot = index[at]! - 1
      }
      if (slot < 0) {
        slot = this.add(i, hash, at)
        fresh[made++] = slot
        index = this.index
        mask = index.length - 1
        keys = this.keys[0]!
      }
      slots[i] = slot
    }
    return made
  }

  private locateTwo(
    a: Float64Array,
    b: Float64Array,
    rows: number,
    slots: Int32Array,
    fresh: Int32Array
  ): number {
    let index = this.index
    let mask = index.length - 1
    let first = this.keys[0]!
    let second = this.keys[1]!
    let made = 0
    for (let i = 0; i < rows; i++) {
      const x = a[i]!
      const y = b[i]!
      const hash = spread(mixNumber(mixNumber(0, x), y))
      let at = hash & mask
      let slot = index[at]! - 1
      while (slot >= 0 && (second[slot] !== y || first[slot] !== x)) {
        at = (at + 1) & mask
        slot = index[at]! - 1
      }
      if (slot < 0) {
        slot = this.add(i, hash, at)
        fresh[made++] = slot
        index = this.index
        mask = index.length - 1
        first = this.keys[0]!
        second = this.keys[1]!
      }
      slots[i] = slot
    }
    return made
  }

  private locateMany(rows: number, slots: Int32Array, fresh: Int32Array): number {
    let made = 0
    for (let i = 0; i < rows; i++) {
      const hash = this.hashRow(i)
      const at = this.probe(i, hash)
      let slot = this.index[at]! - 1
      if (slot < 0) {
        slot = this.add(i, hash, at)
        fresh[made++] = slot
      }
      slots[i] = slot
    }
    return made
  }

  find(keys: ReadonlyArray<Column>, rows: number, slots: Int32Array): void {
    this.encode(keys, rows, false)
    for (let i = 0; i < rows; i++) slots[i] = this.index[this.probe(i, this.hashRow(i))]! - 1
  }

  private hashRow(row: number): number {
    let hash = 0
    for (let k = 0; k < this.encoded.length; k++) hash = mixNumber(hash, this.encoded[k]![row]!)
    return spread(hash)
  }

  /** Where row `row` of the encoded keys stands in `index`, or the empty place where it belongs. */
  private probe(row: number, hash: number): number {
    const mask = this.index.length - 1
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const slot = this.index[at]! - 1
      if (slot < 0 || this.holds(slot, row)) return at
    }
  }

  private holds(slot: number, row: number): boolean {
    for (let k = 0; k < this.encoded.length; k++) {
      if (this.keys[k]![slot] !== this.encoded[k]![row]) return false
    }
    return true
  }

  private add(row: number, hash: number, at: number): number {
    const slot = this.free.length > 0 ? this.free.pop()! : this.slotsMax++
    if (slot >= this.hashes.length) this.growSlots()
    for (let k = 0; k < this.columns.length; k++) {
      const code = this.encoded[k]![row]! + 0
      this.keys[k]![slot] = code
      if (this.columns[k]!.interns) this.columns[k]!.hold(code)
    }
    this.hashes[slot] = hash
    this.used[slot] = 1
    this.size++
    this.index[at] = slot + 1
    if (this.size * 4 > this.index.length) this.growIndex()
    return slot
  }

  private growSlots(): void {
    const capacity = this.hashes.length * 2
    const hashes = new Int32Array(capacity)
    hashes.set(this.hashes)
    this.hashes = hashes
    const used = new Uint8Array(capacity)
    used.set(this.used)
    this.used = used
    for (let k = 0; k < this.keys.length; k++) {
      const keys = new Float64Array(capacity)
      keys.set(this.keys[k]!)
      this.keys[k] = keys
    }
    this.state.grow(capacity)
  }

  private growIndex(): void {
    const index = new Int32Array(this.index.length * 2)
    const mask = index.length - 1
    for (let slot = 0; slot < this.slotsMax; slot++) {
      if (this.used[slot] === 0) continue
      let at = this.hashes[slot]! & mask
      while (index[at] !== 0) at = (at + 1) & mask
      index[at] = slot + 1
    }
    this.index = index
  }

  release(slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.remove(slots[i]!)
    this.state.clear(slots, count)
    for (const column of this.columns) column.sweep()
  }

  private remove(slot: number): void {
    assert(this.used[slot] === 1, "a released slot is live")
    const index = this.index
    const mask = index.length - 1
    let hole = this.hashes[slot]! & mask
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.hashes[index[at]! - 1]! & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      index[hole] = index[at]!
      hole = at
    }
    index[hole] = 0
    for (let k = 0; k < this.columns.length; k++) {
      if (this.columns[k]!.interns) this.columns[k]!.drop(this.keys[k]![slot]!)
    }
    this.used[slot] = 0
    this.size--
    this.free.push(slot)
  }

  keysOf(slots: Int32Array, count: number): ReadonlyArray<Column> {
    return this.columns.map((column, k) => column.decode(this.keys[k]!, slots, count))
  }

  /** One key column of `count` slots. */
  keyOf(k: number, slots: Int32Array, count: number): Column {
    return this.columns[k]!.decode(this.keys[k]!, slots, count)
  }

  column(k: number): SlotArray {
    return this.state.arrays[k]!
  }

  live(): Int32Array {
    const slots = new Int32Array(this.size)
    let n = 0
    for (let slot = 0; slot < this.slotsMax; slot++) if (this.used[slot] === 1) slots[n++] = slot
    return slots
  }

  /** The hashes that give the key groups of `count` slots. */
  hashesOf(slots: Int32Array, count: number): Int32Array {
    const keys = this.keysOf(slots, count)
    const by = this.shape.groupBy ?? this.shape.keys.map((_, k) => k)
    return hashColumns(by.map((k) => this.shape.keys[k]!), by.map((k) => keys[k]!), count)
  }

  /** The types of the key columns. */
  get keyTypes(): ReadonlyArray<LogicalType> {
    return this.shape.keys
  }

  snapshot(groupsMax: number): Map<number, Uint8Array> {
    const live = this.live()
    const hashes = this.hashesOf(live, live.length)
    const blobs = new Map<number, Uint8Array>()
    for (const { group, rows } of groupRows(hashes, live.length, groupsMax)) {
      const writer = new ByteWriter(64 + rows.length * 16)
      const slots = rows.map((row) => live[row]!)
      writer.u8(formatVersion)
      writer.u32(rows.length)
      this.keysOf(slots, slots.length).forEach((column, k) =>
        writeColumn(writer, this.shape.keys[k]!, column)
      )
      this.state.write(writer, slots, slots.length)
      blobs.set(group, writer.take())
    }
    return blobs
  }

  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const version = reader.u8()
    assert(version === formatVersion, `keyed tables have format ${formatVersion}, not ${version}`)
    const rows = reader.u32()
    const keys = this.shape.keys.map((type) => readColumn(reader, type, rows))
    const slots = new Int32Array(rows)
    const made = this.locate(keys, rows, slots, new Int32Array(rows))
    assert(made === rows, "restored keys are distinct")
    this.state.read(reader, slots, rows)
  }
}

/** Folds a number's 53 bits into a running hash. */
function mixNumber(hash: number, value: number): number {
  return Math.imul(hash ^ (value | 0), 0x9e3779b1) ^
    Math.imul((value * 2.3283064365386963e-10) | 0, 0x85ebca6b)
}

function spread(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return h ^ (h >>> 13)
}
