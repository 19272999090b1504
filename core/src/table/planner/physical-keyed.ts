/** Nodes of operators with keys: aggregations, joins, ranks. Each says how its rows are dealt and what its results are known by. */
import { assert } from "../../fault.ts"
import type { PlanWork } from "../plan.ts"
import { combine, type Draft, expressionLineage, insertsOnly, type Lineage } from "./draft.ts"
import { isUpdating } from "./physical-changes.ts"
import { dealt, forward, makeNode, type Site } from "./physical-node.ts"
import type { Relation, WorkOf } from "./relation.ts"

/** GROUP BY, with or without a window. */
export function draftAggregate(site: Site, relation: Relation<WorkOf<"aggregate">>): Draft {
  const { keys, calls, window } = relation.work
  const below = site.draft(relation.inputs[0]!)
  const { columns } = below.lineage
  const given = window?.given
  const time = window &&
    (given === undefined ? columns[window.timeColumn] : [columns[given.start], columns[given.end]])
  const rows = combine(
    "aggregate",
    below.lineage.rows,
    keys.map((key) => columns[key]),
    window?.window,
    time
  )
  const called = calls.map((call) =>
    combine(
      rows,
      call.name,
      call.args.map((arg) => columns[arg]),
      call.filter === undefined ? null : columns[call.filter],
      call.distinct
    )
  )
  const lineage: Lineage = {
    rows,
    columns: [
      ...keys.map((key) => columns[key]!),
      ...called,
      ...window?.properties.map((property) => combine(property, window.window, time)) ?? []
    ]
  }
  const work: PlanWork = window === undefined
    ? {
      kind: "group-aggregate",
      keys,
      aggregates: calls,
      ...site.isBatch ? { final: true as const } : {},
      ...site.isBatch || site.bundle === undefined ? {} : { bundle: site.bundle }
    }
    : {
      kind: "window-aggregate",
      window: window.window,
      timeColumn: window.timeColumn,
      ...given === undefined ? {} : { given },
      keys,
      aggregates: calls,
      properties: window.properties
    }
  const inputs = [site.keyed(below, keys)]
  const names = keys.map((key) => below.columns[key]!.name).join(", ")
  const name = `${window === undefined ? "GroupAggregate" : "WindowAggregate"}(${names})`
  const outputKeys = keys.map((_, i) => i)
  const made = makeNode(
    relation,
    name,
    work,
    inputs,
    site.keyedParallelism(keys),
    lineage,
    combine(work.kind, rows, called)
  )
  return {
    ...made,
    changes: site.isBatch ? insertsOnly : made.changes,
    distribution: outputKeys,
    upsertKey: window === undefined ? outputKeys : undefined
  }
}

/** A windowing function that nothing aggregates. Sessions are found where all rows of their partition are. */
export function draftWindow(
  site: Site,
  relation: Relation<WorkOf<"window">>
): Draft {
  const { window, timeColumn } = relation.work
  const partition = relation.work.partition ?? []
  const below = site.draft(relation.inputs[0]!)
  const { columns, rows: lineageRows } = below.lineage
  const isSession = window.kind === "session"
  const from = [window, columns[timeColumn], ...partition.map((column) => columns[column])]
  const added = ["start", "end", "time"].map((property) => combine(property, ...from))
  const rows = window.kind === "tumble" ? lineageRows : combine("windows", lineageRows, from)
  const lineage: Lineage = { rows, columns: [...columns, ...added] }
  const work: PlanWork = { kind: "window-assign", window, timeColumn, partition }
  const inputs = [isSession ? site.keyed(below, partition) : { draft: below, exchange: forward }]
  const parallelism = isSession ? site.keyedParallelism(partition) : below.parallelism
  const identity = combine("window", rows, isSession ? lineage.columns : added)
  const made = makeNode(relation, "WindowAssign", work, inputs, parallelism, lineage, identity)
  const ends = below.columns.length + 1
  return {
    ...made,
    distribution: isSession ? partition : below.distribution,
    upsertKey: window.kind === "tumble"
      ? below.upsertKey
      : below.upsertKey && [...below.upsertKey, ends]
  }
}

