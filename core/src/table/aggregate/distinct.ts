/**
 * The distinct values of one argument per key, with how often each stands: what DISTINCT aggregates and MIN and MAX over
 * updating input rest on. Calls that differ only in their filters share one of these: a value is looked for once per row, and
 * each filter has a count of its own, or a bit where nothing is ever taken back.
 *
 * **Shape** a table keyed by (slot of the key, value); the entries of a key are a doubly linked list, so that a released
 * key frees them. In snapshots the key itself stands instead of its slot.
 */
import { assert } from "../../fault.ts"
import { Column, gather } from "../../batch/column.ts"
import { ByteReader, ByteWriter } from "../../state/byte-io.ts"
import { readColumn, writeColumn } from "../../state/column-codec.ts"
import { groupRows } from "../../state/group-rows.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import { OpenTable } from "../../state/open-table.ts"
import { simple } from "../../type/logical-type.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { Selection, Sign } from "./selection.ts"

const formatVersion = 2

/** So many filters share one table of values: the bits of a number. */
export const filtersMax = 31

const linkColumns = 2

/** What was added by another's values: these, whose slots they went to, and which of them each filter had not. */
export interface Absorbed {
  readonly values: Column
  readonly slots: Int32Array
  readonly added: ReadonlyArray<Int32Array>
}

/** Values by key slot of `parent`. `entries` has state columns: next, previous (both entry + 1), then the counts or bits. */
export class DistinctValues {
  readonly entries: OpenTable
  private readonly parent: OpenTable
  private readonly type: LogicalType
  private readonly filters: number
  private readonly counts: boolean
  private heads: Int32Array
  private slots: Int32Array
  private fresh: Int32Array
  private positions: Int32Array
  private located = 0
  /** By row of the batch that was located: its entry. */
  private rowEntries: Int32Array

  /** `retracting`: values may be taken back, so that they are counted. */
  constructor(parent: OpenTable, type: LogicalType, filters = 1, retracting = true) {
    this.parent = parent
    this.type = type
    this.filters = filters
    this.counts = retracting
    const kept: ReadonlyArray<StateLayout> = retracting
      ? Array.from({ length: filters }, () => "f64" as const)
      : ["i32"]
    this.entries = new OpenTable({
      keys: [simple("BIGINT", false), type],
      state: ["i32", "i32", ...kept]
    })
    this.heads = new Int32Array(64)
    this.slots = new Int32Array(1024)
    this.fresh = new Int32Array(1024)
    this.positions = new Int32Array(1024)
    this.rowEntries = new Int32Array(1024)
  }

  /** Count the selected values in or out and narrow the selection to those that came first or went last. For one filter. */
  apply(selection: Selection, argument: Column, sign: Sign): void {
    this.locate(selection, argument, sign)
    this.take(selection, 0, sign)
    if (sign === Sign.retract) this.settle()
  }

  /** Find, or make, the entries of the selected values: of all rows that any filter counts. */
  locate(selection: Selection, argument: Column, sign: Sign): void {
    const { count, rows } = selection
    this.located = count
    if (count === 0) return
    this.reserve(count, argument.rows)
    const owners = new Column({
      layout: "i64",
      rows: count,
      values: Float64Array.from({ length: count }, (_, j) => selection.slots[j]!)
    })
    const values = rows === undefined ? argument : gather(argument, rows, count)
    if (sign === Sign.accumulate) this.make([owners, values], selection)
    else this.entries.find([owners, values], count, this.slots)
    for (let j = 0; j < count; j++) {
      this.rowEntries[rows === undefined ? j : rows[j]!] = this.slots[j]!
    }
  }

  private reserve(count: number, rows: number): void {
    if (this.heads.length < this.parent.slotsMax) {
      const heads = new Int32Array(this.parent.slotsMax * 2)
      heads.set(this.heads)
      this.heads = heads
    }
    if (this.rowEntries.length < rows) this.rowEntries = new Int32Array(rows)
    if (this.slots.length >= count) return
    this.slots = new Int32Array(count)
    this.fresh = new Int32Array(count)
    this.positions = new Int32Array(count)
  }

