/** What the statements of a script come to: nothing to see, a table to print, or a job to run. */
import type { ReadOptions } from "./options.ts"
import type { Plan } from "./plan.ts"

/** Where a statement begins: file, 1-based line and column. */
export interface StatementPlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The outcome of one statement. */
export type Outcome =
  /** Carried out. `statement` says what, as `CREATE TABLE`. */
  | {
    readonly kind: "done"
    readonly statement: string
    readonly place: StatementPlace
    /** Sentences that the user should see. */
    readonly warnings: ReadonlyArray<string>
  }
  /** Rows to print: SHOW, DESCRIBE, EXPLAIN, SET without a key. */
  | {
    readonly kind: "table"
    readonly columns: ReadonlyArray<string>
    readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
    readonly title?: string
    /** One text rather than a table: EXPLAIN, SHOW CREATE. */
    readonly plain: boolean
    readonly place: StatementPlace
  }
  /** A job to run. */
  | {
    readonly kind: "job"
    readonly plan: Plan
    /** `pipeline.name`, else after the file. Unique within the session. */
    readonly name: string
    /** Whether it ends in a `collect` node, whose rows are to be shown. */
    readonly query: boolean
    /** The session's options at this statement, read by the declarations of `session-options.ts`. */
    readonly settings: ReadOptions
    readonly place: StatementPlace
  }
