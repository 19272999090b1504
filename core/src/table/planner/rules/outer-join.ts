/**
 * A filter that no padded row passes makes an outer join an inner one (a full one a left or right one): rows that only stand until a
 * partner comes, and are taken back then, are not made.
 */
import type { Expression } from "../../expression.ts"
import { isUserName, scalarOf } from "../../function/registry.ts"
import { conjunctsOf } from "../expression-tree.ts"
import { isKind, type JoinType, type Relation } from "../relation.ts"
import type { Rule, RuleContext } from "../rule.ts"

type IsPadded = (column: number) => boolean

function narrowJoin(relation: Relation, { pool, isShared }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const join = relation.inputs[0]!
  if (!isKind(join, "join") || isShared(join)) return undefined
  const { type } = join.work
  if (type !== "left" && type !== "right" && type !== "full") return undefined
  const width = join.inputs[0]!.columns.length
  const conjuncts = conjunctsOf(relation.work.condition)
  const rejects = (isPadded: IsPadded): boolean =>
    conjuncts.some((conjunct) => isNeverTrue(conjunct, isPadded))
  const keepsLeft = type !== "right" && !rejects((column) => column >= width)
  const keepsRight = type !== "left" && !rejects((column) => column < width)
  const narrowed = joinTypes[`${keepsLeft} ${keepsRight}`]!
  if (narrowed === type) return undefined
  const names = join.columns.map((column) => column.name)
  return pool.filter(
    pool.make({ ...join.work, type: narrowed }, join.inputs, names),
    relation.work.condition
  )
}

/** By whether rows of the left side, and of the right one, stay without a partner. */
const joinTypes: Readonly<Record<string, JoinType>> = {
  "true true": "full",
  "true false": "left",
  "false true": "right",
  "false false": "inner"
}

/** Whether a condition is never TRUE when the padded columns are NULL. */
function isNeverTrue(condition: Expression, isPadded: IsPadded): boolean {
  if (isNull(condition, isPadded)) return true
  if (condition.op !== "call") return false
  if (condition.name === "isNotNull") return isNull(condition.args[0]!, isPadded)
  return condition.name === "or" && condition.args.every((arg) => isNeverTrue(arg, isPadded))
}

/** Whether an expression is NULL when the padded columns are. */
function isNull(expression: Expression, isPadded: IsPadded): boolean {
  switch (expression.op) {
    case "input":
      return isPadded(expression.index)
    case "field":
    case "cast":
      return isNull(expression.of, isPadded)
    case "call":
      return !isUserName(expression.name) && scalarOf(expression.name).strict !== false &&
        expression.args.some((arg) => isNull(arg, isPadded))
    case "literal":
      return false
  }
}

/** Filter over an outer join. */
export const outerJoinRule: Rule = { name: "outer-join", kind: "filter", apply: narrowJoin }
