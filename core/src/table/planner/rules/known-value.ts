/**
 * Behind a filter `column = constant` the column is that constant: what is computed there gets smaller, and columns that only
 * the other branches of a CASE looked at are not read.
 */
import type { Expression } from "../../expression.ts"
import { conjunctsOf, mapParts, pathOf } from "../expression-tree.ts"
import { isKind, type Relation } from "../relation.ts"
import type { Rule, RuleContext } from "../rule.ts"
import { simplify } from "../simplify.ts"

/** Types in which equal values are the same value: not so 0.0 and -0.0. */
const exact: ReadonlySet<string> = new Set(["TINYINT", "SMALLINT", "INT", "BIGINT", "DATE"])

function useKnown(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "project")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "filter")) return undefined
  const known = knownValues(below.work.condition)
  if (known.size === 0) return undefined
  const expressions = relation.work.expressions.map((expression) => replace(expression, known))
  if (expressions.every((expression, at) => expression === relation.work.expressions[at])) {
    return undefined
  }
  return pool.project(below, expressions, relation.columns.map((column) => column.name))
}

function knownValues(condition: Expression): ReadonlyMap<string, Expression> {
  const known = new Map<string, Expression>()
  for (const conjunct of conjunctsOf(condition)) {
    if (conjunct.op !== "call" || conjunct.name !== "equals") continue
    const [a, b] = conjunct.args as [Expression, Expression]
    const [column, value] = a.op === "literal" ? [b, a] : [a, b]
    const path = pathOf(column)
    if (path === undefined || value.op !== "literal" || value.value === null) continue
    if (exact.has(column.type.kind) && column.type.kind === value.type.kind) {
      known.set(path.join("."), value)
    }
  }
  return known
}

/** A column that is given on as it is stays: copying it is cheaper than making it. */
function replace(expression: Expression, known: ReadonlyMap<string, Expression>): Expression {
  if (pathOf(expression) !== undefined) return expression
  const inner = (part: Expression): Expression => {
    const path = pathOf(part)
    if (path !== undefined) return known.get(path.join(".")) ?? part
    return mapParts(part, inner)
  }
  const replaced = inner(expression)
  return replaced === expression ? expression : simplify(replaced)
}

/** Project over filter. */
export const knownValue: Rule = { name: "known-value", kind: "project", apply: useKnown }
