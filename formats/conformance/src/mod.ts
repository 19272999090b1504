/**
 * Suites that every format runs: row formats, formats of messages, bulk formats.
 * @module
 */
export * from "./bulk.ts"
export * from "./bulk-damage.ts"
export { type Check } from "./check.ts"
export * from "./messages.ts"
export * from "./row.ts"
