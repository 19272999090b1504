/**
 * The `orc` format.
 * @module
 */
export { factory } from "./factory.ts"
