/**
 * Join of rows with the version that the other input's row of the same key had at their event time. Left rows wait until the watermark has
 * passed them; versions go when a later one stands at the watermark.
 *
 * **Invariant** after a watermark each key has one version at most that is not later than it, and no left row waits that is not.
 */
import { gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, RowKind, Tag } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { allInserts } from "../state/all-inserts.ts"
import { KeyRows } from "../state/key-rows.ts"
import { joinParts, splitParts } from "../state/parts.ts"
import { TimedRows } from "../state/timed-rows.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

const Base: FaultClass<"TimelessRowFault", { operator: string }> = Fault<{ operator: string }>()(
  "TimelessRowFault",
  "user",
  "never"
)

/** A row whose event time is NULL came to a join that needs it. */
export class TimelessRowFault extends Base {
  override get message(): string {
    return `Cannot join a row in "${this.operator}" as its event time is NULL: filter such rows out before the join`
  }
}

/** What is joined; side 0 is left, 1 has the versions. */
export interface TemporalJoinOptions {
  readonly type: "inner" | "left"
  readonly types: readonly [left: ReadonlyArray<LogicalType>, right: ReadonlyArray<LogicalType>]
  readonly keys: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Event times, epoch millis; on the right from when on a version holds. */
  readonly timeColumns: readonly [left: number, right: number]
  /** Columns that the exchanges deal by. */
  readonly groupBy: readonly [left: ReadonlyArray<number>, right: ReadonlyArray<number>]
  /** Over left + right columns; writes 1 for TRUE. */
  readonly condition: ((batch: Batch, into: Uint8Array) => void) | undefined
}

/** An operator that joins input 0 with versions of input 1. */
export function makeTemporalJoin(options: TemporalJoinOptions): Operator {
  return new TemporalJoin(options)
}

/** Flags of versions: the key has no row from then on; the watermark has passed it. */
const deleted = 1
const passed = 2

class TemporalJoin implements Operator {
  private readonly options: TemporalJoinOptions
  private readonly left: TimedRows
  private readonly right: TimedRows
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  private firing = false
  private readonly keyed = new KeyRows()
  private readonly flags = new Int32Array(batchRowsMax)
  private readonly ids = new Int32Array(batchRowsMax)
  private readonly heads = new Int32Array(batchRowsMax)
  private readonly passes = new Uint8Array(batchRowsMax)

  constructor(options: TemporalJoinOptions) {
    this.options = options
    const { types, keys, timeColumns } = options
    this.left = new TimedRows(types[0], keys[0], timeColumns[0], 0)
    this.right = new TimedRows(types[1], keys[1], timeColumns[1], 0)
  }

  open(context: OperatorContext): void {
    this.context = context
    const { restored } = context
    if (restored === undefined) return
    for (const { bytes } of restored.groups) {
      const [left, right] = splitParts(bytes)
      if (left !== undefined) this.left.restore(left)
      if (right !== undefined) this.right.restore(right, deleted)
    }
    if (restored.union.length > 0) this.watermark = Math.min(...restored.union as Array<number>)
  }

  push(element: Element, input: number): void {
    if (element.tag === Tag.batch) return this.accept(element, input)
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    this.watermark = element.time
    this.firing = true
  }

  private accept(batch: Batch, input: number): void {
    const { rows, columns, kinds } = batch
    assert(rows <= batchRowsMax, "a batch has at most 1,024 rows")
    const { nulls } = columns[this.options.timeColumns[input]!]!
    if (nulls !== undefined && nulls.includes(1)) {
      throw new TimelessRowFault({ operator: this.context!.name })
    }
    const keys = this.options.keys[input]!.map((k) => columns[k]!)
    const { flags, keyed } = this
    if (input === 0) {
      for (let i = 0; i < rows; i++) flags[i] = kinds === undefined ? RowKind.insert : kinds[i]!
      keyed.read(keys, [], rows)
      this.left.add(columns, keyed.columns, keyed.rows, keyed.count, flags)
      return
    }
    keyed.read(keys, keys, rows)
    const kept = kinds === undefined ? keyed.count : this.keepVersions(kinds)
    const own = kept === keyed.count && kept === rows
      ? keys
      : keys.map((column) => gather(column, keyed.rows, kept))
    if (kinds === undefined) flags.fill(0, 0, rows)
    this.right.add(columns, own, keyed.rows, kept, flags)
  }

