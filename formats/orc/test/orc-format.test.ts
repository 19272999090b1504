/** The suite of bulk formats on ORC, with every codec that is written. */
import type { LogicalType } from "@millrace/core/internal"
import { bulkSuite } from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

/** ORC has no times of day and no multisets. */
function holds(type: LogicalType.LogicalType): boolean {
  switch (type.kind) {
    case "TIME":
    case "MULTISET":
      return false
    case "ARRAY":
      return holds(type.element)
    case "MAP":
      return holds(type.key) && holds(type.value)
    case "ROW":
      return type.fields.every((field) => holds(field.type))
    default:
      return true
  }
}

bulkSuite(
  factory,
  [
    {},
    { "orc.compress": "ZSTD", "orc.compress.size": "1kb" },
    { "orc.compress": "SNAPPY", "orc.stripe.size": "1kb" },
    { "orc.compress": "NONE" }
  ],
  { "orc.stripe.size": "20kb" },
  holds
)
