/**
 * The physical plan: plain JSON. It is what EXPLAIN prints, what the compiler turns into a {@link Graph}, what workers
 * compile again and what a checkpoint is bound to.
 *
 * **Law 1 (data).** `JSON.parse(JSON.stringify(plan))` compiles to the same graph; no function, no secret stands in it
 * (options are looked up by the table's name in `tables`, whose secrets are `${env:…}` references or redacted when printed).
 * **Law 2 (shared).** Equal sub-plans are one node: the digest of a node covers what it computes and its inputs.
 * **Law 3 (identity).** `uid` is the state id; it does not depend on unrelated parts of the script, on names of views or
 * on parallelism.
 */
import type { TimeWindow } from "../state/time-window.ts"
import type { LogicalType, RowType } from "../type/logical-type.ts"
import type { AggregateCall, Expression, Frame, OverCall, SortKey } from "./expression.ts"

/** A table with what is needed to make its source or sink again. */
export interface PlanTable {
  /** `default_catalog.default_database.flights`. */
  readonly name: string
  readonly options: Readonly<Record<string, string>>
  /** Keys of options that the connector or its formats declare secret. Absent: none that is given. */
  readonly secrets?: ReadonlyArray<string>
  /** Physical columns, in DDL order: what a format sees. */
  readonly physical: RowType
  readonly metadata: ReadonlyArray<
    {
      readonly column: string
      readonly key: string
      readonly type: LogicalType
      readonly virtual: boolean
    }
  >
  readonly partitionKeys: ReadonlyArray<string>
  readonly primaryKey: ReadonlyArray<string>
  /** Where its DDL stands: file, 1-based line and column. */
  readonly place:
    | { readonly file: string; readonly line: number; readonly column: number }
    | undefined
}

/** How event time is read off a scan's output: an expression over its columns. */
export interface PlanWatermark {
  /** Output column that is the rowtime attribute. */
  readonly column: number
  readonly expression: Expression
  readonly idleTimeoutMillis: number | undefined
}

/** Which kinds of rows a node gives. */
export interface Changelog {
  readonly insert: true
  readonly updateBefore: boolean
  readonly updateAfter: boolean
  readonly delete: boolean
}

/** A window of a windowing table function. Times in millis. */
export type PlanWindow = TimeWindow

/** The columns, of a window aggregation's input, that hold the window that each row is in already. */
export interface WindowEnds {
  readonly start: number
  readonly end: number
}

/** How a table that is looked up is asked. */
export interface PlanLookup {
  readonly asking: {
    /** Requests at once. */
    readonly requestsMax: number
    readonly timeoutMillis: number
    /** How often a key without rows is asked for, and the pause between. */
    readonly attemptsMax: number
    readonly delayMillis: number
  }
}

