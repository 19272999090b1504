/**
 * GROUP BY as keys and sets of them. ROLLUP, CUBE and GROUPING SETS are written out: each item stands for a list of sets, several items
 * for every way of taking one set of each.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { bindExpression, scalarScope } from "./bind-expression.ts"
import type { GroupWindow } from "./bind-group-window.ts"
import { planFault } from "./plan-fault.ts"
import type { Scope } from "./scope.ts"

/** What rows are grouped by. Every set is a list of positions in `keys`, ascending, each once. */
export interface GroupKeys {
  readonly keys: ReadonlyArray<Expression>
  readonly sets: ReadonlyArray<ReadonlyArray<number>>
}

/** A query copies every row once per set. */
const setsMax = 4096

type KeyList = ReadonlyArray<Ast.Expression>

/** The keys and sets of a SELECT; without GROUP BY one set without keys. */
export function bindGroupKeys(
  node: Ast.Select,
  scope: Scope,
  window: GroupWindow | undefined
): GroupKeys {
  const keys: Array<Expression> = []
  const texts: Array<string> = []
  const add = (expression: Expression): number => {
    const text = JSON.stringify(expression)
    const known = texts.indexOf(text)
    if (known >= 0) return known
    texts.push(text)
    return keys.push(expression) - 1
  }
  const bound = new Map<Ast.Expression, ReadonlyArray<number>>()
  const numbersOf = (expression: Ast.Expression): ReadonlyArray<number> => {
    const known = bound.get(expression)
    if (known !== undefined) return known
    const numbers = window !== undefined && expression === window.node
      ? window.columns.map(add)
      : [add(bindKey(expression, node, scope))]
    bound.set(expression, numbers)
    return numbers
  }
  const lists = allSets(node, scope)
  const sets = lists.map((list) => [...new Set(list.flatMap(numbersOf))].sort((a, b) => a - b))
  if (node.groupBy?.distinct !== true) return { keys, sets }
  return { keys, sets: [...new Map(sets.map((set) => [set.join(), set])).values()] }
}

function allSets(node: Ast.Select, scope: Scope): ReadonlyArray<KeyList> {
  const { groupBy } = node
  let sets: ReadonlyArray<KeyList> = [[]]
  for (const item of groupBy?.items ?? []) {
    const own = setsOf(item, scope)
    if (sets.length * own.length > setsMax) throw tooMany(item.span, scope)
    sets = sets.flatMap((set) => own.map((more) => [...set, ...more]))
  }
  return sets
}

function tooMany(span: Ast.Span, scope: Scope): Error {
  return planFault(
    scope.context.source,
    span,
    `GROUP BY stands for more than ${setsMax} grouping sets`,
    "Name the sets you need in GROUPING SETS"
  )
}

function setsOf(item: Ast.GroupItem, scope: Scope): ReadonlyArray<KeyList> {
  switch (item.kind) {
    case "groupExpression":
      return [[item.expression]]
    case "groupSet":
      return [item.items]
    case "groupingSets":
      return item.items.flatMap((inner) => setsOf(inner, scope))
    case "rollup": {
      const parts = item.items.flatMap((inner) => setsOf(inner, scope))
      return Array.from(
        { length: parts.length + 1 },
        (_, left) => parts.slice(0, parts.length - left).flat()
      )
    }
    case "cube": {
      const parts = item.items.flatMap((inner) => setsOf(inner, scope))
      if (2 ** parts.length > setsMax) throw tooMany(item.span, scope)
      return Array.from(
        { length: 2 ** parts.length },
        (_, out) => parts.filter((_, at) => (out & (1 << (parts.length - 1 - at))) === 0).flat()
      )
    }
  }
}

/** A key: an expression over the input, the name of a SELECT item that no column has, or the number of an item. */
function bindKey(expression: Ast.Expression, node: Ast.Select, scope: Scope): Expression {
  const at = scalarScope(scope, "GROUP BY")
  if (expression.kind === "number" && expression.form === "integer") {
    const item = node.items[Number(expression.text) - 1]
    if (item === undefined) {
      throw planFault(
        scope.context.source,
        expression.span,
        `GROUP BY ${expression.text} names no item: SELECT has ${node.items.length}`
      )
    }
    if (item.expression.kind !== "star") return bindExpression(item.expression, at)
  }
  const only = expression.kind === "column" && expression.path.length === 1
    ? expression.path[0]!.name
    : undefined
  if (only !== undefined && !scope.columns.some((column) => column.name === only)) {
    const item = node.items.find((candidate) => candidate.alias?.name === only)
    if (item !== undefined) return bindExpression(item.expression, at)
  }
  return bindExpression(expression, at)
}
