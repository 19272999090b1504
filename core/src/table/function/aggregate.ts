/** The types of aggregate functions. What they compute stands in `table/aggregate/`. */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Signature } from "./definition.ts"
import { decimal, decimalResult, isNested, isNumeric, precisionMax } from "./type-rule.ts"

/** One aggregate function. */
export interface AggregateFunction {
  readonly name: string
  readonly sql: string
  readonly description: string
  readonly infer: (args: ReadonlyArray<LogicalType>, distinct: boolean) => Signature | string
}

function one(
  sql: string,
  accepts: (type: LogicalType) => boolean,
  wanted: string,
  result: (type: LogicalType) => LogicalType
): AggregateFunction["infer"] {
  return (args) => {
    if (args.length !== 1) return `${sql} wants 1 argument, not ${args.length}`
    if (!accepts(args[0]!)) return `${sql} wants ${wanted}, not ${args[0]!.kind}`
    return { type: result(args[0]!), args }
  }
}

/** A sum of decimals has 38 digits, so that it does not overflow; other sums keep their type. */
function sumType(type: LogicalType): LogicalType {
  return type.kind === "DECIMAL"
    ? decimal(precisionMax, type.scale, true)
    : withNullable(type, true)
}

/** An average keeps its type; of decimals it is the quotient of the sum and a count. */
function averageType(type: LogicalType): LogicalType {
  if (type.kind !== "DECIMAL") return withNullable(type, true)
  return withNullable(decimalResult("divide", sumType(type), decimal(20, 0, false)), true)
}

const summable = (type: LogicalType) => isNumeric(type)
const ordered = (type: LogicalType) =>
  !isNested(type) && type.kind !== "OBJECT" && type.kind !== "NULL"

function aggregate(
  name: string,
  sql: string,
  description: string,
  infer: AggregateFunction["infer"]
): AggregateFunction {
  return { name, sql, description, infer }
}

/** A value picked from the rows; nullable, as there may be none. */
function picks(
  sql: string,
  accepts: (type: LogicalType) => boolean,
  wanted: string
): AggregateFunction["infer"] {
  return one(sql, accepts, wanted, (type) => withNullable(type, true))
}

/** All aggregate functions. */
export const aggregates: ReadonlyArray<AggregateFunction> = [
  aggregate(
    "count",
    "COUNT",
    "The number of rows, or of those whose arguments are not NULL.",
    (args) => ({
      type: simple("BIGINT", false),
      args
    })
  ),
  aggregate(
    "sum",
    "SUM",
    "The sum; NULL over no values.",
    one("SUM", summable, "a number", sumType)
  ),
  aggregate(
    "sum0",
    "$SUM0",
    "The sum; 0 over no values.",
    one("$SUM0", summable, "a number", (type) => withNullable(sumType(type), false))
  ),
  aggregate(
    "avg",
    "AVG",
    "The average; of integers truncated.",
    one("AVG", summable, "a number", averageType)
  ),
  aggregate("min", "MIN", "The least value.", picks("MIN", ordered, "values that have an order")),
  aggregate(
    "max",
    "MAX",
    "The greatest value.",
    picks("MAX", ordered, "values that have an order")
  ),
  aggregate(
    "first_value",
    "FIRST_VALUE",
    "The value of the first row.",
    picks("FIRST_VALUE", () => true, "a value")
  ),
  aggregate(
    "last_value",
    "LAST_VALUE",
    "The value of the last row.",
    picks("LAST_VALUE", () => true, "a value")
  )
]
