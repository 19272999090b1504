/** The types of aggregate functions. What they compute stands in `table/aggregate/`. */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Signature } from "./definition.ts"
import { isJsonType } from "./json-value.ts"
import {
  decimal,
  decimalResult,
  isInteger,
  isNested,
  isNumeric,
  isText,
  precisionMax,
  textType
} from "./type-rule.ts"

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

/** Variances of numbers have the type of their average. */
function moment(name: string, sql: string, description: string): AggregateFunction {
  return aggregate(name, sql, description, one(sql, summable, "a number", averageType))
}

/** Aggregates of texts with a separator. */
const listAggregate: AggregateFunction = aggregate(
  "listagg",
  "LISTAGG",
  "The texts one after the other, with a comma or the second argument between.",
  (args) =>
    args.length >= 1 && args.length <= 2 && args.every((type) => isText(type))
      ? { type: textType(true), args }
      : "LISTAGG wants a STRING, and may have a STRING that stands between"
)

const percentile: AggregateFunction = aggregate(
  "percentile",
  "PERCENTILE",
  "The value below which a share of the values lies, or an array of such; a third argument says how often a value counts.",
  (args) => {
    const [value, share, times] = args
    const shares = share?.kind === "ARRAY" ? share.element : share
    const fits = value !== undefined && isNumeric(value) && shares !== undefined &&
      isNumeric(shares) && (times === undefined || isInteger(times)) && args.length <= 3
    if (!fits) {
      return "PERCENTILE wants a number, a share between 0 and 1 or an ARRAY of such, and may have an INT"
    }
    const double = simple("DOUBLE")
    return {
      type: share!.kind === "ARRAY" ? { kind: "ARRAY", nullable: true, element: double } : double,
      args
    }
  }
)

function jsonArray(nulls: "NULL" | "ABSENT"): AggregateFunction {
  return aggregate(
    `json_arrayagg_${nulls.toLowerCase()}`,
    `$JSON_ARRAYAGG_${nulls}`,
    "The values as a JSON array.",
    (args) =>
      args.length === 1 && isJsonType(args[0]!)
        ? { type: textType(false), args }
        : "JSON_ARRAYAGG wants 1 value that can be written as JSON"
  )
}

function jsonObject(nulls: "NULL" | "ABSENT"): AggregateFunction {
  return aggregate(
    `json_objectagg_${nulls.toLowerCase()}`,
    `$JSON_OBJECTAGG_${nulls}`,
    "The keys and values as a JSON object.",
    (args) =>
      args.length === 2 && isText(args[0]!) && isJsonType(args[1]!)
        ? { type: textType(false), args }
        : "JSON_OBJECTAGG wants a STRING key and a value that can be written as JSON"
  )
}

function arrayAggregate(name: string, sql: string): AggregateFunction {
  return aggregate(
    name,
    sql,
    "The values as an array, in order of arrival.",
    (args) =>
      args.length === 1
        ? { type: { kind: "ARRAY", nullable: true, element: args[0]! }, args }
        : "ARRAY_AGG wants 1 argument"
  )
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
  ),
  moment("var_pop", "VAR_POP", "The variance of all values."),
  moment("var_samp", "VAR_SAMP", "The variance of a sample."),
  moment("var_samp", "VARIANCE", "The variance of a sample."),
  moment("stddev_pop", "STDDEV_POP", "The standard deviation of all values."),
  moment("stddev_samp", "STDDEV_SAMP", "The standard deviation of a sample."),
  moment("stddev_samp", "STDDEV", "The standard deviation of a sample."),
  listAggregate,
  aggregate(
    "collect",
    "COLLECT",
    "The values as a MULTISET.",
    (args) =>
      args.length === 1 && ordered(args[0]!)
        ? {
          type: { kind: "MULTISET", nullable: false, element: withNullable(args[0]!, false) },
          args
        }
        : "COLLECT wants 1 argument of a type whose values have an order"
  ),
  arrayAggregate("array_agg", "ARRAY_AGG"),
  arrayAggregate("array_agg_ignore_nulls", "$ARRAY_AGG_IGNORE_NULLS"),
  percentile,
  jsonArray("NULL"),
  jsonArray("ABSENT"),
  jsonObject("NULL"),
  jsonObject("ABSENT")
]
