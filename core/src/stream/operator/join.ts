/**
 * Inner join of two streams of values by key: every pair with equal keys, once. Both sides are kept, but what one side
 * keeps for an input that has ended is let go: joined with a bounded side, a stream costs no more state than that side.
 */
import { batchRowsMax, type Element } from "../../batch/element.ts"
import { decodePlain, encodePlain } from "../../checkpoint/plain-codec.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  type Snapshot,
  Status
} from "../../operator/operator.ts"
import { keyGroup } from "../../state/key-group.ts"
import { hashOf, identityOf, type Key } from "../key.ts"
import { valueBatch, valuesOf } from "../value-batch.ts"

/** How a side is read. */
export interface JoinSides {
  readonly keys: readonly [left: (value: unknown) => Key, right: (value: unknown) => Key]
  readonly select: (left: unknown, right: unknown) => unknown
}

type Side = Map<string, Array<unknown>>

/** State: the values of each side by key. Which inputs have ended is told again after a restore. */
export class JoinOperator implements Operator {
  private readonly sides: JoinSides
  private readonly kept: readonly [Side, Side] = [new Map(), new Map()]
  private readonly ended = [false, false]
  private groupsMax = 1
  private pending: Element | undefined = undefined
  private input = 0
  /** Cursor: the row in hand and the next of its matches. */
  private row = 0
  private match = 0

  constructor(sides: JoinSides) {
    this.sides = sides
  }

  open(context: OperatorContext): void {
    this.groupsMax = context.groupsMax
    for (const { bytes } of context.restored?.groups ?? []) {
      for (
        const [side, identity, values] of decodePlain(bytes) as ReadonlyArray<
          [0 | 1, string, Array<unknown>]
        >
      ) {
        this.kept[side].set(identity, values)
      }
    }
  }

  push(element: Element, input: number): void {
    this.pending = element
    this.input = input
    this.row = 0
    this.match = 0
  }

  step(): Element | Status {
    const { pending } = this
    if (pending === undefined) return Status.done
    if (pending.tag === 0) return this.join(valuesOf(pending), pending.timestamps) ?? Status.done
    this.pending = undefined
    return pending
  }

  endInput(input: number): void {
    this.ended[input] = true
    this.kept[1 - input]!.clear()
  }

  private join(
    values: ReadonlyArray<unknown>,
    timestamps: Float64Array | undefined
  ): Element | undefined {
    const { input } = this
    const own = this.kept[input]!
    const other = this.kept[1 - input]!
    const keyOf = this.sides.keys[input]!
    const out: Array<unknown> = []
    const times = timestamps === undefined ? undefined : new Float64Array(batchRowsMax)
    for (; this.row < values.length; this.row++, this.match = 0) {
      // Checked before the value is kept: a row is begun once, also when the step ends here.
      if (out.length === batchRowsMax) return valueBatch(out, times)
      const value = values[this.row]
      const identity = identityOf(keyOf(value))
      if (this.match === 0 && !this.ended[1 - input]) keep(own, identity, value)
      const matches = other.get(identity)
      for (; matches !== undefined && this.match < matches.length; this.match++) {
        if (out.length === batchRowsMax) return valueBatch(out, times)
        if (times !== undefined) times[out.length] = timestamps![this.row]!
        const found = matches[this.match]
        out.push(input === 0 ? this.sides.select(value, found) : this.sides.select(found, value))
      }
    }
    this.pending = undefined
    return out.length === 0 ? undefined : valueBatch(out, times?.subarray(0, out.length))
  }

  snapshot(): Snapshot {
    const groups = new Map<number, Array<Plain>>()
    for (const side of [0, 1] as const) {
      for (const [identity, values] of this.kept[side]) {
        const group = keyGroup(hashOf(identity), this.groupsMax)
        const item = [side, identity, values as Array<Plain>]
        const list = groups.get(group)
        if (list === undefined) groups.set(group, [item])
        else list.push(item)
      }
    }
    return { groups: new Map([...groups].map(([group, list]) => [group, encodePlain(list)])) }
  }
}

function keep(side: Side, identity: string, value: unknown): void {
  const values = side.get(identity)
  if (values === undefined) side.set(identity, [value])
  else values.push(value)
}
