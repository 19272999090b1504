/** Why rows cannot be printed. */
import { Fault, type FaultClass } from "@millrace/core/internal"

const PrintFaultBase: FaultClass<"PrintFault", { target: "output" | "error" }> = Fault<
  { target: "output" | "error" }
>()("PrintFault", "user", "never")

/** The reader of standard output or error has gone (`| head`). */
export class PrintFault extends PrintFaultBase {
  override get message(): string {
    return `Cannot print rows: nobody reads standard ${this.target} any more`
  }
}
