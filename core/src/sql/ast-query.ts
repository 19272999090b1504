/** Queries and the tables that they read, as they were written: no name is resolved and no default filled in. */
import type { Identifier, Literal, Name, Span, StringLiteral } from "./ast-name.ts"
import type { Expression, SortItem, WindowSpecification } from "./ast-expression.ts"

/** Anything that gives rows. */
export type Query = Select | SetOperation | Values | ExplicitTable | WithQuery | OrderedQuery

/** `SELECT …`. */
export interface Select {
  readonly kind: "select"
  readonly hints: ReadonlyArray<Hint>
  readonly quantifier: "DISTINCT" | "ALL" | undefined
  /** `SELECT STREAM`. */
  readonly stream: boolean
  readonly items: ReadonlyArray<SelectItem>
  readonly from: TableReference | undefined
  readonly where: Expression | undefined
  readonly groupBy: GroupBy | undefined
  readonly having: Expression | undefined
  readonly windows: ReadonlyArray<{
    readonly name: Identifier
    readonly specification: WindowSpecification
  }>
  readonly qualify: Expression | undefined
  readonly span: Span
}

/** One item of a SELECT list; stars are expressions without alias. */
export interface SelectItem {
  readonly kind: "selectItem"
  readonly expression: Expression
  readonly alias: Identifier | undefined
  readonly span: Span
}

/** `GROUP BY [DISTINCT] …`. */
export interface GroupBy {
  readonly distinct: boolean
  readonly items: ReadonlyArray<GroupItem>
  readonly span: Span
}

/** One item of GROUP BY. `set` is `(a, b)` or `()`; inside of ROLLUP, CUBE and GROUPING SETS only items stand. */
export type GroupItem =
  | { readonly kind: "groupExpression"; readonly expression: Expression; readonly span: Span }
  | { readonly kind: "groupSet"; readonly items: ReadonlyArray<Expression>; readonly span: Span }
  | {
    readonly kind: "rollup" | "cube" | "groupingSets"
    readonly items: ReadonlyArray<GroupItem>
    readonly span: Span
  }

/** `left UNION [ALL] right`. */
export interface SetOperation {
  readonly kind: "setOperation"
  readonly operator: "UNION" | "INTERSECT" | "EXCEPT"
  readonly all: boolean
  readonly left: Query
  readonly right: Query
  readonly span: Span
}

/** `VALUES (1, 'a'), ROW(2, 'b'), 3`: a row of one value need not be a RowConstructor. */
export interface Values {
  readonly kind: "values"
  readonly rows: ReadonlyArray<Expression>
  readonly span: Span
}

/** `TABLE t`. */
export interface ExplicitTable {
  readonly kind: "explicitTable"
  readonly name: Name
  readonly span: Span
}

/** `WITH a (x) AS (…), … body`. */
export interface WithQuery {
  readonly kind: "with"
  readonly recursive: boolean
  readonly items: ReadonlyArray<WithItem>
  readonly body: Query
  readonly span: Span
}

/** One common table expression; `columns` is empty when not said. */
export interface WithItem {
  readonly name: Identifier
  readonly columns: ReadonlyArray<Identifier>
  readonly query: Query
  readonly span: Span
}

/** `body ORDER BY … OFFSET … FETCH …`; LIMIT is a fetch. At least one of the three is there. */
export interface OrderedQuery {
  readonly kind: "ordered"
  readonly body: Query
  readonly orderBy: ReadonlyArray<SortItem>
  readonly offset: Expression | undefined
  readonly fetch: Expression | undefined
  readonly span: Span
}

/** What stands in FROM. */
export type TableReference =
  | NamedTable
  | DerivedTable
  | FunctionTable
  | UnnestTable
  | AliasedTable
  | SampledTable
  | MatchRecognize
  | Join

/** A table by name, with hints such as OPTIONS(…) behind it, and with FOR SYSTEM_TIME AS OF x. */
export interface NamedTable {
  readonly kind: "namedTable"
  readonly name: Name
  readonly hints: ReadonlyArray<Hint>
  readonly systemTime: Expression | undefined
  readonly span: Span
}

/** `[LATERAL] (query)`. */
export interface DerivedTable {
  readonly kind: "derivedTable"
  readonly query: Query
  readonly lateral: boolean
  readonly span: Span
}