  private make(keys: ReadonlyArray<Column>, selection: Selection): void {
    const { slots, fresh } = this
    const made = this.entries.locate(keys, selection.count, slots, fresh)
    let linked = 0
    for (let j = 0; linked < made; j++) {
      if (slots[j] !== fresh[linked]) continue
      this.link(slots[j]!, selection.slots[j]!)
      linked++
    }
  }

  /** Count the selected rows, which were all located, for one filter; keep those whose value came first or went last. */
  take(selection: Selection, filter: number, sign: Sign): void {
    const { rows, count } = selection
    if (count === 0) return
    const kept = this.counts ? this.takeCounts(rows, count, filter, sign) : takeBits(
      this.entries.column(linkColumns) as Int32Array,
      1 << filter,
      this.rowEntries,
      rows,
      count,
      this.positions
    )
    selection.narrow(this.positions, kept)
  }

  private takeCounts(
    rows: Int32Array | undefined,
    count: number,
    filter: number,
    sign: Sign
  ): number {
    const counts = this.entries.column(linkColumns + filter) as Float64Array
    const { rowEntries, positions } = this
    let kept = 0
    for (let j = 0; j < count; j++) {
      const entry = rowEntries[rows === undefined ? j : rows[j]!]!
      if (sign === Sign.accumulate) {
        if (counts[entry]!++ === 0) positions[kept++] = j
      } else if (entry >= 0 && counts[entry]! > 0 && --counts[entry]! === 0) positions[kept++] = j
    }
    return kept
  }

  /** Free the located entries that no filter counts any more: after values have been taken back. */
  settle(): void {
    let gone = 0
    for (let j = 0; j < this.located; j++) {
      const entry = this.slots[j]!
      if (entry >= 0 && this.isFree(entry)) this.fresh[gone++] = entry
    }
    const free = Int32Array.from(new Set(this.fresh.subarray(0, gone)))
    if (free.length === 0) return
    const keys = this.entries.keyOf(0, free, free.length).values as Float64Array
    free.forEach((entry, i) => this.unlink(entry, keys[i]!))
    this.entries.release(free, free.length)
  }

  private isFree(entry: number): boolean {
    for (let k = 0; k < this.filters; k++) {
      if ((this.entries.column(linkColumns + k) as Float64Array)[entry] !== 0) return false
    }
    return true
  }

  private link(entry: number, owner: number): void {
    const next = this.entries.column(0) as Int32Array
    const previous = this.entries.column(1) as Int32Array
    const head = this.heads[owner]!
    next[entry] = head
    previous[entry] = 0
    if (head !== 0) previous[head - 1] = entry + 1
    this.heads[owner] = entry + 1
  }

  private unlink(entry: number, owner: number): void {
    const next = this.entries.column(0) as Int32Array
    const previous = this.entries.column(1) as Int32Array
    if (previous[entry] === 0) this.heads[owner] = next[entry]!
    else next[previous[entry]! - 1] = next[entry]!
    if (next[entry] !== 0) previous[next[entry]! - 1] = previous[entry]!
  }

  /** The entries of a key: ids in {@link DistinctValues.entries}. */
  of(slot: number): Int32Array {
    const next = this.entries.column(0) as Int32Array
    const ids: Array<number> = []
    let entry = slot < this.heads.length ? this.heads[slot]! : 0
    for (; entry !== 0; entry = next[entry - 1]!) ids.push(entry - 1)
    return Int32Array.from(ids)
  }

  /** The values of entries, as a column. */
  values(ids: Int32Array): Column {
    return this.entries.keysOf(ids, ids.length)[1]!
  }

  /**
   * Add the values that slots `from` of `other` hold to the own slots `to`, with their counts. `added[f]` has the positions, within `values` and
   * `slots`, of those that are new to their slot for filter `f`.
   */
  absorb(other: DistinctValues, from: Int32Array, to: Int32Array, count: number): Absorbed {
    const all: Array<number> = []
    const owned: Array<number> = []
    for (let i = 0; i < count; i++) {
      for (const id of other.of(from[i]!)) {
        all.push(id)
        owned.push(to[i]!)
      }
    }
    const ids = Int32Array.from(all)
    const slots = Int32Array.from(owned)
    const values = other.values(ids)
    const selection = new Selection()
    selection.all(slots, ids.length)
    this.locate(selection, values, Sign.accumulate)
    const entries = this.slots.subarray(0, ids.length)
    const added = Array.from(
      { length: this.filters },
      (_, filter) =>
        this.counts
          ? this.absorbCounts(other, filter, ids, entries)
          : this.absorbBits(other, 1 << filter, ids, entries)
    )
    return { values, slots, added }
  }

