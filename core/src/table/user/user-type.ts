/** Declared types of user functions as SQL types: texts are read as SQL's, Effect Schemas by what they decode to. */
import type * as SchemaAST from "effect/SchemaAST"
import { isFault } from "../../fault.ts"
import { parseScalar } from "../../sql/parser.ts"
import { schemaType } from "../../stream/schema-row.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { bindType } from "../planner/bind-type.ts"
import type { DeclaredType } from "./user-function.ts"
import { UserFunctionFault } from "./user-function-fault.ts"

function typeOfText(text: string): LogicalType {
  // As the field of a row it may say NOT NULL.
  const sql = `CAST(NULL AS ROW<x ${text}>)`
  const node = parseScalar(sql)
  if (node.kind !== "cast") throw new Error("Broken invariant: CAST gives a cast")
  const row = bindType({ file: "a function's declaration", text: sql }, node.type)
  if (row.kind !== "ROW") throw new Error("Broken invariant: ROW gives a row")
  return row.fields[0]!.type
}

/** The SQL type of a declared one. `name` and `part` are for messages. Throws UserFunctionFault. */
export function declaredType(declared: DeclaredType, name: string, part: string): LogicalType {
  try {
    if (typeof declared === "string") return typeOfText(declared)
    return schemaType(part, declared.ast as SchemaAST.AST)
  } catch (error) {
    if (!isFault(error)) throw error
    const reason = `its ${part} has no SQL type: ${(error as Error).message.split("\n")[0]}`
    throw new UserFunctionFault({ name, action: "declare", reason })
  }
}
