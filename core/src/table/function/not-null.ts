/** The check of NOT NULL columns of sinks. It has no name that SQL could call: the planner puts it where a query may give NULL. */
import { withNullable } from "../../type/logical-type.ts"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { ExpressionFault } from "./fault.ts"

/** SQL name of the check, out of reach of a user's text. */
export const requireNotNull = "$REQUIRE_NOT_NULL"

/** Its name in expressions. */
export const notNullName = "requireNotNull"

function fail(column: Boxed | undefined): never {
  throw new ExpressionFault({
    expression: `column ${column}`,
    reason:
      "it is NOT NULL, but the query gave NULL. Use COALESCE, filter such rows, or drop them by " +
      "SET 'table.exec.sink.not-null-enforcer' = 'drop'"
  })
}

const check: ScalarFunction = {
  name: notNullName,
  sql: [requireNotNull],
  description: "The first argument; fails where it is NULL. The second names the column.",
  strict: false,
  deterministic: false,
  infer: (args) =>
    args.length === 2
      ? { type: withNullable(args[0]!, false), args }
      : `${requireNotNull} wants a value and a name`,
  evaluate: (call) => (value: Boxed): Boxed => value ?? fail(call.constants[1]),
  generate: (emit, [value], call) => {
    if (value!.nil !== "false") {
      const name = call.constants[1]
      emit.line(`if (${value!.nil}) ${emit.constant(() => fail(name))}()`)
    }
    return { ...value!, type: call.type, nil: "false", constant: undefined }
  }
}

/** The check alone. */
export const checks: ReadonlyArray<ScalarFunction> = [check]
