/**
 * Which columns, and which fields in them, each relation of a job is asked for by all that read it together; and whether event
 * time must be known there. Found from the sinks down.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { type ColumnPath, pathOf, visitPaths } from "./expression-tree.ts"
import { inputsFirst } from "./optimize.ts"
import type { RelationPool } from "./relation-pool.ts"
import type { Relation, WorkOf } from "./relation.ts"

/** What a relation is asked for. */
export interface Requirement {
  /** In order, none within another, at least one. */
  readonly paths: ReadonlyArray<ColumnPath>
  /** Whether something behind it waits for event time. */
  readonly time: boolean
}

class Demand {
  readonly #paths = new Map<string, ColumnPath>()
  time = false

  add(path: ColumnPath): void {
    this.#paths.set(path.join("."), path)
  }

  addAll(expression: Expression | undefined): void {
    if (expression !== undefined) visitPaths(expression, (path) => this.add(path))
  }

  paths(): ReadonlyArray<ColumnPath> {
    return [...this.#paths.values()].filter((path) => !this.#covered(path)).sort(comparePaths)
  }

  #covered(path: ColumnPath): boolean {
    for (let length = 1; length < path.length; length++) {
      if (this.#paths.has(path.slice(0, length).join("."))) return true
    }
    return false
  }
}

/** Column by column, then field by field. */
export function comparePaths(a: ColumnPath, b: ColumnPath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/**
 * The requirement of every relation below the roots. `partitioned` says whether a sink's table has partitions, `keysOf` which columns of a
 * relation are needed by what planning will put on it.
 */
export function requirementsOf(
  roots: ReadonlyArray<Relation>,
  partitioned: (table: string) => boolean,
  keysOf: (relation: Relation) => ReadonlyArray<number> = () => []
): ReadonlyMap<Relation, Requirement> {
  const ordered = inputsFirst(roots)
  const demands = new Map(ordered.map((relation) => [relation, new Demand()] as const))
  const required = new Map<Relation, Requirement>()
  for (let at = ordered.length - 1; at >= 0; at--) {
    const relation = ordered[at]!
    const demand = demands.get(relation)!
    if (demand.paths().length === 0 && relation.columns.length > 0) demand.add([cheapest(relation)])
    for (const key of keysOf(relation)) demand.add([key])
    const paths = demand.paths()
    required.set(relation, { paths, time: demand.time })
    const inputs = relation.inputs.map((input) => demands.get(input)!)
    // Behind processing time nothing waits for the event time of the tables.
    const time = relation.work.kind !== "processing-time" &&
      (demand.time || needsTime(relation, partitioned))
    for (const input of inputs) if (time) input.time = true
    ask(relation, paths, demand.time, inputs)
  }
  return required
}

/**
 * The relations without the watermarks that nothing waits for: filters then reach the source, and columns that only the event
 * time was computed from are not read.
 */
export function dropWatermarks(
  pool: RelationPool,
  roots: ReadonlyArray<Relation>,
  partitioned: (table: string) => boolean
): ReadonlyArray<Relation> {
  const ordered = inputsFirst(roots)
  const timed = new Set<Relation>()
  for (let at = ordered.length - 1; at >= 0; at--) {
    const relation = ordered[at]!
    if (relation.work.kind === "processing-time") continue
    if (timed.has(relation) || needsTime(relation, partitioned)) {
      relation.inputs.forEach((input) => timed.add(input))
    }
  }
  const done = new Map<Relation, Relation>()
  for (const relation of ordered) {
    const inputs = relation.inputs.map((input) => done.get(input)!)
    const names = relation.columns.map((column) => column.name)
    const dropped = relation.work.kind === "watermark" && !timed.has(relation)
    done.set(relation, dropped ? inputs[0]! : pool.make(relation.work, inputs, names))
  }
  return roots.map((root) => done.get(root)!)
}

/** The column to read when only the number of rows counts. */
function cheapest(relation: Relation): number {
  const fixed = (type: LogicalType): boolean =>
    !("length" in type) && type.kind !== "ROW" && type.kind !== "ARRAY" && type.kind !== "MAP" &&
    type.kind !== "MULTISET"
  return Math.max(0, relation.columns.findIndex((column) => fixed(column.type)))
}

function needsTime({ work }: Relation, partitioned: (table: string) => boolean): boolean {
  switch (work.kind) {
    case "window":
      return true
    case "aggregate":
      return work.window !== undefined
    case "rank":
      return work.windowEnd !== undefined
    case "over":
    case "number":
    case "sort":
      return work.timed === "event-time"
    case "join":
      return work.windowEnd !== undefined || work.interval !== undefined ||
        work.temporal !== undefined
    case "sink":
      return partitioned(work.table)
    default:
      return false
  }
}

function ask(
  { work, inputs, columns }: Relation,
  paths: ReadonlyArray<ColumnPath>,
  time: boolean,
  demands: ReadonlyArray<Demand>
): void {
  const below = demands[0]!
  switch (work.kind) {
    case "scan":
    case "values":
      return
    case "project":
      for (const path of paths) askExpression(work.expressions[path[0]!]!, path.slice(1), below)
      return
    case "expand":
      for (const [column] of paths) {
        for (const projection of work.projections) below.addAll(projection[column!])
      }
      return
    case "filter":
      below.addAll(work.condition)
      return paths.forEach((path) => below.add(path))
    case "watermark":
      if (time) below.add([work.column])
      if (time) below.addAll(work.expression)
      return paths.forEach((path) => below.add(path))
    case "processing-time":
      below.add([work.column])
      return paths.forEach((path) => below.add(path))
    case "window": {
      const width = inputs[0]!.columns.length
      // Other windows than tumbling ones give rows several times, or drop them: they stay although nobody looks at their columns.
      if (work.window.kind !== "tumble" || paths.some((path) => path[0]! >= width)) {
        for (const column of [work.timeColumn, ...work.partition ?? []]) below.add([column])
      }
      return paths.forEach((path) => path[0]! < width && below.add(path))
    }
    case "aggregate":
      return askAggregate(work, paths, below)
    case "lookup":
      return askLookup(work, paths, inputs[0]!.columns.length, below)
    case "unnest":
      below.add([work.column])
      return paths.forEach((path) => path[0]! < inputs[0]!.columns.length && below.add(path))
    case "join":
      return askJoin(work, paths, inputs[0]!.columns.length, demands)
    case "sort":
      work.order.forEach((key) => below.add([key.column]))
      return paths.forEach((path) => below.add(path))
    case "over":
      return askOver(work, paths, inputs[0]!.columns.length, below)
    case "number":
    case "rank":
      for (const key of [...work.partition, ...work.order.map((key) => key.column)]) {
        below.add([key])
      }
      if (work.kind === "rank" && work.windowEnd !== undefined) below.add([work.windowEnd])
      return paths.forEach((path) => path[0]! < inputs[0]!.columns.length && below.add(path))
    case "union":
      return paths.forEach((path) => demands.forEach((demand) => demand.add([path[0]!])))
    case "set-operation":
      return columns.forEach((_, index) => demands.forEach((demand) => demand.add([index])))
    case "sink":
    case "collect":
      return columns.forEach((_, index) => below.add([index]))
  }
}

function askExpression(expression: Expression, rest: ColumnPath, below: Demand): void {
  const path = pathOf(expression)
  if (path === undefined) below.addAll(expression)
  else below.add([...path, ...rest])
}

function askAggregate(
  work: WorkOf<"aggregate">,
  paths: ReadonlyArray<ColumnPath>,
  below: Demand
): void {
  for (const key of work.keys) below.add([key])
  if (work.window !== undefined) {
    const { timeColumn, given } = work.window
    for (const column of given === undefined ? [timeColumn] : [given.start, given.end]) {
      below.add([column])
    }
  }
  for (const [column] of paths) {
    const call = work.calls[column! - work.keys.length]
    for (const arg of call?.args ?? []) below.add([arg])
    if (call?.filter !== undefined) below.add([call.filter])
  }
}

function askOver(
  work: WorkOf<"over">,
  paths: ReadonlyArray<ColumnPath>,
  width: number,
  below: Demand
): void {
  for (const key of [...work.partition, ...work.order.map((key) => key.column)]) below.add([key])
  for (const path of paths) {
    const call = work.calls[path[0]! - width]
    if (call === undefined) below.add(path)
    for (const arg of call?.args ?? []) below.add([arg])
    if (call?.filter !== undefined) below.add([call.filter])
  }
}

function askLookup(
  work: WorkOf<"lookup">,
  paths: ReadonlyArray<ColumnPath>,
  width: number,
  below: Demand
): void {
  const add = (path: ColumnPath): void => {
    if (path[0]! < width) below.add(path)
  }
  paths.forEach(add)
  work.leftKeys.forEach((key) => below.add([key]))
  if (work.condition !== undefined) visitPaths(work.condition, add)
}

function askJoin(
  work: WorkOf<"join">,
  paths: ReadonlyArray<ColumnPath>,
  width: number,
  demands: ReadonlyArray<Demand>
): void {
  const [left, right] = demands as [Demand, Demand]
  const add = (path: ColumnPath): void => {
    const [column, ...rest] = path
    if (column! < width) left.add(path)
    else right.add([column! - width, ...rest])
  }
  paths.forEach(add)
  work.leftKeys.forEach((key) => left.add([key]))
  work.rightKeys.forEach((key) => right.add([key]))
  const times = work.interval ?? work.temporal
  if (times !== undefined) {
    left.add([times.leftTime])
    right.add([times.rightTime])
  }
  if (work.condition !== undefined) visitPaths(work.condition, add)
}
