/**
 * The `parquet` format.
 * @module
 */
export { factory } from "./factory.ts"
export { ParquetColumnFault, ParquetFault, ParquetTypeFault, ParquetValueFault } from "./fault.ts"
