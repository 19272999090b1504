/**
 * Joins in their normal form: equalities between the sides are keys (computed first where they are no columns), conditions of one
 * side stand below the join where that keeps its meaning, what is left is the join's own condition.
 */
import { simple } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { commonType } from "../function/type-rule.ts"
import { castTo } from "./bind-expression.ts"
import {
  allOf,
  conjunctsOf,
  input,
  inputsOf,
  isUnstable,
  mapInputs,
  shift
} from "./expression-tree.ts"
import { outerBase, type RelationPool } from "./relation-pool.ts"
import { findInterval, type FoundInterval } from "./interval-bounds.ts"
import type { JoinInterval, JoinTimes, JoinType, Relation, WindowColumn } from "./relation.ts"

interface Split {
  readonly leftKeys: Array<Expression>
  readonly rightKeys: Array<Expression>
  readonly left: Array<Expression>
  readonly right: Array<Expression>
  readonly rest: Array<Expression>
  /** Positions of keys in which NULL equals NULL. */
  readonly nullSafe: Array<number>
}

/** What a join is made of. `condition` is over left, then right columns. */
export interface JoinParts {
  readonly type: JoinType
  readonly left: Relation
  readonly right: Relation
  /** Keys known already, as columns of each side. */
  readonly leftKeys: ReadonlyArray<number>
  readonly rightKeys: ReadonlyArray<number>
  readonly nullSafe?: ReadonlyArray<number> | undefined
  readonly interval?: JoinInterval | undefined
  readonly temporal?: JoinTimes | undefined
  readonly condition: Expression | undefined
}

/** Make a join. The result has the columns of both sides in order (semi, anti: of the left). */
export function makeJoin(pool: RelationPool, parts: JoinParts): Relation {
  const split = splitCondition(parts)
  const width = parts.left.columns.length
  const left = pool.filter(parts.left, allOf(split.left))
  const right = pool.filter(parts.right, allOf(split.right))
  const leftSide = withKeys(pool, left, parts.leftKeys, split.leftKeys)
  const rightSide = withKeys(pool, right, parts.rightKeys, split.rightKeys)
  const added = leftSide.relation.columns.length - width
  const found = intervalOf(parts, split)
  const rest = allOf(found?.rest ?? split.rest)
  const interval = found?.interval ?? parts.interval
  const windowEnd =
    interval !== undefined || parts.temporal !== undefined || split.nullSafe.length > 0
      ? undefined
      : commonWindow(leftSide, rightSide)
  const join = pool.make({
    kind: "join",
    type: parts.type,
    leftKeys: leftSide.keys,
    rightKeys: rightSide.keys,
    ...split.nullSafe.length > 0 ? { nullSafe: split.nullSafe } : {},
    ...interval === undefined ? {} : { interval },
    ...windowEnd === undefined ? {} : { windowEnd },
    ...parts.temporal === undefined ? {} : { temporal: parts.temporal },
    condition: rest &&
      mapInputs(
        rest,
        (index, type) => input(index < width || index >= outerBase ? index : index + added, type)
      )
  }, [leftSide.relation, rightSide.relation])
  const kept: Array<number> = []
  for (let i = 0; i < width; i++) kept.push(i)
  if (parts.type !== "semi" && parts.type !== "anti") {
    for (let i = 0; i < right.columns.length; i++) kept.push(width + added + i)
  }
  return pool.project(join, kept.map((index) => input(index, join.columns[index]!.type)))
}

interface KeyedSide {
  readonly relation: Relation
  readonly keys: ReadonlyArray<number>
}

/** The position of the keys that are the ends of windows, when both sides are in windows of one kind and equal windows are asked for. */
function commonWindow(left: KeyedSide, right: KeyedSide): number | undefined {
  const properties = left.keys.map((key, i) =>
    [
      left.relation.columns[key]!.window,
      right.relation.columns[right.keys[i]!]!.window
    ] as const
  )
  const pairOf = (property: WindowColumn): number =>
    properties.findIndex(([own, other]) =>
      own?.property === property && other?.property === property &&
      JSON.stringify(own.window) === JSON.stringify(other.window)
    )
  const [start, end] = [pairOf("window_start"), pairOf("window_end")]
  if (start < 0 || end < 0) return undefined
  const same = properties[start]!.every((one, side) => one!.id === properties[end]![side]!.id)
  return same ? end : undefined
}

