/**
 * Joins in FROM: by a condition, by USING or NATURAL, with a LATERAL query or the elements of a collection, whose right side looks at the
 * left one.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { asElements, bindCondition, callScalar, scalarScope } from "./bind-expression.ts"
import { joinedParts } from "./bind-subquery.ts"
import { bindTemporal } from "./bind-temporal.ts"
import { bindUnnest } from "./bind-unnest.ts"
import { Correlation } from "./correlation.ts"
import { decorrelate } from "./decorrelate.ts"
import { allOf, input, substitute, truth } from "./expression-tree.ts"
import { columnsOf, nullableInputs, orMissing } from "./free-query.ts"
import { makeJoin } from "./make-join.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import type { JoinType } from "./relation.ts"
import { type BindContext, resolveColumn, type Scope, type ScopeColumn } from "./scope.ts"

/** Binds a table of FROM: given by the caller, as joins hold tables and tables hold joins. */
export type TableBinder = (node: Ast.TableReference, context: BindContext) => Scope

/** Names the columns of a table by its alias. */
export type Aliaser = (node: Ast.AliasedTable, scope: Scope) => Scope

const joinTypes: Readonly<Record<Ast.Join["type"], JoinType>> = {
  INNER: "inner",
  CROSS: "inner",
  COMMA: "inner",
  LEFT: "left",
  RIGHT: "right",
  FULL: "full"
}

/** Bind a join. */
export function bindJoin(
  node: Ast.Join,
  context: BindContext,
  bind: TableBinder,
  alias: Aliaser
): Scope {
  const left = bind(node.left, context)
  const bare = bareTable(node.right)
  if (bare.kind === "unnest") return joinUnnest(node, bare, left, alias)
  const elements = bare.kind === "functionTable" ? asElements(bare, context) : undefined
  if (elements !== undefined) return joinUnnest(node, elements, left, alias)
  if (bare.kind === "derivedTable" && bare.lateral) return joinLateral(node, left, bind)
  if (bare.kind === "namedTable" && bare.systemTime !== undefined) {
    const now = bind({ ...bare, systemTime: undefined }, context)
    const right = node.right.kind === "aliasedTable" ? alias(node.right, now) : now
    return bindTemporal({ join: node, table: bare, left, right })
  }
  const right = bind(node.right, context)
  const type = joinTypes[node.type]
  const width = left.relation.columns.length
  const shifted = right.columns.map((column) => ({ ...column, index: column.index + width }))
  const both = bothScope(left, right, shifted)
  const using = node.natural ? commonNames(node, left, right) : node.using
  const condition = using !== undefined
    ? usingCondition(using, left, { ...both, columns: shifted })
    : node.on && bindCondition(node.on, scalarScope(both, "ON"))
  const relation = makeJoin(context.pool, {
    type,
    left: left.relation,
    right: right.relation,
    leftKeys: [],
    rightKeys: [],
    condition
  })
  const joined: Scope = { context, relation, columns: both.columns }
  return using === undefined ? joined : usingScope(node.type, using, joined, left.columns, shifted)
}

/** The names that reach the columns of both sides; its relation only tells their types. */
function bothScope(left: Scope, right: Scope, shifted: ReadonlyArray<ScopeColumn>): Scope {
  const { context } = left
  const relation = context.pool.make(
    { kind: "join", type: "inner", leftKeys: [], rightKeys: [], condition: undefined },
    [left.relation, right.relation]
  )
  return { context, relation, columns: [...left.columns, ...shifted] }
}

function bareTable(node: Ast.TableReference): Ast.TableReference {
  return node.kind === "aliasedTable" ? bareTable(node.table) : node
}

/** Names that both sides have, in the order of the left. */
function commonNames(node: Ast.Join, left: Scope, right: Scope): ReadonlyArray<Ast.Identifier> {
  const namesOf = (scope: Scope): ReadonlySet<string> =>
    new Set(scope.columns.filter((column) => !column.qualifiedOnly).map((column) => column.name))
  const others = namesOf(right)
  return [...namesOf(left)].filter((name) => others.has(name)).map((name) => ({
    kind: "identifier",
    name,
    quoted: false,
    span: node.span
  }))
}

/** `right` has the columns of the right side, numbered within both. */
function usingCondition(
  using: ReadonlyArray<Ast.Identifier>,
  left: Scope,
  right: Scope
): Expression | undefined {
  return allOf(using.map((name) => {
    const args = [resolveColumn(left, [name]), resolveColumn(right, [name])]
    return callScalar(scalarScope(right, "USING"), "=", args, name.span)
  }))
}

