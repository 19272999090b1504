/** What is wrong with a table's options: all of it at once, each with what to do. */
import { Fault, type FaultClass } from "../fault.ts"
import type { OptionProblem } from "./options.ts"
import type { PlanTable } from "./plan.ts"

interface OptionFaultFields {
  readonly table: string
  readonly place: PlanTable["place"]
  readonly identifier: string | undefined
  readonly problems: ReadonlyArray<OptionProblem>
  /** Problems that are not of one option, as sentences. */
  readonly others: ReadonlyArray<string>
}

const OptionFaultBase: FaultClass<"OptionFault", OptionFaultFields> = Fault<OptionFaultFields>()(
  "OptionFault",
  "user",
  "never"
)

/** One report of every problem of a table's options. */
export class OptionFault extends OptionFaultBase {
  override get message(): string {
    const { place } = this
    const where = place === undefined
      ? ""
      : ` (${place.file}, line ${place.line}, column ${place.column})`
    const lines = [...this.problems.map(describe), ...this.others]
    const with_ = this.identifier === undefined ? "" : ` with connector '${this.identifier}'`
    return `Cannot use table ${this.table}${with_}${where}:\n` +
      lines.map((line) => `  - ${line}`).join("\n")
  }
}

/** One problem as a sentence. */
export function describe(problem: OptionProblem): string {
  switch (problem.kind) {
    case "missing":
      return `Option '${problem.key}' is required: add '${problem.key}' = '…' to the WITH clause`
    case "unknown":
      return problem.nearest === undefined
        ? `Option '${problem.key}' is not known. Supported options: ${problem.supported.join(", ")}`
        : `Option '${problem.key}' is not known. Did you mean '${problem.nearest}'?`
    case "invalid":
      return `Option '${problem.key}' must be ${problem.wanted}, but is '${problem.given}'`
    case "unsupported":
      return `Option '${problem.key}' is not supported yet: ${problem.reason}`
  }
}
