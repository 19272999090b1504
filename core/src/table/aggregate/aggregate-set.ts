/**
 * All aggregates of a GROUP BY as one {@link Aggregation}: for each call the rows that count are selected, distinct ones
 * among them if asked, and one loop runs over them.
 */
import { Column } from "../../batch/column.ts"
import type { Batch } from "../../batch/element.ts"
import { assert, Fault } from "../../fault.ts"
import type { FaultClass } from "../../fault.ts"
import type { Aggregation } from "../../state/aggregation.ts"
import type { StateLayout } from "../../state/keyed-table.ts"
import type { OpenTable } from "../../state/open-table.ts"
import type { LogicalType, RowType } from "../../type/logical-type.ts"
import type { AggregateCall } from "../expression.ts"
import type { Accumulator } from "./accumulator.ts"
import { CollectedAccumulator } from "./collected.ts"
import { collectedNames, emptyOf, finishOf, keepsNulls } from "./collected-finish.ts"
import { CountAccumulator } from "./count.ts"
import { DistinctValues, filtersMax } from "./distinct.ts"
import { makeExtreme } from "./extreme.ts"
import { FirstLastAccumulator } from "./first-last.ts"
import { type Moment, MomentAccumulator } from "./moments.ts"
import { RetractableExtreme } from "./retractable-extreme.ts"
import { Selection, Sign } from "./selection.ts"
import { makeSum } from "./sum.ts"
import { UserAggregateAccumulator } from "./user-aggregate.ts"
import type { KnownFunction } from "../user/user-call.ts"

const Base: FaultClass<"AggregateFault", { aggregate: string; reason: string }> = Fault<
  { aggregate: string; reason: string }
>()("AggregateFault", "user", "never")

/** An aggregate that cannot be computed in this place. */
export class AggregateFault extends Base {
  override get message(): string {
    return `Cannot compute ${this.aggregate.toUpperCase()} as ${this.reason}`
  }
}

/**
 * A maker of the aggregates `calls` over rows of `input`. `retracting`: rows may be taken back.
 *
 * **Errors** throws {@link AggregateFault} for what is not built, before anything runs.
 */
export function compileAggregates(
  calls: ReadonlyArray<AggregateCall>,
  input: RowType,
  retracting: boolean,
  functions: Functions = noFunctions
): () => Aggregation {
  for (const call of calls) check(call, retracting, functions)
  return () => new AggregateSet(calls, input, retracting, functions)
}

/** Functions of users, by their names in expressions. */
type Functions = ReadonlyMap<string, KnownFunction>

const noFunctions: Functions = new Map()

const momentNames: ReadonlySet<string> = new Set([
  "var_pop",
  "var_samp",
  "stddev_pop",
  "stddev_samp"
])
const plainNames = ["count", "sum", "sum0", "avg", "min", "max", "first_value", "last_value"]
const names: ReadonlySet<string> = new Set([...plainNames, ...momentNames, ...collectedNames])

function checkUser(call: AggregateCall, known: KnownFunction, retracting: boolean): void {
  const { function: user, sql } = known
  if (user.millrace !== "aggregate") {
    throw new AggregateFault({ aggregate: sql, reason: "it is no aggregate function" })
  }
  if (retracting && user.definition.retract === undefined) {
    throw new AggregateFault({
      aggregate: sql,
      reason: "its input takes rows back: give the function a retract"
    })
  }
  if (call.distinct && call.args.length !== 1) {
    throw new AggregateFault({ aggregate: sql, reason: "DISTINCT is for one argument" })
  }
}

function check(call: AggregateCall, retracting: boolean, functions: Functions): void {
  const known = functions.get(call.name)
  if (known !== undefined) return checkUser(call, known, retracting)
  if (!names.has(call.name)) {
    throw new AggregateFault({
      aggregate: call.name,
      reason: `it is not built yet: the aggregates are ${[...names].join(", ")}`
    })
  }
  if (
    call.args.length > 1 && !collectedNames.has(call.name) &&
    (call.name !== "count" || call.distinct)
  ) {
    throw new AggregateFault({
      aggregate: call.name,
      reason: `it has ${call.args.length} arguments: give it at most 1`
    })
  }
}

class AggregateSet implements Aggregation {
  readonly layouts: ReadonlyArray<StateLayout>
  private readonly calls: ReadonlyArray<AggregateCall>
  private readonly input: RowType
  private readonly retracting: boolean
  private readonly functions: Functions
  private readonly selection = new Selection()
  private readonly accumulators: Array<Accumulator> = []
  private readonly distinct: Array<DistinctGroup> = []
  /** By call: its group of distinct values and its number within. */
  private readonly places: Array<
    { readonly values: DistinctValues; readonly filter: number } | undefined
  > = []
  private readonly bases: Array<number> = []
  private table: OpenTable | undefined = undefined

