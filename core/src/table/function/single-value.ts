/** The check of queries that stand as a value: they have one row. It has no name that SQL could call. */
import { withNullable } from "../../type/logical-type.ts"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { ExpressionFault } from "./fault.ts"

/** Its name in expressions. */
export const singleValue = "singleValue"

function fail(): never {
  throw new ExpressionFault({
    expression: "a query that stands as a value",
    reason: "it has more than one row. Aggregate it, or keep one row with LIMIT 1"
  })
}

const check: ScalarFunction = {
  name: singleValue,
  sql: ["$SINGLE_VALUE_OF"],
  description: "The first argument; fails where the second, a number of rows, is above one.",
  strict: false,
  deterministic: false,
  infer: (args) =>
    args.length === 2
      ? { type: withNullable(args[0]!, true), args }
      : "A single value wants a value and a number of rows",
  evaluate: () => (value: Boxed, rows: Boxed): Boxed => (rows as bigint) > 1n ? fail() : value,
  generate: (emit, [value, rows]) => {
    const count = rows!.form === "wide" ? `Number(${rows!.code})` : rows!.code
    emit.line(`if (${count} > 1) ${emit.constant(fail)}()`)
    return value!
  }
}

/** The check alone. */
export const singleValues: ReadonlyArray<ScalarFunction> = [check]
