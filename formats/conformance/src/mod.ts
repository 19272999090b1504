/**
 * Suites that every format runs: row formats and bulk formats.
 * @module
 */
export * from "./bulk.ts"
export * from "./row.ts"
