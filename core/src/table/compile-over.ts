/** OVER of the plan to the operator that its mode names: calls become results of frames, of places and of shifts. */
import type { Operator } from "../operator/operator.ts"
import { makeOverFinal } from "../operator/over-final.ts"
import { makeOverTime } from "../operator/over-time.ts"
import { makeOverUpdate } from "../operator/over-update.ts"
import type { KernelFrame, KernelOptions, OverCall as KernelCall } from "../state/over-kernel.ts"
import type { OverNumber } from "../state/over-number.ts"
import type { RowType } from "../type/logical-type.ts"
import { compileAggregates } from "./aggregate/aggregate-set.ts"
import type { OverCall } from "./expression.ts"
import type { PlanNode, PlanWork } from "./plan.ts"

type Functions = Parameters<typeof compileAggregates>[3]
type OverWork = Extract<PlanWork, { readonly kind: "over" }>

const numbers: ReadonlySet<string> = new Set<OverNumber>([
  "row_number",
  "rank",
  "dense_rank",
  "percent_rank",
  "cume_dist",
  "ntile"
])

/** A maker of the operator. `groupBy`: the columns that the exchange deals by. */
export function compileOver(
  work: OverWork,
  node: PlanNode,
  input: PlanNode,
  groupBy: ReadonlyArray<number>,
  functions?: Functions
): () => Operator {
  const { partition, order, mode } = work
  const compile = (): KernelOptions => compileKernel(work, input.schema, functions)
  compile()
  switch (mode) {
    case "final":
      return () => makeOverFinal({ ...compile(), partition, groupBy })
    case "update": {
      const results = node.schema.slice(input.schema.length).map(({ type }) => type)
      const { updateBefore } = node.changelog
      return () => makeOverUpdate({ ...compile(), partition, groupBy, results, updateBefore })
    }
    default: {
      const timeColumn = order[0]!.column
      const byArrival = mode === "processing-time"
      return () => makeOverTime({ ...compile(), partition, groupBy, timeColumn, byArrival })
    }
  }
}

function compileKernel(
  work: OverWork,
  schema: RowType,
  functions: Functions | undefined
): KernelOptions {
  const byFrame = work.frames.map((_, f) =>
    work.calls.filter((call) => call.frame === f && !isValue(call, work))
  )
  const frames = work.frames.map((frame, f): KernelFrame => {
    const calls = byFrame[f]!
    const leaves = frame.low !== "unbounded"
    const anew = leaves && calls.some((call) => !takesBack(call, schema))
    return {
      ...frame,
      aggregates: calls.length === 0
        ? undefined
        : compileAggregates(calls, schema, leaves && !anew, functions),
      used: [
        ...new Set(
          calls.flatMap((call) => [...call.args, ...call.filter === undefined ? [] : [call.filter]])
        )
      ],
      anew
    }
  })
  const calls = work.calls.map((call): KernelCall => {
    if (numbers.has(call.name)) {
      return { kind: "number", name: call.name as OverNumber, buckets: call.offset ?? 1 }
    }
    const [argument, otherwise] = call.args
    if (call.name === "lag" || call.name === "lead") {
      const by = (call.name === "lag" ? -1 : 1) * (call.offset ?? 1)
      return { kind: "shift", by, argument: argument!, otherwise }
    }
    const frame = call.frame!
    if (isValue(call, work)) {
      return { kind: "value", last: call.name === "last_value", frame, argument: argument! }
    }
    return { kind: "aggregate", frame, at: byFrame[frame]!.indexOf(call) }
  })
  return { types: schema.map(({ type }) => type), order: work.order, frames, calls }
}

/** Whether a call picks a value of the frame's rows. By time a frame from the beginning keeps no rows: there it is an aggregate. */
function isValue({ name, filter, frame }: OverCall, { mode, frames }: OverWork): boolean {
  if (frame === undefined || filter !== undefined) return false
  if (name !== "first_value" && name !== "last_value") return false
  return mode === "update" || mode === "final" || frames[frame]!.low !== "unbounded"
}

const exact: ReadonlySet<string> = new Set(["count", "sum", "sum0", "avg", "min", "max"])

/** Whether rows can be taken back without a trace: sums of doubles round. */
function takesBack(call: OverCall, schema: RowType): boolean {
  if (!exact.has(call.name)) return false
  if (call.name === "count" || call.name === "min" || call.name === "max") return true
  const { kind } = schema[call.args[0]!]!.type
  return kind !== "FLOAT" && kind !== "DOUBLE"
}
