/** Each row once per projection, a batch of one projection after the other; marks pass. */
import { type Batch, type Element, Tag } from "../batch/element.ts"
import { type Operator, Status } from "./operator.ts"

/** One projection of a batch. */
export interface BatchProjection {
  run(batch: Batch): Batch | undefined
}

/** An operator that gives every batch once for each of `projections`. */
export function makeExpand(projections: ReadonlyArray<BatchProjection>): Operator {
  return new Expand(projections)
}

class Expand implements Operator {
  private readonly projections: ReadonlyArray<BatchProjection>
  private batch: Batch | undefined = undefined
  private next = 0
  private mark: Element | undefined = undefined

  constructor(projections: ReadonlyArray<BatchProjection>) {
    this.projections = projections
  }

  open(): void {}

  push(element: Element): void {
    if (element.tag === Tag.batch) {
      this.batch = element
      this.next = 0
    } else this.mark = element
  }

  step(): Element | Status {
    while (this.batch !== undefined) {
      const given = this.projections[this.next++]!.run(this.batch)
      if (this.next === this.projections.length) this.batch = undefined
      if (given !== undefined) return given
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): undefined {}
}