  constructor(
    calls: ReadonlyArray<AggregateCall>,
    input: RowType,
    retracting: boolean,
    functions: Functions
  ) {
    this.functions = functions
    this.calls = calls
    this.input = input
    this.retracting = retracting
    this.layouts = calls.flatMap((call) =>
      layoutsOf(call, this.argumentType(call), retracting, input, functions)
    )
  }

  private argumentType(call: AggregateCall): LogicalType {
    return call.args.length === 0 ? call.type : this.input[call.args[0]!]!.type
  }

  attach(table: OpenTable, base: number): void {
    this.table = table
    let next = base
    for (const call of this.calls) {
      const type = this.argumentType(call)
      const accumulator = make(call, type, this.retracting, table, this.input, this.functions)
      this.accumulators.push(accumulator)
      this.bases.push(next)
      next += accumulator.layouts.length
    }
    for (const calls of distinctGroups(this.calls)) {
      const type = this.argumentType(calls[0]!)
      const values = new DistinctValues(table, type, calls.length, this.retracting)
      this.distinct.push({ argument: calls[0]!.args[0]!, filters: filtersOf(calls), values })
      calls.forEach((call, filter) => this.places[this.calls.indexOf(call)] = { values, filter })
    }
  }

  update(batch: Batch, slots: Int32Array): void {
    this.run(batch, slots, Sign.accumulate)
    if (batch.kinds === undefined) return
    assert(this.retracting, "rows are taken back only from aggregates compiled for it")
    this.run(batch, slots, Sign.retract)
  }

  private run(batch: Batch, slots: Int32Array, sign: Sign): void {
    const { selection } = this
    for (const { argument, filters, values } of this.distinct) {
      const column = batch.columns[argument]!
      const filter = filters && anyTrue(filters.map((at) => batch.columns[at]!), batch.rows)
      selection.select(batch, slots, sign, filter, column)
      values.locate(selection, column, sign)
    }
    for (let k = 0; k < this.calls.length; k++) {
      const call = this.calls[k]!
      const argument = call.args.length === 0 ? undefined : argumentOf(call, batch)
      const filter = call.filter === undefined ? undefined : batch.columns[call.filter]!
      const nulls = keepsNulls(call.name) || this.functions.has(call.name)
      selection.select(batch, slots, sign, filter, nulls ? undefined : argument)
      const place = this.places[k]
      if (place !== undefined) place.values.take(selection, place.filter, sign)
      if (selection.count === 0) continue
      this.accumulators[k]!.update(this.table!, this.bases[k]!, selection, argument, sign, batch)
    }
    if (sign === Sign.retract) { for (const { values } of this.distinct) values.settle() }
  }

  get mergeable(): boolean {
    return this.accumulators.every((one) => one.merge !== undefined)
  }

  absorb(other: Aggregation, from: Int32Array, to: Int32Array, count: number): void {
    assert(other instanceof AggregateSet, "aggregates of the same calls are merged")
    const absorbed = new Map(
      this.distinct.map(({ values }, at) => [
        values,
        values.absorb(other.distinct[at]!.values, from, to, count)
      ])
    )
    for (let k = 0; k < this.calls.length; k++) {
      const accumulator = this.accumulators[k]!
      const base = this.bases[k]!
      const place = this.places[k]
      if (place === undefined) {
        const source = other.accumulators[k]!
        accumulator.merge!(this.table!, base, source, other.table!, from, to, count)
        continue
      }
      const { values, slots, added } = absorbed.get(place.values)!
      const positions = added[place.filter]!
      if (positions.length === 0) continue
      this.selection.all(slots, slots.length)
      this.selection.narrow(positions, positions.length)
      accumulator.update(this.table!, base, this.selection, values, Sign.accumulate)
    }
  }

  results(slots: Int32Array, count: number): ReadonlyArray<Column> {
    return this.accumulators.map((accumulator, k) =>
      accumulator.result(this.table!, this.bases[k]!, slots, count)
    )
  }

  /** The tables beside the keyed one, in a fixed order. */
  private sideTables(): ReadonlyArray<DistinctValues> {
    const all = this.distinct.map(({ values }) => values)
    this.accumulators.forEach((accumulator) => {
      if (accumulator instanceof RetractableExtreme) all.push(accumulator.values)
    })
    return all
  }

  release(slots: Int32Array, count: number): void {
    for (const side of this.sideTables()) side.release(slots, count)
  }

  snapshot(groupsMax: number): ReadonlyArray<Map<number, Uint8Array>> {
    return this.sideTables().map((side) => side.snapshot(groupsMax))
  }

