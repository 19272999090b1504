/**
 * Aggregations in their normal form. Grouping by both ends of a window makes it an aggregation of that window, which closes with
 * event time; everything else is an updating one.
 */
import type { AggregateCall, Expression } from "../expression.ts"
import { input, inputsOf, mapInputs } from "./expression-tree.ts"
import { type RelationPool, windowColumns } from "./relation-pool.ts"
import { isKind, type Relation, type WindowColumn, type WindowProperty } from "./relation.ts"

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
  const others = [...new Set(keys.filter((key) => of.columns[key]!.window?.id !== window.id))]
  const aggregate = overTime(pool, of, window, others, calls) ??
    overGiven(pool, of, window, others, calls)
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

/** Over the event time that the window was made from, where that is in reach and nothing that is computed looks at the window. */
function overTime(
  pool: RelationPool,
  of: Relation,
  { id, window }: WindowProperty,
  keys: ReadonlyArray<number>,
  calls: ReadonlyArray<AggregateCall>
): Relation | undefined {
  const below = beneathWindow(pool, of, id)
  if (below === undefined) return undefined
  const used = [
    ...keys,
    ...calls.flatMap(({ args, filter }) => [...args, ...filter === undefined ? [] : [filter]])
  ]
  if (used.some((column) => below.at[column] === undefined)) return undefined
  const at = (column: number): number => below.at[column]!
  const own = keys.map(at)
  const { partition } = below
  if (window.kind === "session" && partition !== undefined) {
    const same = partition.every((column) => own.includes(column)) &&
      own.every((column) => partition.includes(column))
    if (!same) return undefined
  }
  return pool.make({
    kind: "aggregate",
    keys: own,
    calls: calls.map((call) => ({
      ...call,
      args: call.args.map(at),
      filter: call.filter === undefined ? undefined : at(call.filter)
    })),
    window: { window, timeColumn: below.time, given: undefined, properties: windowColumns }
  }, [below.relation])
}

/** Over rows that stand in their windows already. */
function overGiven(
  pool: RelationPool,
  of: Relation,
  { id, window }: WindowProperty,
  keys: ReadonlyArray<number>,
  calls: ReadonlyArray<AggregateCall>
): Relation {
  const columnOf = (property: WindowColumn): number =>
    of.columns.findIndex((column) =>
      column.window?.id === id && column.window.property === property
    )
  const given = { start: columnOf("window_start"), end: columnOf("window_end") }
  return pool.make({
    kind: "aggregate",
    keys,
    calls,
    window: { window, timeColumn: given.end, given, properties: windowColumns }
  }, [of])
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

/** What stands beneath a window: `at` says where columns of the relation above are in it, `time` and `partition` are those of the window. */
interface Beneath {
  readonly relation: Relation
  readonly at: ReadonlyArray<number | undefined>
  readonly time: number
  readonly partition: ReadonlyArray<number> | undefined
}

/** The relation without the window `id`, as far as its columns do not come from the window. */
function beneathWindow(pool: RelationPool, of: Relation, id: string): Beneath | undefined {
  if (isKind(of, "window")) {
    if (`w${of.id}` !== id) return undefined
    const relation = of.inputs[0]!
    const at = of.columns.map((_, i) => i < relation.columns.length ? i : undefined)
    const partition = of.work.window.kind === "session" ? of.work.partition : undefined
    return { relation, at, time: of.work.timeColumn, partition }
  }
  if (isKind(of, "filter")) {
    const below = beneathWindow(pool, of.inputs[0]!, id)
    const condition = below && moved(of.work.condition, below.at)
    // Rows that the filter drops have held sessions together.
    if (condition === undefined || below!.partition !== undefined) return undefined
    return { ...below!, relation: pool.filter(below!.relation, condition) }
  }
  if (isKind(of, "expand")) return beneathProjections(pool, of, of.work.projections, id)
  return isKind(of, "project") ? beneathProjections(pool, of, [of.work.expressions], id) : undefined
}

/** Beneath a projection, or several of them that give each row several times. */
function beneathProjections(
  pool: RelationPool,
  of: Relation,
  projections: ReadonlyArray<ReadonlyArray<Expression>>,
  id: string
): Beneath | undefined {
  const below = beneathWindow(pool, of.inputs[0]!, id)
  if (below === undefined) return undefined
  const columns: Array<ReadonlyArray<Expression>> = []
  const keep = (column: ReadonlyArray<Expression>): number => {
    const text = JSON.stringify(column)
    const known = columns.findIndex((other) => JSON.stringify(other) === text)
    return known >= 0 ? known : columns.push(column) - 1
  }
  const at = of.columns.map((_, index) => {
    const lowered = projections.map((projection) => moved(projection[index]!, below.at))
    return lowered.includes(undefined) ? undefined : keep(lowered as ReadonlyArray<Expression>)
  })
  const own = (column: number): number => {
    const kept = input(column, below.relation.columns[column]!.type)
    return keep(projections.map(() => kept))
  }
  const time = own(below.time)
  const partition = below.partition?.map(own)
  const rows = projections.map((_, n) => columns.map((column) => column[n]!))
  const relation = projections.length === 1
    ? pool.project(below.relation, rows[0]!)
    : pool.make({ kind: "expand", projections: rows }, [below.relation])
  return { relation, at, time, partition }
}

/** The expression over columns that have moved; undefined when it uses one that is gone. */
function moved(
  expression: Expression,
  at: ReadonlyArray<number | undefined>
): Expression | undefined {
  if ([...inputsOf(expression)].some((column) => at[column] === undefined)) return undefined
  return mapInputs(expression, (column, type) => input(at[column]!, type))
}
