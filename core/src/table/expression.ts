/** Typed expressions as plain JSON: what the binder makes of SQL, what EXPLAIN prints and what code is generated from. */
import type { LogicalType } from "../type/logical-type.ts"

/**
 * An expression over the columns of one input (joins: left columns, then right).
 *
 * `literal.value` is JSON: booleans and strings as they are; every number as decimal text (BIGINT and DECIMAL stay exact);
 * DATE in days, TIME and TIMESTAMP in epoch millis as text with a nanos fraction (`"1136073600000.000001"`), intervals
 * in months or millis; BYTES in hex; NULL as null.
 * `call.name` is a name of the function registry: operators have their Flink names (`plus`, `equals`, `and`, `case`).
 */
export type Expression =
  | { readonly op: "input"; readonly index: number; readonly type: LogicalType }
  /** Field `index` of a ROW value. */
  | {
    readonly op: "field"
    readonly of: Expression
    readonly index: number
    readonly type: LogicalType
  }
  | {
    readonly op: "literal"
    readonly value: boolean | string | null
    readonly type: LogicalType
  }
  | {
    readonly op: "cast"
    readonly of: Expression
    readonly try: boolean
    readonly type: LogicalType
  }
  | {
    readonly op: "call"
    readonly name: string
    readonly args: ReadonlyArray<Expression>
    readonly type: LogicalType
  }

/** One aggregate of a GROUP BY: arguments and filter are input columns (the planner projects them first). */
export interface AggregateCall {
  /** `count`, `sum`, `sum0`, `avg`, `min`, `max`, `first_value`, … */
  readonly name: string
  readonly args: ReadonlyArray<number>
  /** A BOOLEAN input column: rows where it is not TRUE do not count. */
  readonly filter: number | undefined
  readonly distinct: boolean
  readonly type: LogicalType
}

/** One key of an ORDER BY. */
export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}
