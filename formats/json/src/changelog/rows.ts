/**
 * From a batch of envelopes to the rows of the changelog: which row of which column each of them is, and the columns made of that.
 */
import { type Column, fieldOf, RowKind } from "@millrace/core/internal"
import type { AbsentFields } from "../target.ts"
import { Does } from "./actions.ts"
import type { Dialect } from "./dialect.ts"
import type { Wanted } from "./envelope.ts"
import { pick } from "./pick.ts"

/** Rows of a changelog, as places in the envelopes. Owned by one decoder and filled anew for each batch. */
export class ChangedRows {
  count = 0
  kinds: Uint8Array = new Uint8Array(0)
  /** 1 for a row that stands among the rows before. */
  previous: Uint8Array = new Uint8Array(0)
  /** Its row (or element) there, or among the rows now. */
  rows: Int32Array = new Int32Array(0)
  /** Of a row before an update: the row after it. */
  after: Int32Array = new Int32Array(0)
  envelopes: Int32Array = new Int32Array(0)
  hasUpdates = false

  /** Find the rows of `envelopes` envelopes that do `does`. */
  fill(
    does: Uint8Array,
    envelopes: number,
    total: number,
    current: Column,
    previous: Column,
    dialect: Dialect
  ): void {
    this.reserve(total)
    this.count = 0
    this.hasUpdates = false
    const { lists } = dialect
    const deletedBefore = dialect.before === "whole" ? 1 : 0
    for (let envelope = 0; envelope < envelopes; envelope++) {
      const what = does[envelope]!
      if (what === Does.nothing) continue
      const first = lists ? current.starts[envelope]! : envelope
      const count = lists ? current.lengths[envelope]! : 1
      const before = lists ? previous.starts[envelope]! : envelope
      for (let i = 0; i < count; i++) {
        if (what === Does.insert) this.add(RowKind.insert, 0, first + i, envelope, 0)
        else if (what === Does.delete) {
          this.add(RowKind.delete, deletedBefore, first + i, envelope, 0)
        } else {
          this.hasUpdates = true
          this.add(RowKind.updateBefore, 1, before + i, envelope, first + i)
          this.add(RowKind.updateAfter, 0, first + i, envelope, 0)
        }
      }
    }
  }

  private reserve(total: number): void {
    if (total > this.rows.length) {
      const capacity = Math.max(2048, 2 * total)
      this.kinds = new Uint8Array(capacity)
      this.previous = new Uint8Array(capacity)
      this.rows = new Int32Array(capacity)
      this.after = new Int32Array(capacity)
      this.envelopes = new Int32Array(capacity)
    }
  }

  private add(kind: number, previous: number, row: number, envelope: number, after: number): void {
    const at = this.count++
    this.kinds[at] = kind
    this.previous[at] = previous
    this.rows[at] = row
    this.after[at] = after
    this.envelopes[at] = envelope
  }

  /** The physical columns of the rows. */
  columns(
    wanted: ReadonlyArray<Wanted>,
    current: Column,
    previous: Column,
    absent: AbsentFields | undefined
  ): ReadonlyArray<Column> {
    return wanted.map(({ field, rest }) => {
      const now = fieldOf(current.children[field]!, rest)
      const before = fieldOf(previous.children[field]!, rest)
      if (absent === undefined || !this.hasUpdates) {
        return pick(now, before, this.previous, this.rows, this.count)
      }
      const { seconds, rows } = this.unchanged(absent, field)
      return pick(now, before, seconds, rows, this.count)
    })
  }

  /** A field that a row before has not is as in the row after. */
  private unchanged(
    { marks, fields }: AbsentFields,
    field: number
  ): { readonly seconds: Uint8Array; readonly rows: Int32Array } {
    const seconds = this.previous.slice(0, this.count)
    const rows = this.rows.slice(0, this.count)
    for (let i = 0; i < this.count; i++) {
      if (seconds[i] === 1 && marks[rows[i]! * fields + field] === 1) {
        seconds[i] = 0
        rows[i] = this.after[i]!
      }
    }
    return { seconds, rows }
  }
}
