/**
 * The `orc` format.
 * @module
 */
export { factory } from "./factory.ts"
export { OrcColumnFault, OrcFault, OrcTypeFault, OrcValueFault } from "./fault.ts"
