/**
 * Filters move towards the sources: through projections, unions, joins and windowing functions, and through an operator with state
 * where they only look at what it groups by, unless others read that operator too.
 */
import type { Expression } from "../../expression.ts"
import {
  allOf,
  conjunctsOf,
  input,
  inputsOf,
  isUnstable,
  mapInputs,
  substitute
} from "../expression-tree.ts"
import { makeJoin } from "../make-join.ts"
import { isKind, type Relation } from "../relation.ts"
import type { Rule, RuleContext } from "../rule.ts"
import { mayMerge } from "./merge.ts"

function throughProject(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "project") || !mayMerge([relation.work.condition], below.work.expressions)) {
    return undefined
  }
  const filtered = pool.filter(
    below.inputs[0]!,
    substitute(relation.work.condition, below.work.expressions)
  )
  return pool.project(filtered, below.work.expressions, below.columns.map((column) => column.name))
}

function throughUnion(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "union")) return undefined
  const { condition } = relation.work
  return pool.make(
    below.work,
    below.inputs.map((side) => pool.filter(side, condition)),
    below.columns.map((column) => column.name)
  )
}

/** Conjuncts that use accepted columns only, and the others. */
function divide(
  condition: Expression,
  accepts: (column: number) => boolean
): { readonly moved: ReadonlyArray<Expression>; readonly kept: ReadonlyArray<Expression> } {
  const moves = (conjunct: Expression): boolean =>
    !isUnstable(conjunct) && [...inputsOf(conjunct)].every(accepts)
  const conjuncts = conjunctsOf(condition)
  return { moved: conjuncts.filter(moves), kept: conjuncts.filter((conjunct) => !moves(conjunct)) }
}

function throughWindow(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "window") && !isKind(below, "unnest") && !isKind(below, "lookup")) {
    return undefined
  }
  const source = below.inputs[0]!
  // Rows that a filter drops hold sessions together: only whole partitions may go before.
  const partition = isKind(below, "window") && below.work.window.kind === "session"
    ? below.work.partition ?? []
    : undefined
  const { moved, kept } = divide(
    relation.work.condition,
    (column) => partition?.includes(column) ?? column < source.columns.length
  )
  if (moved.length === 0) return undefined
  return pool.filter(pool.make(below.work, [pool.filter(source, allOf(moved))]), allOf(kept))
}

function throughAggregate(
  relation: Relation,
  { pool, isShared }: RuleContext
): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "aggregate") || isShared(below)) return undefined
  const { keys } = below.work
  const { moved, kept } = divide(relation.work.condition, (column) => column < keys.length)
  if (keys.length === 0 || !moved.some((conjunct) => inputsOf(conjunct).size > 0)) return undefined
  const source = below.inputs[0]!
  const lowered = moved.map((conjunct) =>
    mapInputs(conjunct, (index, type) => input(keys[index]!, type))
  )
  return pool.filter(pool.make(below.work, [pool.filter(source, allOf(lowered))]), allOf(kept))
}

/** Row numbers and ranks count within a partition: whole partitions may go before. */
function throughPartition(
  relation: Relation,
  { pool, isShared }: RuleContext
): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "number") && !isKind(below, "rank") && !isKind(below, "over")) return undefined
  if (isShared(below)) return undefined
  const partition = new Set(below.work.partition)
  if (below.work.kind === "rank" && below.work.windowEnd !== undefined) {
    partition.add(below.work.windowEnd)
  }
  const { moved, kept } = divide(relation.work.condition, (column) => partition.has(column))
  if (!moved.some((conjunct) => inputsOf(conjunct).size > 0)) return undefined
  return pool.filter(
    pool.make(below.work, [pool.filter(below.inputs[0]!, allOf(moved))]),
    allOf(kept)
  )
}

function throughJoin(relation: Relation, { pool, isShared }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "join") || isShared(below)) return undefined
  const [left, right] = below.inputs as [Relation, Relation]
  const { type, leftKeys, rightKeys, nullSafe, interval } = below.work
  if (type === "inner" && below.work.temporal === undefined) {
    const condition = allOf([
      ...below.work.condition === undefined ? [] : [below.work.condition],
      relation.work.condition
    ])
    return makeJoin(pool, { type, left, right, leftKeys, rightKeys, nullSafe, interval, condition })
  }
  const width = left.columns.length
  if (type === "right" || type === "full") return undefined
  const { moved, kept } = divide(relation.work.condition, (column) => column < width)
  if (!moved.some((conjunct) => inputsOf(conjunct).size > 0)) return undefined
  const join = pool.make(below.work, [pool.filter(left, allOf(moved)), right])
  return pool.filter(join, allOf(kept))
}

function pushed(name: string, apply: Rule["apply"]): Rule {
  return { name: `filter-through-${name}`, kind: "filter", apply }
}

/** All of them. */
export const filterRules: ReadonlyArray<Rule> = [
  pushed("project", throughProject),
  pushed("union", throughUnion),
  pushed("window", throughWindow),
  pushed("aggregate", throughAggregate),
  pushed("partition", throughPartition),
  pushed("join", throughJoin)
]
