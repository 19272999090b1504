/**
 * Expressions, as they were written: operators are grouped by precedence, but no name is resolved, no star expanded and no function
 * known. Queries stand inside of expressions and the other way round, so this file and `ast-query.ts` name each other's types.
 */
import type { DataType, Identifier, IntervalQualifier, Literal, Name, Span } from "./ast-name.ts"
import type { Query } from "./ast-query.ts"

/** Anything with a value, and the few things that may stand where a value stands (star, table arguments, DESCRIPTOR). */
export type Expression =
  | Literal
  | ColumnReference
  | Star
  | Parameter
  | Unary
  | Binary
  | IsTest
  | Between
  | Like
  | InList
  | InQuery
  | Quantified
  | Exists
  | Subquery
  | Case
  | Cast
  | Call
  | JsonValueCall
  | JsonQueryCall
  | JsonExistsCall
  | JsonObjectCall
  | JsonArrayCall
  | RowConstructor
  | CollectionConstructor
  | CollectionQuery
  | IndexAccess
  | FieldAccess
  | NamedArgument
  | Descriptor
  | TableArgument
  | SymbolArgument
  | DefaultValue
  | Period
  | IntervalExpression

/** `a`, `t.a`, `t.a.b`: which part is a table, a column or a field is for the binder to say. */
export interface ColumnReference {
  readonly kind: "column"
  readonly path: ReadonlyArray<Identifier>
  readonly span: Span
}

/** `*` or `t.*`: `qualifier` is empty for a bare star. */
export interface Star {
  readonly kind: "star"
  readonly qualifier: ReadonlyArray<Identifier>
  readonly span: Span
}

/** `?`: `index` counts from 0 through the statement. */
export interface Parameter {
  readonly kind: "parameter"
  readonly index: number
  readonly span: Span
}

/** `-x`, `NOT x`; FINAL and RUNNING stand only in MATCH_RECOGNIZE. */
export interface Unary {
  readonly kind: "unary"
  readonly operator: "+" | "-" | "NOT" | "FINAL" | "RUNNING"
  readonly operand: Expression
  readonly span: Span
}

/** Operators with two operands. `!=` is kept apart from `<>`. */
export type BinaryOperator =
  | "AND"
  | "OR"
  | "="
  | "<>"
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "||"
  | "IS DISTINCT FROM"
  | "IS NOT DISTINCT FROM"
  | "MEMBER OF"
  | "NOT MEMBER OF"
  | "SUBMULTISET OF"
  | "NOT SUBMULTISET OF"
  | "MULTISET UNION"
  | "MULTISET UNION ALL"
  | "MULTISET INTERSECT"
  | "MULTISET INTERSECT ALL"
  | "MULTISET EXCEPT"
  | "MULTISET EXCEPT ALL"
  | "CONTAINS"
  | "OVERLAPS"
  | "EQUALS"
  | "PRECEDES"
  | "IMMEDIATELY PRECEDES"
  | "SUCCEEDS"
  | "IMMEDIATELY SUCCEEDS"

