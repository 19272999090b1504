/**
 * Rewrites relations so that each gives only what is asked of it: scans read the columns and nested fields that are used, aggregates
 * compute the calls that are used, windows and watermarks that nobody looks at go.
 */
import type { Expression } from "../expression.ts"
import { type ColumnPath, fieldOf, input, mapParts, pathOf, visitPaths } from "./expression-tree.ts"
import { inputsFirst } from "./optimize.ts"
import { atPath, type RelationPool } from "./relation-pool.ts"
import type { JoinTimes, Relation, WorkOf } from "./relation.ts"
import { type Requirement, requirementsOf } from "./requirement.ts"

/** A pruned relation, and where the columns asked for stand in it: `2.0` → 1. */
interface Pruned {
  readonly relation: Relation
  readonly at: ReadonlyMap<string, number>
}

/** What pruning must know of tables. */
export interface PruneInput {
  readonly pool: RelationPool
  readonly isPartitioned: (table: string) => boolean
  /** Whether a table's connector can read single fields of ROW columns. */
  readonly readsFields: (table: string) => boolean
  /** Columns of a relation that stay, asked for or not: the key of a scan whose rows are told apart by it. */
  readonly keysOf?: (relation: Relation) => ReadonlyArray<number>
}

/** The same results with nothing computed or read in vain. */
export function prune(roots: ReadonlyArray<Relation>, given: PruneInput): ReadonlyArray<Relation> {
  const required = requirementsOf(roots, given.isPartitioned, given.keysOf)
  const done = new Map<Relation, Pruned>()
  for (const relation of inputsFirst(roots)) {
    const inputs = relation.inputs.map((below) => done.get(below)!)
    done.set(relation, pruneOne(relation, inputs, required.get(relation)!, given))
  }
  return roots.map((root) => done.get(root)!.relation)
}

function pruneOne(
  relation: Relation,
  inputs: ReadonlyArray<Pruned>,
  { paths, time }: Requirement,
  given: PruneInput
): Pruned {
  const { pool } = given
  const { work } = relation
  const below = inputs[0]!
  switch (work.kind) {
    case "scan": {
      const read = given.readsFields(work.table) ? paths : wholeColumns(paths)
      return { relation: pool.make({ ...work, projection: read }, []), at: numbered(read) }
    }
    case "values": {
      const rows = work.rows.map((row) => paths.map((path) => row[path[0]!]!))
      return {
        relation: pool.make({ kind: "values", rows }, [], namesAt(relation, paths)),
        at: numbered(paths)
      }
    }
    case "project": {
      const expressions = paths.map((path) =>
        rewrite(withFields(work.expressions[path[0]!]!, path.slice(1)), below)
      )
      return {
        relation: pool.project(below.relation, expressions, namesAt(relation, paths)),
        at: numbered(paths)
      }
    }
    case "expand": {
      const columns = wholeColumns(paths)
      const projections = work.projections.map((projection) =>
        columns.map(([column]) => rewrite(projection[column!]!, below))
      )
      return {
        relation: pool.make(
          { ...work, projections },
          [below.relation],
          namesAt(relation, columns)
        ),
        at: numbered(columns)
      }
    }
    case "filter": {
      const filtered = pool.filter(below.relation, rewrite(work.condition, below))
      return pick(pool, { relation: filtered, at: below.at }, relation, paths)
    }
    case "watermark":
      return time ? pruneWatermark(work, below, pool) : below
    case "processing-time": {
      const column = columnAt(work.column, below)
      return { relation: pool.make({ ...work, column }, [below.relation]), at: below.at }
    }
    case "window":
      return pruneWindow(relation, work, below, paths, pool)
    case "aggregate":
      return pruneAggregate(relation, work, below, paths, pool)
    case "lookup":
      return pruneLookup(relation, work, below, paths, pool)
    case "unnest": {
      const column = columnAt(work.column, below)
      const unnested = pool.make({ ...work, column }, [below.relation])
      const width = relation.inputs[0]!.columns.length
      const from = below.relation.columns.length
      const appended = relation.columns.slice(width).map((_, i): [string, number] => [
        String(width + i),
        from + i
      ])
      return { relation: unnested, at: new Map([...below.at, ...appended]) }
    }
    case "join":
      return pruneJoin(relation, work, inputs, pool)
    case "sort": {
      const order = work.order.map((key) => ({ ...key, column: columnAt(key.column, below) }))
      return { relation: pool.make({ ...work, order }, [below.relation]), at: below.at }
    }
    case "over":
      return pruneOver(relation, work, below, paths, pool)
    case "number":
    case "rank":
      return pruneRank(relation, work, below, paths, pool)
    case "union": {
      const columns = wholeColumns(paths)
      const sides = inputs.map((side, i) => pick(pool, side, relation.inputs[i]!, columns).relation)
      return { relation: pool.make(work, sides, namesAt(relation, columns)), at: numbered(columns) }
    }
    case "set-operation": {
      const columns = relation.columns.map((_, index) => [index])
      const sides = inputs.map((side, i) => pick(pool, side, relation.inputs[i]!, columns).relation)
      return { relation: pool.make(work, sides, namesAt(relation, columns)), at: numbered(columns) }
    }
    case "sink":
    case "collect": {
      const columns = relation.columns.map((_, index) => [index])
      const whole = pick(pool, below, relation.inputs[0]!, columns)
      return { relation: pool.make(work, [whole.relation]), at: numbered(columns) }
    }
  }
}

