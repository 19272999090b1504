/**
 * Millrace's core: the engine and the table layer.
 * @module
 */
export type * as Factory from "./table/factory.ts"
