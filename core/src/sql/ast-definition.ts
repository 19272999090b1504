/** CREATE and ALTER statements with the columns, constraints and options that they hold. */
import type { DataType, Identifier, Literal, Name, Span, StringLiteral } from "./ast-name.ts"
import type { Expression } from "./ast-expression.ts"
import type { Query } from "./ast-query.ts"

/** `name = value` of a PARTITION clause; `value` is undefined where only a name may stand. */
export interface PartitionValue {
  readonly name: Identifier
  readonly value: Expression | undefined
  readonly span: Span
}

// ── Options, columns, constraints ────────────────────────────────────────────────────────────────────────────────────

/** `'key' = 'value'`. */
export interface OptionPair {
  readonly key: StringLiteral
  readonly value: StringLiteral
  readonly span: Span
}

/** A column of CREATE TABLE or ALTER TABLE ADD; `position` only in ALTER. */
export type TableColumn = PhysicalColumn | ComputedColumn | MetadataColumn | BareColumn

/** `name type [PRIMARY KEY …] [COMMENT '…']`. */
export interface PhysicalColumn {
  readonly kind: "physicalColumn"
  /** More than one part only in ALTER TABLE. */
  readonly name: Name
  readonly type: DataType
  readonly constraint: TableConstraint | undefined
  readonly comment: StringLiteral | undefined
  readonly position: ColumnPosition | undefined
  readonly span: Span
}

/** `name AS expression [COMMENT '…']`. */
export interface ComputedColumn {
  readonly kind: "computedColumn"
  readonly name: Name
  readonly expression: Expression
  readonly comment: StringLiteral | undefined
  readonly position: ColumnPosition | undefined
  readonly span: Span
}

/** `name type METADATA [FROM 'key'] [VIRTUAL] [COMMENT '…']`. */
export interface MetadataColumn {
  readonly kind: "metadataColumn"
  readonly name: Name
  readonly type: DataType
  readonly from: StringLiteral | undefined
  readonly virtual: boolean
  readonly comment: StringLiteral | undefined
  readonly position: ColumnPosition | undefined
  readonly span: Span
}

/** A name without a type: `CREATE TABLE t (a, b) AS SELECT …`. */
export interface BareColumn {
  readonly kind: "bareColumn"
  readonly name: Name
  readonly span: Span
}

/** FIRST, or AFTER a column. */
export interface ColumnPosition {
  readonly after: Name | undefined
  readonly span: Span
}

/** `[CONSTRAINT n] PRIMARY KEY | UNIQUE [(a, b)] [[NOT] ENFORCED]`; `columns` is empty behind a column. */
export interface TableConstraint {
  readonly name: Identifier | undefined
  readonly type: "PRIMARY KEY" | "UNIQUE"
  readonly columns: ReadonlyArray<Identifier>
  readonly enforced: boolean | undefined
  readonly span: Span
}

/** `WATERMARK FOR column AS expression`. */
export interface WatermarkDefinition {
  readonly column: Name
  readonly expression: Expression
  readonly span: Span
}

/** `DISTRIBUTED BY HASH(a) INTO 6 BUCKETS`: columns may be empty, `kind` and `buckets` unsaid. */
export interface Distribution {
  readonly strategy: "HASH" | "RANGE" | undefined
  readonly columns: ReadonlyArray<Identifier>
  readonly buckets: Extract<Literal, { kind: "number" }> | undefined
  readonly span: Span
}

/** One item of `LIKE t (INCLUDING ALL, …)`. */
export interface LikeOption {
  readonly merge: "INCLUDING" | "EXCLUDING" | "OVERWRITING"
  readonly feature:
    | "ALL"
    | "CONSTRAINTS"
    | "DISTRIBUTION"
    | "GENERATED"
    | "METADATA"
    | "OPTIONS"
    | "PARTITIONS"
    | "WATERMARKS"
  readonly span: Span
}

// ── CREATE ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The columns and what belongs to them, between the parentheses of CREATE TABLE. */
export interface TableSchema {
  readonly columns: ReadonlyArray<TableColumn>
  readonly constraints: ReadonlyArray<TableConstraint>
  readonly watermark: WatermarkDefinition | undefined
}

/** `CREATE [OR REPLACE] [TEMPORARY] TABLE …`, `REPLACE TABLE …`, with LIKE or AS. */
export interface CreateTable extends TableSchema {
  readonly kind: "createTable"
  readonly name: Name
  readonly temporary: boolean
  readonly ifNotExists: boolean
  /** `orReplace` for CREATE OR REPLACE, `replace` for REPLACE TABLE. */
  readonly mode: "create" | "orReplace" | "replace"
  readonly comment: StringLiteral | undefined
  readonly distribution: Distribution | undefined
  readonly partitionedBy: ReadonlyArray<Identifier>
  readonly options: ReadonlyArray<OptionPair>
  readonly like: { readonly table: Name; readonly options: ReadonlyArray<LikeOption> } | undefined
  readonly query: Query | undefined
  readonly span: Span
}

/** `CREATE [OR ALTER] MATERIALIZED TABLE …`. */
export interface CreateMaterializedTable extends TableSchema {
  readonly kind: "createMaterializedTable"
  readonly name: Name
  readonly orAlter: boolean
  readonly comment: StringLiteral | undefined
  readonly distribution: Distribution | undefined
  readonly partitionedBy: ReadonlyArray<Identifier>
  readonly options: ReadonlyArray<OptionPair>
  /** An interval. */
  readonly freshness: Expression | undefined
  readonly refreshMode: "FULL" | "CONTINUOUS" | undefined
  readonly query: Query
  readonly span: Span
}

