/** The syntax tree of the whole language, as plain data. Every node is told by its `kind` and knows the `span` that it was read from. */
export type * from "./ast-name.ts"
export type * from "./ast-expression.ts"
export type * from "./ast-query.ts"
export type * from "./ast-definition.ts"
export type * from "./ast-statement.ts"
