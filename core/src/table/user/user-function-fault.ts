/** What is wrong with a function of a user: its declaration, or what it gave. */
import { Fault, type FaultClass } from "../../fault.ts"

interface Fields {
  readonly name: string
  /** What it was doing: `declare`, `load`, `call`. */
  readonly action: string
  readonly reason: string
  readonly cause?: unknown
}

const Base: FaultClass<"UserFunctionFault", Fields> = Fault<Fields>()(
  "UserFunctionFault",
  "user",
  "never"
)

/** A function of a user cannot be used, or failed. */
export class UserFunctionFault extends Base {
  override get message(): string {
    return `Cannot ${this.action} function '${this.name}': ${this.reason}`
  }
}
