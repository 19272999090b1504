/** Keeps one accumulator per key and gives its new value for every input value. */
import type { Element } from "../../batch/element.ts"
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

/** State: by key the last value, which must be plain data. */
export class ReduceOperator implements Operator {
  private readonly keyOf: (value: unknown) => Key
  private readonly f: (before: unknown, value: unknown) => unknown
  private readonly state = new Map<string, unknown>()
  private pending: Element | undefined = undefined
  private groupsMax = 1

  constructor(keyOf: (value: unknown) => Key, f: (before: unknown, value: unknown) => unknown) {
    this.keyOf = keyOf
    this.f = f
  }

  open(context: OperatorContext): void {
    this.groupsMax = context.groupsMax
    for (const { bytes } of context.restored?.groups ?? []) {
      for (const [identity, value] of decodePlain(bytes) as ReadonlyArray<[string, unknown]>) {
        this.state.set(identity, value)
      }
    }
  }

  push(element: Element): void {
    this.pending = element
  }

  step(): Element | Status {
    const { pending } = this
    this.pending = undefined
    if (pending === undefined) return Status.done
    if (pending.tag !== 0) return pending
    const values = valuesOf(pending)
    const out = new Array<unknown>(values.length)
    for (let i = 0; i < out.length; i++) {
      const identity = identityOf(this.keyOf(values[i]))
      const before = this.state.get(identity)
      const after = before === undefined ? values[i] : this.f(before, values[i])
      this.state.set(identity, after)
      out[i] = after
    }
    return valueBatch(out, pending.timestamps)
  }

  snapshot(): Snapshot {
    const groups = new Map<number, Array<Plain>>()
    for (const [identity, value] of this.state) {
      const group = keyGroup(hashOf(identity), this.groupsMax)
      const list = groups.get(group)
      if (list === undefined) groups.set(group, [[identity, value as Plain]])
      else list.push([identity, value as Plain])
    }
    return { groups: new Map([...groups].map(([group, list]) => [group, encodePlain(list)])) }
  }
}
