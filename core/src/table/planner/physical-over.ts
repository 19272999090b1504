/**
 * OVER as a node. By event time, or in order of arrival, each row is given once; in any other order a row's results change with rows that come
 * later; in batch mode they are known at the end.
 */
import type { OverCall, SortKey } from "../expression.ts"
import type { PlanWork } from "../plan.ts"
import { combine, type Draft, insertsOnly, type Lineage } from "./draft.ts"
import { isUpdating } from "./physical-changes.ts"
import { makeNode, type Site } from "./physical-node.ts"
import type { Relation, Timed, WorkOf } from "./relation.ts"

type OverWork = Extract<PlanWork, { readonly kind: "over" }>
type Shape = Omit<OverWork, "kind" | "mode">

/** Aggregates and other calls over one window. */
export function draftOver(site: Site, relation: Relation<WorkOf<"over">>): Draft {
  const { partition, order, frames, calls, timed } = relation.work
  return draft(site, relation, { partition, order, frames, calls }, timed)
}

/** Numbers that no bound has made a top-N of. */
export function draftNumber(site: Site, relation: Relation<WorkOf<"number">>): Draft {
  const { name, partition, order, timed } = relation.work
  const call: OverCall = {
    name,
    args: [],
    filter: undefined,
    distinct: false,
    type: relation.columns.at(-1)!.type,
    frame: undefined,
    offset: undefined
  }
  const shape = { partition: [...new Set(partition)], order, frames: [], calls: [call] }
  return draft(site, relation, shape, timed)
}

function draft(site: Site, relation: Relation, given: Shape, timed: Timed | undefined): Draft {
  const below = site.draft(relation.inputs[0]!)
  const mode = modeOf(site, below, timed)
  const shape = mode === "processing-time" ? byArrival(given) : given
  const { partition } = shape
  const lineage = lineageOf(below, shape)
  const made = makeNode(
    relation,
    `OverAggregate(${partition.map((key) => below.columns[key]!.name).join(", ")})`,
    { kind: "over", mode, ...shape },
    [site.keyed(below, partition)],
    site.keyedParallelism(partition),
    lineage,
    combine("over", mode, lineage)
  )
  const changes = mode === "update" ? { updates: true, deletes: true } : insertsOnly
  return { ...made, changes, distribution: partition }
}

function modeOf(
  site: Site,
  below: Draft,
  timed: Timed | undefined
): OverWork["mode"] {
  if (site.isBatch) return "final"
  return timed === undefined || isUpdating(below.changes) ? "update" : timed
}

/** Rows arrive one after the other: none has peers, whatever the clock says. */
function byArrival(shape: Shape): Shape {
  const frames = shape.frames.map((frame) =>
    frame.low === "unbounded" || frame.low === 0 ? { ...frame, unit: "rows" as const } : frame
  )
  return { ...shape, frames }
}

function lineageOf(below: Draft, { partition, order, frames, calls }: Shape): Lineage {
  const { columns } = below.lineage
  const keyOf = (key: SortKey) => [columns[key.column], key.descending, key.nullsFirst]
  const rows = combine(
    "over",
    below.lineage.rows,
    partition.map((key) => columns[key]),
    order.map(keyOf)
  )
  const called = calls.map((call) =>
    combine(
      rows,
      call.name,
      call.args.map((arg) => columns[arg]),
      call.filter === undefined ? null : columns[call.filter],
      call.distinct,
      call.frame === undefined ? null : frames[call.frame],
      call.offset
    )
  )
  return { rows, columns: [...columns, ...called] }
}