function wholeColumns(paths: ReadonlyArray<ColumnPath>): ReadonlyArray<ColumnPath> {
  return [...new Set(paths.map((path) => path[0]!))].map((column) => [column])
}

function numbered(paths: ReadonlyArray<ColumnPath>): ReadonlyMap<string, number> {
  return new Map(paths.map((path, at) => [path.join("."), at]))
}

function namesAt(relation: Relation, paths: ReadonlyArray<ColumnPath>): ReadonlyArray<string> {
  return paths.map((path) => atPath(relation.columns, path).name)
}

function withFields(expression: Expression, rest: ColumnPath): Expression {
  return rest.reduce(fieldOf, expression)
}

/** The expression over the pruned input. */
function rewrite(expression: Expression, below: Pruned): Expression {
  const path = pathOf(expression)
  return path === undefined
    ? mapParts(expression, (part) => rewrite(part, below))
    : locate(path, below)
}

function locate(path: ColumnPath, { relation, at }: Pruned): Expression {
  for (let length = 1; length <= path.length; length++) {
    const index = at.get(path.slice(0, length).join("."))
    if (index === undefined) continue
    return withFields(input(index, relation.columns[index]!.type), path.slice(length))
  }
  throw new Error(`Broken invariant: column ${path.join(".")} was asked for before it was pruned`)
}

/** Number of a whole column in the pruned input. */
function columnAt(column: number, below: Pruned): number {
  const found = locate([column], below)
  if (found.op !== "input") {
    throw new Error(`Broken invariant: column ${column} was asked for as a whole`)
  }
  return found.index
}

/** The pruned relation with just the given columns, in their order. */
function pick(
  pool: RelationPool,
  pruned: Pruned,
  original: Relation,
  paths: ReadonlyArray<ColumnPath>
): Pruned {
  const expressions = paths.map((path) => locate(path, pruned))
  return {
    relation: pool.project(pruned.relation, expressions, namesAt(original, paths)),
    at: numbered(paths)
  }
}

function pruneWatermark(work: WorkOf<"watermark">, below: Pruned, pool: RelationPool): Pruned {
  const column = columnAt(work.column, below)
  const marked = { ...work, column, expression: rewrite(work.expression, below) }
  return {
    relation: pool.make(marked, [below.relation], below.relation.columns.map((c) => c.name)),
    at: below.at
  }
}

function pruneWindow(
  relation: Relation,
  work: WorkOf<"window">,
  below: Pruned,
  paths: ReadonlyArray<ColumnPath>,
  pool: RelationPool
): Pruned {
  const width = relation.inputs[0]!.columns.length
  const dropped = !paths.some((path) => path[0]! >= width)
  if (dropped && work.window.kind === "tumble") return below
  const timeColumn = columnAt(work.timeColumn, below)
  const partition = work.partition?.map((column) => columnAt(column, below))
  const window = pool.make({ ...work, timeColumn, partition }, [below.relation])
  const at = new Map(below.at)
  const from = below.relation.columns.length
  for (let i = 0; i < 3; i++) at.set(String(width + i), from + i)
  return { relation: window, at }
}

function pruneAggregate(
  relation: Relation,
  work: WorkOf<"aggregate">,
  below: Pruned,
  paths: ReadonlyArray<ColumnPath>,
  pool: RelationPool
): Pruned {
  const asked = new Set(paths.map((path) => path[0]!))
  const { keys, window } = work
  const called = work.calls.map((_, i) => keys.length + i).filter((column) => asked.has(column))
  const propertiesFrom = keys.length + work.calls.length
  const given =
    window?.properties.map((_, i) => propertiesFrom + i).filter((column) => asked.has(column)) ?? []
  const kept = [...keys.map((_, i) => i), ...called, ...given]
  const calls = called.map((column) => {
    const call = work.calls[column - keys.length]!
    return {
      ...call,
      args: call.args.map((arg) => columnAt(arg, below)),
      filter: call.filter === undefined ? undefined : columnAt(call.filter, below)
    }
  })
  const pruned = pool.make(
    {
      kind: "aggregate",
      keys: keys.map((key) => columnAt(key, below)),
      calls,
      window: window && {
        window: window.window,
        timeColumn: columnAt(window.timeColumn, below),
        given: window.given &&
          { start: columnAt(window.given.start, below), end: columnAt(window.given.end, below) },
        properties: given.map((column) => window.properties[column - propertiesFrom]!)
      }
    },
    [below.relation],
    kept.map((column) => relation.columns[column]!.name)
  )
  return { relation: pruned, at: new Map(kept.map((column, at) => [String(column), at])) }
}