/** A join. */
export function draftJoin(site: Site, relation: Relation<WorkOf<"join">>): Draft {
  const { type, leftKeys, rightKeys, nullSafe, condition } = relation.work
  const { interval, temporal } = relation.work
  const [left, right] = relation.inputs.map((below) => site.draft(below)) as [Draft, Draft]
  // Rows that are taken back are joined without regard to their windows.
  const windowed = relation.work.windowEnd !== undefined &&
    !isUpdating(left.changes) && !isUpdating(right.changes)
  const keyLineage = [
    leftKeys.map((key) => left.lineage.columns[key]),
    rightKeys.map((key) => right.lineage.columns[key])
  ]
  const both = [
    ...left.lineage.columns.map((column) => combine("left", column)),
    ...right.lineage.columns.map((column) => combine("right", column))
  ]
  const rest = condition && expressionLineage(condition, both)
  const rows = combine(
    "join",
    type,
    left.lineage.rows,
    right.lineage.rows,
    keyLineage,
    rest,
    ...nullSafe === undefined ? [] : [nullSafe],
    ...windowed ? ["window"] : [],
    ...interval === undefined ? [] : [
      left.lineage.columns[interval.leftTime],
      right.lineage.columns[interval.rightTime],
      interval.lowerMillis,
      interval.upperMillis
    ],
    ...temporal === undefined ? [] : [
      left.lineage.columns[temporal.leftTime],
      right.lineage.columns[temporal.rightTime]
    ]
  )
  const semi = type === "semi" || type === "anti"
  const columns = semi ? left.lineage.columns : both.map((column) => combine(rows, column))
  const pairs = leftKeys.map((key, i) =>
    `${left.columns[key]!.name} = ${right.columns[rightKeys[i]!]!.name}`
  )
  const inputs = [site.keyed(left, leftKeys), site.keyed(right, rightKeys)]
  const identity = combine(rows, left.lineage.columns, right.lineage.columns)
  const made = makeNode(
    relation,
    `${
      windowed
        ? "Window"
        : interval !== undefined
        ? "Interval"
        : temporal !== undefined
        ? "Temporal"
        : ""
    }Join(${pairs.join(", ")})`,
    joinWork(relation.work, windowed),
    inputs,
    site.keyedParallelism(leftKeys),
    { rows, columns },
    identity
  )
  if (interval !== undefined) site.checkInserts(relation, [left, right])
  const upsertKey = interval !== undefined || windowed
    ? undefined
    : semi || temporal !== undefined
    ? left.upsertKey
    : joinedKey(relation.work, left, right)
  return {
    ...made,
    distribution: type === "right" || type === "full" ? undefined : leftKeys,
    upsertKey
  }
}

/** INTERSECT or EXCEPT: rows are dealt by all their columns. */
export function draftSetOperation(site: Site, relation: Relation<WorkOf<"set-operation">>): Draft {
  const { operation, all } = relation.work
  const drafts = relation.inputs.map((below) => site.draft(below))
  const columns = relation.columns.map((_, at) => at)
  const rows = combine(operation, all, drafts.map(({ lineage }) => lineage))
  const lineage: Lineage = { rows, columns: columns.map((at) => combine(rows, at)) }
  const made = makeNode(
    relation,
    operation === "intersect" ? "Intersect" : "Except",
    relation.work,
    drafts.map((below) => site.keyed(below, columns)),
    site.keyedParallelism(columns),
    lineage,
    rows
  )
  return { ...made, distribution: columns, upsertKey: all ? undefined : columns }
}

