/** What can go wrong while an expression is computed. */
import { Fault, type FaultClass } from "../../fault.ts"

interface Fields {
  /** The expression as text. */
  readonly expression: string
  /** What is wrong with it, with a bounded excerpt of the value. */
  readonly reason: string
}

const Base: FaultClass<"ExpressionFault", Fields> = Fault<Fields>()(
  "ExpressionFault",
  "user",
  "never"
)

/** An expression has no value for a row: a division by zero, a CAST of text that is no number. */
export class ExpressionFault extends Base {
  override get message(): string {
    return `Cannot compute ${this.expression}: ${this.reason}`
  }
}

/** Text in quotes, at most 40 characters of it. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`)
}