/** `[LATERAL] TABLE(f(…))`; `wrapped` is false for `f(…)` without TABLE. */
export interface FunctionTable {
  readonly kind: "functionTable"
  readonly call: Expression
  readonly lateral: boolean
  readonly wrapped: boolean
  readonly span: Span
}

/** `UNNEST(a, b) [WITH ORDINALITY]`. */
export interface UnnestTable {
  readonly kind: "unnest"
  readonly items: ReadonlyArray<Expression>
  readonly ordinality: boolean
  readonly span: Span
}

/** `table AS name (a, b)`. */
export interface AliasedTable {
  readonly kind: "aliasedTable"
  readonly table: TableReference
  readonly alias: Identifier
  readonly columns: ReadonlyArray<Identifier>
  readonly span: Span
}

/** `table TABLESAMPLE BERNOULLI (10) REPEATABLE (1)`, or `TABLESAMPLE SUBSTITUTE ('x')`. */
export interface SampledTable {
  readonly kind: "sampledTable"
  readonly table: TableReference
  readonly method: "BERNOULLI" | "SYSTEM" | "SUBSTITUTE"
  readonly argument: NumberOrString
  readonly seed: Expression | undefined
  readonly span: Span
}

/** A percentage, or the name of a substitute. */
export type NumberOrString = Extract<Literal, { kind: "number" }> | StringLiteral

/** `left join right`. `comma` is `FROM a, b`. */
export interface Join {
  readonly kind: "join"
  readonly type: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS" | "COMMA"
  readonly natural: boolean
  readonly left: TableReference
  readonly right: TableReference
  readonly on: Expression | undefined
  /** The columns of USING; undefined without it. */
  readonly using: ReadonlyArray<Identifier> | undefined
  readonly span: Span
}

/** One hint: `NAME`, `NAME(a, b)` or `NAME('k' = 'v')`; at most one of the lists is filled. */
export interface Hint {
  readonly name: Identifier
  readonly options: ReadonlyArray<
    { readonly key: StringLiteral | Identifier; readonly value: StringLiteral }
  >
  readonly args: ReadonlyArray<Identifier | Literal>
  readonly span: Span
}

/** `table MATCH_RECOGNIZE (…)`. */
export interface MatchRecognize {
  readonly kind: "matchRecognize"
  readonly table: TableReference
  readonly partitionBy: ReadonlyArray<Expression>
  readonly orderBy: ReadonlyArray<SortItem>
  readonly measures: ReadonlyArray<{ readonly expression: Expression; readonly alias: Identifier }>
  readonly rowsPerMatch:
    | "ONE ROW PER MATCH"
    | "ALL ROWS PER MATCH"
    | "ALL ROWS PER MATCH WITH TIMED OUT"
    | undefined
  readonly after: AfterMatch | undefined
  readonly pattern: Pattern
  /** `^` and `$` at the ends of the pattern. */
  readonly strictStart: boolean
  readonly strictEnd: boolean
  /** `WITHIN INTERVAL …`. */
  readonly within: Expression | undefined
  readonly subsets: ReadonlyArray<{
    readonly name: Identifier
    readonly items: ReadonlyArray<Identifier>
  }>
  readonly define: ReadonlyArray<{ readonly name: Identifier; readonly condition: Expression }>
  readonly span: Span
}

/** Where matching goes on. */
export interface AfterMatch {
  readonly skip: "NEXT ROW" | "PAST LAST ROW" | "FIRST" | "LAST" | "VARIABLE"
  readonly variable: Identifier | undefined
  readonly span: Span
}

/** A row pattern. */
export type Pattern =
  | { readonly kind: "patternVariable"; readonly name: Identifier; readonly span: Span }
  | {
    readonly kind: "patternSequence" | "patternAlternation" | "patternPermute"
    readonly items: ReadonlyArray<Pattern>
    readonly span: Span
  }
  | {
    readonly kind: "patternExclusion"
    readonly item: Pattern
    readonly span: Span
  }
  | {
    readonly kind: "patternRepeat"
    readonly item: Pattern
    readonly min: number
    /** -1 is without end. */
    readonly max: number
    readonly reluctant: boolean
    /** As written: `*`, `+`, `?`, `{n}`, `{n,m}`. */
    readonly form: "*" | "+" | "?" | "{"
    readonly span: Span
  }
