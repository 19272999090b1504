/** Neighbouring projections become one, neighbouring filters too. */
import { allOf, isUnstable, sizeOf, substitute } from "../expression-tree.ts"
import { isKind, type Relation } from "../relation.ts"
import type { Rule, RuleContext } from "../rule.ts"

/** Expressions do not grow past this many nodes by substitution. */
const sizeMax = 2000

/** Whether `expressions` may be written over the input of a projection. */
export function mayMerge(
  outer: ReadonlyArray<Parameters<typeof substitute>[0]>,
  inner: ReadonlyArray<Parameters<typeof substitute>[0]>
): boolean {
  if (inner.some(isUnstable)) return false
  const merged = outer.reduce((size, expression) => size + sizeOf(expression, sizeMax), 0) *
    inner.reduce((most, expression) => Math.max(most, sizeOf(expression, sizeMax)), 1)
  return merged <= sizeMax * 10
}

function mergeProjects(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "project")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "project")) return undefined
  const inner = below.work.expressions
  if (!mayMerge(relation.work.expressions, inner)) return undefined
  const expressions = relation.work.expressions.map((expression) => substitute(expression, inner))
  return pool.project(below.inputs[0]!, expressions, relation.columns.map((column) => column.name))
}

function mergeFilters(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "filter")) return undefined
  return pool.filter(below.inputs[0]!, allOf([below.work.condition, relation.work.condition]))
}

/** Project over project. */
export const projectMerge: Rule = { name: "project-merge", kind: "project", apply: mergeProjects }

/** Filter over filter. */
export const filterMerge: Rule = { name: "filter-merge", kind: "filter", apply: mergeFilters }