/** The interval within which the event times lie, when the rest of the condition says so. */
function intervalOf(parts: JoinParts, split: Split): FoundInterval | undefined {
  const { type, left, right, temporal } = parts
  if (temporal !== undefined) return undefined
  if (type === "semi" || type === "anti" || split.nullSafe.length > 0) return undefined
  const width = left.columns.length
  const isTimeKey = (key: Expression, side: Relation): boolean =>
    key.op === "input" && side.columns[key.index]!.rowtime
  const sameTime = split.leftKeys.flatMap((key, i): ReadonlyArray<Expression> => {
    const other = split.rightKeys[i]!
    if (!isTimeKey(key, left) || !isTimeKey(other, right)) return []
    const args = [key, shift(other, width)]
    return [{ op: "call", name: "equals", args, type: simple("BOOLEAN", true) }]
  })
  const found = findInterval([...split.rest, ...sameTime], left, right)
  if (found === undefined) return undefined
  const { interval: known } = parts
  const rest = found.rest.filter((conjunct) => !sameTime.includes(conjunct))
  if (known === undefined) return { ...found, rest }
  const { interval } = found
  if (known.leftTime !== interval.leftTime || known.rightTime !== interval.rightTime) {
    return undefined
  }
  const narrowed: JoinInterval = {
    ...known,
    lowerMillis: Math.max(known.lowerMillis, interval.lowerMillis),
    upperMillis: Math.min(known.upperMillis, interval.upperMillis)
  }
  return { interval: narrowed, rest }
}

function splitCondition(parts: JoinParts): Split {
  const split: Split = {
    leftKeys: [],
    rightKeys: [],
    left: [],
    right: [],
    rest: [],
    nullSafe: [...parts.nullSafe ?? []]
  }
  if (parts.condition === undefined) return split
  const width = parts.left.columns.length
  const { type } = parts
  const leftMoves = type !== "left" && type !== "full" && type !== "anti"
  // An earlier version that a filter keeps does not hold when a later one is dropped.
  const rightMoves = type !== "right" && type !== "full" && parts.temporal === undefined
  for (const conjunct of conjunctsOf(parts.condition)) {
    const side = sideOf(conjunct, width)
    if (isUnstable(conjunct)) split.rest.push(conjunct)
    else if (side === "left" && leftMoves) split.left.push(conjunct)
    else if (side === "right" && rightMoves) split.right.push(shift(conjunct, -width))
    else if (!takeKey(conjunct, width, split, parts.leftKeys.length)) split.rest.push(conjunct)
  }
  return split
}

/** Which side an expression is of; undefined when it is of both, of none or of a query further out. */
function sideOf(expression: Expression, width: number): "left" | "right" | undefined {
  const used = [...inputsOf(expression)]
  if (used.length === 0 || used.some((index) => index >= outerBase)) return undefined
  if (used.every((index) => index < width)) return "left"
  return used.every((index) => index >= width) ? "right" : undefined
}

function takeKey(conjunct: Expression, width: number, split: Split, known: number): boolean {
  if (conjunct.op !== "call") return false
  const nullSafe = conjunct.name === "isNotDistinctFrom"
  if (conjunct.name !== "equals" && !nullSafe) return false
  const [a, b] = conjunct.args as [Expression, Expression]
  const sides = [sideOf(a, width), sideOf(b, width)]
  if (sides[0] === undefined || sides[1] === undefined || sides[0] === sides[1]) return false
  const [left, right] = sides[0] === "left" ? [a, b] : [b, a]
  const common = commonType([left.type, right.type])
  if (common === undefined) return false
  if (nullSafe && left.type.nullable && right.type.nullable) {
    split.nullSafe.push(known + split.leftKeys.length)
  }
  const bothText = "length" in left.type && "length" in right.type
  split.leftKeys.push(bothText ? left : castTo(left, common))
  split.rightKeys.push(shift(bothText ? right : castTo(right, common), -width))
  return true
}

function withKeys(
  pool: RelationPool,
  side: Relation,
  known: ReadonlyArray<number>,
  keys: ReadonlyArray<Expression>
): { readonly relation: Relation; readonly keys: ReadonlyArray<number> } {
  const columns: Array<Expression> = side.columns.map((column, index) => input(index, column.type))
  const numbers = [...known]
  for (const key of keys) {
    if (key.op === "input") {
      numbers.push(key.index)
      continue
    }
    const text = JSON.stringify(key)
    const at = columns.findIndex((column) => JSON.stringify(column) === text)
    numbers.push(at >= 0 ? at : columns.push(key) - 1)
  }
  return { relation: pool.project(side, columns), keys: numbers }
}