  /** A version ends by the next one: rows as they were before an update say nothing. */
  private keepVersions(kinds: Uint8Array): number {
    const { rows, count } = this.keyed
    let kept = 0
    for (let j = 0; j < count; j++) {
      const row = rows[j]!
      if (kinds[row] === RowKind.updateBefore) continue
      this.flags[row] = kinds[row] === RowKind.delete ? deleted : 0
      rows[kept++] = row
    }
    return kept
  }

  step(): Element | Status {
    while (this.firing) {
      const count = this.left.due(this.watermark, this.ids)
      if (count === 0) {
        this.firing = false
        this.forget()
        break
      }
      const batch = this.join(count)
      this.left.drop(this.ids, count)
      if (batch !== undefined) return batch
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** Left rows `ids[0 … count)` with their versions. */
  private join(count: number): Batch | undefined {
    const { ids, left, right } = this
    const mine = left.store.gather(ids, count)
    const versions = new Int32Array(count)
    right.heads(this.options.keys[0].map((k) => mine[k]!), count, this.heads)
    for (let j = 0; j < count; j++) {
      versions[j] = this.versionAt(this.heads[j]!, left.times[ids[j]!]!)
    }
    const { condition, type } = this.options
    if (condition !== undefined) {
      condition(new Batch(count, [...mine, ...right.store.gather(versions, count)]), this.passes)
      for (let j = 0; j < count; j++) if (this.passes[j] === 0) versions[j] = -1
    }
    const kept = new Int32Array(count)
    let keptCount = 0
    for (let j = 0; j < count; j++) {
      if (versions[j]! < 0 && type === "inner") continue
      kept[keptCount] = j
      versions[keptCount++] = versions[j]!
    }
    if (keptCount === 0) return undefined
    const kinds = Uint8Array.from({ length: keptCount }, (_, j) => left.flags[ids[kept[j]!]!]!)
    const columns = [
      ...mine.map((column) => keptCount === count ? column : gather(column, kept, keptCount)),
      ...right.store.gather(versions, keptCount)
    ]
    return new Batch(keptCount, columns, allInserts(kinds, keptCount) ? undefined : kinds)
  }

  /** The last version of a key, among those from `head` on, that is not later than `time`; −1: there is none. */
  private versionAt(head: number, time: number): number {
    const { times, next, flags } = this.right
    let best = -1
    let bestTime = -Infinity
    for (let at = head; at !== 0; at = next[at - 1]!) {
      const own = times[at - 1]!
      // Of equal times the one that was stored last holds, and the list has it first.
      if (own > time || (own <= bestTime && best >= 0)) continue
      best = at - 1
      bestTime = own
    }
    return best < 0 || (flags[best]! & deleted) !== 0 ? -1 : best
  }

  /** Versions that a later one, not later than the watermark, has replaced. */
  private forget(): void {
    const { right, ids, watermark } = this
    const one = new Int32Array(1)
    for (let count = right.due(watermark, ids); count > 0; count = right.due(watermark, ids)) {
      for (let j = 0; j < count; j++) {
        const id = ids[j]!
        right.flags[id]! |= passed
        const { times, next, flags } = right
        let best = -1
        let bestTime = -Infinity
        const head = right.headOf(id)
        for (let at = head; at !== 0; at = next[at - 1]!) {
          const own = times[at - 1]!
          if (own > watermark || (own <= bestTime && best >= 0)) continue
          best = at - 1
          bestTime = own
        }
        for (let at = head; at !== 0;) {
          const own = at - 1
          at = next[own]!
          const isOver = own !== best || (flags[own]! & deleted) !== 0
          if ((flags[own]! & passed) === 0 || !isOver) continue
          one[0] = own
          right.drop(one, 1)
        }
      }
    }
  }

  snapshot(): Snapshot {
    const { groupsMax } = this.context!
    const { groupBy } = this.options
    return {
      groups: joinParts([
        this.left.snapshot(groupBy[0], groupsMax),
        this.right.snapshot(groupBy[1], groupsMax)
      ]),
      union: [this.watermark]
    }
  }
}