function joinWork(given: WorkOf<"join">, windowed: boolean): PlanWork {
  const { windowEnd, ...work } = given
  const { interval, temporal, type, leftKeys, rightKeys, condition } = work
  if (windowed) {
    const [leftEnd, rightEnd] = [leftKeys[windowEnd!]!, rightKeys[windowEnd!]!]
    return { kind: "window-join", type, leftKeys, rightKeys, leftEnd, rightEnd, condition }
  }
  if (temporal !== undefined) {
    assert(type === "inner" || type === "left", "only left rows wait for their versions")
    return { kind: "temporal-join", type, leftKeys, rightKeys, ...temporal, condition }
  }
  if (interval === undefined) return work
  assert(type !== "semi" && type !== "anti", "an interval join gives columns of both sides")
  return { kind: "interval-join", type, leftKeys, rightKeys, ...interval, condition }
}

/** A side with one row at most per join key adds nothing to the key, unless its rows may also stand alone. */
function joinedKey(
  { type, leftKeys, rightKeys, nullSafe }: WorkOf<"join">,
  left: Draft,
  right: Draft
): ReadonlyArray<number> | undefined {
  const shifted = right.upsertKey?.map((key) => key + left.columns.length)
  if (nullSafe === undefined && type !== "full") {
    const rightOnce = right.upsertKey?.every((key) => rightKeys.includes(key))
    if (rightOnce === true && type !== "right") return left.upsertKey
    const leftOnce = left.upsertKey?.every((key) => leftKeys.includes(key))
    if (leftOnce === true && type !== "left") return shifted
  }
  return left.upsertKey && shifted && [...left.upsertKey, ...shifted]
}

/** A top-N, with or without a window. */
export function draftRank(site: Site, relation: Relation<WorkOf<"rank">>): Draft {
  const { order, from, to, withRank } = relation.work
  const { latest } = relation.work
  const ties = latest && (!withRank || relation.work.windowEnd !== undefined) ? "last" : "first"
  const below = site.draft(relation.inputs[0]!)
  // A window whose rows are taken back does not close for good: its end is one key more.
  const closes = relation.work.windowEnd !== undefined && !isUpdating(below.changes)
  const windowEnd = closes ? relation.work.windowEnd : undefined
  const partition = closes || relation.work.windowEnd === undefined
    ? relation.work.partition
    : [...relation.work.partition, relation.work.windowEnd]
  const { columns } = below.lineage
  const rows = combine(
    "rank",
    below.lineage.rows,
    partition.map((key) => columns[key]),
    order.map((key) => [columns[key.column], key.descending, key.nullsFirst]),
    from,
    to,
    windowEnd === undefined ? null : columns[windowEnd],
    ...ties === "last" ? [ties] : []
  )
  const shared = { partition, order, rankFrom: from, rankTo: to, withRank }
  const work: PlanWork = windowEnd === undefined
    ? {
      kind: "rank",
      ...shared,
      ...ties === "last" ? { ties } : {},
      ...site.isBatch ? { final: true as const } : {}
    }
    : { kind: "window-rank", windowEnd, ...shared, ...ties === "last" ? { ties } : {} }
  const keys = windowEnd === undefined ? partition : [...partition, windowEnd]
  const name = windowEnd === undefined ? (order.length === 0 ? "Limit" : "Rank") : "WindowRank"
  const lineage: Lineage = {
    rows,
    columns: withRank ? [...columns, combine(rows, "rank")] : columns
  }
  const inputs = [
    windowEnd === undefined ? site.keyed(below, keys) : { draft: below, exchange: dealt(keys) }
  ]
  const made = makeNode(
    relation,
    `${name}(${partition.map((key) => below.columns[key]!.name).join(", ")})`,
    work,
    inputs,
    site.keyedParallelism(keys),
    lineage,
    combine(rows, columns, withRank)
  )
  const limited = order.length === 0 && !isUpdating(below.changes)
  const once = windowEnd !== undefined || site.isBatch || limited
  // The one row of a partition is never taken back, only replaced.
  const single = !withRank && to === 1 && order.length > 0 && !isUpdating(below.changes)
  const numbered = withRank ? [...partition, below.columns.length] : single ? partition : undefined
  return {
    ...made,
    changes: once ? insertsOnly : { updates: true, deletes: !single },
    distribution: keys,
    upsertKey: windowEnd === undefined ? numbered ?? below.upsertKey : undefined
  }
}
