/** Joins of a plan as text, in Flink's words. */
import type { RowType } from "../type/logical-type.ts"
import { describe } from "./code/describe.ts"
import type { PlanWork } from "./plan.ts"

type Of<K extends PlanWork["kind"]> = Extract<PlanWork, { readonly kind: K }>

const joinNames: Readonly<Record<string, string>> = {
  inner: "InnerJoin",
  left: "LeftOuterJoin",
  right: "RightOuterJoin",
  full: "FullOuterJoin",
  semi: "LeftSemiJoin",
  anti: "LeftAntiJoin"
}

/** A join of any kind. `fields`: what it gives. */
export function joinText(
  work: Of<"join" | "interval-join" | "window-join" | "temporal-join">,
  inputs: ReadonlyArray<RowType>,
  fields: string
): string {
  const [left, right] = inputs as [RowType, RowType]
  const type = `joinType=[${joinNames[work.type]}]`
  const nullSafe = work.kind === "join" ? work.nullSafe : undefined
  const conditions = work.leftKeys.map((key, i) =>
    `(${left[key]!.name} ${nullSafe?.includes(i) === true ? "IS NOT DISTINCT FROM" : "="} ${
      right[work.rightKeys[i]!]!.name
    })`
  )
  if (work.condition !== undefined) conditions.push(describe(work.condition, [...left, ...right]))
  if (work.kind === "temporal-join") {
    const times = `${left[work.leftTime]!.name}, ${right[work.rightTime]!.name}`
    conditions.push(`__TEMPORAL_JOIN_CONDITION(${times})`)
  }
  const where = `where=[${conditions.length === 0 ? "true" : conditions.join(" AND ")}]`
  switch (work.kind) {
    case "join":
      return `Join(${type}, ${where}, ${fields})`
    case "temporal-join":
      return `TemporalJoin(${type}, ${where}, ${fields})`
    case "window-join": {
      const ends = `leftWindowEnd=[${left[work.leftEnd]!.name}], rightWindowEnd=[${
        right[work.rightEnd]!.name
      }]`
      return `WindowJoin(${ends}, ${type}, ${where}, ${fields})`
    }
    case "interval-join": {
      const { lowerMillis, upperMillis, leftTime, rightTime } = work
      const bounds = `windowBounds=[isRowTime=true, leftLowerBound=${lowerMillis}, ` +
        `leftUpperBound=${upperMillis}, leftTimeIndex=${leftTime}, rightTimeIndex=${rightTime}]`
      return `IntervalJoin(${type}, ${bounds}, ${where}, ${fields})`
    }
  }
}

/** A join with a table that is looked up; `physical`: the columns of that table. */
export function lookupText(
  work: Of<"lookup-join">,
  input: RowType,
  physical: RowType,
  fields: string
): string {
  const asked = work.columns.map((column) => physical[column]!)
  const keys = work.rightKeys.map((key, i) =>
    `${asked[key]!.name}=${input[work.leftKeys[i]!]!.name}`
  )
  const { attemptsMax, delayMillis } = work.asking
  const parts = [
    `table=[${work.table}]`,
    `joinType=[${joinNames[work.type]}]`,
    `lookup=[${keys.join(", ")}]`,
    ...work.condition === undefined
      ? []
      : [`joinCondition=[${describe(work.condition, [...input, ...asked])}]`],
    fields,
    ...attemptsMax > 1
      ? [`retry=[lookup_miss, FIXED_DELAY, ${delayMillis}ms, ${attemptsMax - 1}]`]
      : []
  ]
  return `LookupJoin(${parts.join(", ")})`
}
