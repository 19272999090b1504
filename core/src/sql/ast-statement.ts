/** Statements: what stands between two semicolons of a script. Each kind has the parts that the user may say and nothing more. */
import type { Identifier, Name, Span, StringLiteral } from "./ast-name.ts"
import type { Expression } from "./ast-expression.ts"
import type { Hint, Query } from "./ast-query.ts"
import type {
  AlterCatalog,
  AlterDatabase,
  AlterFunction,
  AlterMaterializedTable,
  AlterTable,
  AlterView,
  CreateCatalog,
  CreateDatabase,
  CreateFunction,
  CreateMaterializedTable,
  CreateTable,
  CreateView,
  OptionPair,
  PartitionValue
} from "./ast-definition.ts"

/** Any statement. */
export type Statement =
  | QueryStatement
  | Insert
  | Update
  | Delete
  | TruncateTable
  | StatementSet
  | BeginStatementSet
  | EndStatementSet
  | Execute
  | ExecutePlan
  | CompilePlan
  | CreateTable
  | CreateMaterializedTable
  | CreateView
  | CreateCatalog
  | CreateDatabase
  | CreateFunction
  | AlterTable
  | AlterMaterializedTable
  | AlterView
  | AlterCatalog
  | AlterDatabase
  | AlterFunction
  | Drop
  | AnalyzeTable
  | Describe
  | Show
  | Explain
  | Use
  | SetOption
  | ResetOption
  | Module
  | Jar
  | StopJob

/** A query that stands alone. */
export interface QueryStatement {
  readonly kind: "query"
  readonly query: Query
  readonly span: Span
}

// ── Changing rows ────────────────────────────────────────────────────────────────────────────────────────────────────

/** `INSERT INTO | OVERWRITE t [PARTITION (…)] [(columns)] query`; `upsert` for UPSERT INTO. */
export interface Insert {
  readonly kind: "insert"
  readonly upsert: boolean
  readonly overwrite: boolean
  readonly table: Name
  readonly hints: ReadonlyArray<Hint>
  readonly partition: ReadonlyArray<PartitionValue>
  /** Undefined when no list was given; a column is a path of a nested field at most. */
  readonly columns: ReadonlyArray<Name> | undefined
  readonly query: Query
  /** `ON CONFLICT DO …`. */
  readonly onConflict: "DEDUPLICATE" | "NOTHING" | "ERROR" | undefined
  readonly span: Span
}

/** `UPDATE t [AS a] SET x = 1 [WHERE …]`. */
export interface Update {
  readonly kind: "update"
  readonly table: Name
  readonly alias: Identifier | undefined
  readonly assignments: ReadonlyArray<{ readonly column: Name; readonly value: Expression }>
  readonly where: Expression | undefined
  readonly span: Span
}

/** `DELETE FROM t [AS a] [WHERE …]`. */
export interface Delete {
  readonly kind: "delete"
  readonly table: Name
  readonly alias: Identifier | undefined
  readonly where: Expression | undefined
  readonly span: Span
}

/** `TRUNCATE TABLE t`. */
export interface TruncateTable {
  readonly kind: "truncateTable"
  readonly table: Name
  readonly span: Span
}

/** `STATEMENT SET BEGIN insert; … END`, as EXECUTE, EXPLAIN and COMPILE PLAN hold it. */
export interface StatementSet {
  readonly kind: "statementSet"
  readonly inserts: ReadonlyArray<Insert>
  readonly span: Span
}

/** `BEGIN STATEMENT SET`: the inserts that follow in the script belong to it until END. */
export interface BeginStatementSet {
  readonly kind: "beginStatementSet"
  readonly span: Span
}

/** `END`, which closes BEGIN STATEMENT SET. */
export interface EndStatementSet {
  readonly kind: "endStatementSet"
  readonly span: Span
}

/** `EXECUTE STATEMENT SET BEGIN … END`, `EXECUTE INSERT …`, `EXECUTE SELECT …`. */
export interface Execute {
  readonly kind: "execute"
  readonly statement: StatementSet | Insert | QueryStatement
  readonly span: Span
}

/** `EXECUTE PLAN 'path'`. */
export interface ExecutePlan {
  readonly kind: "executePlan"
  readonly path: StringLiteral
  readonly span: Span
}

/** `COMPILE [AND EXECUTE] PLAN 'path' [IF NOT EXISTS] FOR …`. */
export interface CompilePlan {
  readonly kind: "compilePlan"
  readonly execute: boolean
  readonly path: StringLiteral
  readonly ifNotExists: boolean
  readonly statement: StatementSet | Insert
  readonly span: Span
}

