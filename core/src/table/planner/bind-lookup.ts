/** Joins at processing time. */
import { notSupported } from "./plan-fault.ts"
import type { TimedTable } from "./bind-temporal.ts"
import type { Expression } from "../expression.ts"
import type { Scope } from "./scope.ts"

export function bindLookup(given: TimedTable, _condition: Expression | undefined): Scope {
  throw notSupported(given.left.context.source, given.table.span, "A lookup join")
}
