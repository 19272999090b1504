/** CREATE, ALTER and DROP FUNCTION. A module is loaded at once, so that what is wrong with it is told by the statement. */
import type * as Ast from "../sql/ast.ts"
import type { CatalogFunctions } from "./catalog/catalog.ts"
import { type ObjectPath, pathText } from "./catalog/object-path.ts"
import { notSupported, planFault } from "./planner/plan-fault.ts"
import type { BindContext } from "./planner/scope.ts"
import { partsOf } from "./session-object.ts"
import { UserFunctionFault } from "./user/user-function-fault.ts"
import type { UserFunctions } from "./user/user-functions.ts"

type Definition = Ast.CreateFunction | Ast.AlterFunction

function need(context: BindContext, span: Ast.Span): UserFunctions {
  if (context.functions === undefined) throw notSupported(context.source, span, "Functions here")
  return context.functions
}

/** Load what a definition names; the answer can be loaded again from anywhere. */
async function implement(context: BindContext, node: Definition, sql: string): Promise<string> {
  const { source } = context
  if (node.language !== undefined) {
    throw notSupported(
      source,
      node.span,
      `A function in ${node.language}: leave LANGUAGE out and name 'module.ts#export', which`
    )
  }
  if (node.kind === "createFunction" && node.resources.length > 0) {
    throw notSupported(
      source,
      node.span,
      "USING, as functions are modules of TypeScript or JavaScript,"
    )
  }
  try {
    return await need(context, node.span).resolve(sql, node.implementation.value, source.file)
  } catch (error) {
    if (!(error instanceof UserFunctionFault)) throw error
    throw planFault(source, node.implementation.span, error.message)
  }
}

function pathOf(context: BindContext, name: Ast.Name): ObjectPath {
  const parts = partsOf(name)
  return context.catalogs.path([...parts.slice(0, -1), parts.at(-1)!.toLowerCase()])
}

/** Functions of the catalog of a path. */
function keeper(context: BindContext, path: ObjectPath, name: Ast.Name): CatalogFunctions {
  const catalog = context.catalogs.catalog(path.catalog)
  if (catalog === undefined) {
    throw planFault(context.source, name.span, `Catalog '${path.catalog}' does not exist`)
  }
  if (catalog.functions === undefined) {
    throw planFault(
      context.source,
      name.span,
      `Catalog '${path.catalog}' keeps no functions`,
      "Write TEMPORARY"
    )
  }
  return catalog.functions
}

/** CREATE FUNCTION. */
export async function createFunction(
  context: BindContext,
  node: Ast.CreateFunction
): Promise<string> {
  const functions = need(context, node.span)
  const { source } = context
  const exists = (known: boolean): boolean => {
    if (!known || node.ifNotExists) return known
    throw planFault(
      source,
      node.name.span,
      `Function '${partsOf(node.name).join(".")}' already exists`,
      "Write IF NOT EXISTS, or drop it first"
    )
  }
  if (node.system) {
    const name = partsOf(node.name).at(-1)!.toLowerCase()
    if (!exists(functions.has(name))) functions.define(name, await implement(context, node, name))
    return "CREATE FUNCTION"
  }
  const path = pathOf(context, node.name)
  const text = pathText(path)
  if (node.temporary) {
    if (!exists(functions.temporary(text) !== undefined)) {
      functions.setTemporary(text, await implement(context, node, text))
    }
    return "CREATE FUNCTION"
  }
  const kept = keeper(context, path, node.name)
  const names = await kept.list(path.database)
  if (exists(names.includes(path.object))) return "CREATE FUNCTION"
  const implementation = await implement(context, node, text)
  await kept.create(path, { implementation, language: "TYPESCRIPT" }, node.ifNotExists)
  return "CREATE FUNCTION"
}

/** ALTER FUNCTION: another implementation. */
export async function alterFunction(
  context: BindContext,
  node: Ast.AlterFunction
): Promise<string> {
  const functions = need(context, node.span)
  const missing = (): string => {
    if (node.ifExists) return "ALTER FUNCTION"
    throw planFault(
      context.source,
      node.name.span,
      `Function '${partsOf(node.name).join(".")}' does not exist`
    )
  }
  if (node.system || node.temporary) {
    throw notSupported(context.source, node.span, "ALTER TEMPORARY FUNCTION")
  }
  const path = pathOf(context, node.name)
  const kept = keeper(context, path, node.name)
  if (!(await kept.list(path.database)).includes(path.object)) return missing()
  const implementation = await implement(context, node, pathText(path))
  await kept.alter(path, { implementation, language: "TYPESCRIPT" }, false)
  functions.forget(pathText(path))
  return "ALTER FUNCTION"
}

/** DROP FUNCTION. */
export async function dropFunction(context: BindContext, node: Ast.Drop): Promise<string> {
  const functions = need(context, node.span)
  const path = pathOf(context, node.name)
  const text = pathText(path)
  const gone = node.system
    ? functions.drop(path.object)
    : node.temporary
    ? functions.dropTemporary(text)
    : await dropKept(context, path, node)
  if (!gone && !node.ifExists) {
    throw planFault(
      context.source,
      node.name.span,
      `Function '${partsOf(node.name).join(".")}' does not exist`
    )
  }
  return "DROP FUNCTION"
}

async function dropKept(context: BindContext, path: ObjectPath, node: Ast.Drop): Promise<boolean> {
  const kept = keeper(context, path, node.name)
  if (!(await kept.list(path.database)).includes(path.object)) return false
  await kept.drop(path, true)
  return true
}
