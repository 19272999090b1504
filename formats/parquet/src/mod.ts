/**
 * The `parquet` format.
 * @module
 */
export { factory } from "./factory.ts"
