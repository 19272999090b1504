/** Calls of users' functions: found by name, typed by their declarations. */
import type * as Ast from "../../sql/ast.ts"
import { pathText } from "../catalog/object-path.ts"
import type { Expression } from "../expression.ts"
import type { KnownFunction } from "../user/user-call.ts"
import { inferUser } from "../user/user-call.ts"
import { UserFunctionFault } from "../user/user-function-fault.ts"
import { planFault } from "./plan-fault.ts"
import type { BindContext } from "./scope.ts"

/** The function of the system that a call of one name means: it hides those that are built in. */
export function systemFunction(context: BindContext, node: Ast.Call): KnownFunction | undefined {
  const { functions } = context
  if (functions === undefined || node.name.parts.length !== 1) return undefined
  const name = node.name.parts[0]!.name
  return placed(context, node, () => functions.system(name)?.known)
}

/** The function of a catalog that a call means. */
export function catalogFunction(context: BindContext, node: Ast.Call): KnownFunction | undefined {
  const { functions, catalogs } = context
  if (functions === undefined) return undefined
  const parts = node.name.parts.map((part) => part.name)
  const found = catalogs.path([...parts.slice(0, -1), parts.at(-1)!.toLowerCase()], context.home)
  const text = pathText(found)
  const temporary = functions.temporary(text)
  if (temporary !== undefined) {
    return placed(context, node, () => functions.load(text, temporary).known)
  }
  const kept = catalogs.catalog(found.catalog)?.functions
  if (kept === undefined || catalogs.database(found.catalog, found.database) === undefined) {
    return undefined
  }
  const names = catalogs.read(
    `functions ${found.catalog}.${found.database}`,
    () => kept.list(found.database)
  )
  if (!names.includes(found.object)) return undefined
  const { implementation } = catalogs.read(`function ${text}`, () => kept.get(found))
  return placed(context, node, () => functions.load(text, implementation).known)
}

/** What a function's module is at fault for gets the place of the call. */
function placed<A>(context: BindContext, node: Ast.Call, find: () => A): A {
  try {
    return find()
  } catch (error) {
    if (!(error instanceof UserFunctionFault)) throw error
    throw planFault(context.source, node.name.span, error.message)
  }
}

/** A call of a scalar function with its arguments, which `cast` brings to its types. */
export function bindUserScalar(
  context: BindContext,
  node: Ast.Call,
  known: KnownFunction,
  args: ReadonlyArray<Expression>,
  cast: (arg: Expression, type: Expression["type"]) => Expression
): Expression {
  const signature = inferUser(known, args.map((arg) => arg.type))
  if (typeof signature === "string") throw planFault(context.source, node.span, signature)
  const given = args.map((arg, i) => cast(arg, signature.args[i]!))
  return { op: "call", name: known.name, args: given, type: signature.type }
}