/** What a node computes. Column numbers are of the node's input (joins: left then right). */
export type PlanWork =
  /** Reads a table: projected physical columns (paths into ROWs), then metadata keys. Watermark is over the output of `compute`. */
  | {
    readonly kind: "scan"
    readonly table: string
    readonly projection: ReadonlyArray<ReadonlyArray<number>>
    readonly metadata: ReadonlyArray<string>
    /** Output columns over the projected ones: computed columns and event time; absent: as projected. */
    readonly compute: ReadonlyArray<Expression> | undefined
    readonly watermark: PlanWatermark | undefined
    /** Conjuncts the source was given and may use to skip data; a calc still applies them. */
    readonly filters: ReadonlyArray<Expression>
    readonly limit: number | undefined
  }
  | { readonly kind: "values"; readonly rows: ReadonlyArray<ReadonlyArray<Expression>> }
  | {
    readonly kind: "calc"
    readonly condition: Expression | undefined
    readonly projection: ReadonlyArray<Expression>
  }
  /** Each row once per projection: what GROUPING SETS are made of. */
  | {
    readonly kind: "expand"
    readonly projections: ReadonlyArray<ReadonlyArray<Expression>>
  }
  /** Column `column` becomes the moment at which a row comes here, and event time from here on. */
  | { readonly kind: "processing-time"; readonly column: number }
  /**
   * Output: keys, aggregates, then window_start, window_end, window_time as asked by `properties`. Rows fall into windows by `timeColumn`, or
   * stand in one already. A session is one of equal keys.
   */
  | {
    readonly kind: "window-aggregate"
    readonly window: PlanWindow
    readonly timeColumn: number
    readonly given?: WindowEnds
    readonly keys: ReadonlyArray<number>
    readonly aggregates: ReadonlyArray<AggregateCall>
    readonly properties: ReadonlyArray<"window_start" | "window_end" | "window_time">
  }
  /**
   * Appends window_start, window_end, window_time to each row (a windowing function that nothing aggregates), once for each window that the row
   * is in. Sessions are those of equal `partition`; their rows leave when the session closes.
   */
  | {
    readonly kind: "window-assign"
    readonly window: PlanWindow
    readonly timeColumn: number
    readonly partition: ReadonlyArray<number>
  }
  /** Output: keys, aggregates. Updating. */
  | {
    readonly kind: "group-aggregate"
    readonly keys: ReadonlyArray<number>
    readonly aggregates: ReadonlyArray<AggregateCall>
    /** Batch mode: told once, at the end. */
    readonly final?: true
    /** Mini-batch: so many rows are counted in before changes are told, unless that takes too long. */
    readonly bundle?: { readonly rows: number; readonly latencyMillis: number }
  }
  /** Output: the input's columns, those of each element of the collection (fields of a ROW, key and value of a MAP), its place from 1. */
  | {
    readonly kind: "unnest"
    readonly column: number
    /** Whether a row without elements stays, with NULLs. */
    readonly outer: boolean
    readonly ordinality: boolean
  }
  /**
   * Join of inserted rows whose event times lie within an interval: lower ≤ left − right ≤ upper. State goes with the watermark, which leaves
   * later by the greatest distance.
   */
  | {
    readonly kind: "interval-join"
    readonly type: "inner" | "left" | "right" | "full"
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    readonly leftTime: number
    readonly rightTime: number
    readonly lowerMillis: number
    readonly upperMillis: number
    readonly condition: Expression | undefined
  }
  /** Join of inserted rows of equal windows: state goes, and what found no partner is told, when the watermark closes the window. */
  | {
    readonly kind: "window-join"
    readonly type: "inner" | "left" | "right" | "full" | "semi" | "anti"
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    readonly leftEnd: number
    readonly rightEnd: number
    readonly condition: Expression | undefined
  }
  /** Left rows with the version that the right row of their key had at their event time; told when the watermark has passed it. */
  | {
    readonly kind: "temporal-join"
    readonly type: "inner" | "left"
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    readonly leftTime: number
    readonly rightTime: number
    readonly condition: Expression | undefined
  }
  /** Rows with those that a table has now for their keys; `columns` are physical columns of the table, `rightKeys` positions in them. */
  | {
    readonly kind: "lookup-join"
    readonly type: "inner" | "left"
    readonly table: string
    readonly columns: ReadonlyArray<number>
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    readonly condition: Expression | undefined
  } & PlanLookup
  /** Equi-join with a rest condition over left + right columns. An input that has ended frees the other side's state. */
  | {
    readonly kind: "join"
    readonly type: "inner" | "left" | "right" | "full" | "semi" | "anti"
    readonly leftKeys: ReadonlyArray<number>
    readonly rightKeys: ReadonlyArray<number>
    /** Positions of keys in which NULL equals NULL; absent: none. */
    readonly nullSafe?: ReadonlyArray<number>
    readonly condition: Expression | undefined
  }
  /** The `limit` first rows per partition and window, emitted when the window closes; output: input columns, then rank if `withRank`. `ties` as below. */
  | {
    readonly kind: "window-rank"
    readonly partition: ReadonlyArray<number>
    readonly windowEnd: number
    readonly order: ReadonlyArray<SortKey>
    readonly rankFrom: number
    readonly rankTo: number
    readonly withRank: boolean
    readonly ties?: "first" | "last"
  }
  /** Top-N without a window: updating output. `ties`: which of equal rows ranks first, the one that came first (the default) or last. */
  | {
    readonly kind: "rank"
    readonly partition: ReadonlyArray<number>
    readonly order: ReadonlyArray<SortKey>
    readonly rankFrom: number
    readonly rankTo: number
    readonly withRank: boolean
    readonly ties?: "first" | "last"
    /** Batch mode: told once, at the end. */
    readonly final?: true
  }
  /** Keeps the last row per key of a source of upserts, or of one whose changes may come twice, and gives the whole changelog. */
  | { readonly kind: "changelog-normalize"; readonly keys: ReadonlyArray<number> }
  /**
   * Output: input columns, then calls. `event-time` and `processing-time` give each row once, in order of the one order column; `update` tells
   * again what changes; `final` computes at the end of the input.
   */
  | {
    readonly kind: "over"
    readonly mode: "event-time" | "processing-time" | "update" | "final"
    readonly partition: ReadonlyArray<number>
    readonly order: ReadonlyArray<SortKey>
    readonly frames: ReadonlyArray<Frame>
    readonly calls: ReadonlyArray<OverCall>
  }
  /** `event-time`: rows leave when the watermark has reached the first column of the order; else at the end. */
  | {
    readonly kind: "sort"
    readonly mode: "event-time" | "final"
    readonly order: ReadonlyArray<SortKey>
    readonly rowsMax: number
  }
  /** Changes by the query's key as changes by a sink's primary key. */
  | { readonly kind: "upsert-materialize"; readonly keys: ReadonlyArray<number> }
  /** Batch mode: the rows that are left of a changelog, at the end. */
  | { readonly kind: "settle" }
  | { readonly kind: "union" }
  /** INTERSECT and EXCEPT over whole rows of two inputs. */
  | {
    readonly kind: "set-operation"
    readonly operation: "intersect" | "except"
    readonly all: boolean
  }
  /** Writes the input's columns, in order, to the table's columns `columns` (physical, then persisted metadata). */
  | {
    readonly kind: "sink"
    readonly table: string
    readonly columns: ReadonlyArray<string>
    readonly overwrite: boolean
    readonly staticPartition: Readonly<Record<string, string>>
  }
  /** Hands rows to the caller: a SELECT of the script. */
  | { readonly kind: "collect" }

