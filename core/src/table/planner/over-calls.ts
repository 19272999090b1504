/**
 * The calls with OVER of one SELECT. Calls over one window become one relation; ROW_NUMBER or its like alone over a window stays apart, as a
 * bound on it makes a top-N of it.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression, Frame, OverCall, SortKey } from "../expression.ts"
import type { ExpressionScope } from "./bind-expression.ts"
import { bindOver, type CollectedOver } from "./bind-over.ts"
import { ComputedColumns } from "./computed-columns.ts"
import { input, mapParts } from "./expression-tree.ts"
import type { RelationPool } from "./relation-pool.ts"
import { isKind, type NumberFunction, type Relation, type Timed } from "./relation.ts"

/** A relation, and where expressions over what it was made from stand in it. */
export interface Placed {
  readonly relation: Relation
  readonly place: (expression: Expression) => Expression
}

/** Functions that later rows have a say in. */
const wholePartition: ReadonlySet<string> = new Set(["lead", "percent_rank", "cume_dist", "ntile"])

const numberFunctions: ReadonlySet<string> = new Set(["row_number", "rank", "dense_rank"])

/** Collects calls. Their stand-ins have numbers from `base` to below `end`. */
export class OverCalls {
  readonly #base: number
  readonly #end: number
  readonly #calls: Array<CollectedOver> = []
  readonly #keys: Array<string> = []

  constructor(base: number, end: number) {
    this.#base = base
    this.#end = end
  }

  /** Take a call; the answer stands for its result. */
  take(call: Ast.Call, windows: Ast.Select["windows"], at: ExpressionScope): Expression {
    const bound = bindOver(call, windows, at)
    const key = JSON.stringify(bound)
    let number = this.#keys.indexOf(key)
    if (number < 0) {
      number = this.#calls.push(bound) - 1
      this.#keys.push(key)
    }
    return input(this.#base + number, bound.type)
  }

  /** Append the results. `place` places what the calls are over; the answer's places the stand-ins too. */
  append(pool: RelationPool, relation: Relation, place: Placed["place"]): Placed {
    const columns: Array<number> = []
    let current = relation
    for (const numbers of this.#windows()) {
      const calls = numbers.map((number) => this.#calls[number]!)
      const from = new ComputedColumns(current)
      const made = makeOver(pool, current, from, calls, place)
      numbers.forEach((number, i) => columns[number] = made.columns.length - numbers.length + i)
      current = made
    }
    const last = current
    const replace = (expression: Expression): Expression => {
      if (expression.op !== "input") return mapParts(expression, replace)
      if (expression.index < this.#base || expression.index >= this.#end) return expression
      const at = columns[expression.index - this.#base]!
      return input(at, last.columns[at]!.type)
    }
    return { relation: current, place: (expression) => replace(place(expression)) }
  }

  /** Numbers of the calls that go together. */
  #windows(): ReadonlyArray<ReadonlyArray<number>> {
    const windows = new Map<string, Array<number>>()
    this.#calls.forEach((call, number) => {
      const key = JSON.stringify([call.partition, call.order])
      const known = windows.get(key)
      if (known === undefined) windows.set(key, [number])
      else known.push(number)
    })
    return [...windows.values()]
  }
}

function makeOver(
  pool: RelationPool,
  relation: Relation,
  columns: ComputedColumns,
  calls: ReadonlyArray<CollectedOver>,
  place: Placed["place"]
): Relation {
  const first = calls[0]!
  const partition = first.partition.map((expression) => columns.add(place(expression)))
  const order = first.order.map(({ of, descending, nullsFirst }): SortKey => ({
    column: columns.add(place(of)),
    descending,
    nullsFirst
  }))
  const frames: Array<Frame> = []
  const made = calls.map((call): OverCall => ({
    name: call.name,
    args: call.args.map((arg) => columns.add(place(arg))),
    filter: call.filter && columns.add(place(call.filter)),
    distinct: call.distinct,
    type: call.type,
    frame: call.frame && frameNumber(frames, call.frame),
    offset: call.offset
  }))
  const below = columns.project(pool, relation)
  const looksAhead = frames.some(({ high }) => high !== 0) ||
    made.some(({ name }) => wholePartition.has(name))
  const timed = looksAhead ? undefined : timeOf(below, order)
  if (calls.length > 1 || !numberFunctions.has(first.name)) {
    const distinct = [...new Set(partition)]
    return pool.make({ kind: "over", partition: distinct, order, frames, calls: made, timed }, [
      below
    ])
  }
  const latest = order.length === 1 && order[0]!.descending &&
    below.columns[order[0]!.column]!.rowtime
  const name = first.name as NumberFunction
  return pool.make({ kind: "number", name, partition, order, latest, timed }, [below])
}

function frameNumber(frames: Array<Frame>, frame: Frame): number {
  const text = JSON.stringify(frame)
  const known = frames.findIndex((one) => JSON.stringify(one) === text)
  return known >= 0 ? known : frames.push(frame) - 1
}

/** Which time an ascending order by one column is; undefined when it is by something else. */
export function timeOf(of: Relation, order: ReadonlyArray<SortKey>): Timed | undefined {
  if (order.length !== 1 || order[0]!.descending) return undefined
  const { column } = order[0]!
  if (of.columns[column]!.rowtime) return "event-time"
  return isProcessingTime(of, column) ? "processing-time" : undefined
}

/** Whether a column is PROCTIME(), also several projections below. */
export function isProcessingTime(of: Relation, column: number): boolean {
  if (isKind(of, "project")) {
    const expression = of.work.expressions[column]!
    if (expression.op === "input") return isProcessingTime(of.inputs[0]!, expression.index)
    return expression.op === "call" && expression.name === "proctime"
  }
  const passes = isKind(of, "filter") || isKind(of, "watermark") || isKind(of, "over") ||
    isKind(of, "number") || isKind(of, "window") || isKind(of, "lookup") || isKind(of, "unnest")
  return passes && column < of.inputs[0]!.columns.length && isProcessingTime(of.inputs[0]!, column)
}
