/** Which SQL types Avro has: all that the suites make, but maps with other keys than text. */
import type { LogicalType } from "@millrace/core/internal"

/** Whether maps have keys of text, at every depth. */
export function holds(type: LogicalType.LogicalType): boolean {
  switch (type.kind) {
    case "ROW":
      return type.fields.every((field) => holds(field.type))
    case "ARRAY":
      return holds(type.element)
    case "MAP":
      return type.key.kind === "VARCHAR" && holds(type.value)
    case "MULTISET":
      return type.element.kind === "VARCHAR"
    default:
      return true
  }
}
