/** Filter and projection: one batch in, at most one batch out; marks pass. */
import { type Batch, type Element, Tag } from "../batch/element.ts"
import { type Operator, Status } from "./operator.ts"

/** What is done to a batch; undefined: no row is left. */
export interface BatchFunction {
  run(batch: Batch): Batch | undefined
}

/** An operator that runs a function over every batch. */
export function makeCalc(work: BatchFunction): Operator {
  return new Calc(work)
}

class Calc implements Operator {
  private readonly work: BatchFunction
  private result: Element | undefined = undefined

  constructor(work: BatchFunction) {
    this.work = work
  }

  open(): void {}

  push(element: Element): void {
    this.result = element.tag === Tag.batch ? this.work.run(element) : element
  }

  step(): Element | Status {
    const { result } = this
    this.result = undefined
    return result ?? Status.done
  }

  snapshot(): undefined {}
}
