/**
 * Suites that every connector runs: what it declares about loss and repetition is proved, and no more.
 * @module
 */
export * from "./check.ts"
export * from "./read-table.ts"
export * from "./rows.ts"
export * from "./sink-checks.ts"
export * from "./sink-suite.ts"
export * from "./source-checks.ts"
export * from "./source-suite.ts"
export * from "./table.ts"
