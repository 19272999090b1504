/** TYPEOF: the type of an argument as text, whatever its value. */
import { format, type LogicalType } from "../../type/logical-type.ts"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { textType } from "./type-rule.ts"

/** Intervals go by their smallest unit here. */
function typeText(type: LogicalType): string {
  return format(type).replaceAll("INTERVAL DAY TO SECOND(3)", "INTERVAL SECOND(3)")
    .replaceAll("INTERVAL YEAR TO MONTH", "INTERVAL MONTH")
}

/** TYPEOF. */
export const typeOf: ScalarFunction = {
  name: "typeOf",
  sql: ["TYPEOF"],
  description: "The type of the argument as text.",
  strict: false,
  infer: (args) =>
    args.length === 1 || (args.length === 2 && args[1]!.kind === "BOOLEAN")
      ? { type: textType(true), args }
      : "TYPEOF wants a value, and may have a BOOLEAN that asks for a text that can be read again",
  evaluate: (call) => {
    const text = typeText(call.args[0]!)
    return (): Boxed => text
  }
}