  private absorbCounts(
    other: DistinctValues,
    filter: number,
    ids: Int32Array,
    entries: Int32Array
  ): Int32Array {
    const own = this.entries.column(linkColumns + filter) as Float64Array
    const others = other.entries.column(linkColumns + filter) as Float64Array
    const added: Array<number> = []
    for (let j = 0; j < ids.length; j++) {
      const amount = others[ids[j]!]!
      if (amount > 0 && own[entries[j]!] === 0) added.push(j)
      own[entries[j]!]! += amount
    }
    return Int32Array.from(added)
  }

  private absorbBits(
    other: DistinctValues,
    mask: number,
    ids: Int32Array,
    entries: Int32Array
  ): Int32Array {
    const own = this.entries.column(linkColumns) as Int32Array
    const others = other.entries.column(linkColumns) as Int32Array
    const added: Array<number> = []
    for (let j = 0; j < ids.length; j++) {
      if ((others[ids[j]!]! & mask) === 0 || (own[entries[j]!]! & mask) !== 0) continue
      own[entries[j]!]! |= mask
      added.push(j)
    }
    return Int32Array.from(added)
  }

  /** Free the entries of keys that are about to be released. */
  release(slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const ids = this.of(slots[i]!)
      if (ids.length === 0) continue
      this.entries.release(ids, ids.length)
      this.heads[slots[i]!] = 0
    }
  }

  snapshot(groupsMax: number): Map<number, Uint8Array> {
    const live = this.entries.live()
    const [owners, values] = this.entries.keysOf(live, live.length)
    const slots = Int32Array.from(owners!.values as Float64Array)
    const hashes = this.parent.hashesOf(slots, slots.length)
    const blobs = new Map<number, Uint8Array>()
    for (const { group, rows } of groupRows(hashes, live.length, groupsMax)) {
      const writer = new ByteWriter(1024)
      writer.u8(formatVersion)
      writer.u32(rows.length)
      const owned = rows.map((row) => slots[row]!)
      this.parent.keysOf(owned, owned.length).forEach((column, k) =>
        writeColumn(writer, this.parent.keyTypes[k]!, column)
      )
      writeColumn(writer, this.type, gather(values!, rows, rows.length))
      for (let k = 0; k < this.kept(); k++) {
        const kept = this.entries.column(linkColumns + k) as Float64Array
        writer.run(Float64Array.from(rows, (row) => kept[live[row]!]!))
      }
      blobs.set(group, writer.take())
    }
    return blobs
  }

  /** Number of state columns beside the links. */
  private kept(): number {
    return this.counts ? this.filters : 1
  }

  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const version = reader.u8()
    assert(
      version === formatVersion,
      `distinct values have format ${formatVersion}, not ${version}`
    )
    const rows = reader.u32()
    const keys = this.parent.keyTypes.map((type) => readColumn(reader, type, rows))
    const values = readColumn(reader, this.type, rows)
    const read = Array.from({ length: this.kept() }, () => reader.run(new Float64Array(rows)))
    const owners = new Int32Array(rows)
    this.parent.find(keys, rows, owners)
    this.reserve(rows, rows)
    const ownerColumn = new Column({ layout: "i64", rows, values: Float64Array.from(owners) })
    this.entries.locate([ownerColumn, values], rows, this.slots, this.fresh)
    for (let i = 0; i < rows; i++) {
      read.forEach((kept, k) => this.entries.column(linkColumns + k)[this.slots[i]!] = kept[i]!)
      this.link(this.slots[i]!, owners[i]!)
    }
  }
}

function takeBits(
  bits: Int32Array,
  mask: number,
  rowEntries: Int32Array,
  rows: Int32Array | undefined,
  count: number,
  positions: Int32Array
): number {
  let kept = 0
  for (let j = 0; j < count; j++) {
    const entry = rowEntries[rows === undefined ? j : rows[j]!]!
    if ((bits[entry]! & mask) !== 0) continue
    bits[entry]! |= mask
    positions[kept++] = j
  }
  return kept
}
