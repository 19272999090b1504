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

/** An end of a frame of OVER: rows or units of the order's value behind (negative) or ahead of the current row. */
export type FrameBound = number | "unbounded"

/** A frame of OVER. `range` counts in values of the one order column (times in millis, DATE in days, DECIMAL unscaled). */
export interface Frame {
  readonly unit: "rows" | "range"
  readonly low: FrameBound
  readonly high: FrameBound
}

/** One call with OVER: an aggregate over frame `frame`, or a function of the row's place in its partition. */
export interface OverCall extends AggregateCall {
  /** Number among the frames; undefined for functions that have none. */
  readonly frame: number | undefined
  /** LAG and LEAD: rows behind or ahead; NTILE: buckets. */
  readonly offset: number | undefined
}

/** One key of an ORDER BY. */
export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}