/** Of the table only keys, tested columns and those that are asked for. */
function pruneLookup(
  relation: Relation,
  work: WorkOf<"lookup">,
  below: Pruned,
  paths: ReadonlyArray<ColumnPath>,
  pool: RelationPool
): Pruned {
  const width = relation.inputs[0]!.columns.length
  const used = new Set(work.rightKeys)
  const use = (path: ColumnPath): void => {
    if (path[0]! >= width) used.add(path[0]! - width)
  }
  paths.forEach(use)
  if (work.condition !== undefined) visitPaths(work.condition, use)
  const kept = [...used].sort((a, b) => a - b)
  const from = below.relation.columns.length
  const at = new Map(below.at)
  kept.forEach((column, i) => at.set(String(width + column), from + i))
  const columns = [
    ...below.relation.columns,
    ...kept.map((column) => relation.columns[width + column]!)
  ]
  const both: Pruned = { relation: { ...relation, columns }, at }
  const looked = pool.make({
    ...work,
    columns: kept.map((column) => work.columns[column]!),
    leftKeys: work.leftKeys.map((key) => columnAt(key, below)),
    rightKeys: work.rightKeys.map((key) => kept.indexOf(key)),
    condition: work.condition && rewrite(work.condition, both)
  }, [below.relation])
  return { relation: looked, at }
}

function pruneJoin(
  relation: Relation,
  work: WorkOf<"join">,
  inputs: ReadonlyArray<Pruned>,
  pool: RelationPool
): Pruned {
  const [left, right] = inputs as [Pruned, Pruned]
  const width = relation.inputs[0]!.columns.length
  const at = new Map(left.at)
  const from = left.relation.columns.length
  for (const [path, index] of right.at) {
    const [column, ...rest] = path.split(".")
    at.set([Number(column) + width, ...rest].join("."), from + index)
  }
  const columns = [...left.relation.columns, ...right.relation.columns]
  const both: Pruned = { relation: { ...relation, columns }, at }
  const moved = <T extends JoinTimes>(times: T): T => ({
    ...times,
    leftTime: columnAt(times.leftTime, left),
    rightTime: columnAt(times.rightTime, right)
  })
  const { interval, temporal } = work
  const join = pool.make({
    ...work,
    ...interval === undefined ? {} : { interval: moved(interval) },
    ...temporal === undefined ? {} : { temporal: moved(temporal) },
    leftKeys: work.leftKeys.map((key) => columnAt(key, left)),
    rightKeys: work.rightKeys.map((key) => columnAt(key, right)),
    condition: work.condition && rewrite(work.condition, both)
  }, [left.relation, right.relation])
  return { relation: join, at: work.type === "semi" || work.type === "anti" ? left.at : at }
}

function pruneOver(
  relation: Relation,
  work: WorkOf<"over">,
  below: Pruned,
  paths: ReadonlyArray<ColumnPath>,
  pool: RelationPool
): Pruned {
  const width = relation.inputs[0]!.columns.length
  const asked = work.calls.map((_, i) => width + i).filter((column) =>
    paths.some((path) => path[0] === column)
  )
  if (asked.length === 0) return below
  const calls = asked.map((column) => {
    const call = work.calls[column - width]!
    return {
      ...call,
      args: call.args.map((arg) => columnAt(arg, below)),
      filter: call.filter === undefined ? undefined : columnAt(call.filter, below)
    }
  })
  const made = pool.make({
    ...work,
    partition: work.partition.map((key) => columnAt(key, below)),
    order: work.order.map((key) => ({ ...key, column: columnAt(key.column, below) })),
    calls
  }, [below.relation])
  const at = new Map(below.at)
  const from = below.relation.columns.length
  asked.forEach((column, i) => at.set(String(column), from + i))
  return { relation: made, at }
}

function pruneRank(
  relation: Relation,
  work: WorkOf<"number"> | WorkOf<"rank">,
  below: Pruned,
  paths: ReadonlyArray<ColumnPath>,
  pool: RelationPool
): Pruned {
  const width = relation.inputs[0]!.columns.length
  const asked = paths.some((path) => path[0] === width)
  const partition = work.partition.map((key) => columnAt(key, below))
  const order = work.order.map((key) => ({ ...key, column: columnAt(key.column, below) }))
  const made = work.kind === "number"
    ? pool.make({ ...work, partition, order }, [below.relation])
    : pool.make({
      ...work,
      partition,
      order,
      windowEnd: work.windowEnd === undefined ? undefined : columnAt(work.windowEnd, below),
      withRank: work.withRank && asked
    }, [below.relation])
  const at = new Map(below.at)
  if (asked) at.set(String(width), below.relation.columns.length)
  return { relation: made, at }
}
