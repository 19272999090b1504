/** Calls with OVER: which function over which window, taken from the syntax and typed. Windows that WINDOW names are looked up. */
import type * as Ast from "../../sql/ast.ts"
import { format, type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Expression, Frame, FrameBound } from "../expression.ts"
import { aggregateName } from "./aggregate-name.ts"
import { commonType, inferAggregate } from "../function/registry.ts"
import {
  bindCondition,
  bindExpression,
  callName,
  castTo,
  type ExpressionScope
} from "./bind-expression.ts"
import { notSupported, planFault } from "./plan-fault.ts"

/** One key of the order, before it is a column. */
export interface OverOrder {
  readonly of: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** A call over a window. Its parts are bound expressions that may hold aggregates. */
export interface CollectedOver {
  readonly name: string
  readonly args: ReadonlyArray<Expression>
  readonly filter: Expression | undefined
  readonly distinct: boolean
  readonly type: LogicalType
  readonly partition: ReadonlyArray<Expression>
  readonly order: ReadonlyArray<OverOrder>
  readonly frame: Frame | undefined
  readonly offset: number | undefined
}

const bigint = simple("BIGINT", false)
const double = simple("DOUBLE", false)
const numbers: Readonly<Record<string, LogicalType>> = {
  ROW_NUMBER: bigint,
  RANK: bigint,
  DENSE_RANK: bigint,
  PERCENT_RANK: double,
  CUME_DIST: double,
  NTILE: simple("INT", false)
}

type Windows = Ast.Select["windows"]

/** Bind a call with OVER. `at` is where its arguments, partition and order stand. */
export function bindOver(call: Ast.Call, windows: Windows, at: ExpressionScope): CollectedOver {
  const { source } = at.scope.context
  const name = callName(call)
  const window = resolveWindow(call.over!, windows, at)
  if (window.partial === false) {
    throw notSupported(source, window.span, "DISALLOW PARTIAL")
  }
  const partition = window.partitionBy.map((node) => bindExpression(node, at))
  const order = window.orderBy.map((item): OverOrder => ({
    of: bindExpression(item.expression, at),
    ...directionOf(item)
  }))
  const shared = { partition, order, filter: undefined, distinct: false }
  const takesFrame = !Object.hasOwn(numbers, name) && name !== "LAG" && name !== "LEAD"
  if (takesFrame) return { ...shared, ...bindAggregate(call, name, window, order, at) }
  if (window.frame !== undefined) {
    throw planFault(source, window.frame.span, `${name} takes no frame`)
  }
  if (order.length === 0) {
    throw planFault(source, window.span, `${name} needs an ORDER BY in its OVER clause`)
  }
  refuseModifiers(call, name, at)
  const bound = name === "LAG" || name === "LEAD"
    ? bindShift(call, name, at)
    : bindNumber(call, name, at)
  return { ...shared, ...bound, name: name.toLowerCase(), frame: undefined }
}

/** Direction of an ORDER BY item: NULL counts as the lowest value, as in Flink. */
export function directionOf(
  item: Ast.SortItem
): { readonly descending: boolean; readonly nullsFirst: boolean } {
  const descending = item.ascending === false
  return { descending, nullsFirst: item.nulls === undefined ? !descending : item.nulls === "FIRST" }
}

/** The window as if all that it refines stood in it. */
function resolveWindow(
  over: Ast.WindowSpecification | Ast.Identifier,
  windows: Windows,
  at: ExpressionScope
): Ast.WindowSpecification {
  const { source } = at.scope.context
  if (over.kind === "identifier") {
    const index = windows.findIndex((window) => window.name.name === over.name)
    if (index < 0) throw planFault(source, over.span, `Window '${over.name}' is not known`)
    // A window refines only those before it.
    return resolveWindow(windows[index]!.specification, windows.slice(0, index), at)
  }
  if (over.base === undefined) return over
  const base = resolveWindow(over.base, windows, at)
  const problem = over.partitionBy.length > 0
    ? "cannot have a PARTITION BY of its own"
    : over.orderBy.length > 0 && base.orderBy.length > 0
    ? `cannot have an ORDER BY, as '${over.base.name}' has one`
    : base.frame !== undefined
    ? `cannot be made, as '${over.base.name}' has a frame`
    : undefined
  if (problem !== undefined) {
    throw planFault(source, over.span, `A window that refines '${over.base.name}' ${problem}`)
  }
  const orderBy = over.orderBy.length > 0 ? over.orderBy : base.orderBy
  return { ...over, base: undefined, partitionBy: base.partitionBy, orderBy }
}

function refuseModifiers(call: Ast.Call, name: string, at: ExpressionScope): void {
  const { source } = at.scope.context
  if (call.quantifier === "DISTINCT" || call.filter !== undefined) {
    throw planFault(source, call.span, `${name} is no aggregate and takes no DISTINCT or FILTER`)
  }
  if (call.orderBy.length > 0 || call.withinGroup.length > 0 || call.nullTreatment !== undefined) {
    throw notSupported(source, call.span, `ORDER BY, WITHIN GROUP or a null treatment in ${name}`)
  }
}

type Shape = Pick<CollectedOver, "args" | "type" | "offset">

function bindNumber(call: Ast.Call, name: string, at: ExpressionScope): Shape {
  const { source } = at.scope.context
  const wanted = name === "NTILE" ? 1 : 0
  if (call.args.length !== wanted) {
    throw planFault(source, call.span, `${name} takes ${wanted} arguments, not ${call.args.length}`)
  }
  const offset = name === "NTILE"
    ? constantOf(call.args[0]!, at, "The number of buckets")
    : undefined
  if (offset === 0) {
    throw planFault(source, call.span, "The number of buckets of NTILE must be above zero")
  }
  return { args: [], type: numbers[name]!, offset }
}

function bindShift(call: Ast.Call, name: string, at: ExpressionScope): Shape {
  const { source } = at.scope.context
  const [value, by, otherwise] = call.args
  if (value === undefined || call.args.length > 3) {
    throw planFault(
      source,
      call.span,
      `${name} takes a value, a number of rows and a default, not ${call.args.length} arguments`
    )
  }
  const of = bindExpression(value, at)
  const offset = by === undefined ? 1 : constantOf(by, at, "The number of rows")
  if (otherwise === undefined) return { args: [of], type: withNullable(of.type, true), offset }
  const fallback = bindExpression(otherwise, at)
  const common = commonType([of.type, fallback.type])
  if (common === undefined) {
    throw planFault(
      source,
      otherwise.span,
      `The default of ${name} is ${format(fallback.type)}, but its value ${format(of.type)}`
    )
  }
  return { args: [castTo(of, common), castTo(fallback, common)], type: common, offset }
}

function constantOf(node: Ast.Expression, at: ExpressionScope, what: string): number {
  const bound = bindExpression(node, at)
  if (bound.op === "literal" && typeof bound.value === "string" && /^\d{1,9}$/.test(bound.value)) {
    return Number(bound.value)
  }
  throw planFault(
    at.scope.context.source,
    node.span,
    `${what} must be a whole number, written as a constant`
  )
}

function bindAggregate(
  call: Ast.Call,
  name: string,
  window: Ast.WindowSpecification,
  order: ReadonlyArray<OverOrder>,
  at: ExpressionScope
): Pick<CollectedOver, "name" | "args" | "filter" | "distinct" | "type" | "frame" | "offset"> {
  const { source } = at.scope.context
  const meant = aggregateName(source, call, name)
  const isStar = call.args.length === 1 && call.args[0]!.kind === "star"
  const bound = isStar ? [] : call.args.map((arg) => bindExpression(arg, at))
  const { distinct } = meant
  const inferred = inferAggregate(meant.name, bound.map((arg) => arg.type), distinct)
  if ("problem" in inferred) throw planFault(source, call.span, inferred.problem)
  const args = bound.map((arg, i) =>
    inferred.args[i] === undefined ? arg : castTo(arg, inferred.args[i]!)
  )
  const filter = call.filter && bindCondition(call.filter, at)
  const frame = bindFrame(window, order, at)
  const never = /^(count|sum0|collect|json_.*)$/.test(inferred.name)
  const type = never ? inferred.type : withNullable(inferred.type, true)
  return { name: inferred.name, args, filter, distinct, type, frame, offset: undefined }
}

/** Without a frame: up to the peers of the current row; without an order all rows are peers. */
function bindFrame(
  window: Ast.WindowSpecification,
  order: ReadonlyArray<OverOrder>,
  at: ExpressionScope
): Frame {
  const { frame } = window
  if (frame === undefined) {
    return { unit: "range", low: "unbounded", high: order.length === 0 ? "unbounded" : 0 }
  }
  const unit = frame.unit === "ROWS" ? "rows" : "range"
  const end = (bound: Ast.FrameBound): FrameBound => bindEnd(bound, unit, order, at)
  const low = end(frame.low)
  const high = frame.high === undefined ? 0 : end(frame.high)
  const { source } = at.scope.context
  const ends = frame.high ?? { direction: "CURRENT ROW", offset: undefined }
  const isWrong = frame.low.direction === "FOLLOWING" && frame.low.offset === undefined ||
    ends.direction === "PRECEDING" && ends.offset === undefined ||
    typeof low === "number" && typeof high === "number" && low > high
  if (isWrong) throw planFault(source, frame.span, "The frame ends before it begins")
  return { unit, low, high }
}

function bindEnd(
  bound: Ast.FrameBound,
  unit: Frame["unit"],
  order: ReadonlyArray<OverOrder>,
  at: ExpressionScope
): FrameBound {
  if (bound.direction === "CURRENT ROW") return 0
  if (bound.offset === undefined) return "unbounded"
  const offset = unit === "rows"
    ? constantOf(bound.offset, at, "The offset of a frame of rows")
    : rangeOffset(bound.offset, order, at)
  return offset === 0 ? 0 : bound.direction === "PRECEDING" ? -offset : offset
}

const dayMillis = 86400000

/** In units of the order's column. */
function rangeOffset(
  node: Ast.Expression,
  order: ReadonlyArray<OverOrder>,
  at: ExpressionScope
): number {
  const { source } = at.scope.context
  const type = order.length === 1 ? order[0]!.of.type : undefined
  if (type === undefined) {
    throw planFault(source, node.span, "A frame of RANGE with an offset needs one ORDER BY column")
  }
  const bound = bindExpression(node, at)
  const value = bound.op === "literal" && typeof bound.value === "string"
    ? Number(bound.value)
    : NaN
  const isInterval = bound.type.kind === "INTERVAL_DAY_TIME"
  const scaled = isInterval ? timeOffset(type, value) : numberOffset(type, value)
  if (scaled === undefined || !(scaled >= 0)) {
    throw planFault(
      source,
      node.span,
      `A frame over ORDER BY of type ${format(type)} cannot have this offset`,
      "Give a constant: a number, or an INTERVAL of days to seconds for TIMESTAMP(3) and DATE"
    )
  }
  return scaled
}

function timeOffset(type: LogicalType, millis: number): number | undefined {
  switch (type.kind) {
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3 ? millis : undefined
    case "TIME":
      return millis
    case "DATE":
      return millis % dayMillis === 0 ? millis / dayMillis : undefined
    default:
      return undefined
  }
}

function numberOffset(type: LogicalType, value: number): number | undefined {
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
      return value
    case "DECIMAL":
      return value * 10 ** type.scale
    default:
      return undefined
  }
}