/** `left operator right`. */
export interface Binary {
  readonly kind: "binary"
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `x IS [NOT] NULL` and its kin. */
export interface IsTest {
  readonly kind: "is"
  readonly operand: Expression
  readonly test:
    | "NULL"
    | "TRUE"
    | "FALSE"
    | "UNKNOWN"
    | "A SET"
    | "EMPTY"
    | "JSON VALUE"
    | "JSON OBJECT"
    | "JSON ARRAY"
    | "JSON SCALAR"
  readonly negated: boolean
  readonly span: Span
}

/** `x [NOT] BETWEEN [SYMMETRIC] low AND high`. */
export interface Between {
  readonly kind: "between"
  readonly operand: Expression
  readonly low: Expression
  readonly high: Expression
  readonly symmetric: boolean
  readonly negated: boolean
  readonly span: Span
}

/** `x [NOT] LIKE pattern [ESCAPE e]`. */
export interface Like {
  readonly kind: "like"
  readonly operator: "LIKE" | "ILIKE" | "RLIKE" | "SIMILAR TO"
  readonly operand: Expression
  readonly pattern: Expression
  readonly escape: Expression | undefined
  readonly negated: boolean
  readonly span: Span
}

/** `x [NOT] IN (a, b)`. */
export interface InList {
  readonly kind: "inList"
  readonly operand: Expression
  readonly list: ReadonlyArray<Expression>
  readonly negated: boolean
  readonly span: Span
}

/** `x [NOT] IN (SELECT …)`; of several columns when `operand` is a row. */
export interface InQuery {
  readonly kind: "inQuery"
  readonly operand: Expression
  readonly query: Query
  readonly negated: boolean
  readonly span: Span
}

/** `x > ALL (SELECT …)`, `x = SOME (1, 2)`: exactly one of `query` and `list` is there. */
export interface Quantified {
  readonly kind: "quantified"
  readonly operator: "=" | "<>" | "!=" | "<" | "<=" | ">" | ">="
  readonly quantifier: "SOME" | "ALL"
  readonly operand: Expression
  readonly query: Query | undefined
  readonly list: ReadonlyArray<Expression> | undefined
  readonly span: Span
}

/** `EXISTS (query)`, `UNIQUE (query)`. */
export interface Exists {
  readonly kind: "exists"
  readonly test: "EXISTS" | "UNIQUE"
  readonly query: Query
  readonly span: Span
}

/** A query where a value stands. */
export interface Subquery {
  readonly kind: "subquery"
  readonly query: Query
  readonly span: Span
}

/** `CASE [operand] WHEN a, b THEN c … [ELSE d] END`: only with an operand may `when` have more than one item. */
export interface Case {
  readonly kind: "case"
  readonly operand: Expression | undefined
  readonly branches: ReadonlyArray<{
    readonly when: ReadonlyArray<Expression>
    readonly result: Expression
  }>
  readonly otherwise: Expression | undefined
  readonly span: Span
}

/** `CAST(x AS t)`; `safe` for TRY_CAST. */
export interface Cast {
  readonly kind: "cast"
  readonly operand: Expression
  readonly type: DataType
  readonly safe: boolean
  readonly span: Span
}

/**
 * A call of a function or aggregate. Forms with words of their own become plain arguments: `EXTRACT(DAY FROM x)` has the arguments
 * DAY (a symbol) and x, `TRIM(BOTH a FROM b)` BOTH, a, b, `SUBSTRING(a FROM b FOR c)` a, b, c, `POSITION(a IN b)` a, b,
 * `OVERLAY(a PLACING b FROM c FOR d)` a, b, c, d, `FLOOR(x TO DAY)` x, DAY, `TIMESTAMPADD(DAY, n, x)` DAY, n, x,
 * `COUNT(*)` a star, `CURRENT_DATE` no argument and `parentheses` false.
 */
export interface Call {
  readonly kind: "call"
  readonly name: Name
  readonly args: ReadonlyArray<Expression>
  readonly quantifier: "DISTINCT" | "ALL" | undefined
  /** Whether it had parentheses: CURRENT_DATE has none. */
  readonly parentheses: boolean
  /** ORDER BY inside of the parentheses. */
  readonly orderBy: ReadonlyArray<SortItem>
  readonly withinGroup: ReadonlyArray<SortItem>
  readonly nullTreatment: "IGNORE NULLS" | "RESPECT NULLS" | undefined
  readonly filter: Expression | undefined
  readonly over: WindowSpecification | Identifier | undefined
  readonly span: Span
}

/** `NULL ON EMPTY`, `ERROR ON ERROR`, `DEFAULT x ON EMPTY`, `EMPTY ARRAY ON ERROR`, `TRUE ON ERROR`. */
export interface JsonBehaviour {
  readonly on: "EMPTY" | "ERROR"
  readonly action:
    | "NULL"
    | "ERROR"
    | "DEFAULT"
    | "EMPTY ARRAY"
    | "EMPTY OBJECT"
    | "TRUE"
    | "FALSE"
    | "UNKNOWN"
  readonly value: Expression | undefined
  readonly span: Span
}

/** `JSON_VALUE(doc, path [RETURNING t] […ON EMPTY] […ON ERROR])`. */
export interface JsonValueCall {
  readonly kind: "jsonValue"
  readonly document: Expression
  readonly path: Expression
  readonly returning: DataType | undefined
  readonly behaviours: ReadonlyArray<JsonBehaviour>
  readonly span: Span
}

/** `JSON_QUERY(doc, path [RETURNING t] [wrapper] […ON EMPTY] […ON ERROR])`. */
export interface JsonQueryCall {
  readonly kind: "jsonQuery"
  readonly document: Expression
  readonly path: Expression
  readonly returning: DataType | undefined
  readonly wrapper:
    | "WITHOUT ARRAY"
    | "WITH CONDITIONAL ARRAY"
    | "WITH UNCONDITIONAL ARRAY"
    | undefined
  readonly behaviours: ReadonlyArray<JsonBehaviour>
  readonly span: Span
}

/** `JSON_EXISTS(doc, path [… ON ERROR])`. */
export interface JsonExistsCall {
  readonly kind: "jsonExists"
  readonly document: Expression
  readonly path: Expression
  readonly behaviour: JsonBehaviour | undefined
  readonly span: Span
}

/** `JSON_OBJECT(KEY k VALUE v, … [NULL ON NULL])` and `JSON_OBJECTAGG`. */
export interface JsonObjectCall {
  readonly kind: "jsonObject"
  readonly aggregate: boolean
  readonly entries: ReadonlyArray<{ readonly key: Expression; readonly value: Expression }>
  readonly nulls: "NULL ON NULL" | "ABSENT ON NULL" | undefined
  readonly span: Span
}

/** `JSON_ARRAY(a, b [ABSENT ON NULL])` and `JSON_ARRAYAGG`. */
export interface JsonArrayCall {
  readonly kind: "jsonArray"
  readonly aggregate: boolean
  readonly items: ReadonlyArray<Expression>
  readonly orderBy: ReadonlyArray<SortItem>
  readonly nulls: "NULL ON NULL" | "ABSENT ON NULL" | undefined
  readonly span: Span
}

/** `ROW(a, b)`, or `(a, b)` when not `explicit`. */
export interface RowConstructor {
  readonly kind: "row"
  readonly items: ReadonlyArray<Expression>
  readonly explicit: boolean
  readonly span: Span
}

/** `ARRAY[a, b]`, `MULTISET[a]`, `MAP[k, v, k, v]`: a map's items alternate keys and values. */
export interface CollectionConstructor {
  readonly kind: "collection"
  readonly type: "ARRAY" | "MAP" | "MULTISET"
  readonly items: ReadonlyArray<Expression>
  readonly span: Span
}

/** `ARRAY(SELECT …)`, `MULTISET(SELECT …)`, `MAP(SELECT …)`, `CURSOR(SELECT …)`. */
export interface CollectionQuery {
  readonly kind: "collectionQuery"
  readonly type: "ARRAY" | "MAP" | "MULTISET" | "CURSOR"
  readonly query: Query
  readonly span: Span
}

/** `x[i]`. */
export interface IndexAccess {
  readonly kind: "index"
  readonly operand: Expression
  readonly index: Expression
  readonly span: Span
}

/** `f(x).name`, `x[1].name`; a dotted path of plain names is a ColumnReference. A star is `f(x).*`. */
export interface FieldAccess {
  readonly kind: "field"
  readonly operand: Expression
  readonly field: Identifier | Star
  readonly span: Span
}

/** `name => value` in a call. */
export interface NamedArgument {
  readonly kind: "namedArgument"
  readonly name: Identifier
  readonly value: Expression
  readonly span: Span
}

/** `DESCRIPTOR(a, b)`; a column may carry a type. */
export interface Descriptor {
  readonly kind: "descriptor"
  readonly columns: ReadonlyArray<{ readonly name: Name; readonly type: DataType | undefined }>
  readonly span: Span
}

/** `TABLE t`, or a query with its partitioning and order, as the argument of a table function; a query without them is a Subquery. */
export interface TableArgument {
  readonly kind: "tableArgument"
  readonly table: Query
  readonly partitionBy: ReadonlyArray<Expression>
  readonly orderBy: ReadonlyArray<SortItem>
  readonly span: Span
}

/** A word that is an argument of its function: a unit (`DAY`), a side (`BOTH`). Upper case. */
export interface SymbolArgument {
  readonly kind: "symbol"
  readonly value: string
  readonly span: Span
}

/** DEFAULT in VALUES or as an argument. */
export interface DefaultValue {
  readonly kind: "default"
  readonly span: Span
}

/** `PERIOD (start, end)`. */
export interface Period {
  readonly kind: "period"
  readonly start: Expression
  readonly end: Expression
  readonly span: Span
}

/** `INTERVAL n DAY`, `INTERVAL (a + b) HOUR`: an interval whose number is not in quotes. */
export interface IntervalExpression {
  readonly kind: "intervalExpression"
  readonly negative: boolean
  readonly value: Expression
  readonly qualifier: IntervalQualifier
  readonly span: Span
}

/** One item of ORDER BY. `ascending` and `nulls` are undefined when not said. */
export interface SortItem {
  readonly kind: "sortItem"
  readonly expression: Expression
  readonly ascending: boolean | undefined
  readonly nulls: "FIRST" | "LAST" | undefined
  readonly span: Span
}

/** What stands in OVER (…) and in WINDOW w AS (…). */
export interface WindowSpecification {
  readonly kind: "window"
  /** A window that this one refines. */
  readonly base: Identifier | undefined
  readonly partitionBy: ReadonlyArray<Expression>
  readonly orderBy: ReadonlyArray<SortItem>
  readonly frame: WindowFrame | undefined
  /** ALLOW PARTIAL (true) or DISALLOW PARTIAL (false), if said. */
  readonly partial: boolean | undefined
  readonly span: Span
}

/** `ROWS BETWEEN low AND high`; without BETWEEN `high` is undefined. */
export interface WindowFrame {
  readonly unit: "ROWS" | "RANGE"
  readonly low: FrameBound
  readonly high: FrameBound | undefined
  readonly span: Span
}

/** One end of a frame: unbounded without `offset`, the current row, or an offset. */
export interface FrameBound {
  readonly direction: "PRECEDING" | "FOLLOWING" | "CURRENT ROW"
  readonly offset: Expression | undefined
  readonly span: Span
}
