/** UNION ALL: rows of all inputs, in the order they come; the gate has merged the marks. */
import type { Element } from "../batch/element.ts"
import { type Operator, Status } from "./operator.ts"

/** An operator that passes everything on. */
export function makeUnion(): Operator {
  return new Union()
}

class Union implements Operator {
  private element: Element | undefined = undefined

  open(): void {}

  push(element: Element): void {
    this.element = element
  }

  step(): Element | Status {
    const { element } = this
    this.element = undefined
    return element ?? Status.done
  }

  snapshot(): undefined {}
}
