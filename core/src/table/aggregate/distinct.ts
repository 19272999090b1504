/**
 * The distinct values of one argument per key, with how often each stands: what DISTINCT aggregates and MIN and MAX over
 * updating input rest on.
 *
 * **Shape** a table keyed by (slot of the key, value); the entries of a key are a doubly linked list, so that a released
 * key frees them. In snapshots the key itself stands instead of its slot.
 */
import { Column, gather } from "../../batch/column.ts"
import { ByteReader, ByteWriter } from "../../state/byte-io.ts"
import { readColumn, writeColumn } from "../../state/column-codec.ts"
import { groupRows } from "../../state/group-rows.ts"
import { OpenTable } from "../../state/open-table.ts"
import { simple } from "../../type/logical-type.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { type Selection, Sign } from "./selection.ts"

const formatVersion = 1

/** Values by key slot of `parent`. `entries` has state columns: count, next, previous (both entry + 1). */
export class DistinctValues {
  readonly entries: OpenTable
  private readonly parent: OpenTable
  private readonly type: LogicalType
  private heads: Int32Array
  private slots: Int32Array
  private fresh: Int32Array
  private positions: Int32Array

  constructor(parent: OpenTable, type: LogicalType) {
    this.parent = parent
    this.type = type
    this.entries = new OpenTable({
      keys: [simple("BIGINT", false), type],
      state: ["f64", "i32", "i32"]
    })
    this.heads = new Int32Array(64)
    this.slots = new Int32Array(1024)
    this.fresh = new Int32Array(1024)
    this.positions = new Int32Array(1024)
  }

  /** Count the selected values in or out and narrow the selection to those that came first or went last. */
  apply(selection: Selection, argument: Column, sign: Sign): void {
    const { count } = selection
    if (count === 0) return
    this.reserve(count)
    const owners = new Column({
      layout: "i64",
      rows: count,
      values: Float64Array.from({ length: count }, (_, j) => selection.slots[j]!)
    })
    const values = selection.rows === undefined ? argument : gather(argument, selection.rows, count)
    const kept = sign === Sign.accumulate
      ? this.add([owners, values], selection)
      : this.remove([owners, values], count)
    selection.narrow(this.positions, kept)
  }

  private reserve(count: number): void {
    if (this.heads.length < this.parent.slotsMax) {
      const heads = new Int32Array(this.parent.slotsMax * 2)
      heads.set(this.heads)
      this.heads = heads
    }
    if (this.slots.length >= count) return
    this.slots = new Int32Array(count)
    this.fresh = new Int32Array(count)
    this.positions = new Int32Array(count)
  }

  private add(keys: ReadonlyArray<Column>, selection: Selection): number {
    const { slots, fresh } = this
    const made = this.entries.locate(keys, selection.count, slots, fresh)
    const counts = this.entries.column(0) as Float64Array
    let kept = 0
    for (let j = 0; j < selection.count; j++) {
      const entry = slots[j]!
      counts[entry]! += 1
      if (kept === made || entry !== fresh[kept]) continue
      this.link(entry, selection.slots[j]!)
      this.positions[kept++] = j
    }
    return kept
  }

  private link(entry: number, owner: number): void {
    const next = this.entries.column(1) as Int32Array
    const previous = this.entries.column(2) as Int32Array
    const head = this.heads[owner]!
    next[entry] = head
    previous[entry] = 0
    if (head !== 0) previous[head - 1] = entry + 1
    this.heads[owner] = entry + 1
  }

  private remove(keys: ReadonlyArray<Column>, count: number): number {
    const { slots } = this
    this.entries.find(keys, count, slots)
    const counts = this.entries.column(0) as Float64Array
    const owners = keys[0]!.values as Float64Array
    let kept = 0
    let gone = 0
    for (let j = 0; j < count; j++) {
      const entry = slots[j]!
      if (entry < 0 || counts[entry]! <= 0 || --counts[entry]! > 0) continue
      this.unlink(entry, owners[j]!)
      this.fresh[gone++] = entry
      this.positions[kept++] = j
    }
    this.entries.release(this.fresh, gone)
    return kept
  }

  private unlink(entry: number, owner: number): void {
    const next = this.entries.column(1) as Int32Array
    const previous = this.entries.column(2) as Int32Array
    if (previous[entry] === 0) this.heads[owner] = next[entry]!
    else next[previous[entry]! - 1] = next[entry]!
    if (next[entry] !== 0) previous[next[entry]! - 1] = previous[entry]!
  }

  /** The entries of a key: ids in {@link DistinctValues.entries}. */
  of(slot: number): Int32Array {
    const next = this.entries.column(1) as Int32Array
    const ids: Array<number> = []
    let entry = slot < this.heads.length ? this.heads[slot]! : 0
    for (; entry !== 0; entry = next[entry - 1]!) ids.push(entry - 1)
    return Int32Array.from(ids)
  }

  /** The values of entries, as a column. */
  values(ids: Int32Array): Column {
    return this.entries.keysOf(ids, ids.length)[1]!
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
    const counts = this.entries.column(0) as Float64Array
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
      writer.run(Float64Array.from(rows, (row) => counts[live[row]!]!))
      blobs.set(group, writer.take())
    }
    return blobs
  }

  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    reader.u8()
    const rows = reader.u32()
    const keys = this.parent.keyTypes.map((type) => readColumn(reader, type, rows))
    const values = readColumn(reader, this.type, rows)
    const read = reader.run(new Float64Array(rows))
    const owners = new Int32Array(rows)
    this.parent.find(keys, rows, owners)
    this.reserve(rows)
    const ownerColumn = new Column({ layout: "i64", rows, values: Float64Array.from(owners) })
    this.entries.locate([ownerColumn, values], rows, this.slots, this.fresh)
    const counts = this.entries.column(0) as Float64Array
    for (let i = 0; i < rows; i++) {
      counts[this.slots[i]!] = read[i]!
      this.link(this.slots[i]!, owners[i]!)
    }
  }
}
