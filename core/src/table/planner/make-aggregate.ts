/**
 * Aggregations in their normal form. Grouping by both ends of a window makes it an aggregation of that window, which closes with
 * event time; everything else is an updating one.
 */
import { simple } from "../../type/logical-type.ts"
import type { AggregateCall, Expression } from "../expression.ts"
import { inferScalar } from "../function/registry.ts"
import { literal } from "./bind-literal.ts"
import { input } from "./expression-tree.ts"
import { type RelationPool, windowColumns } from "./relation-pool.ts"
import { isKind, type Relation, type WindowProperty } from "./relation.ts"

/** Group `of` by the columns `keys`. The result has the keys in order, then the calls. */
export function makeAggregate(
  pool: RelationPool,
  of: Relation,
  keys: ReadonlyArray<number>,
  calls: ReadonlyArray<AggregateCall>
): Relation {
  const window = groupedWindow(of, keys)
  if (window === undefined) {
    const distinct = [...new Set(keys)]
    const aggregate = pool.make({ kind: "aggregate", keys: distinct, calls, window: undefined }, [
      of
    ])
    return pickColumns(pool, aggregate, [
      ...keys.map((key) => distinct.indexOf(key)),
      ...calls.map((_, i) => distinct.length + i)
    ])
  }
  const timed = exposeTime(pool, of, window)
  const others = [...new Set(keys.filter((key) => of.columns[key]!.window?.id !== window.id))]
  const aggregate = pool.make({
    kind: "aggregate",
    keys: others,
    calls,
    window: { window: window.window, timeColumn: timed.column, properties: windowColumns }
  }, [timed.relation])
  const propertiesFrom = others.length + calls.length
  return pickColumns(pool, aggregate, [
    ...keys.map((key) => {
      const property = of.columns[key]!.window
      return property?.id === window.id
        ? propertiesFrom + windowColumns.indexOf(property.property)
        : others.indexOf(key)
    }),
    ...calls.map((_, i) => others.length + i)
  ])
}

function pickColumns(pool: RelationPool, of: Relation, columns: ReadonlyArray<number>): Relation {
  return pool.project(of, columns.map((index) => input(index, of.columns[index]!.type)))
}

/** The window both of whose ends stand among the columns. */
export function groupedWindow(
  of: Relation,
  columns: ReadonlyArray<number>
): WindowProperty | undefined {
  const properties = columns.flatMap((column) => of.columns[column]!.window ?? [])
  return properties.find((start) =>
    start.property === "window_start" &&
    properties.some((end) => end.property === "window_end" && end.id === start.id)
  )
}

/**
 * The relation with a column by which each row falls into the given window: the rowtime that the window was made over where
 * it is in reach, else a moment within the window.
 */
function exposeTime(
  pool: RelationPool,
  of: Relation,
  window: WindowProperty
): { readonly relation: Relation; readonly column: number } {
  const original = exposeRowtime(pool, of, window.id)
  if (original !== undefined) return original
  const known = of.columns.findIndex((column) =>
    column.window?.id === window.id && column.window.property === "window_time"
  )
  if (known >= 0) return { relation: of, column: known }
  const end = of.columns.findIndex((column) =>
    column.window?.id === window.id && column.window.property === "window_end"
  )
  const columns = of.columns.map((column, index) => input(index, column.type))
  const last = lastMoment(columns[end]!)
  return { relation: pool.project(of, [...columns, last]), column: columns.length }
}

function exposeRowtime(
  pool: RelationPool,
  of: Relation,
  id: string
): { readonly relation: Relation; readonly column: number } | undefined {
  if (isKind(of, "window")) {
    return `w${of.id}` === id ? { relation: of, column: of.work.timeColumn } : undefined
  }
  if (isKind(of, "filter")) {
    const below = exposeRowtime(pool, of.inputs[0]!, id)
    return below &&
      { relation: pool.filter(below.relation, of.work.condition), column: below.column }
  }
  if (!isKind(of, "project")) return undefined
  const below = exposeRowtime(pool, of.inputs[0]!, id)
  if (below === undefined) return undefined
  const { expressions } = of.work
  const known = expressions.findIndex((expression) =>
    expression.op === "input" && expression.index === below.column
  )
  if (known >= 0 && below.relation === of.inputs[0]) return { relation: of, column: known }
  const time = input(below.column, below.relation.columns[below.column]!.type)
  return {
    relation: pool.project(below.relation, [...expressions, time]),
    column: expressions.length
  }
}

/** The last milli before the end of a window. */
function lastMoment(end: Expression): Expression {
  const milli = literal("1", simple("INTERVAL_DAY_TIME", false))
  const inferred = inferScalar("-", [end.type, milli.type])
  if ("problem" in inferred) {
    throw new Error(`Broken invariant: a timestamp minus an interval: ${inferred.problem}`)
  }
  return { op: "call", name: inferred.name, args: [end, milli], type: inferred.type }
}
