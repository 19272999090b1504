/** Conditions of a join that bound the distance between the event times of both sides: what makes it an interval join. */
import type { Expression } from "../expression.ts"
import type { JoinInterval, Relation } from "./relation.ts"

/** `time + millis`: one side of a comparison. */
interface Moved {
  readonly column: number
  readonly millis: number
}

interface Bounds {
  lower: number
  upper: number
}

/** The interval that conjuncts give, and the conjuncts that say something else. Columns are left, then right. */
export interface FoundInterval {
  readonly interval: JoinInterval
  readonly rest: ReadonlyArray<Expression>
}

/** Find both bounds; undefined when the times are not event times or a bound is missing. */
export function findInterval(
  conjuncts: ReadonlyArray<Expression>,
  left: Relation,
  right: Relation
): FoundInterval | undefined {
  const width = left.columns.length
  const columns = [...left.columns, ...right.columns]
  const isTime = (column: number): boolean => columns[column]?.rowtime === true
  const byTimes = new Map<string, { readonly bounds: Bounds; readonly used: Set<Expression> }>()
  for (const conjunct of conjuncts) {
    const found = boundOf(conjunct, isTime, width)
    if (found === undefined) continue
    const key = `${found.left} ${found.right}`
    const entry = byTimes.get(key) ??
      { bounds: { lower: -Infinity, upper: Infinity }, used: new Set<Expression>() }
    entry.bounds.lower = Math.max(entry.bounds.lower, found.lower)
    entry.bounds.upper = Math.min(entry.bounds.upper, found.upper)
    entry.used.add(conjunct)
    byTimes.set(key, entry)
  }
  for (const [key, { bounds, used }] of byTimes) {
    if (!Number.isFinite(bounds.lower) || !Number.isFinite(bounds.upper)) continue
    const [leftTime, rightTime] = key.split(" ").map(Number) as [number, number]
    return {
      interval: {
        leftTime,
        rightTime: rightTime - width,
        lowerMillis: bounds.lower,
        upperMillis: bounds.upper
      },
      rest: conjuncts.filter((conjunct) => !used.has(conjunct))
    }
  }
  return undefined
}

/** What a comparison says of left time − right time. */
function boundOf(
  conjunct: Expression,
  isTime: (column: number) => boolean,
  width: number
): Bounds & { readonly left: number; readonly right: number } | undefined {
  if (conjunct.op !== "call" || conjunct.args.length !== 2) return undefined
  const sign = signs[conjunct.name]
  if (sign === undefined) return undefined
  const [a, b] = conjunct.args.map((arg) => movedTime(arg, isTime))
  if (a === undefined || b === undefined || (a.column < width) === (b.column < width)) {
    return undefined
  }
  // a.time + a.millis < b.time + b.millis, turned so that the left side's time stands first.
  const turned = a.column >= width
  const [left, right] = turned ? [b, a] : [a, b]
  const distance = right.millis - left.millis
  const isBelow = sign.less !== turned
  const edge = sign.strict ? (isBelow ? -1 : 1) : 0
  return {
    left: left.column,
    right: right.column,
    lower: sign.equal || !isBelow ? distance + edge : -Infinity,
    upper: sign.equal || isBelow ? distance + edge : Infinity
  }
}

const signs: Readonly<
  Record<string, { readonly less: boolean; readonly strict: boolean; readonly equal: boolean }>
> = {
  equals: { less: true, strict: false, equal: true },
  lessThan: { less: true, strict: true, equal: false },
  lessThanOrEqual: { less: true, strict: false, equal: false },
  greaterThan: { less: false, strict: true, equal: false },
  greaterThanOrEqual: { less: false, strict: false, equal: false }
}

/** An event time, or one plus or minus a constant interval of days to seconds. */
function movedTime(
  expression: Expression,
  isTime: (column: number) => boolean
): Moved | undefined {
  if (expression.op === "input") {
    return isTime(expression.index) ? { column: expression.index, millis: 0 } : undefined
  }
  if (expression.op === "cast" && !expression.try) {
    const { kind } = expression.type
    return kind === expression.of.type.kind ? movedTime(expression.of, isTime) : undefined
  }
  if (expression.op !== "call" || expression.args.length !== 2) return undefined
  const [a, b] = expression.args as [Expression, Expression]
  if (expression.name !== "plus" && expression.name !== "minus") return undefined
  const swapped = expression.name === "plus" && millisOf(a) !== undefined
  const [time, interval] = swapped ? [b, a] : [a, b]
  const moved = movedTime(time, isTime)
  const millis = millisOf(interval)
  if (moved === undefined || millis === undefined) return undefined
  const by = expression.name === "plus" ? millis : -millis
  return { column: moved.column, millis: moved.millis + by }
}

function millisOf(expression: Expression): number | undefined {
  if (expression.op !== "literal" || typeof expression.value !== "string") return undefined
  return expression.type.kind === "INTERVAL_DAY_TIME" ? Number(expression.value) : undefined
}