/** `CREATE [OR REPLACE] [TEMPORARY] VIEW v (a, b) COMMENT '…' AS query`. */
export interface CreateView {
  readonly kind: "createView"
  readonly name: Name
  readonly temporary: boolean
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly columns: ReadonlyArray<Identifier>
  readonly comment: StringLiteral | undefined
  readonly query: Query
  readonly span: Span
}

/** `CREATE CATALOG c [COMMENT '…'] WITH (…)`. */
export interface CreateCatalog {
  readonly kind: "createCatalog"
  readonly name: Identifier
  readonly ifNotExists: boolean
  readonly comment: StringLiteral | undefined
  readonly options: ReadonlyArray<OptionPair>
  readonly span: Span
}

/** `CREATE DATABASE d [COMMENT '…'] [WITH (…)]`. */
export interface CreateDatabase {
  readonly kind: "createDatabase"
  readonly name: Name
  readonly ifNotExists: boolean
  readonly comment: StringLiteral | undefined
  readonly options: ReadonlyArray<OptionPair>
  readonly span: Span
}

/** What CREATE FUNCTION and ALTER FUNCTION say. */
interface FunctionDefinition {
  readonly name: Name
  readonly temporary: boolean
  /** TEMPORARY SYSTEM FUNCTION. */
  readonly system: boolean
  readonly implementation: StringLiteral
  readonly language: "JAVA" | "SCALA" | "SQL" | "PYTHON" | undefined
  readonly span: Span
}

/** `CREATE [TEMPORARY [SYSTEM]] FUNCTION f AS 'class' [LANGUAGE l] [USING JAR '…', …] [WITH (…)]`. */
export interface CreateFunction extends FunctionDefinition {
  readonly kind: "createFunction"
  readonly ifNotExists: boolean
  readonly resources: ReadonlyArray<{
    readonly type: "JAR" | "ARTIFACT"
    readonly path: StringLiteral
  }>
  readonly options: ReadonlyArray<OptionPair>
}

/** `ALTER [TEMPORARY [SYSTEM]] FUNCTION f AS 'class' [LANGUAGE l]`. */
export interface AlterFunction extends FunctionDefinition {
  readonly kind: "alterFunction"
  readonly ifExists: boolean
}

// ── ALTER ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `ALTER TABLE [IF EXISTS] t action`. */
export interface AlterTable {
  readonly kind: "alterTable"
  readonly name: Name
  readonly ifExists: boolean
  readonly action: AlterTableAction
  readonly span: Span
}

/** What ALTER TABLE does. `parentheses` tells `ADD (a INT)` from `ADD a INT`. */
export type AlterTableAction =
  | { readonly kind: "renameTable"; readonly to: Name }
  | { readonly kind: "renameColumn"; readonly from: Name; readonly to: Name }
  | { readonly kind: "setOptions"; readonly options: ReadonlyArray<OptionPair> }
  | { readonly kind: "resetOptions"; readonly keys: ReadonlyArray<StringLiteral> }
  | ({ readonly kind: "addSchema" | "modifySchema"; readonly parentheses: boolean } & TableSchema)
  | {
    readonly kind: "addDistribution" | "modifyDistribution"
    readonly distribution: Distribution
  }
  | { readonly kind: "dropDistribution" }
  | {
    readonly kind: "addPartitions"
    readonly ifNotExists: boolean
    readonly partitions: ReadonlyArray<{
      readonly values: ReadonlyArray<PartitionValue>
      readonly options: ReadonlyArray<OptionPair>
    }>
  }
  | {
    readonly kind: "dropPartitions"
    readonly ifExists: boolean
    readonly partitions: ReadonlyArray<ReadonlyArray<PartitionValue>>
  }
  | {
    readonly kind: "dropColumns"
    readonly columns: ReadonlyArray<Name>
    readonly parentheses: boolean
  }
  | { readonly kind: "dropPrimaryKey" }
  | { readonly kind: "dropConstraint"; readonly name: Identifier }
  | { readonly kind: "dropWatermark" }

/** `ALTER MATERIALIZED TABLE t action`. */
export interface AlterMaterializedTable {
  readonly kind: "alterMaterializedTable"
  readonly name: Name
  readonly action:
    | AlterTableAction
    | { readonly kind: "suspend" }
    | { readonly kind: "resume"; readonly options: ReadonlyArray<OptionPair> }
    | { readonly kind: "refresh"; readonly partition: ReadonlyArray<PartitionValue> }
    | { readonly kind: "setFreshness"; readonly freshness: Expression }
    | { readonly kind: "setRefreshMode"; readonly mode: "FULL" | "CONTINUOUS" }
    | { readonly kind: "asQuery"; readonly query: Query }
  readonly span: Span
}

/** `ALTER VIEW v RENAME TO w` or `ALTER VIEW v AS query`: one of the two. */
export interface AlterView {
  readonly kind: "alterView"
  readonly name: Name
  readonly to: Name | undefined
  readonly query: Query | undefined
  readonly span: Span
}

/** `ALTER CATALOG c SET (…) | RESET (…) | COMMENT '…'`. */
export interface AlterCatalog {
  readonly kind: "alterCatalog"
  readonly name: Identifier
  readonly action:
    | { readonly kind: "setOptions"; readonly options: ReadonlyArray<OptionPair> }
    | { readonly kind: "resetOptions"; readonly keys: ReadonlyArray<StringLiteral> }
    | { readonly kind: "setComment"; readonly comment: StringLiteral }
  readonly span: Span
}

/** `ALTER DATABASE d SET (…)`. */
export interface AlterDatabase {
  readonly kind: "alterDatabase"
  readonly name: Name
  readonly options: ReadonlyArray<OptionPair>
  readonly span: Span
}