/** The merged columns first, then the others of the left, then of the right. A full join gives what either side has. */
function usingScope(
  type: Ast.Join["type"],
  using: ReadonlyArray<Ast.Identifier>,
  joined: Scope,
  left: ReadonlyArray<ScopeColumn>,
  right: ReadonlyArray<ScopeColumn>
): Scope {
  const { pool } = joined.context
  const merged = new Set(using.map((name) => name.name))
  const pick = (side: ReadonlyArray<ScopeColumn>, { name }: Ast.Identifier): ScopeColumn =>
    side.find((column) => column.name === name && !column.qualifiedOnly)!
  const rest = (side: ReadonlyArray<ScopeColumn>): ReadonlyArray<ScopeColumn> =>
    side.filter((column) => !merged.has(column.name))
  const masked = (side: ReadonlyArray<ScopeColumn>): ReadonlyArray<ScopeColumn> =>
    side.filter((column) => merged.has(column.name)).map((column) => ({
      ...column,
      qualifiedOnly: true
    }))
  const others = [...rest(left), ...rest(right)]
  if (type !== "FULL") {
    const [kept, hidden] = type === "RIGHT" ? [right, left] : [left, right]
    const first = using.map((name) => pick(kept, name))
    return { ...joined, columns: [...first, ...others, ...masked(hidden)] }
  }
  const all = columnsOf(joined.relation)
  const either = using.map((name) =>
    callScalar(scalarScope(joined, "USING"), "COALESCE", [
      all[pick(left, name).index]!,
      all[pick(right, name).index]!
    ], name.span)
  )
  const relation = pool.project(joined.relation, [...all, ...either], [
    ...joined.relation.columns.map((column) => column.name),
    ...using.map((name) => name.name)
  ])
  const first = using.map(({ name }, i): ScopeColumn => ({
    name,
    table: [],
    index: all.length + i,
    qualifiedOnly: false
  }))
  return { ...joined, relation, columns: [...first, ...others, ...masked(left), ...masked(right)] }
}

function refuseSides(node: Ast.Join, what: string, { context: { source } }: Scope): void {
  if (node.type === "RIGHT" || node.type === "FULL") {
    throw planFault(
      source,
      node.span,
      `${node.type} JOIN cannot have ${what} on its right side, as it looks at the left one`,
      "Use CROSS JOIN or LEFT JOIN … ON TRUE"
    )
  }
  if (node.natural || node.using !== undefined) {
    throw notSupported(source, node.span, `NATURAL JOIN or USING with ${what}`)
  }
}

function joinUnnest(node: Ast.Join, unnest: Ast.UnnestTable, left: Scope, alias: Aliaser): Scope {
  refuseSides(node, "UNNEST", left)
  const { context } = left
  const { scope, columns } = bindUnnest(unnest, left, node.type === "LEFT")
  const own: Scope = { ...scope, columns }
  const named = node.right.kind === "aliasedTable" ? alias(node.right, own) : own
  const both: Scope = { ...scope, columns: [...left.columns, ...named.columns] }
  const condition = node.on && bindCondition(node.on, scalarScope(both, "ON"))
  if (condition === undefined) return both
  if (node.type === "LEFT" && (condition.op !== "literal" || condition.value !== true)) {
    throw notSupported(context.source, node.on!.span, "LEFT JOIN UNNEST with a condition")
  }
  return { ...both, relation: context.pool.filter(scope.relation, condition) }
}

/** The right side is a query that uses columns of the left one. */
function joinLateral(node: Ast.Join, left: Scope, bind: TableBinder): Scope {
  refuseSides(node, "LATERAL", left)
  const { context } = left
  const { pool, source } = context
  const outer = new Correlation(left)
  const right = bind(node.right, { ...context, outer })
  const { targets } = outer
  const free = decorrelate(right.relation, {
    pool,
    relation: left.relation,
    targets,
    refuse: (what) => notSupported(source, node.right.span, `${what} in a LATERAL query`)
  })
  const width = left.relation.columns.length
  const { conditions, outputs, missing } = joinedParts(free, targets, width)
  const shifted = right.columns.map((column) => ({ ...column, index: column.index + width }))
  const on = node.on &&
    bindCondition(node.on, scalarScope(bothScope(left, right, shifted), "ON"))
  const own = columnsOf(left.relation)
  const isOuter = node.type === "LEFT"
  const always = on === undefined || (on.op === "literal" && on.value === true)
  if (missing !== undefined && isOuter && !always) {
    throw notSupported(source, node.on!.span, "LEFT JOIN LATERAL of an aggregate with a condition")
  }
  const padded = isOuter || missing !== undefined
  const condition = padded && on !== undefined && missing === undefined
    ? [...conditions, substitute(on, [...own, ...outputs])]
    : conditions
  const marked = pool.project(free.relation, [...columnsOf(free.relation), truth(true)])
  const join = makeJoin(pool, {
    type: padded ? "left" : "inner",
    left: left.relation,
    right: marked,
    leftKeys: [],
    rightKeys: [],
    condition: allOf(condition)
  })
  const marker = join.columns.length - 1
  const values = outputs.map((output, i) =>
    padded
      ? orMissing(
        nullableInputs(output, width),
        input(marker, join.columns[marker]!.type),
        missing?.[i] ??
          { op: "literal", value: null, type: { ...output.type, nullable: true } }
      )
      : output
  )
  const names = [...left.relation.columns, ...right.relation.columns].map((column) => column.name)
  const projected = pool.project(join, [...own, ...values], names)
  const relation = on === undefined || (padded && missing === undefined)
    ? projected
    : pool.filter(projected, on)
  return { context, relation, columns: [...left.columns, ...shifted] }
}