// ── Everything else ──────────────────────────────────────────────────────────────────────────────────────────────────

/** `DROP [TEMPORARY [SYSTEM]] object [IF EXISTS] name [RESTRICT | CASCADE]`. */
export interface Drop {
  readonly kind: "drop"
  readonly object: "TABLE" | "MATERIALIZED TABLE" | "VIEW" | "CATALOG" | "DATABASE" | "FUNCTION"
  readonly name: Name
  readonly temporary: boolean
  readonly system: boolean
  readonly ifExists: boolean
  /** Only of a database. */
  readonly behaviour: "RESTRICT" | "CASCADE" | undefined
  readonly span: Span
}

/** `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS]`. */
export interface AnalyzeTable {
  readonly kind: "analyzeTable"
  readonly table: Name
  readonly partition: ReadonlyArray<PartitionValue>
  readonly columns: ReadonlyArray<Identifier>
  readonly allColumns: boolean
  readonly span: Span
}

/** `DESCRIBE [object] [EXTENDED] name`; `job` for DESCRIBE JOB. */
export interface Describe {
  readonly kind: "describe"
  readonly object: "TABLE" | "CATALOG" | "DATABASE" | "FUNCTION" | "JOB"
  readonly extended: boolean
  readonly name: Name | undefined
  readonly job: StringLiteral | undefined
  readonly span: Span
}

/** What SHOW can list or print. */
export type ShowObject =
  | "CATALOGS"
  | "DATABASES"
  | "TABLES"
  | "MATERIALIZED TABLES"
  | "VIEWS"
  | "COLUMNS"
  | "FUNCTIONS"
  | "USER FUNCTIONS"
  | "PROCEDURES"
  | "MODULES"
  | "FULL MODULES"
  | "PARTITIONS"
  | "JARS"
  | "JOBS"
  | "CURRENT CATALOG"
  | "CURRENT DATABASE"
  | "CREATE TABLE"
  | "CREATE MATERIALIZED TABLE"
  | "CREATE VIEW"
  | "CREATE CATALOG"

/** `SHOW object [FROM | IN name] [[NOT] LIKE 'pattern']`; `name` of SHOW CREATE and SHOW PARTITIONS has no preposition. */
export interface Show {
  readonly kind: "show"
  readonly object: ShowObject
  readonly preposition: "FROM" | "IN" | undefined
  readonly name: Name | undefined
  readonly like:
    | {
      readonly operator: "LIKE" | "ILIKE"
      readonly negated: boolean
      readonly pattern: StringLiteral
    }
    | undefined
  readonly partition: ReadonlyArray<PartitionValue>
  readonly span: Span
}

/** `EXPLAIN [PLAN FOR | mode, mode] statement`. */
export interface Explain {
  readonly kind: "explain"
  readonly modes: ReadonlyArray<ExplainMode>
  readonly statement: StatementSet | Insert | QueryStatement | CreateTable | Execute
  readonly span: Span
}

/** What EXPLAIN prints besides the plan. */
export type ExplainMode =
  | "ESTIMATED_COST"
  | "CHANGELOG_MODE"
  | "JSON_EXECUTION_PLAN"
  | "PLAN_ADVICE"

/** `USE CATALOG c`, `USE d`, `USE MODULES a, b`. */
export interface Use {
  readonly kind: "use"
  readonly object: "CATALOG" | "DATABASE" | "MODULES"
  /** One name, or the modules in order. */
  readonly names: ReadonlyArray<Name>
  readonly span: Span
}

/** `SET 'key' = 'value'`, or a bare `SET`. */
export interface SetOption {
  readonly kind: "set"
  readonly pair: OptionPair | undefined
  readonly span: Span
}

/** `RESET 'key'`, or a bare `RESET`. */
export interface ResetOption {
  readonly kind: "reset"
  readonly key: StringLiteral | undefined
  readonly span: Span
}

/** `LOAD MODULE m [WITH (…)]`, `UNLOAD MODULE m`. */
export interface Module {
  readonly kind: "module"
  readonly action: "LOAD" | "UNLOAD"
  readonly name: Identifier
  readonly options: ReadonlyArray<OptionPair>
  readonly span: Span
}

/** `ADD JAR 'path'`, `REMOVE JAR 'path'`. */
export interface Jar {
  readonly kind: "jar"
  readonly action: "ADD" | "REMOVE"
  readonly path: StringLiteral
  readonly span: Span
}

/** `STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]`. */
export interface StopJob {
  readonly kind: "stopJob"
  readonly job: StringLiteral
  readonly savepoint: boolean
  readonly drain: boolean
  readonly span: Span
}
