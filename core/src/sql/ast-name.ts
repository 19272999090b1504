/**
 * The leaves of the syntax tree: places, identifiers, literals and type names, as plain data. Every node has a `span` of offsets into
 * the text it was read from and keeps what the user wrote; nothing is resolved, folded or given a default here.
 */

/** A range of the text in UTF-16 units: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One part of a name. `name` is the text without quotes, in the case in which it was written. */
export interface Identifier {
  readonly kind: "identifier"
  readonly name: string
  readonly quoted: boolean
  readonly span: Span
}

/** A name of one or more parts: `` cat.`db`.orders ``. */
export interface Name {
  readonly kind: "name"
  readonly parts: ReadonlyArray<Identifier>
  readonly span: Span
}

/** A character string. `value` is the text after escapes; `parts` has more than one item when adjacent literals were joined. */
export interface StringLiteral {
  readonly kind: "string"
  readonly value: string
  readonly parts: ReadonlyArray<string>
  /** The character set of `_utf8'…'`, upper case as written. */
  readonly charset: string | undefined
  /** Whether it was written `U&'…'`. */
  readonly unicode: boolean
  readonly span: Span
}

/** A number without its sign: `text` is as written, so nothing is rounded. */
export interface NumberLiteral {
  readonly kind: "number"
  readonly form: "integer" | "decimal" | "approximate"
  readonly text: string
  readonly span: Span
}

/** `X'0aFF'`: `hex` holds an even number of digits. */
export interface BinaryLiteral {
  readonly kind: "bytes"
  readonly hex: string
  readonly span: Span
}

/** TRUE, FALSE, or UNKNOWN, whose `value` is null. */
export interface BooleanLiteral {
  readonly kind: "boolean"
  readonly value: boolean | null
  readonly span: Span
}

/** NULL. */
export interface NullLiteral {
  readonly kind: "null"
  readonly span: Span
}

/** `DATE '2001-01-01'`, `TIME '…'`, `TIMESTAMP '…'`, `TIMESTAMP_LTZ '…'`: `text` is what the quotes hold, not yet looked at. */
export interface DateTimeLiteral {
  readonly kind: "datetime"
  readonly type: "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ"
  readonly text: string
  readonly span: Span
}

/** A unit of an interval: `from`, and `to` of `DAY TO SECOND`; precisions in digits. */
export interface IntervalQualifier {
  readonly from: TimeUnit
  readonly to: TimeUnit | undefined
  readonly precision: number | undefined
  readonly fractionPrecision: number | undefined
  readonly span: Span
}

/** `INTERVAL -'1 02:03' DAY TO MINUTE`: `text` is what the quotes hold. */
export interface IntervalLiteral {
  readonly kind: "interval"
  readonly negative: boolean
  readonly text: string
  readonly qualifier: IntervalQualifier
  readonly span: Span
}

/** A literal of any kind. */
export type Literal =
  | StringLiteral
  | NumberLiteral
  | BinaryLiteral
  | BooleanLiteral
  | NullLiteral
  | DateTimeLiteral
  | IntervalLiteral

/** Units of intervals, EXTRACT, FLOOR … TO, TIMESTAMPADD and TIMESTAMPDIFF. */
export type TimeUnit =
  | "NANOSECOND"
  | "MICROSECOND"
  | "MILLISECOND"
  | "SECOND"
  | "MINUTE"
  | "HOUR"
  | "DAY"
  | "DOW"
  | "DOY"
  | "ISODOW"
  | "ISOYEAR"
  | "WEEK"
  | "MONTH"
  | "QUARTER"
  | "YEAR"
  | "DECADE"
  | "CENTURY"
  | "MILLENNIUM"
  | "EPOCH"

/** A type as written. `nullable` is undefined when neither NULL nor NOT NULL was said. */
export type DataType =
  | SimpleDataType
  | IntervalDataType
  | CollectionDataType
  | MapDataType
  | RowDataType
  | RawDataType
  | NamedDataType

/** Names of types that take at most two numbers. Synonyms stay apart only where their text does. */
export type SimpleTypeName =
  | "BOOLEAN"
  | "TINYINT"
  | "SMALLINT"
  | "INTEGER"
  | "BIGINT"
  | "FLOAT"
  | "REAL"
  | "DOUBLE"
  | "DECIMAL"
  | "CHAR"
  | "VARCHAR"
  | "STRING"
  | "BINARY"
  | "VARBINARY"
  | "BYTES"
  | "DATE"
  | "TIME"
  | "TIMESTAMP"
  | "TIMESTAMP_LTZ"
  | "VARIANT"
  | "ANY"
  | "GEOMETRY"

/** `INT`, `VARCHAR(10)`, `DECIMAL(10, 2)`, `TIMESTAMP(3) WITH LOCAL TIME ZONE`. */
export interface SimpleDataType {
  readonly kind: "simpleType"
  readonly name: SimpleTypeName
  /** The type in the words used: `TIMESTAMP WITH LOCAL TIME ZONE` and `TIMESTAMP_LTZ` share a name, not a spelling. */
  readonly spelling: string
  /** Length or precision. */
  readonly precision: number | undefined
  readonly scale: number | undefined
  /** The character set of CHAR and VARCHAR. */
  readonly charset: string | undefined
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** `INTERVAL DAY TO SECOND(3)`. */
export interface IntervalDataType {
  readonly kind: "intervalType"
  readonly qualifier: IntervalQualifier
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** `ARRAY<T>`, `MULTISET<T>`; `postfix` is the older form `T ARRAY`. */
export interface CollectionDataType {
  readonly kind: "collectionType"
  readonly name: "ARRAY" | "MULTISET"
  readonly element: DataType
  readonly postfix: boolean
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** `MAP<K, V>`. */
export interface MapDataType {
  readonly kind: "mapType"
  readonly key: DataType
  readonly value: DataType
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** `ROW<a INT 'comment', …>` or `ROW(a INT, …)`; STRUCTURED is `kind` "rowType" with a `className`. */
export interface RowDataType {
  readonly kind: "rowType"
  readonly fields: ReadonlyArray<RowTypeField>
  readonly bracket: "<" | "("
  /** The class of `STRUCTURED<'class', …>`. */
  readonly className: StringLiteral | undefined
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** One field of a ROW type. */
export interface RowTypeField {
  readonly name: Identifier
  readonly type: DataType
  readonly comment: StringLiteral | undefined
  readonly span: Span
}

/** `RAW('class', 'snapshot')`. */
export interface RawDataType {
  readonly kind: "rawType"
  readonly className: StringLiteral
  readonly serializer: StringLiteral
  readonly nullable: boolean | undefined
  readonly span: Span
}

/** A user's type by name. */
export interface NamedDataType {
  readonly kind: "namedType"
  readonly name: Name
  readonly nullable: boolean | undefined
  readonly span: Span
}