/** How the rows reach a node. */
export type PlanExchange =
  | { readonly kind: "forward" }
  | { readonly kind: "hash"; readonly keys: ReadonlyArray<number> }
  | { readonly kind: "single" }
  | { readonly kind: "rebalance" }
  | { readonly kind: "broadcast" }

/** One node. Inputs have smaller ids. */
export interface PlanNode {
  readonly id: number
  readonly uid: string
  readonly name: string
  readonly inputs: ReadonlyArray<{ readonly node: number; readonly exchange: PlanExchange }>
  readonly schema: RowType
  readonly changelog: Changelog
  readonly parallelism: number
  readonly work: PlanWork
}

/** A job's plan. */
export interface Plan {
  readonly version: 1
  readonly tables: Readonly<Record<string, PlanTable>>
  readonly nodes: ReadonlyArray<PlanNode>
  readonly groupsMax: number
  /** Session options that compiled code depends on: local time zone, runtime mode … */
  readonly settings: Readonly<Record<string, string>>
  /** Functions of users that expressions call. Absent: none. */
  readonly functions?: ReadonlyArray<PlanFunction>
}

/** A function of a user: an export of a module, or one that the program gives again by its name. */
export interface PlanFunction {
  /** Its name in expressions: `user:…`. */
  readonly name: string
  /** URL of its module; absent: the program gives it. */
  readonly module?: string
  readonly export?: string
}