  restore(parts: ReadonlyArray<Uint8Array | undefined>): void {
    this.sideTables().forEach((side, k) => {
      const bytes = parts[k]
      if (bytes !== undefined) side.restore(bytes)
    })
  }
}

/** Distinct values of one argument, and the filters of the calls that share them; undefined when one of these has none. */
interface DistinctGroup {
  readonly argument: number
  readonly filters: ReadonlyArray<number> | undefined
  readonly values: DistinctValues
}

/** The distinct calls by their argument, few enough in a group to share values. */
function distinctGroups(
  calls: ReadonlyArray<AggregateCall>
): ReadonlyArray<ReadonlyArray<AggregateCall>> {
  const groups: Array<Array<AggregateCall>> = []
  for (const call of calls) {
    if (!isDistinct(call)) continue
    const known = groups.find((group) =>
      group[0]!.args[0] === call.args[0] && group.length < filtersMax
    )
    if (known === undefined) groups.push([call])
    else known.push(call)
  }
  return groups
}

function filtersOf(calls: ReadonlyArray<AggregateCall>): ReadonlyArray<number> | undefined {
  const filters = calls.map((call) => call.filter)
  return filters.includes(undefined) ? undefined : filters as ReadonlyArray<number>
}

/** TRUE where one of the columns is. */
function anyTrue(columns: ReadonlyArray<Column>, rows: number): Column {
  if (columns.length === 1) return columns[0]!
  const values = new Uint8Array(rows)
  for (const column of columns) {
    const own = column.values as Uint8Array
    const { nulls } = column
    for (let i = 0; i < rows; i++) {
      if (own[i] === 1 && (nulls === undefined || nulls[i] === 0)) values[i] = 1
    }
  }
  return new Column({ layout: "bool", rows, values })
}

/** The first argument; for COUNT of several NULL where any of them is. */
function argumentOf(call: AggregateCall, batch: Batch): Column {
  const first = batch.columns[call.args[0]!]!
  if (call.name !== "count" || call.args.length === 1) return first
  const nulls = new Uint8Array(batch.rows)
  for (const at of call.args) {
    const own = batch.columns[at]!.nulls
    if (own !== undefined) { for (let i = 0; i < batch.rows; i++) nulls[i]! |= own[i]! }
  }
  return new Column({ layout: "bool", rows: batch.rows, values: nulls, nulls })
}

/** DISTINCT changes nothing for the least and greatest. */
function isDistinct(call: AggregateCall): boolean {
  return call.distinct && call.args.length > 0 && call.name !== "min" && call.name !== "max"
}

function layoutsOf(
  call: AggregateCall,
  type: LogicalType,
  retracting: boolean,
  input: RowType,
  functions: Functions
): ReadonlyArray<StateLayout> {
  const isExtreme = call.name === "min" || call.name === "max"
  return retracting && isExtreme
    ? ["object"]
    : makePlain(call, type, retracting, input, functions).layouts
}

function make(
  call: AggregateCall,
  type: LogicalType,
  retracting: boolean,
  table: OpenTable,
  input: RowType,
  functions: Functions
): Accumulator {
  if (retracting && call.name === "min") return new RetractableExtreme(-1, type, table)
  if (retracting && call.name === "max") return new RetractableExtreme(1, type, table)
  return makePlain(call, type, retracting, input, functions)
}

function makeCollected(call: AggregateCall, input: RowType): Accumulator {
  const types = call.args.map((at) => input[at]!.type)
  return new CollectedAccumulator({
    args: call.args,
    types,
    type: call.type,
    finish: finishOf(call.name, types),
    empty: emptyOf(call.name),
    mergeable: !call.distinct || call.args.length === 1
  })
}

function makePlain(
  call: AggregateCall,
  type: LogicalType,
  retracting: boolean,
  input: RowType,
  functions: Functions
): Accumulator {
  const known = functions.get(call.name)
  if (known?.function.millrace === "aggregate") {
    const types = call.args.map((at) => input[at]!.type)
    return new UserAggregateAccumulator(known, known.function.definition, call.args, types)
  }
  const ofRows = collectedNames.has(call.name) || (retracting && call.name.endsWith("_value"))
  if (ofRows) return makeCollected(call, input)
  if (momentNames.has(call.name)) return new MomentAccumulator(call.name as Moment, type, call.type)
  switch (call.name) {
    case "count":
      return new CountAccumulator()
    case "min":
      return makeExtreme(-1, type)
    case "max":
      return makeExtreme(1, type)
    case "first_value":
      return new FirstLastAccumulator(false, type)
    case "last_value":
      return new FirstLastAccumulator(true, type)
    default:
      return makeSum(call.name as "sum" | "sum0" | "avg", type, call.type)
  }
}
