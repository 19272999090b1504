/**
 * What the command is made of, for programs that run scripts as it does.
 * @module
 */
export { builtIn } from "./registry.ts"
export { jobOptions } from "./job-options.ts"
export { type Command, commands, type Flag } from "./arguments.ts"
