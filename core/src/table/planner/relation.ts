/**
 * The logical algebra: what a query means, before it is known how it runs. Relations are immutable, name columns by number and
 * are made by a {@link RelationPool} only, which gives equal relations one object: a shared sub-plan is object identity, and a
 * rule that changes nothing returns what it was given.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import type { AggregateCall, Expression, Frame, OverCall, SortKey } from "../expression.ts"
import type { PlanLookup, PlanWindow, WindowEnds } from "../plan.ts"

/** What a window column is: of which window, and which of its columns. `id` tells apart equal windows over different inputs. */
export interface WindowProperty {
  readonly id: string
  readonly window: PlanWindow
  readonly property: WindowColumn
}

/** The columns that a windowing function appends. */
export type WindowColumn = "window_start" | "window_end" | "window_time"

/** A column of a relation. The name is for people; it is no part of what the relation is. */
export interface RelationColumn {
  readonly name: string
  readonly type: LogicalType
  /** Whether it is the event time of its row, so that a watermark bounds it. */
  readonly rowtime: boolean
  readonly window: WindowProperty | undefined
}

/** What a relation does, with its parameters. Columns are those of the input (joins: left, then right). */
export type RelationWork =
  /** All physical columns of the table, then its metadata columns in DDL order; or those of them, and fields in them, that are asked for. */
  | {
    readonly kind: "scan"
    readonly table: string
    readonly projection: ReadonlyArray<ReadonlyArray<number>> | undefined
  }
  | { readonly kind: "values"; readonly rows: ReadonlyArray<ReadonlyArray<Expression>> }
  | { readonly kind: "project"; readonly expressions: ReadonlyArray<Expression> }
  | { readonly kind: "filter"; readonly condition: Expression }
  /** Each row once per projection. */
  | {
    readonly kind: "expand"
    readonly projections: ReadonlyArray<ReadonlyArray<Expression>>
  }
  | {
    readonly kind: "watermark"
    readonly column: number
    readonly expression: Expression
    readonly idleTimeoutMillis: number | undefined
  }
  /** The processing time in `column` is the event time from here on. */
  | { readonly kind: "processing-time"; readonly column: number }
  /** Appends window_start, window_end, window_time. Sessions are those of equal `partition`; absent: of what the aggregation above groups by. */
  | {
    readonly kind: "window"
    readonly window: PlanWindow
    readonly timeColumn: number
    readonly partition: ReadonlyArray<number> | undefined
  }
  /** Output: keys, calls, then the window's properties. */
  | {
    readonly kind: "aggregate"
    readonly keys: ReadonlyArray<number>
    readonly calls: ReadonlyArray<AggregateCall>
    readonly window:
      | {
        readonly window: PlanWindow
        readonly timeColumn: number
        /** Each row is in a window already; `timeColumn` is its end then. */
        readonly given: WindowEnds | undefined
        readonly properties: ReadonlyArray<WindowColumn>
      }
      | undefined
  }
  /** Appends the columns of each element of a collection, and its place; `outer`: a row without elements stays. */
  | {
    readonly kind: "unnest"
    readonly column: number
    readonly outer: boolean
    readonly ordinality: boolean
  }
  /** Semi and anti joins give the left columns only. */
  | {
    readonly kind: "join"
    readonly type: JoinType
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    /** Positions of keys in which NULL equals NULL; absent: none. */
    readonly nullSafe?: ReadonlyArray<number>
    /** How far apart the event times of a pair may be; absent: the join knows no time. */
    readonly interval?: JoinInterval
    /** Both sides' rows are in windows of one kind, and those of equal windows are joined; this key is the windows' end. */
    readonly windowEnd?: number
    /** The right side has versions, and a row goes with the one of its time; absent: the join knows no time. */
    readonly temporal?: JoinTimes
    readonly condition: Expression | undefined
  }
  /** Appends columns of a table as it is now, for each row of it whose keys are equal; `rightKeys` are positions in `columns`. */
  | {
    readonly kind: "lookup"
    readonly type: "inner" | "left"
    readonly table: string
    /** Physical columns of the table. */
    readonly columns: ReadonlyArray<number>
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    readonly condition: Expression | undefined
  } & PlanLookup
  /** Appends the calls. `timed`: the order is event time, or time of arrival, ascending. */
  | {
    readonly kind: "over"
    readonly partition: ReadonlyArray<number>
    readonly order: ReadonlyArray<SortKey>
    readonly frames: ReadonlyArray<Frame>
    readonly calls: ReadonlyArray<OverCall>
    readonly timed: Timed | undefined
  }
  /** Appends the row's number within its partition. `latest`: the order is event time, latest first. */
  | {
    readonly kind: "number"
    readonly name: NumberFunction
    readonly partition: ReadonlyArray<number>
    readonly order: ReadonlyArray<SortKey>
    readonly latest: boolean
    readonly timed: Timed | undefined
  }
  /** Rows `from` to `to` of each partition, with their number appended; `windowEnd`: a partition ends with its window. */
  | {
    readonly kind: "rank"
    readonly partition: ReadonlyArray<number>
    readonly order: ReadonlyArray<SortKey>
    readonly from: number
    readonly to: number
    readonly windowEnd: number | undefined
    readonly withRank: boolean
    /** Keeps the latest row by event time; of equal times the one that came last. */
    readonly latest: boolean
  }
  /** The same rows in order. */
  | {
    readonly kind: "sort"
    readonly order: ReadonlyArray<SortKey>
    readonly timed: Timed | undefined
  }
  | { readonly kind: "union" }
  /** Rows of the left input that stand (intersect) or do not stand (except) on the right; `all`: as often as they do. */
  | {
    readonly kind: "set-operation"
    readonly operation: "intersect" | "except"
    readonly all: boolean
  }
  | {
    readonly kind: "sink"
    readonly table: string
    readonly columns: ReadonlyArray<string>
    readonly overwrite: boolean
    readonly staticPartition: Readonly<Record<string, string>>
    /** Tells apart the sinks of one table in one job. */
    readonly ordinal: number
  }
  | { readonly kind: "collect"; readonly names: ReadonlyArray<string> }

/** Which time an order is: of the event, or of arrival. */
export type Timed = "event-time" | "processing-time"

/** Functions that number rows. */
export type NumberFunction = "row_number" | "rank" | "dense_rank"

/** The event times of both sides. */
export interface JoinTimes {
  readonly leftTime: number
  readonly rightTime: number
}

/** lower ≤ left time − right time ≤ upper; the times are columns of each side. */
export interface JoinInterval extends JoinTimes {
  readonly lowerMillis: number
  readonly upperMillis: number
}

/** Kinds of joins. */
export type JoinType = "inner" | "left" | "right" | "full" | "semi" | "anti"

/** Kinds of relations. */
export type RelationKind = RelationWork["kind"]

/** The parameters of one kind. */
export type WorkOf<K extends RelationKind> = Extract<RelationWork, { readonly kind: K }>

/** A relation. `id` counts up within its pool, so inputs have smaller ones. */
export interface Relation<W extends RelationWork = RelationWork> {
  readonly id: number
  readonly work: W
  readonly inputs: ReadonlyArray<Relation>
  readonly columns: ReadonlyArray<RelationColumn>
}

/** Whether the relation is of the kind; narrows its work. */
export function isKind<K extends RelationKind>(
  relation: Relation,
  kind: K
): relation is Relation<WorkOf<K>> {
  return relation.work.kind === kind
}
