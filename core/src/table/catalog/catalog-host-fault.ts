/** A catalog that cannot be made or that holds what nobody can read, with all that is wrong at once. */
import { Fault, type FaultClass } from "../../fault.ts"

const CatalogHostFaultBase: FaultClass<
  "CatalogHostFault",
  { catalog: string; problems: ReadonlyArray<string> }
> = Fault<{ catalog: string; problems: ReadonlyArray<string> }>()(
  "CatalogHostFault",
  "user",
  "never"
)

/** A catalog that cannot be used. */
export class CatalogHostFault extends CatalogHostFaultBase {
  override get message(): string {
    return `Cannot use catalog '${this.catalog}':\n${
      this.problems.map((problem) => `  - ${problem}`).join("\n")
    }`
  }
}
